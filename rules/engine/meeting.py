"""Which values can meet a comparison, by their kinds: always all of them, and some more.

Where no value is among those of two comparisons, nothing meets both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extensions.core.javascript import is_number, to_number

INEXACT = 2**53  # from here on, several whole numbers are one double


@dataclass(frozen=True, slots=True)
class Numbers:
    """Those between two, with both of them unless the range is open there."""

    least: float = -math.inf
    most: float = math.inf
    is_open: bool = False

    def has_common(self, other: Numbers) -> bool:
        """Whether a number may lie in both."""
        least, most = max(self.least, other.least), min(self.most, other.most)
        if least != most:
            return least < most
        return not any(one.is_open and least in (one.least, one.most) for one in (self, other))


ZERO, NO_NUMBER = Numbers(0, 0), Numbers(math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Texts:
    """Those that equal `lowered` in lower case, spell one of `numbers`, and are blank.

    What is None or False is not asked for. With `NO_NUMBER` they spell none at all.
    """

    lowered: str | None = None
    numbers: Numbers | None = None
    is_blank: bool = False

    def has_common(self, other: Texts) -> bool:
        """Whether a text may be among both."""
        words = {one.lowered for one in (self, other) if one.lowered is not None}
        if len(words) > 1:
            return False
        if self.is_blank or other.is_blank:
            # White space spells 0, unless it is of a kind that only Python takes for such.
            spelled = {self.numbers, other.numbers} - {None, NO_NUMBER}
            if any(word.strip() for word in words) or not all(map(_has_zero, spelled)):
                return False
        if self.numbers is None or other.numbers is None or self.numbers == other.numbers:
            return True
        return self.numbers.has_common(other.numbers)


def _has_zero(numbers: Numbers | None) -> bool:
    return numbers is None or numbers.has_common(ZERO)


@dataclass(frozen=True, slots=True)
class Values:
    """Values of each kind of JSON. NaN, which no JSON has, goes with 0."""

    nothing: bool = False
    booleans: frozenset[bool] = frozenset()
    numbers: Numbers | None = None
    texts: Texts | None = None
    others: bool = False  # lists and objects

    def has_common(self, other: Values) -> bool:
        """Whether a value may be among both."""
        if (self.nothing and other.nothing) or (self.others and other.others):
            return True
        if self.booleans & other.booleans:
            return True
        if self.numbers and other.numbers and self.numbers.has_common(other.numbers):
            return True
        return bool(self.texts and other.texts and self.texts.has_common(other.texts))


_BOTH = frozenset((False, True))
ANY = Values(True, _BOTH, Numbers(), Texts(), True)
_LIKE_TEXT = Values(numbers=Numbers(), texts=Texts())
_FIXED: Mapping[str, Values] = {
    "isTrue": Values(booleans=frozenset((True,))),
    "isFalse": Values(booleans=frozenset((False,))),
    "isTruthy": Values(False, frozenset((True,)), Numbers(), Texts(), True),
    "isFalsy": Values(True, frozenset((False,)), ZERO, Texts("", ZERO, True)),
    "contains": _LIKE_TEXT,
    "startsWith": _LIKE_TEXT,
    "endsWith": _LIKE_TEXT,
    "matchesRegex": _LIKE_TEXT,
}
# What the exception to Value Exists is met by, and the same where it asks for more than blanks.
MISSING = Values(nothing=True)
MISSING_OR_EMPTY = Values(nothing=True, texts=Texts(is_blank=True), others=True)


def values_of(operator: str, right: Any, *, ignore_case: bool) -> Values:
    """Return the values that meet an operator with a constant at its right."""
    if operator == "equals":
        return _equal(right, ignore_case=ignore_case)
    if operator in _RANGES:
        return _ordered(operator, right)
    return _FIXED.get(operator, ANY)


def _equal(right: Any, *, ignore_case: bool) -> Values:
    if isinstance(right, str):
        # Letters that are compared as they are have the same lower case all the more.
        number = to_number(right.lower() if ignore_case else right)
        # In other letters it spells the same number, but for one word.
        is_sure = not ignore_case or "infinity" not in right.lower()
        texts = Texts(right.lower(), _alone(number) if is_sure else None)
    elif is_number(right):
        number = float(right)
        texts = Texts(numbers=_alone(number))
    else:
        return ANY
    if math.isnan(number):
        return Values(texts=texts)
    is_exact = abs(number) < INEXACT
    return Values(
        booleans=frozenset(value for value in _BOTH if value == number),
        numbers=_alone(number) if is_exact else Numbers(),
        texts=texts,
    )


def _alone(number: float) -> Numbers:
    return NO_NUMBER if math.isnan(number) else Numbers(number, number)


def _below(number: float, *, is_open: bool) -> Numbers:
    return Numbers(most=number, is_open=is_open)


def _above(number: float, *, is_open: bool) -> Numbers:
    return Numbers(least=number, is_open=is_open)


_RANGES = {
    "lessThan": (_below, True),
    "lessThanOrEqual": (_below, False),
    "greaterThan": (_above, True),
    "greaterThanOrEqual": (_above, False),
}


def _ordered(operator: str, right: Any) -> Values:
    number = to_number(right) if isinstance(right, str) else right
    if not is_number(number):
        return Values()
    make, is_open = _RANGES[operator]
    numbers = make(number, is_open=is_open)
    return Values(numbers=numbers, texts=Texts(numbers=numbers))
