"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

Which fields hold one is the destination's business (`identifiers` of the contract). Here it is told
by its form: 64 hex digits, as SHA-256 leaves them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from django.conf import settings

import vault

CONTEXT = "person"
MOST = 64  # a payload holds a few; a hostile one must not fill the row
_LENGTH = 64
_SHA256 = re.compile(r"[0-9a-f]{64}")


def person_hash(identifier: str) -> bytes:
    """Return the keyed hash of an identifier that is already SHA-256, in lower-case hex."""
    return _hasher(settings.KEY_RING)(identifier)


def person_hashes(identifiers: Iterable[str]) -> set[bytes]:
    """Return the keyed hashes of those that are SHA-256, or of the first ones."""
    found = {text for text in identifiers if len(text) == _LENGTH and _SHA256.fullmatch(text)}
    if len(found) > MOST:
        found = set(sorted(found)[:MOST])
    return set(map(_hasher(settings.KEY_RING), found))


@lru_cache(maxsize=1)
def _hasher(ring: vault.KeyRing) -> Callable[[str], bytes]:
    return ring.fingerprints(CONTEXT)
