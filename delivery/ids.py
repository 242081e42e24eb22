"""Event and attempt ids: UUIDv7 (RFC 9562), so that partitions and paging follow time."""

from __future__ import annotations

import os
import time
import uuid

_VERSION = 7 << 76
_VARIANT = 2 << 62
_RANDOM_A = (1 << 12) - 1
_RANDOM_B = (1 << 62) - 1


def new_id() -> uuid.UUID:
    """Return a time-ordered id of this moment."""
    return id_at(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big"))


def id_at(milliseconds: int, randomness: int) -> uuid.UUID:
    """Return the id of a moment (Unix milliseconds) and 74 random bits."""
    high = _VERSION | (randomness >> 62 & _RANDOM_A) << 64
    return uuid.UUID(int=milliseconds << 80 | high | _VARIANT | randomness & _RANDOM_B)


def milliseconds_of(id_: uuid.UUID) -> int:
    """Return the moment of an id, in Unix milliseconds."""
    return id_.int >> 80


def first_id_at(milliseconds: int) -> uuid.UUID:
    """Return the lower bound of all ids of that moment: where a partition begins."""
    return uuid.UUID(int=milliseconds << 80)
