"""Bounded JSON: what comes out of here is safe to walk, to seal and to show.

Two bounds follow from others. No text exceeds 64 KiB, because no event does. No number is
infinite or not a number, because the parser refuses both; a whole number beyond 64 bits becomes
the nearest double, as it would in the browser that sent it. Of a repeated key the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from collector.problems import EVENT_TOO_LARGE, MALFORMED_JSON, TOO_COMPLEX, Refused

EVENT_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_KEYS = 5_000
MAX_KEY_LENGTH = 256
_CONTAINERS = frozenset({dict, list})

# Text with these cannot be stored or encoded. They are not refused: a title cut in the middle of
# an emoji leaves half a surrogate pair, and a purchase should not be lost for it.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_ESCAPE = re.compile(
    rb"\\(?:(?P<bad>u0000)"
    rb"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    rb"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|.)",
    re.DOTALL,
)
_REPLACEMENT = rb"\ufffd"


def parse(raw: bytes, *, is_line: bool = False) -> Any:
    """Return the JSON value, whatever the content type said.

    What is wrong with a line of a body is told by its column alone.

    Raises:
        Refused: it is not JSON in UTF-8, or nested deeper than the parser goes.
    """
    if _SUSPECT.search(raw):
        raw = _ESCAPE.sub(_mended, raw)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        # The parser's message tells the place and never quotes the text.
        place = (
            f"Column {error.colno}." if is_line else f"Line {error.lineno}, column {error.colno}."
        )
        raise Refused(MALFORMED_JSON, place) from None


def lines_of(raw: bytes) -> list[tuple[int, bytes]]:
    """Return the lines of a body that hold something, each with its number from 1."""
    lines = enumerate(raw.split(b"\n"), 1)
    return [(number, line) for number, line in lines if line and not line.isspace()]


def require_bounded(event: dict[str, Any]) -> None:
    """Check the depth and the keys of an event.

    Raises:
        Refused: it goes beyond `MAX_DEPTH`, `MAX_KEYS` or `MAX_KEY_LENGTH`.
    """
    if _count_keys(event, 1) > MAX_KEYS:
        raise _too_many_keys()


def _count_keys(value: dict[str, Any] | list[Any], depth: int) -> int:
    if depth > MAX_DEPTH:
        raise _too_deep()
    keys = 0
    children: Iterable[Any] = value
    if isinstance(value, dict):
        keys = len(value)
        if keys and max(map(len, value)) > MAX_KEY_LENGTH:
            raise _too_many_keys()
        children = value.values()
    for child in children:
        if type(child) in _CONTAINERS:  # the parser makes no others
            keys += _count_keys(child, depth + 1)
    return keys


def require_small(event: dict[str, Any]) -> None:
    """Check the size of an event.

    Raises:
        Refused: it has more than `EVENT_BYTES` as compact JSON, or cannot be written as such.
    """
    try:
        size = len(orjson.dumps(event))
    except orjson.JSONEncodeError:  # far too deep
        raise _too_deep() from None
    if size > EVENT_BYTES:
        raise Refused(EVENT_TOO_LARGE, f"An event has at most {EVENT_BYTES} bytes.")


def _too_many_keys() -> Refused:
    return Refused(TOO_COMPLEX, f"At most {MAX_KEYS} keys of {MAX_KEY_LENGTH} letters.")


def _too_deep() -> Refused:
    return Refused(TOO_COMPLEX, f"At most {MAX_DEPTH} levels.")


def _mended(match: re.Match[bytes]) -> bytes:
    return _REPLACEMENT if match["bad"] or match["half"] else match[0]
