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

from extensions.contract import JSON, ComponentError
from extensions.core.javascript import is_number, is_truthy, loosely_equal, to_number, to_text
from extensions.core.texts import encodable

Test = Callable[[Any], bool]  # of the left operand
Bind = Callable[[Any, bool], Test]  # right operand, whether case is ignored
RightOperand = Literal["any", "text", "number", "none"]
MAX_PATTERN = 1024  # characters


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare.

    `bind` decides all that depends on the right operand alone, so that a constant one costs
    nothing per event. `right` says what that operand may be; `phrase` reads aloud.
    """

    key: str
    label: str
    phrase: str
    right: RightOperand
    bind: Bind
    has_case: bool = False  # Case insensitive is offered

    def test(self, left: JSON, right: JSON, ignore_case: bool = False) -> bool:
        """Compare two values.

        Raises:
            BadPattern: the right operand should be a regular expression and is none.
        """
        return self.bind(right, ignore_case)(left)


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
    options.never_capture = True  # nobody asks for groups, and they cost more than the match
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(encodable(pattern), options=options)
    except re2.error as error:
        raise BadPattern(f"The regular expression cannot be read: {_words(error)}.") from None


def searcher(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    """Return what tells whether the pattern matches anywhere in a text.

    Raises:
        BadPattern: see `compile_pattern`.
    """
    search = compile_pattern(pattern, ignore_case).search
    # RE2 works on bytes; given text, its Python side counts letters back and forth.
    return lambda text: search(text.encode("utf-8", "ignore")) is not None


def _words(error: Exception) -> str:
    told = error.args[0]
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def _equality(right: Any, ignore_case: bool) -> Test:
    if not isinstance(right, str):
        return lambda left: loosely_equal(left, right)
    wanted: str = right.lower() if ignore_case else right

    def run(left: Any) -> bool:
        if isinstance(left, str):
            return wanted == (left.lower() if ignore_case else left)
        return loosely_equal(left, wanted)

    return run


def _text(bind: Callable[[str, bool], Callable[[str], bool]]) -> Bind:
    """Make a text test: numbers count as text; anything else does not match."""

    def bound(right: Any, ignore_case: bool) -> Test:
        right = to_text(right) if is_number(right) else right
        if not isinstance(right, str):
            return lambda _left: False
        test = bind(right, ignore_case)

        def run(left: Any) -> bool:
            if not isinstance(left, str):
                if not is_number(left):
                    return False
                left = to_text(left)
            return test(left)

        return run

    return bound


def _in_any_case(bind: Callable[[str], Callable[[str], bool]]) -> Bind:
    """Make a text test that compares letters in lower case when asked to."""

    def bound(right: str, ignore_case: bool) -> Callable[[str], bool]:
        if not ignore_case:
            return bind(right)
        test = bind(right.lower())
        return lambda left: test(left.lower())

    return _text(bound)


def _ordering(compare: Callable[[float, float], bool]) -> Bind:
    """Make a numeric test: text counts as the number it spells; anything else is no match."""

    def bound(right: Any, _ignore_case: bool) -> Test:
        right = to_number(right) if isinstance(right, str) else right
        if not is_number(right):
            return lambda _left: False

        def run(left: Any) -> bool:
            left = to_number(left) if isinstance(left, str) else left
            return is_number(left) and compare(left, right)

        return run

    return bound


def _not(bind: Bind) -> Bind:
    def bound(right: Any, ignore_case: bool) -> Test:
        test = bind(right, ignore_case)
        return lambda left: not test(left)

    return bound


def _alone(test: Test) -> Bind:
    """Make a test that has no right operand."""
    return lambda _right, _ignore_case: test


_contains = _in_any_case(lambda right: lambda left: right in left)
_starts = _in_any_case(lambda right: lambda left: left.startswith(right))
_ends = _in_any_case(lambda right: lambda left: left.endswith(right))
_regex = _text(searcher)

OPERATORS: dict[str, Operator] = {
    operator.key: operator
    for operator in (
        Operator("equals", "Equals", "equals", "any", _equality, True),
        Operator("doesNotEqual", "Does Not Equal", "does not equal", "any", _not(_equality), True),
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
        Operator("isTrue", "Is True", "is true", "none", _alone(lambda left: left is True)),
        Operator("isTruthy", "Is Truthy", "is truthy", "none", _alone(is_truthy)),
        Operator("isFalse", "Is False", "is false", "none", _alone(lambda left: left is False)),
        Operator(
            "isFalsy", "Is Falsy", "is falsy", "none", _alone(lambda left: not is_truthy(left))
        ),
    )
}

# Operators that are met exactly where another one is not, by their keys.
NEGATIONS = {
    "doesNotEqual": "equals",
    "doesNotContain": "contains",
    "doesNotStartWith": "startsWith",
    "doesNotEndWith": "endsWith",
    "doesNotMatchRegex": "matchesRegex",
    "isFalsy": "isTruthy",
}
