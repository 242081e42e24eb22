"""When a condition between settings holds, and what the browser is told of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.forms.conditions import for_browser, holds

SOURCE = {"field": "source", "in": ["website", "app"]}
ON = {"field": "inner.on", "in": [True]}


@pytest.mark.parametrize(
    ("condition", "settings", "expected"),
    [
        (None, {}, True),
        ([], {}, True),
        (SOURCE, {"source": "website"}, True),
        (SOURCE, {"source": "email"}, False),
        (SOURCE, {}, False),
        (ON, {"inner.on": True}, True),
        (ON, {"inner.on": "true"}, True),
        (ON, {"inner.on": False}, False),
        (ON, {"inner.on": None}, False),
        (ON, {"inner.on": 1}, False),
        ([SOURCE, ON], {"source": "app", "inner.on": True}, True),
        ([SOURCE, ON], {"source": "app"}, False),
        ({"field": "n", "in": [1]}, {"n": 1}, True),
        ({"field": "n", "in": [1]}, {"n": "1"}, True),
        ({"field": "x", "in": ["", None]}, {}, True),
        ({"field": "x", "in": []}, {"x": "a"}, False),
        ({"field": "x", "in": ["a"]}, {"x": ["b", "a"]}, True),
        ({"field": "x", "in": [False]}, {"x": False}, True),
    ],
)
def test_condition_holds(condition: Any, settings: dict[str, Any], expected: bool) -> None:
    assert holds(condition, settings.get) is expected


@pytest.mark.parametrize("held", ["{{Source}}", "web{{Rest}}", ["x", "{{Source}}"]])
@pytest.mark.parametrize("if_token", [True, False])
def test_data_element_is_answered_as_the_caller_says(held: Any, if_token: bool) -> None:
    assert holds(SOURCE, {"source": held}.get, if_token=if_token) is if_token


def test_browser_is_told_the_texts_that_controls_post() -> None:
    told = for_browser([SOURCE, {"field": "on", "in": [True, None, 5]}])
    assert json.loads(told) == [
        {"field": "source", "in": ["website", "app"]},
        {"field": "on", "in": ["true", "", "5"]},
    ]


def test_browser_is_told_nothing_where_there_is_no_condition() -> None:
    assert for_browser(None) == for_browser([]) == ""
