"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

An identifier is told by its form: 64 hex digits, as SHA-256 leaves them. Which field it stood in
is the destination's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

CONTEXT = "person"
MOST = 64  # a payload holds about a dozen; a hostile one must not fill the row
_LENGTH = 64
_SHA256 = re.compile(r"[0-9a-f]{64}")


def person_hash(identifier: str) -> bytes:
    """Return the keyed hash of an identifier that is already SHA-256, in lower-case hex."""
    return settings.KEY_RING.fingerprint(identifier, CONTEXT)


def person_hashes(payload: Mapping[str, Any]) -> set[bytes]:
    """Return the keyed hashes of every identifier in a payload."""
    found = sorted(set(_identifiers(payload)))
    return {person_hash(identifier) for identifier in found[:MOST]}


def _identifiers(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if type(value) is str or isinstance(value, str):  # the first is the quicker question
            if len(value) == _LENGTH and _SHA256.fullmatch(value):
                yield value
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
