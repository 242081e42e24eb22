"""What a value is while it is made ready for Meta: text, where it belongs, what is wrong with it.

A value comes from a visitor, so it may be any JSON. Nothing in here raises.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from extensions.contract import JSON

_SURELY_QUICK = 200  # characters that are composed in little time whatever they are
# Unicode Standard Annex #15, Stream-Safe Text Format: no language sets more marks on one letter.
_MOST_MARKS = 30
_JOINER = "\u034f"  # COMBINING GRAPHEME JOINER, which breaks a longer run

_LONGEST_NUMBER = 10**30  # beyond it nothing is an id, and str() of huge integers may raise


class Context(NamedTuple):
    """What the normaliser of one field may know of the others. Hashable, so results are cached."""

    country: str = ""  # of the customer, ISO alpha-2 in lower case; empty when unknown
    phone_country: str = ""  # the default of the destination, the same form
    year: int = 9999  # of the moment of evaluation; no date of birth lies after it
    day_first: bool = False  # how a date of birth is read that has two readings


class Fault(NamedTuple):
    """Why a value was left out, or what is doubtful about it. Never quotes the value."""

    code: str
    message: str


Outcome = tuple[str | int | None, Fault | None]
"""The value to use, None to leave the field out; and what there is to say about it."""

Normaliser = Callable[[str, Context], Outcome]

_TRUTH: dict[str, bool] = {
    "true": True,
    "1": True,
    "yes": True,
    "y": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "n": False,
    "off": False,
}

NOT_TEXT = Fault("not_text", "The value is neither text nor a number, so it was left out.")
NOTHING_LEFT = Fault("nothing_left", "The value has no usable characters, so it was left out.")


def as_text(value: JSON) -> str | None:
    """Return the value as trimmed text in Unicode NFC; None when it cannot be text."""
    if isinstance(value, str):
        return value.strip() if value.isascii() else composed(value).strip()
    return number_as_text(value)


def as_truth(value: JSON) -> bool | None:
    """Return what the value says as a switch; None when it says neither on nor off."""
    if isinstance(value, bool):
        return value
    text = as_text(value)
    return None if text is None else _TRUTH.get(text.lower())


def as_sent(value: JSON) -> str | None:
    """Return text untouched, for values that Meta compares character by character."""
    if isinstance(value, str):
        text = encodable(value)
        return text if text.strip() else ""
    return number_as_text(value)


def number_as_text(value: JSON) -> str | None:
    """Write a number as JavaScript would, so that 5.0 is ``5``; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not -_LONGEST_NUMBER < value < _LONGEST_NUMBER:
        return None
    return str(int(value)) if value == int(value) else repr(value)


def encodable(text: str) -> str:
    """Take out lone surrogates: JSON may hold them, UTF-8 and so hashes and requests cannot."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode()


def composed(text: str) -> str:
    """Return the text in NFC, so that both ways to write an accent give one hash."""
    return _composed(encodable(text))


def lowered(text: str) -> str:
    """Lowercase; composed again, because lowering may take a letter apart."""
    lower = text.lower()
    return lower if lower.isascii() else _composed(lower)


def keep(text: str, categories: str) -> str:
    """Keep the characters of these major Unicode categories, composed anew."""
    kept = "".join(char for char in text if unicodedata.category(char)[0] in categories)
    return _composed(kept)


def _composed(text: str) -> str:
    # The marks on a letter are sorted in quadratic time, so a visitor must not choose how many.
    safe = text if len(text) <= _SURELY_QUICK else "".join(_with_few_marks(text))
    return unicodedata.normalize("NFC", safe)


def _with_few_marks(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > _MOST_MARKS:
            yield _JOINER
            marks = 1
        yield char
