"""The four JavaScript rules that operators promise: number, text, truth, loose equality.

Source: ECMA-262, abstract operations ToNumber, Number::toString, ToBoolean and IsLooselyEqual,
for JSON values. A list or object never equals a scalar here; see docs/differences.
"""

from __future__ import annotations

import math
import re
import sys
from decimal import Decimal
from typing import Any

# The point is no option between two rows of digits: a long one could be cut anywhere, in quadratic
# time, and the text is a visitor's.
_DECIMAL = re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|Infinity)")
_RADIX = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
# StrWhiteSpaceChar; what Python strips by itself is another set.
_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_LARGEST = sys.float_info.max
_PLAIN_BELOW, _PLAIN_FROM = 1e21, 1e-6  # outside, Number::toString writes an exponent


def is_number(value: Any) -> bool:
    """Whether it is a finite number; a boolean is none, nor what is too large for a double."""
    return type(value) in {int, float} and -_LARGEST <= value <= _LARGEST


def to_number(text: str) -> float:
    """Read text as a number: blank is 0, what cannot be read is NaN."""
    text = text.strip(_SPACE)
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text.replace("Infinity", "inf"))
    return _double(int(text, 0)) if _RADIX.fullmatch(text) else math.nan


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
    return to_number(value) if isinstance(value, str) else _double(value)


def _double(value: float) -> float:
    # Both sides must lose the same digits, or 9007199254740993 is not equal to its own text.
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
