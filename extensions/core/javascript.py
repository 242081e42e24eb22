"""The four JavaScript rules that operators promise: number, text, truth, loose equality.

Source: ECMA-262, abstract operations ToNumber, Number::toString, ToBoolean and IsLooselyEqual,
for JSON values. A list or object never equals a scalar here; see docs/differences.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Infinity)")
_RADIX = {"0x": 16, "0o": 8, "0b": 2}
_PLAIN_BELOW, _PLAIN_FROM = 1e21, 1e-6  # outside, Number::toString writes an exponent


def is_number(value: Any) -> bool:
    """Whether it is a finite number; a boolean is none."""
    return type(value) is int or (type(value) is float and math.isfinite(value))


def to_number(text: str) -> float:
    """Read text as a number: blank is 0, what cannot be read is NaN."""
    text = text.strip()
    if not text:
        return 0
    if _DECIMAL.fullmatch(text):
        return float(text.replace("Infinity", "inf"))
    radix = _RADIX.get(text[:2].lower())
    if radix is None or not text[2:].isalnum():
        return math.nan
    try:
        return int(text[2:], radix)
    except ValueError:
        return math.nan


def to_text(number: float) -> str:
    """Write a finite number as JavaScript does: 10.0 is ``10``, 1e-7 is ``1e-7``."""
    if number == 0:
        return "0"
    if _PLAIN_FROM <= abs(number) < _PLAIN_BELOW:
        plain = format(Decimal(repr(number)), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    mantissa, exponent = f"{Decimal(repr(float(number))).normalize():e}".split("e")
    return f"{mantissa}e{int(exponent):+d}"


def is_truthy(value: Any) -> bool:
    """JavaScript truth: an empty list or object is truthy, ``"0"`` too."""
    if isinstance(value, list | dict):
        return True
    return bool(value) and value == value


def loosely_equal(left: Any, right: Any) -> bool:
    """Whether ``left == right`` in JavaScript; a list or object equals only its like."""
    if left is None or right is None:
        return left is None and right is None
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return type(left) is type(right) and bool(left == right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return _as_number(left) == _as_number(right)


def _as_number(value: float | str | bool) -> float:
    if isinstance(value, str):
        return to_number(value)
    return value
