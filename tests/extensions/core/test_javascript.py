"""Numbers as text and text as numbers, as ECMA-262 has them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.javascript import is_number, is_truthy, loosely_equal, to_number, to_text
from tests.extensions.core.making import json_values, patient


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (-0.0, "0"),
        (10.0, "10"),
        (-10.0, "-10"),
        (10, "10"),
        (100, "100"),
        (0.1, "0.1"),
        (-1.50, "-1.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (-1e21, "-1e+21"),
        (10**21, "1e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (0.000001, "0.000001"),
        (0.0000015, "0.0000015"),
        (1e-7, "1e-7"),
        (-1.5e-7, "-1.5e-7"),
        (5e-324, "5e-324"),
    ],
)
def test_number_is_written_as_javascript_writes_it(number: float, text: str) -> None:
    assert to_text(number) == text


@patient
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_comes_back_from_its_text(number: float) -> None:
    assert to_number(to_text(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        (" \t\n\ufeff\u2003", 0),
        ("5", 5),
        ("-5.25", -5.25),
        ("5.", 5),
        (".5", 0.5),
        ("-.5e1", -5),
        ("1e3", 1000),
        ("007", 7),
        ("0x10", 16),
        ("0B11", 3),
        ("0o17", 15),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("1e999", math.inf),
        ("0x" + "f" * 300, math.inf),
    ],
)
def test_text_is_read_as_a_number(text: str, number: float) -> None:
    assert to_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "abc", "5 5", "5px", "1,5", "1_000", "--5", "+-5", "+", ".", "e3", "1e", "1e+", "0x", "0xg",
        "-0x10", "0x1.5", "0b12", "0o8", "infinity", "inf", "NaN", "nan", "\u0665", "\uff15", "½",
        "\x1c5",
        "5\x00", "null", "true", "[]",
    ],
)  # fmt: skip
def test_text_that_spells_no_number_is_none(text: str) -> None:
    assert math.isnan(to_number(text))


@patient
@given(st.text())
def test_any_text_is_read_as_some_number(text: str) -> None:
    assert isinstance(to_number(text), float)


@pytest.mark.parametrize("value", [0, -1, 0.5, 1e308, 2**1023])
def test_finite_number_is_a_number(value: float) -> None:
    assert is_number(value)


@pytest.mark.parametrize(
    "value", [True, False, None, "5", [], {}, math.nan, math.inf, -math.inf, 10**400, -(10**400)]
)
def test_anything_else_is_no_number(value: object) -> None:
    assert not is_number(value)


@patient
@given(json_values)
def test_any_value_is_truthy_or_not(value: object) -> None:
    assert is_truthy(value) in (True, False)


@patient
@given(json_values, json_values)
def test_equality_does_not_mind_the_sides(left: object, right: object) -> None:
    assert loosely_equal(left, right) is loosely_equal(right, left)
