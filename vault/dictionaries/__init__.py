"""What bodies and payloads have in common, so that it need not be stored with each of them.

A short text compresses badly by itself: nothing in it has been there before. With a dictionary of
the field's usual names and values it takes half the room, in half the time. What was compressed
names its dictionary, which is needed to read it: a file here stays as it is for ever. A better one
gets the next number (`python -m vault.dictionaries 2`), and is written with from then on.

The texts they were made from are made up (`vault.dictionaries.samples`): nobody's data is in them.
"""

from __future__ import annotations

from pathlib import Path

import zstandard

NUMBERS = (1,)  # oldest first
# Below are those that anybody may use (RFC 8878, section 3.1.1.1.3).
_FIRST_ID = 32_768


def path_of(number: int) -> Path:
    """Return where a dictionary lies."""
    return Path(__file__).parent / f"{number}.zdict"


def id_of(number: int) -> int:
    """Return what a compressed frame calls its dictionary."""
    return _FIRST_ID + number


def dictionaries() -> dict[int, zstandard.ZstdCompressionDict]:
    """Return by its id every dictionary that something may be compressed with, newest last."""
    return {
        id_of(number): zstandard.ZstdCompressionDict(path_of(number).read_bytes())
        for number in NUMBERS
    }
