"""Is the key ring the right one? Asked at every start, of a few bytes sealed with each key.

A ring that lacks a key would let a process start, and then make every event wait that the key
seals. A ring in another order would make other search hashes, and so new destinations. Both are
told at once instead, in words.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import Error, connection

from delivery.failures import described
from vault import CannotOpen, KeyRing

logger = structlog.get_logger(__name__)

_CONTEXT = "key proof"
_PLAIN = b"capi-admin"

LACKING = (
    "ENCRYPTION_KEYS lacks a key that this database was sealed with (in use since {since}). Give "
    "all keys that were ever used, the newest first: without it, what it sealed cannot be read."
)
OTHER_LAST = (
    "The last of ENCRYPTION_KEYS is not the one that this database began with. New keys go in "
    "front, and the oldest stays the last: it makes the hashes by which destinations and people "
    "are found."
)


class WrongKeys(Exception):
    """The key ring does not fit the database. The message says why, for an operator."""


def prove(ring: KeyRing | None = None) -> None:
    """Check the ring against every proof, and leave one for its newest key.

    Raises:
        WrongKeys: see the class; nothing is written.
        django.db.Error: the database is away, or has no tables yet.
    """
    ring = ring or settings.KEY_RING
    check(ring)
    with connection.cursor() as cursor:
        proof = [ring.newest_id, ring.seal(_PLAIN, _CONTEXT), ring.fingerprint("", _CONTEXT)]
        cursor.execute(_LEAVE, proof)


def check(ring: KeyRing | None = None) -> None:
    """Check the ring against every proof.

    Raises:
        WrongKeys, django.db.Error: as `prove` does.
    """
    ring = ring or settings.KEY_RING
    with connection.cursor() as cursor:
        cursor.execute(_PROOFS)
        for sealed, fingerprint, since in cursor.fetchall():
            _require(ring, bytes(sealed), bytes(fingerprint), since)


def require() -> None:
    """Prove the ring at the start of a process.

    A database that is away is no reason not to start: what comes in later is told when it comes.

    Raises:
        SystemExit: the ring does not fit. It says why, and the log does.
    """
    try:
        prove()
    except WrongKeys as problem:
        logger.critical("wrong_keys", why=str(problem))
        raise SystemExit(1) from None
    except Error as error:
        logger.warning("keys_not_proved", **described(error))
    finally:
        connection.close()


def _require(ring: KeyRing, sealed: bytes, fingerprint: bytes, since: str) -> None:
    try:
        ring.open(sealed, _CONTEXT)
    except CannotOpen:
        raise WrongKeys(LACKING.format(since=since)) from None
    if ring.fingerprint("", _CONTEXT) != fingerprint:
        raise WrongKeys(OTHER_LAST)


_PROOFS = """
SELECT sealed, fingerprint, to_char(made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')
FROM key_proof ORDER BY made_at
"""

_LEAVE = """
INSERT INTO key_proof (key_id, sealed, fingerprint, made_at)
VALUES (%s, %s, %s, statement_timestamp()) ON CONFLICT (key_id) DO NOTHING
"""
