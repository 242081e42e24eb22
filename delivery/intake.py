"""The one way an event enters the log: key, row, body and queue entry in one statement.

Written for the collector, which has no ORM in its path: it runs `ENTER` over its own asynchronous
connection. `accept` is the same for a plain connection (tests, commands).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
import psycopg
from django.conf import settings
from psycopg.types.numeric import Int2

import vault
from delivery import arrays
from delivery.contexts import body_context
from delivery.recognising import Window


class Stream(NamedTuple):
    """What an event inherits from its datastream: database keys, not public ids."""

    datastream_id: int
    environment_id: int
    property_id: int


class Accepted(NamedTuple):
    """An event ready to be written.

    `key` is the keyed hash of what makes it the same event as another, None when its sender gave it
    no id; `digest` is the keyed hash of the event itself.
    """

    id: uuid.UUID
    stream: Stream
    client_id: str
    name: str
    received_at: dt.datetime
    sealed_body: bytes
    key: bytes | None = None
    digest: int = 0


class Known(NamedTuple):
    """The first event under a key."""

    event_id: uuid.UUID
    digest: int


class Entered(NamedTuple):
    """What became of an event that was to be written.

    `id` is the event's own, or that of the first one under the same key; `is_conflict` says that
    the first one was not equal to it.
    """

    id: uuid.UUID
    is_duplicate: bool = False
    is_conflict: bool = False


Keys = dict[bytes, Known]


def prepare(
    event_id: uuid.UUID,
    stream: Stream,
    received_at: dt.datetime,
    body: dict[str, Any],
    *,
    has_key: bool = False,
) -> Accepted:
    """Seal the body and read from it what the log shows.

    Args:
        body: ``{"event": {"xdm": …, "data": …}, "request": {…}}`` without NUL characters.
        has_key: whether its sender showed a server key.
    """
    event = body["event"]
    ring = settings.KEY_RING
    sealed = vault.pack(ring, body, body_context(event_id))
    client_id, name = client_id_of(event), name_of(event)
    key, digest = None, 0
    if client_id:
        hash_key = _hash_key(ring)
        key = _key(hash_key, stream.datastream_id, name, client_id, has_key=has_key)
        digest = _digest(hash_key, event)
    return Accepted(event_id, stream, client_id[:255], name[:255], received_at, sealed, key, digest)


def accept(connection: psycopg.Connection[Any], events: Iterable[Accepted]) -> None:
    """Write events in one transaction, without a look at what came before."""
    arrays.teach(connection)
    unkeyed = [event._replace(key=None) for event in events]
    # Binary parameters are bound by the server, which Django's own cursors do not ask for.
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(ENTER, parameters(unkeyed, _ANY_WINDOW))


def unrepeated(events: Iterable[Accepted]) -> list[Accepted]:
    """Return the events without those whose key an earlier one of them has."""
    kept: list[Accepted] = []
    keys: set[bytes] = set()
    for event in events:
        if event.key is None:
            kept.append(event)
        elif event.key not in keys:
            keys.add(event.key)
            kept.append(event)
    return kept


def parameters(events: Sequence[Accepted], window: Window) -> dict[str, Any]:
    """Return what `ENTER` takes to write these events, whose keys are all different."""
    # In the order of their keys: two collectors that have some in common wait for each other, and
    # never each for the other.
    events = sorted(events, key=_by_key)
    streams = [event.stream for event in events]
    first, second, third, fourth, fifth = map(Int2, window.others)
    return {
        "ids": arrays.uuids([event.id.bytes for event in events]),
        "keys": arrays.uuids([event.key for event in events]),
        "digests": arrays.numbers([event.digest for event in events]),
        "properties": arrays.numbers([stream.property_id for stream in streams]),
        "environments": arrays.numbers([stream.environment_id for stream in streams]),
        "datastreams": arrays.numbers([stream.datastream_id for stream in streams]),
        "client_ids": arrays.texts([event.client_id for event in events]),
        "names": arrays.texts([event.name for event in events]),
        "moments": arrays.moments([event.received_at for event in events]),
        "bodies": arrays.blobs([event.sealed_body for event in events]),
        "slot": Int2(window.slot),
        "since": window.since,
        "first": first,
        "second": second,
        "third": third,
        "fourth": fourth,
        "fifth": fifth,
    }


def keys_in(rows: Iterable[tuple[uuid.UUID, uuid.UUID, int]]) -> Keys:
    """Return what `ENTER` found to be known already."""
    return {key.bytes: Known(event_id, digest) for key, event_id, digest in rows}


def told(events: Iterable[Accepted], known: Mapping[bytes, Known], ours: Keys) -> list[Entered]:
    """Return what became of each event.

    Args:
        events: as they came.
        known: what was in the database under their keys.
        ours: the first of this group under each key; added to.
    """
    return [_told(event, known, ours) for event in events]


def _told(event: Accepted, known: Mapping[bytes, Known], ours: Keys) -> Entered:
    if event.key is None:
        return Entered(event.id)
    first = known.get(event.key) or ours.setdefault(event.key, Known(event.id, event.digest))
    if first.event_id == event.id:
        return Entered(event.id)
    return Entered(first.event_id, True, first.digest != event.digest)


def key_of(datastream_id: int, name: str, client_id: str, *, has_key: bool) -> bytes:
    """Return the hash that the events have in common which count as one.

    An order and its page may share an id, as they may for Meta, which goes by id and name. Whoever
    shows no server key cannot take the place of an event of one who does.
    """
    hash_key = _hash_key(settings.KEY_RING)
    return _key(hash_key, datastream_id, name, client_id, has_key=has_key)


def _key(hash_key: bytes, datastream_id: int, name: str, client_id: str, *, has_key: bool) -> bytes:
    # None of the texts holds a NUL, so no two events run together.
    text = f"{datastream_id}\0{has_key:d}\0{name}\0{client_id}"
    return _hashed(hash_key, text.encode(), 16, b"client id")


def _digest(hash_key: bytes, event: dict[str, Any]) -> int:
    """Return 64 bits that equal events have in common, in whatever order their keys stand."""
    text = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(_hashed(hash_key, text, 8, b"event"), "big", signed=True)


def _hashed(key: bytes, value: bytes, size: int, purpose: bytes) -> bytes:
    # Every event is hashed twice, and this is half the price of an HMAC.
    return hashlib.blake2b(value, digest_size=size, key=key, person=purpose).digest()


@lru_cache(maxsize=1)
def _hash_key(ring: vault.KeyRing) -> bytes:
    return ring.fingerprint("", "keys of events")


def _by_key(event: Accepted) -> bytes:
    return event.key or b""


# Its own transaction: all of it or nothing. A key that another collector is just writing is waited
# for, and then found. What an update does to a key that was there is nothing, unless that is older
# than the window; it makes the row visible that another transaction has just written.
ENTER = """
WITH incoming AS MATERIALIZED (
    SELECT * FROM unnest(
        %(ids)s::uuid[], %(keys)s::uuid[], %(digests)s::int8[], %(properties)s::int8[],
        %(environments)s::int8[], %(datastreams)s::int8[], %(client_ids)s::text[],
        %(names)s::text[], %(moments)s::timestamptz[], %(bodies)s::bytea[]
    ) AS i (id, key, digest, property, environment, datastream, client_id, name, at, body)
), earlier AS MATERIALIZED (
    SELECT i.key, found.event_id, found.digest
    FROM incoming AS i CROSS JOIN LATERAL (
        SELECT k.event_id, k.digest FROM event_key AS k
        WHERE k.key = i.key AND k.event_id >= %(since)s
          AND k.slot IN (%(first)s, %(second)s, %(third)s, %(fourth)s, %(fifth)s)
        ORDER BY k.event_id LIMIT 1
    ) AS found
    WHERE i.key IS NOT NULL
), claimed AS (
    INSERT INTO event_key AS k (key, event_id, digest, slot)
    SELECT key, id, digest, %(slot)s FROM incoming
    WHERE key IS NOT NULL AND key NOT IN (SELECT key FROM earlier)
    ON CONFLICT (key, slot) DO UPDATE SET
        event_id = CASE WHEN k.event_id < %(since)s THEN excluded.event_id ELSE k.event_id END,
        digest = CASE WHEN k.event_id < %(since)s THEN excluded.digest ELSE k.digest END
    RETURNING key, event_id, digest
), known AS MATERIALIZED (
    SELECT key, event_id, digest FROM earlier
    UNION ALL
    SELECT key, event_id, digest FROM claimed WHERE event_id NOT IN (SELECT id FROM incoming)
), kept AS (
    SELECT * FROM incoming WHERE key IS NULL OR key NOT IN (SELECT key FROM known)
), rows AS (
    INSERT INTO event (
        id, property_id, environment_id, datastream_id, client_id, name, received_at)
    SELECT id, property, environment, datastream, client_id, name, at FROM kept
), bodies AS (
    INSERT INTO event_body (event_id, body) SELECT id, body FROM kept
), queued AS (
    INSERT INTO event_queue (event_id, environment_id, next_at, claims)
    SELECT id, environment, at, 0 FROM kept
)
SELECT key, event_id, digest FROM known
"""

_ANY_WINDOW = Window(0, (0, 0, 0, 0, 0), uuid.UUID(int=0), is_at_edge=False)

# Not data.name: it may be a person's, and the log shows this in clear.
_NAME_PATHS = (
    ("xdm", "eventType"),
    ("data", "event"),
    ("data", "eventName"),
    ("data", "event_name"),
)
_ID_PATHS = (("xdm", "_id"), ("data", "eventId"), ("data", "event_id"), ("data", "messageId"))


def name_of(event: dict[str, Any]) -> str:
    """Return what the log calls the event: its XDM type, or what its sender named it."""
    return _first_text(event, _NAME_PATHS)


def client_id_of(event: dict[str, Any]) -> str:
    """Return the id its sender gave the event; empty when it gave none."""
    return _first_text(event, _ID_PATHS)


def _first_text(event: dict[str, Any], paths: tuple[tuple[str, str], ...]) -> str:
    for part, key in paths:
        value = event.get(part)
        found = value.get(key) if isinstance(value, dict) else None
        if isinstance(found, str | int) and found != "" and not isinstance(found, bool):
            return str(found)
    return ""
