"""The eighteen operators on every kind of value, after the tables of the reference."""

from __future__ import annotations

import math
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.operators import (
    MAX_PATTERN,
    OPERATORS,
    BadPattern,
    compile_pattern,
)
from tests.extensions.core.making import json_values, patient, scalars

NAN, INF = math.nan, math.inf
NEGATIONS = {
    "equals": "doesNotEqual",
    "contains": "doesNotContain",
    "startsWith": "doesNotStartWith",
    "endsWith": "doesNotEndWith",
    "matchesRegex": "doesNotMatchRegex",
    "isTruthy": "isFalsy",
}
CASED = [key for key, operator in OPERATORS.items() if operator.has_case]


def test_operators_are_the_eighteen_of_the_original_in_its_order() -> None:
    labels = [operator.label for operator in OPERATORS.values()]
    assert labels == [
        "Equals", "Does Not Equal", "Contains", "Does Not Contain", "Starts With",
        "Does Not Start With", "Ends With", "Does Not End With", "Matches Regex",
        "Does Not Match Regex", "Is Less Than", "Is Less Than Or Equal To", "Is Greater Than",
        "Is Greater Than Or Equal To", "Is True", "Is Truthy", "Is False", "Is Falsy",
    ]  # fmt: skip


def test_case_is_offered_for_equality_and_text_only() -> None:
    assert set(CASED) == {*OPERATORS} - {
        "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual",
        "isTrue", "isTruthy", "isFalse", "isFalsy",
    }  # fmt: skip


# --- Equals, Does Not Equal -------------------------------------------------------------------

EQUAL: list[tuple[Any, Any]] = [
    (None, None),
    ("", ""),
    ("a", "a"),
    ("äöü", "äöü"),
    ("👍", "👍"),
    (5, 5),
    (5, 5.0),
    (0, -0.0),
    (0.1, 0.1),
    (5, "5"),
    ("5", 5),
    (5, "05"),
    (5, " 5 "),
    (5, "\ufeff5\u00a0"),
    (5, "5."),
    (0.5, ".5"),
    (-5, "-5"),
    (5, "+5"),
    (0, ""),
    (0, "   "),
    (0, "\n\t"),
    (1000, "1e3"),
    (1000, "1E+3"),
    (0.001, "1e-3"),
    (16, "0x10"),
    (255, "0XfF"),
    (8, "0o10"),
    (2, "0b10"),
    (True, 1),
    (True, 1.0),
    (True, "1"),
    (False, 0),
    (False, ""),
    (False, "0"),
    (False, " "),
    (True, True),
    (False, False),
    ([1, "a"], [1, "a"]),
    ({"a": [1]}, {"a": [1]}),
    ([], []),
    ({}, {}),
    (INF, "Infinity"),
    (-INF, "-Infinity"),
    # Both lose the digits that a double cannot hold, so an id is equal to its own text.
    (9007199254740993, "9007199254740993"),
]
UNEQUAL: list[tuple[Any, Any]] = [
    (None, 0),
    (None, ""),
    (None, False),
    (None, "null"),
    (None, []),
    (None, {}),
    (None, NAN),
    ("a", "A"),
    ("a", "a "),
    ("5", "05"),
    ("1e3", "1000"),
    ("", " "),
    ("é", "e\u0301"),
    (5, 6),
    (5, "abc"),
    (5, "5 apples"),
    (5, "5,0"),
    (5, "\u0665"),
    (1000, "1_000"),
    (16, "-0x10"),
    (0, "0x"),
    (0, "."),
    (0, "e3"),
    (10, "0b2"),
    (NAN, NAN),
    (NAN, "NaN"),
    (NAN, 0),
    (INF, "inf"),
    (True, "true"),
    (True, "yes"),
    (True, 2),
    (False, "false"),
    (False, None),
    (["a"], "a"),
    ([5], 5),
    ([], ""),
    ([], 0),
    ([], False),
    ({}, "[object Object]"),
    ([1], [2]),
    ([1], {"0": 1}),
    ({"a": 1}, {"a": 2}),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_values_that_are_loosely_equal_are_equal_both_ways(left: Any, right: Any) -> None:
    equals = OPERATORS["equals"].test
    assert (equals(left, right), equals(right, left)) == (True, True)


def test_integer_beyond_any_double_equals_its_own_text() -> None:
    assert OPERATORS["equals"].test(10**400, "1" + "0" * 400) is True


def test_integer_beyond_any_double_differs_from_its_opposite() -> None:
    assert OPERATORS["equals"].test(-(10**400), 10**400) is False


@pytest.mark.parametrize(("left", "right"), UNEQUAL)
def test_values_that_are_not_loosely_equal_differ_both_ways(left: Any, right: Any) -> None:
    equals = OPERATORS["equals"].test
    assert (equals(left, right), equals(right, left)) == (False, False)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("PURCHASE", "purchase", True),
        ("Straße", "STRASSE", False),
        ("ÄÖÜ", "äöü", True),
        ("ΑΒΓ", "αβγ", True),
        ("a", "b", False),
        (5, "5", True),
        (16, "0X10", True),
        (True, "1", True),
        (None, "", False),
        (None, None, True),
        (["A"], ["a"], False),
    ],
)
def test_equality_without_regard_to_case(left: Any, right: Any, expected: bool) -> None:
    assert OPERATORS["equals"].test(left, right, ignore_case=True) is expected


