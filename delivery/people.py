"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

An identifier is told by its form: 64 hex digits, as SHA-256 leaves them. Which field it stood in
is the destination's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

import vault

CONTEXT = "person"
MOST = 64  # a payload holds about a dozen; a hostile one must not fill the row
_LENGTH = 64
_SHA256 = re.compile(r"[0-9a-f]{64}")


def person_hash(identifier: str) -> bytes:
    """Return the keyed hash of an identifier that is already SHA-256, in lower-case hex."""
    return settings.KEY_RING.fingerprint(identifier, CONTEXT)


def person_hashes(payload: Mapping[str, Any]) -> set[bytes]:
    """Return the keyed hashes of every identifier in a payload, or of its first ones."""
    ring = settings.KEY_RING  # asked for once: that takes longer than a hash
    found = set(_identifiers(payload))
    if len(found) > MOST:
        found = set(sorted(found)[:MOST])
    return {_hashed(ring, identifier) for identifier in found}


@lru_cache(maxsize=4096)
def _hashed(ring: vault.KeyRing, identifier: str) -> bytes:
    # Cities, countries and the like are the same for many people.
    return ring.fingerprint(identifier, CONTEXT)


def _identifiers(payload: Mapping[str, Any]) -> Iterator[str]:
    waiting: list[Iterable[Any]] = [payload.values()]
    while waiting:
        for value in waiting.pop():
            if isinstance(value, str):
                if len(value) == _LENGTH and _SHA256.fullmatch(value):
                    yield value
            elif isinstance(value, Mapping):
                waiting.append(value.values())
            elif isinstance(value, list | tuple):
                waiting.append(value)
