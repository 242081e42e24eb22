"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

An identifier is told by its form: 64 hex digits, as SHA-256 leaves them. Which field it stood in
is the destination's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

import vault

CONTEXT = "person"
MOST = 64  # a payload holds about a dozen; a hostile one must not fill the row
_LENGTH = 64
_OTHERS = frozenset({int, float, bool, type(None)})
_SHA256 = re.compile(r"[0-9a-f]{64}")


def person_hash(identifier: str) -> bytes:
    """Return the keyed hash of an identifier that is already SHA-256, in lower-case hex."""
    return _hasher(settings.KEY_RING)(identifier)


def person_hashes(payload: Mapping[str, Any]) -> set[bytes]:
    """Return the keyed hashes of every identifier in a payload, or of its first ones."""
    found = _identifiers(payload)
    if len(found) > MOST:
        found = set(sorted(found)[:MOST])
    return set(map(_hasher(settings.KEY_RING), found))


@lru_cache(maxsize=1)
def _hasher(ring: vault.KeyRing) -> Callable[[str], bytes]:
    return ring.fingerprints(CONTEXT)


def _identifiers(payload: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting: list[Iterable[Any]] = [payload.values()]
    for values in waiting:  # grows as it goes
        for value in values:
            # By their exact type: a payload holds little else, and it is the quickest question.
            kind = type(value)
            if kind is str:
                if len(value) == _LENGTH and _SHA256.fullmatch(value):
                    found.add(value)
            elif kind is list:
                waiting.append(value)
            elif kind is dict:
                waiting.append(value.values())
            elif kind not in _OTHERS:
                waiting.append(_plain(value))
    return found


def _plain(value: Any) -> Iterable[Any]:
    """Return what is in a value of a rarer type, as values of the usual ones."""
    if isinstance(value, str):
        return (str(value),)
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