# --- Text -------------------------------------------------------------------------------------

# left, right, and what Contains, Starts With and Ends With say
TEXT: list[tuple[Any, Any, bool, bool, bool]] = [
    ("commerce.purchases", "commerce", True, True, False),
    ("commerce.purchases", "purchases", True, False, True),
    ("commerce.purchases", ".", True, False, False),
    ("commerce.purchases", "Commerce", False, False, False),
    ("abc", "abc", True, True, True),
    ("abc", "abcd", False, False, False),
    ("abc", "", True, True, True),
    ("", "", True, True, True),
    ("", "a", False, False, False),
    ("grün", "ü", True, False, False),
    ("👍🏽", "👍", True, True, False),
    (12345, "234", True, False, False),
    (12345, 12, True, True, False),
    ("12345", 45, True, False, True),
    (10.0, "10", True, True, True),
    (10.0, ".0", False, False, False),
    (1e21, "e+21", True, False, True),
    (1e-7, "1e-7", True, True, True),
    (-0.0, "-", False, False, False),
    (-5, "-", True, True, False),
    (0, "", True, True, True),
    (5, "null", False, False, False),
    (None, "", False, False, False),
    (None, "null", False, False, False),
    (True, "true", False, False, False),
    (False, "", False, False, False),
    (["abc"], "abc", False, False, False),
    ([], "", False, False, False),
    ({"a": 1}, "a", False, False, False),
    (NAN, "NaN", False, False, False),
    (INF, "Inf", False, False, False),
    (10**400, "1", False, False, False),
    ("abc", None, False, False, False),
    ("true", True, False, False, False),
    ("abc", ["abc"], False, False, False),
    ("abc", {}, False, False, False),
    ("NaN", NAN, False, False, False),
]


@pytest.mark.parametrize(("left", "right", "contains", "starts", "ends"), TEXT)
def test_text_operator(left: Any, right: Any, contains: bool, starts: bool, ends: bool) -> None:
    told = [OPERATORS[key].test(left, right) for key in ("contains", "startsWith", "endsWith")]
    assert told == [contains, starts, ends]


@pytest.mark.parametrize(
    ("key", "left", "right"),
    [
        ("contains", "Summer SALE", "sale"),
        ("startsWith", "SUMMER sale", "summer"),
        ("endsWith", "summer SALE", "Sale"),
        ("contains", "GRÜN", "grün"),
        ("contains", 1e21, "E+21"),
        ("matchesRegex", "Summer SALE", "^summer"),
        ("matchesRegex", "GRÜN", "grün$"),
        ("matchesRegex", "a1", "[A-Z][0-9]"),
    ],
)
def test_text_matches_whatever_its_case_when_asked_to(key: str, left: Any, right: str) -> None:
    operator = OPERATORS[key]
    assert (operator.test(left, right), operator.test(left, right, ignore_case=True)) == (
        False,
        True,
    )


@pytest.mark.parametrize("key", CASED)
def test_ignoring_case_of_values_without_any_changes_nothing(key: str) -> None:
    operator = OPERATORS[key]
    for left, right in [(None, "a"), (5, "5"), (5, 5), ([], ""), (True, "1"), ({}, {})]:
        assert operator.test(left, right, ignore_case=True) is operator.test(left, right)


# --- Regular expressions ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "pattern", "expected"),
    [
        ("commerce.purchases", "purchase", True),
        ("commerce.purchases", "^purchase", False),
        ("commerce.purchases", r"^commerce\.\w+$", True),
        ("line one\nline two", "^line two", False),
        ("line one\nline two", "(?m)^line two", True),
        ("abc", "", True),
        ("", "^$", True),
        ("grün", "gr.n", True),
        ("日本語", r"\p{Han}+", True),
        (404, "^4..$", True),
        (10.0, r"^10$", True),
        ("404", 404, True),
        ("4040", 4.4, True),
        (None, ".*", False),
        (True, ".*", False),
        (["a"], "a", False),
        ({}, "", False),
        (NAN, "NaN", False),
        ("a", None, False),
    ],
)
def test_regular_expression_searches_anywhere(left: Any, pattern: Any, expected: bool) -> None:
    assert OPERATORS["matchesRegex"].test(left, pattern) is expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a+)+$", "a" * 5_000 + "!"),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 5_000),
        (r"(x+x+)+y", "x" * 5_000),
        (r"(.*)*(.*)*(.*)*!", "b" * 5_000),
    ],
)
def test_pattern_that_would_never_end_elsewhere_ends(pattern: str, text: str) -> None:
    assert OPERATORS["matchesRegex"].test(text, pattern) is False


