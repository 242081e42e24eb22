"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

Which fields hold one is the destination's business (`identifiers` of the contract). What is not
hashed already is hashed first, so that a person is found either way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import vault

CONTEXT = "person"
MOST = 64  # a payload holds a few; a hostile one must not fill the row
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def person_hashes(ring: vault.KeyRing, identifiers: Iterable[str]) -> set[bytes]:
    """Return the keyed hashes of identifiers, in clear or hashed already; of too many, of some."""
    found = set(map(_hashed, filter(None, identifiers)))
    if len(found) > MOST:
        found = set(sorted(found)[:MOST])
    return set(map(_hasher(ring), found))


def _hashed(text: str) -> str:
    """Return the SHA-256 in lower-case hex of what may be one already."""
    if _SHA256.fullmatch(text):
        return text.lower()
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


@lru_cache(maxsize=1)
def _hasher(ring: vault.KeyRing) -> Callable[[str], bytes]:
    return ring.fingerprints(CONTEXT)
