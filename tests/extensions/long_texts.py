"""Long texts that a visitor may send, and how to tell that reading them takes linear time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

LENGTH = 60_000  # characters

# What takes linear time takes milliseconds; the quadratic patterns of old took a minute.
_FAR_TOO_LONG = 2.0  # seconds of computing, so that a busy machine fails nothing

_ENDLESS = {
    "digits": "1",
    "digits behind a point": "0.0",
    "digits of an exponent": "1e1",
    "hexadecimal digits": "0xf",
    "spaces": "a ",
    "spaces and digits": "1 ",
    "letters": "a",
    "capital letters": "İ",
    "braces": "{{",
    "a token that does not end": "{{a",
    "brackets": '["',
    "conditions in brackets": '[a="',
    "dots": "a.",
    "escaped quotes": '\\"',
    "slashes and brackets": "/[",
    "lines of slashes and brackets": "/[\\\n",
    "templates": "`${",
    "comments": "/*",
    "signs of an address": "a@",
    "escaped signs": "%40",
    "parameters": "&tel=1",
    "pluses": "+1",
    "an extension": "x1 ",
    "marks": "a\u0327\u0301",
    "marks in the wrong order": "\u0301\u0327",
    "letters that become many": "\ufdfa",
    "half of a character": "\ud83d",
}
TEXTS = {
    name: start + start[-more:] * (LENGTH // more - 1) + "x"
    for name, start in _ENDLESS.items()
    for more in [1 if "digits" in name or name in ("spaces", "letters") else len(start)]
}


def is_linear(read: Callable[[str], object], text: str) -> bool:
    """Whether reading a text, of which nothing may come, takes about as long as it should."""
    began = time.thread_time()
    with suppress(ValueError, LookupError):
        read(text)
    return time.thread_time() - began < _FAR_TOO_LONG
