"""Value Exists and Value in List."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.value_exists import VALUE_EXISTS
from extensions.core.value_in_list import VALUE_IN_LIST
from tests.extensions.core.making import errors, json_values, patient, run

# value, whether it exists, and whether it is not empty
EXISTS: list[tuple[Any, bool, bool]] = [
    (None, False, False),
    (0, True, True),
    (0.0, True, True),
    (math.nan, True, True),
    (False, True, True),
    (True, True, True),
    ("a", True, True),
    ("0", True, True),
    ("null", True, True),
    ("", True, False),
    (" \n\u00a0", True, False),
    ([], True, False),
    ([None], True, True),
    ({}, True, False),
    ({"a": None}, True, True),
]


@pytest.mark.parametrize(("value", "exists", "is_filled"), EXISTS)
def test_value_exists(value: Any, exists: bool, is_filled: bool) -> None:
    settings = {"value": "{{Value}}"}
    assert run(VALUE_EXISTS, settings, {"Value": value}) is exists
    assert run(VALUE_EXISTS, settings | {"notEmpty": True}, {"Value": value}) is is_filled


@pytest.mark.parametrize("value", ["", "Value", "{{A}}{{B}}"])
def test_form_asks_for_one_data_element(value: str) -> None:
    problem = ("value", "Please specify a data element.")
    assert errors(VALUE_EXISTS, {"value": value}) == [problem]
    assert errors(VALUE_IN_LIST, {"value": value, "values": ["a"]}) == [problem]


ELEMENTS = {
    "Countries": ["DE", "at", 5, None, ["CH"], True],
    "One": "FR",
    "Nothing": None,
    "Object": {"DE": 1},
}


def is_in(value: Any, values: Any, **settings: Any) -> bool:
    """Whether a value is one of those in the list."""
    chosen = {"value": "{{Value}}", "values": values, **settings}
    met = run(VALUE_IN_LIST, chosen, ELEMENTS | {"Value": value})
    assert isinstance(met, bool)
    return met


@pytest.mark.parametrize(
    ("value", "values", "expected"),
    [
        ("DE", ["DE", "AT"], True),
        ("AT", ["DE", "AT"], True),
        ("CH", ["DE", "AT"], False),
        ("de", ["DE", "AT"], False),
        ("D", ["DE"], False),
        (" DE", ["DE"], False),
        ("DE", "DE", True),
        ("D", "DE", False),
        ("", ["DE"], False),
        ("größe", ["größe"], True),
        (5, ["5"], True),
        (5.0, ["5"], True),
        ("5", [5], True),
        ("5.0", [5], False),
        (5, 5, True),
        (True, ["true"], True),
        (True, ["1"], False),
        (False, ["false"], True),
        (None, ["null", "None"], False),
        (math.nan, ["NaN", "nan"], False),
        ({"DE": 1}, ["DE"], False),
        # A list has it if one of its items is in it.
        (["CH", "DE"], ["DE", "AT"], True),
        (["CH", None], ["DE", "AT"], False),
        ([], ["DE"], False),
        ([["DE"]], ["DE"], False),
        # Lists that come from a data element
        ("DE", "{{Countries}}", True),
        ("AT", "{{Countries}}", False),
        ("5", "{{Countries}}", True),
        (True, "{{Countries}}", True),
        ("CH", "{{Countries}}", False),
        ("FR", ["DE", "{{One}}"], True),
        ("DE", ["{{One}}", "{{Countries}}"], True),
        ("FR", "{{One}}", True),
        ("F", "{{One}}", False),
        ("DE", "{{Nothing}}", False),
        (None, "{{Nothing}}", False),
        ("DE", "{{Object}}", False),
        (["FR", "x"], ["y", "{{One}}"], True),
    ],
)
def test_value_is_one_of_several(value: Any, values: Any, expected: bool) -> None:
    assert is_in(value, values) is expected


@pytest.mark.parametrize(
    ("value", "values", "expected"),
    [
        ("de", ["DE"], True),
        ("DE", ["dE"], True),
        ("AT", "{{Countries}}", True),
        ("GRÖSSE", ["größe"], False),
        ("GRÖẞE", ["größe"], True),
        (5, ["5"], True),
        (None, ["none"], False),
    ],
)
def test_case_may_be_ignored(value: Any, values: Any, expected: bool) -> None:
    assert is_in(value, values, caseInsensitive=True) is expected


@pytest.mark.parametrize("values", ["", []])
def test_form_asks_for_values(values: Any) -> None:
    problem = ("values", "Please specify at least one value.")
    assert errors(VALUE_IN_LIST, {"value": "{{A}}", "values": values}) == [problem]
    assert errors(VALUE_IN_LIST, {"value": "{{A}}"}) == [problem]


@patient
@given(values=st.lists(st.text(max_size=3), min_size=1, max_size=5), value=json_values)
def test_constant_list_and_one_from_a_data_element_agree(values: list[str], value: Any) -> None:
    if any("{{" in item for item in values):
        return
    settings = {"value": "{{Value}}", "values": "{{List}}"}
    assert is_in(value, values) is run(VALUE_IN_LIST, settings, {"Value": value, "List": values})


@patient
@given(value=json_values, listed=json_values)
def test_any_value_is_in_any_list_or_not(value: Any, listed: Any) -> None:
    settings = {"value": "{{Value}}", "values": "{{List}}", "caseInsensitive": True}
    assert run(VALUE_IN_LIST, settings, {"Value": value, "List": listed}) in (True, False)


@pytest.mark.parametrize(
    ("delegate", "settings", "words"),
    [
        (VALUE_EXISTS, {"value": "{{Order}}"}, "Order exists"),
        (VALUE_EXISTS, {"value": "{{Order}}", "notEmpty": True}, "Order exists and is not empty"),
        (VALUE_IN_LIST, {"value": "{{A}}", "values": "DE"}, "A is one of “DE”"),
        (
            VALUE_IN_LIST,
            {"value": "{{A}}", "values": ["DE", "{{B}}", 5]},
            "A is one of “DE”, B, “5”",
        ),
        (
            VALUE_IN_LIST,
            {"value": "{{A}}", "values": list("abcde")},
            "A is one of “a”, “b”, “c” and 2 more",
        ),
    ],
)
def test_condition_reads_itself_aloud(delegate: Any, settings: Any, words: str) -> None:
    assert delegate.summarise(settings) == words
