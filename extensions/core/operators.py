"""The eighteen operators of Value Comparison, each a row of one table.

Semantics: the original's (`loosely_equal` and its relatives follow JavaScript), except that
regular expressions run on RE2, which takes linear time whatever the pattern.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, Literal

import re2

from extensions.contract import ComponentError
from extensions.core.javascript import is_number, is_truthy, loosely_equal, to_number, to_text

Test = Callable[[Any, Any], bool]
RightOperand = Literal["any", "text", "number", "none"]
MAX_PATTERN = 1024  # characters


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare. `right` says what the right operand may be; `phrase` reads aloud."""

    key: str
    label: str
    phrase: str
    right: RightOperand
    test: Test
    has_case: bool = False  # Case insensitive is offered


class BadPattern(ComponentError):
    """The regular expression cannot be read by RE2."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str, ignore_case: bool) -> Any:
    """Return the compiled pattern.

    Raises:
        BadPattern: it is too long, is not valid, or needs what RE2 leaves out (look-around,
            back-references).
    """
    if len(pattern) > MAX_PATTERN:
        raise BadPattern(f"The regular expression is longer than {MAX_PATTERN} characters.")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        raise BadPattern(f"The regular expression cannot be read: {_words(error)}.") from None


def _words(error: Exception) -> str:
    told = error.args[0]
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def _text(test: Callable[[str, str], bool]) -> Test:
    """Make a text test: numbers count as text; anything else does not match."""

    def run(left: Any, right: Any) -> bool:
        left = to_text(left) if is_number(left) else left
        right = to_text(right) if is_number(right) else right
        return isinstance(left, str) and isinstance(right, str) and test(left, right)

    return run


def _ordering(test: Callable[[float, float], bool]) -> Test:
    """Make a numeric test: text counts as the number it spells; anything else is no match."""

    def run(left: Any, right: Any) -> bool:
        left = to_number(left) if isinstance(left, str) else left
        right = to_number(right) if isinstance(right, str) else right
        return is_number(left) and is_number(right) and test(left, right)

    return run


def _not(test: Test) -> Test:
    return lambda left, right: not test(left, right)


def _matches(left: str, right: str) -> bool:
    return compile_pattern(right, False).search(left) is not None


_contains = _text(lambda left, right: right in left)
_starts = _text(str.startswith)
_ends = _text(str.endswith)
_regex = _text(_matches)

OPERATORS: dict[str, Operator] = {
    operator.key: operator
    for operator in (
        Operator("equals", "Equals", "equals", "any", loosely_equal, True),
        Operator(
            "doesNotEqual", "Does Not Equal", "does not equal", "any", _not(loosely_equal), True
        ),
        Operator("contains", "Contains", "contains", "text", _contains, True),
        Operator(
            "doesNotContain",
            "Does Not Contain",
            "does not contain",
            "text",
            _not(_contains),
            True,
        ),
        Operator("startsWith", "Starts With", "starts with", "text", _starts, True),
        Operator(
            "doesNotStartWith",
            "Does Not Start With",
            "does not start with",
            "text",
            _not(_starts),
            True,
        ),
        Operator("endsWith", "Ends With", "ends with", "text", _ends, True),
        Operator(
            "doesNotEndWith", "Does Not End With", "does not end with", "text", _not(_ends), True
        ),
        Operator("matchesRegex", "Matches Regex", "matches", "text", _regex, True),
        Operator(
            "doesNotMatchRegex",
            "Does Not Match Regex",
            "does not match",
            "text",
            _not(_regex),
            True,
        ),
        Operator("lessThan", "Is Less Than", "is less than", "number", _ordering(lt)),
        Operator(
            "lessThanOrEqual", "Is Less Than Or Equal To", "is at most", "number", _ordering(le)
        ),
        Operator("greaterThan", "Is Greater Than", "is greater than", "number", _ordering(gt)),
        Operator(
            "greaterThanOrEqual",
            "Is Greater Than Or Equal To",
            "is at least",
            "number",
            _ordering(ge),
        ),
        Operator("isTrue", "Is True", "is true", "none", lambda left, _: left is True),
        Operator("isTruthy", "Is Truthy", "is truthy", "none", lambda left, _: is_truthy(left)),
        Operator("isFalse", "Is False", "is false", "none", lambda left, _: left is False),
        Operator("isFalsy", "Is Falsy", "is falsy", "none", lambda left, _: not is_truthy(left)),
    )
}


def ignoring_case(operator: Operator) -> Test:
    """Return the operator's test for text of any case."""
    if operator.key in {"matchesRegex", "doesNotMatchRegex"}:
        insensitive = _text(lambda left, right: bool(compile_pattern(right, True).search(left)))
        return insensitive if operator.key == "matchesRegex" else _not(insensitive)
    test = operator.test

    def run(left: Any, right: Any) -> bool:
        left = left.lower() if isinstance(left, str) else left
        right = right.lower() if isinstance(right, str) else right
        return test(left, right)

    return run
