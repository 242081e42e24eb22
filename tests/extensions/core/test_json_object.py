"""JSON Object: several values in one, each with its type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import ComponentError
from extensions.core.json_object import JSON_OBJECT
from tests.extensions.core.making import errors, json_values, patient, run

ELEMENTS = {
    "Number": 9.5,
    "Zero": 0,
    "No": False,
    "Empty": "",
    "Nothing": None,
    "List": ["a", None],
    "Object": {"b": None},
}


def make(value: Any, elements: Any = None, **settings: Any) -> Any:
    """Return what the element makes of its template."""
    return run(JSON_OBJECT, {"value": value, **settings}, ELEMENTS | (elements or {}))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ({"a": "{{Number}}"}, {"a": 9.5}),
        ({"a": "{{Zero}}", "b": "{{No}}", "c": "{{Empty}}"}, {"a": 0, "b": False, "c": ""}),
        ({"a": "x {{Number}}"}, {"a": "x 9.5"}),
        ({"a": "{{List}}", "b": "{{Object}}"}, {"a": ["a", None], "b": {"b": None}}),
        ({"a": "{{Nothing}}", "b": 1}, {"b": 1}),
        ({"a": {"b": {"c": "{{Nothing}}"}, "d": "{{Number}}"}}, {"a": {"b": {}, "d": 9.5}}),
        ({"a": ["{{Nothing}}", "{{Number}}", 1]}, {"a": [None, 9.5, 1]}),
        ({"a": [{"b": "{{Nothing}}"}, {"b": "{{Zero}}"}]}, {"a": [{}, {"b": 0}]}),
        # A null that was written is meant, also beside a data element.
        ({"a": None, "b": "{{Number}}"}, {"a": None, "b": 9.5}),
        ({"a": None}, {"a": None}),
        ({"a": 1, "b": "two", "c": [True]}, {"a": 1, "b": "two", "c": [True]}),
        ({"{{Number}}": "{{Number}}"}, {"{{Number}}": 9.5}),  # keys are keys
        ({}, {}),
    ],
)
def test_object_is_made_of_its_values(template: Any, value: Any) -> None:
    assert json.dumps(make(template)) == json.dumps(value)


def test_missing_value_may_become_null() -> None:
    template = {"a": "{{Nothing}}", "b": {"c": "{{Nothing}}"}}
    assert make(template, whenMissing="null") == {"a": None, "b": {"c": None}}


@pytest.mark.parametrize(
    ("given_", "value"),
    [
        ({"a": 1}, {"a": 1}),
        ([1], [1]),
        ('{"a": 1.0}', {"a": 1.0}),
        (" [1, null] ", [1, None]),
        ("{}", {}),
        (r'{"\u0000": ["\u0000"]}', {"\ufffd": ["\ufffd"]}),  # NUL cannot be stored
        ("[" * 32 + "]" * 32, json.loads("[" * 32 + "]" * 32)),
        ("[" * 33 + "]" * 33, None),
        ("5", None),
        ('"a"', None),
        ("{a: 1}", None),
        ('{"a": NaN}', None),
        ("[" * 100_000, None),
        ("\ud800", None),
        (5, None),
        (True, None),
        (None, None),
        ("", None),
    ],
)
def test_one_data_element_may_stand_for_the_whole(given_: Any, value: Any) -> None:
    assert make("{{Whole}}", {"Whole": given_}) == value


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "Please specify an object."),
        ({"value": [1]}, "Please specify an object."),
        ({"value": "{a: 1}"}, "Please enter a JSON object, or one data element."),
        ({"value": "x {{A}}"}, "Please enter a JSON object, or one data element."),
        ({"value": ""}, "Please enter a JSON object, or one data element."),
    ],
)
def test_form_asks_for_an_object(settings: Any, problem: str) -> None:
    assert errors(JSON_OBJECT, settings) == [("value", problem)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1, "b": 2}, "an object of a, b"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "an object of a, b, c, …"),
        ("{{Data}}", "Data"),
        ({}, "an object of …"),
    ],
)
def test_element_reads_itself_aloud(value: Any, words: str) -> None:
    assert JSON_OBJECT.summarise({"value": value}) == words


def doubled(value: Any, times: int) -> Any:
    """What data elements that hold one of the others twice give: a few lists in memory."""
    for _ in range(times):
        value = [value, value]
    return value


TOO_LARGE: list[Any] = [doubled(1, 60), doubled({"k" * 500: None}, 12), doubled("x" * 1_000, 10)]


@pytest.mark.parametrize("template", [{"a": "{{V}}"}, {"a": [{"b": "{{V}}"}]}])
@pytest.mark.parametrize("value", TOO_LARGE)
def test_object_does_not_grow_beyond_a_bound(template: Any, value: Any) -> None:
    with pytest.raises(ComponentError, match="larger than 1000000 characters"):
        make(template, {"V": value})


def test_object_of_an_event_is_within_the_bound() -> None:
    large = {"list": doubled({"sku": "A-1"}, 12), "text": "x" * 800_000}
    assert make({"a": "{{V}}"}, {"V": large}) == {"a": large}


@patient
@given(template=st.dictionaries(st.text(max_size=4), json_values, max_size=4))
def test_template_without_data_elements_is_given_as_it_is(template: Any) -> None:
    if "{{" not in repr(template):
        assert repr(make(template)) == repr(template)


@patient
@given(value=json_values)
def test_any_value_keeps_its_type(value: Any) -> None:
    found = make({"a": {"b": ["{{Any}}"], "c": "{{Any}}"}}, {"Any": value})
    assert found["a"]["b"][0] is value
    assert found["a"].get("c") is value