@pytest.mark.parametrize("pattern", ["(a", "[z-a]", "*a", r"(?=a)b", r"(a)\1", "a{2000}", "(é"])
def test_pattern_that_cannot_be_read_is_refused_in_words(pattern: str) -> None:
    with pytest.raises(BadPattern, match=r"^The regular expression cannot be read: [a-z].*\.$"):
        compile_pattern(pattern, False)


def test_pattern_may_have_its_full_length() -> None:
    assert OPERATORS["matchesRegex"].test("a" * MAX_PATTERN, "a" * MAX_PATTERN) is True


def test_pattern_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadPattern, match="longer than 1024 characters"):
        compile_pattern("a" * (MAX_PATTERN + 1), False)


def test_bad_pattern_from_the_event_fails_its_rule_and_does_not_just_not_match() -> None:
    with pytest.raises(BadPattern):
        OPERATORS["doesNotMatchRegex"].test("abc", "(")


# --- Ordering ---------------------------------------------------------------------------------

LESS, SAME, MORE, NOT_COMPARABLE = "less", "same", "more", "not comparable"
ORDER: list[tuple[Any, Any, str]] = [
    (1, 2, LESS),
    (2, 2, SAME),
    (2, 2.0, SAME),
    (3, 2, MORE),
    (-1, 0, LESS),
    (0.1, 0.2, LESS),
    ("10", "9", MORE),
    ("10", 9, MORE),
    (9, "10", LESS),
    ("1e3", 1000, SAME),
    ("0x10", 16, SAME),
    (" 7 ", 7, SAME),
    ("", 0, SAME),
    ("   ", 1, LESS),
    (0, "", SAME),
    (-0.0, 0, SAME),
    (2**60, 2**61, LESS),
    ("abc", 1, NOT_COMPARABLE),
    (1, "abc", NOT_COMPARABLE),
    ("1,5", 1, NOT_COMPARABLE),
    ("12€", 1, NOT_COMPARABLE),
    ("NaN", 1, NOT_COMPARABLE),
    (NAN, 1, NOT_COMPARABLE),
    (1, NAN, NOT_COMPARABLE),
    (INF, 1, NOT_COMPARABLE),
    (1, "Infinity", NOT_COMPARABLE),
    (1, "1e999", NOT_COMPARABLE),
    (10**400, 1, NOT_COMPARABLE),
    (None, 1, NOT_COMPARABLE),
    (1, None, NOT_COMPARABLE),
    (None, None, NOT_COMPARABLE),
    (True, 0, NOT_COMPARABLE),
    (0, False, NOT_COMPARABLE),
    ([5], 1, NOT_COMPARABLE),
    ({}, 1, NOT_COMPARABLE),
    (1, [], NOT_COMPARABLE),
]
HOLDS_FOR = {
    "lessThan": {LESS},
    "lessThanOrEqual": {LESS, SAME},
    "greaterThan": {MORE},
    "greaterThanOrEqual": {MORE, SAME},
}


@pytest.mark.parametrize("key", HOLDS_FOR)
@pytest.mark.parametrize(("left", "right", "order"), ORDER)
def test_ordering_operator(key: str, left: Any, right: Any, order: str) -> None:
    assert OPERATORS[key].test(left, right) is (order in HOLDS_FOR[key])


# --- Truth ------------------------------------------------------------------------------------

# value, and what Is True, Is Truthy and Is False say
TRUTH: list[tuple[Any, bool, bool, bool]] = [
    (None, False, False, False),
    (True, True, True, False),
    (False, False, False, True),
    (0, False, False, False),
    (0.0, False, False, False),
    (-0.0, False, False, False),
    (NAN, False, False, False),
    ("", False, False, False),
    (1, False, True, False),
    (-1, False, True, False),
    (0.1, False, True, False),
    (INF, False, True, False),
    (" ", False, True, False),
    ("0", False, True, False),
    ("false", False, True, False),
    ("true", False, True, False),
    ([], False, True, False),
    ([0], False, True, False),
    ({}, False, True, False),
    ({"a": None}, False, True, False),
]


@pytest.mark.parametrize(("value", "is_true", "is_truthy", "is_false"), TRUTH)
def test_truth_operator(value: Any, is_true: bool, is_truthy: bool, is_false: bool) -> None:
    told = [OPERATORS[key].test(value, "") for key in ("isTrue", "isTruthy", "isFalse")]
    assert told == [is_true, is_truthy, is_false]


