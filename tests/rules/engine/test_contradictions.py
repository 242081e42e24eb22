"""A rule that can never fire is told, and no rule that can."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import Program, check_document
from tests.extensions.core.making import patient
from tests.rules.engine import builds
from tests.rules.engine.making import (
    MOMENT,
    component,
    condition,
    document,
    element,
    rule,
    send,
)


def equals(right: Any, left: str = "{{a}}", **more: Any) -> dict[str, Any]:
    return condition(left, "equals", right, **more)


def anycase(right: str) -> dict[str, Any]:
    made = equals(right)
    made["settings"]["comparison"]["caseInsensitive"] = True
    return made


def found(*conditions: dict[str, Any], **logic: Any) -> list[tuple[str, str]]:
    contents = [
        element("a"),
        element("b"),
        element("lower", lower=True),
        element("clean", clean=True),
        rule(*conditions, send(), **logic),
    ]
    warnings = check_document(document(*contents))
    return [(one.component, one.field) for one in warnings if "never fire" in one.message]


@pytest.mark.parametrize(
    "pair",
    [
        (equals("x"), equals("y")),
        (equals("x"), equals("X")),
        (equals("x"), anycase("Y")),
        (equals("x"), equals(5)),
        (equals("5"), equals(6)),
        (equals("x"), condition("{{a}}", "startsWith", "y")),
        (condition("{{a}}", "greaterThan", 6), equals("5")),
        (equals("x"), condition("{{a}}", "isTrue")),
        (equals("x"), condition("{{a}}", "contains", "x", negate=True)),
        (condition("{{b}}", "isTruthy"), condition("{{b}}", "isTruthy", negate=True)),
    ],
)
def test_conditions_that_exclude_each_other_are_told_at_the_second(pair: Any) -> None:
    assert [component for component, _ in found(*pair)] == ["Rule 1"]


@pytest.mark.parametrize(
    "pair",
    [
        (equals("x"), equals("x")),
        (equals("x"), anycase("X")),
        (equals("5"), equals("05")),
        (equals("5"), equals(5)),
        (equals("1"), condition("{{a}}", "isTrue")),
        (equals("x"), equals("y", "{{b}}")),
        (equals("x"), equals("{{b}}")),
        (equals("x"), equals("y", negate=True)),
        (equals("x", negate=True), equals("y", negate=True)),
        (equals("9007199254740992"), condition("{{a}}", "endsWith", "3")),
        (condition("{{a}}", "startsWith", "x"), condition("{{a}}", "startsWith", "y")),
        (equals("x"), condition("{{a}}", "matchesRegex", "{{b}}")),
        (equals(""),),
        (equals("0"), equals("", negate=True)),
    ],
)
def test_conditions_that_an_event_may_meet_are_not_told(pair: Any) -> None:
    assert found(*pair) == []


@pytest.mark.parametrize(("left", "right"), [("{{lower}}", "Purchase"), ("{{clean}}", " x")])
def test_text_that_a_data_element_never_gives_is_told(left: str, right: str) -> None:
    assert found(equals(right, left)) == [("Rule 0", "rightOperand")]


def test_one_way_that_is_open_is_enough() -> None:
    groups = {"logic": {"top": "any", "groups": {"1": "all"}}}
    closed = [equals("x") | {"group": 1}, equals("y") | {"group": 1}]
    assert found(*closed, **groups)
    assert found(*closed, equals("x"), **groups) == []


def test_any_of_a_group_excludes_nothing() -> None:
    groups = {"logic": {"top": "all", "groups": {"1": "any"}}}
    assert found(equals("x") | {"group": 1}, equals("y") | {"group": 1}, **groups) == []


def test_code_may_differ_from_itself() -> None:
    settings = {"source": "return Math.random() < 0.5"}
    code = component("condition", "core::conditions::custom-code", settings)
    assert found(code, code | {"negate": True}) == []


@patient
@given(contents=builds.builds(), events=st.lists(builds.data, min_size=1, max_size=8))
def test_no_rule_that_fires_was_told_to_never_fire(contents: Any, events: list[Any]) -> None:
    made = document(*contents)
    told = {one.resource for one in check_document(made) if "never fire" in one.message}
    program = Program(made)
    for data in events:
        results = program.evaluate({"xdm": {}, "data": data}, {}, **MOMENT).rules
        assert not told & {result.rule for result in results if result.verdict == "fired"}


def test_logic_of_another_kind_is_an_error() -> None:
    [finding] = check_document(document(rule(send(), logic={"top": "some"})))
    assert (finding.severity, finding.field) == ("error", "logic")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "getDataElementValue('no')",
            "The data element no is not in this library or upstream of it.",
        ),
        ("getDataElementValue('off')", "The data element off is disabled."),
        ("getDataElementValue('code')", "The data element refers to itself: code → code."),
        ("getDataElementValue('a')", None),
    ],
)
def test_elements_that_code_asks_for_are_looked_at(source: str, message: str | None) -> None:
    code = element("code", "core::dataElements::custom-code", settings={"source": source})
    contents = [element("a"), element("off", enabled=False), code]
    messages = [finding.message for finding in check_document(document(*contents))]
    assert messages == ([message] if message else [])
