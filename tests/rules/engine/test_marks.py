"""The loud marks of a document: whose settings call for them, and by which field."""

from __future__ import annotations

from typing import Any

import pytest

from extensions import registry
from extensions.contract import Delegate
from rules.engine import Mark, marks_in
from tests.rules.engine.making import (
    component,
    constant,
    document,
    element,
    extension,
    rule,
    send,
)

LOUD = "guest::actions::loud"


def loud(**settings: Any) -> dict[str, Any]:
    return component("action", LOUD, {"test": True, "code": "T1"} | settings)


def marks(*contents: tuple[str, dict[str, Any]], stage: str = "development") -> list[Mark]:
    return marks_in(document(*contents, stage=stage))


def test_component_is_marked_at_the_field_that_calls_for_it() -> None:
    assert marks(rule(send(), loud())) == [
        Mark("Test T1", "RL Rule", "Rule", "Rule 1", "loud", "test", "Send as Test")
    ]


@pytest.mark.parametrize(
    ("stage", "count"), [("development", 0), ("staging", 0), ("production", 1)]
)
def test_extension_is_marked_in_the_stage_it_is_marked_for(stage: str, count: int) -> None:
    installed = extension("guest", settings={"codes": {"production": "T2"}})
    expected = Mark(
        "Test T2",
        "EX guest",
        "guest",
        field="codes.production",
        label="Test Codes › Production",
    )
    assert marks(installed, stage=stage) == [expected] * count


def test_data_element_is_marked_too() -> None:
    settings = {"test": True}
    made = element("a", "guest::dataElements::value", settings=settings)
    assert [(mark.resource, mark.words) for mark in marks(made)] == [
        ("DE a", "Test without a code")
    ]


@pytest.mark.parametrize(
    "contents",
    [
        [],
        [rule(send()), constant("a", 1)],
        [rule(loud(test=False))],
        [rule(loud(), enabled=False)],
        [extension("guest", settings={"codes": {"development": "T"}}, enabled=False)],
        [extension("elsewhere", settings={"codes": {"development": "T"}})],
        [rule(component("action", "elsewhere::actions::loud", {"test": True}))],
    ],
)
def test_what_is_quiet_disabled_or_unknown_is_not_marked(
    contents: list[tuple[str, dict[str, Any]]],
) -> None:
    assert marks(*contents) == []


def test_mark_without_one_setting_to_blame_has_no_field(monkeypatch: pytest.MonkeyPatch) -> None:

    always = Delegate(
        id=LOUD,
        name="Loud",
        schema={},
        summarise=lambda settings: "",
        compile=lambda settings, compiler: None,
        mark=lambda settings: "Always loud",
    )
    monkeypatch.setattr(registry, "delegate", lambda _id: always)
    [mark] = marks(rule(component("action", LOUD, {"a.b": 1, "c": {"d": 2}})))
    assert (mark.words, mark.field, mark.label) == ("Always loud", "", "")