# --- Every operator on every pair of kinds ------------------------------------------------------

KINDS: list[Any] = [None, True, False, 0, 1, NAN, "", "1", "true", "é", [], {}]
_NONE, _ALL = "............", "xxxxxxxxxxxx"
_SAME_TEXT = [
    _NONE,  # null
    _NONE,  # true
    _NONE,  # false
    "...x..x.....",  # 0
    "....x.xx....",  # 1
    _NONE,  # NaN
    "......x.....",  # ""
    "....x.xx....",  # "1"
    "......x.x...",  # "true"
    "......x..x..",  # "é"
    _NONE,  # []
    _NONE,  # {}
]
# A row is a left operand, a column a right one, both in the order of the kinds.
MATRIX = {
    "equals": [
        "x...........",
        ".x..x..x....",
        "..xx..x.....",
        "..xx..x.....",
        ".x..x..x....",
        _NONE,
        "..xx..x.....",
        ".x..x..x....",
        "........x...",
        ".........x..",
        "..........x.",
        "...........x",
    ],
    "contains": _SAME_TEXT,
    "startsWith": _SAME_TEXT,
    "endsWith": _SAME_TEXT,
    "matchesRegex": _SAME_TEXT,
    "lessThan": [
        *[_NONE] * 3, "....x..x....", _NONE, _NONE, "....x..x....", *[_NONE] * 5,
    ],
    "lessThanOrEqual": [
        *[_NONE] * 3, "...xx.xx....", "....x..x....", _NONE, "...xx.xx....", "....x..x....",
        *[_NONE] * 4,
    ],
    "isTrue": [_NONE, _ALL, *[_NONE] * 10],
    "isTruthy": [
        _NONE, _ALL, _NONE, _NONE, _ALL, _NONE, _NONE, *[_ALL] * 5,
    ],
    "isFalse": [_NONE, _NONE, _ALL, *[_NONE] * 9],
}  # fmt: skip
MIRRORED = {"greaterThan": "lessThan", "greaterThanOrEqual": "lessThanOrEqual"}
_AFTER = {
    **{key: [list(row) for row in rows] for key, rows in MATRIX.items()},
    **{key: [*zip(*MATRIX[other], strict=True)] for key, other in MIRRORED.items()},
    **{
        negation: [["x" if cell == "." else "." for cell in row] for row in MATRIX[key]]
        for key, negation in NEGATIONS.items()
    },
}


@pytest.mark.parametrize("key", OPERATORS)
def test_operator_on_every_pair_of_kinds(key: str) -> None:
    test = OPERATORS[key].test
    found = [["x" if test(left, right) else "." for right in KINDS] for left in KINDS]
    assert found == [list(row) for row in _AFTER[key]]


# --- What holds for any value -----------------------------------------------------------------

# Letters and digits are a readable pattern, whatever their order.
_words = st.text(alphabet=string.ascii_letters + string.digits + " ", max_size=8)


@patient
@given(left=json_values, right=scalars | json_values)
def test_every_operator_answers_yes_or_no_for_any_json(left: Any, right: Any) -> None:
    for key, operator in OPERATORS.items():
        if not key.endswith("Regex"):
            assert operator.test(left, right) in (True, False)
            assert operator.test(left, right, ignore_case=True) in (True, False)


@patient
@given(left=json_values, right=_words)
def test_every_negation_is_exact(left: Any, right: str) -> None:
    for key, negation in NEGATIONS.items():
        assert OPERATORS[key].test(left, right) is not OPERATORS[negation].test(left, right)


@patient
@given(left=json_values, right=_words)
def test_every_negation_is_exact_without_regard_to_case(left: Any, right: str) -> None:
    for key in set(NEGATIONS) & set(CASED):
        test, negation = OPERATORS[key], OPERATORS[NEGATIONS[key]]
        assert test.test(left, right, ignore_case=True) is not negation.test(
            left, right, ignore_case=True
        )


@patient
@given(lefts=st.lists(json_values, max_size=4), right=_words | scalars)
def test_right_operand_decided_once_serves_for_every_event(lefts: list[Any], right: Any) -> None:
    for operator in OPERATORS.values():
        try:
            test = operator.bind(right, False)
        except BadPattern:
            continue
        assert [test(left) for left in lefts] == [operator.test(left, right) for left in lefts]


@pytest.mark.parametrize("key", CASED)
def test_half_a_letter_from_an_event_is_compared_too(key: str) -> None:
    half = "a\ud83d"
    assert OPERATORS[key].test(half, half) in (True, False)
    assert OPERATORS[key].test(half, "a", ignore_case=True) in (True, False)
