"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

An identifier is told by its form: 64 hex digits, as SHA-256 leaves them. Which field it stood in
is the destination's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    return _hasher(settings.KEY_RING)(identifier)


def person_hashes(payload: Mapping[str, Any]) -> set[bytes]:
    """Return the keyed hashes of every identifier in a payload, or of its first ones."""
    found = set(_identifiers(payload))
    if len(found) > MOST:
        found = set(sorted(found)[:MOST])
    return set(map(_hasher(settings.KEY_RING), found))


@lru_cache(maxsize=1)
def _hasher(ring: vault.KeyRing) -> Callable[[str], bytes]:
    return ring.fingerprints(CONTEXT)


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
