"""Keyed hashes of the identifiers in a payload, so that a person's events can be found.

An identifier is told by its form: 64 hex digits, as SHA-256 leaves them. Which field it stood in
is the destination's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

import vault

CONTEXT = "person"
MOST = 64  # a payload holds about a dozen; a hostile one must not fill the row
# A text, and no key: within a text, a quotation mark has a backslash before it.
_IDENTIFIER = re.compile(rb'"([0-9a-f]{64})"(?!:)')


def person_hash(identifier: str) -> bytes:
    """Return the keyed hash of an identifier that is already SHA-256, in lower-case hex."""
    return _hasher(settings.KEY_RING)(identifier)


def person_hashes(payload: bytes) -> set[bytes]:
    """Return the keyed hashes of every identifier in a payload, as JSON, or of its first ones."""
    found = set(_IDENTIFIER.findall(payload))
    if len(found) > MOST:
        found = set(sorted(found)[:MOST])
    hasher = _hasher(settings.KEY_RING)
    return {hasher(identifier.decode()) for identifier in found}


@lru_cache(maxsize=1)
def _hasher(ring: vault.KeyRing) -> Callable[[str], bytes]:
    return ring.fingerprints(CONTEXT)
