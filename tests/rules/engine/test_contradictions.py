"""A rule that can never fire is told, and no rule that can."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extensions.core.javascript import is_number
from extensions.core.operators import OPERATORS
from rules.engine import Program, check_document
from tests.extensions.core.making import json_values, patient
from tests.rules.engine import builds
from tests.rules.engine.making import (
    CONSTANT,
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


def compared(operator: str, right: Any = "", **more: Any) -> dict[str, Any]:
    return condition("{{a}}", operator, right, **more)


def exists(*, not_empty: bool = False, **more: Any) -> dict[str, Any]:
    settings = {"value": "{{a}}", "notEmpty": not_empty}
    return component("condition", "core::conditions::value-exists", settings, **more)


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
        # An operator and its contrary.
        (compared("isTruthy"), compared("isFalsy")),
        (compared("isTrue"), compared("isFalse")),
        (compared("isTrue"), compared("isFalsy")),
        (compared("isFalse"), compared("isTruthy")),
        (compared("contains", "x"), compared("doesNotContain", "x")),
        (compared("startsWith", "x"), compared("doesNotStartWith", "x")),
        (compared("endsWith", "x"), compared("doesNotEndWith", "x")),
        (compared("matchesRegex", "x"), compared("doesNotMatchRegex", "x")),
        (equals(5), compared("doesNotEqual", 5.0)),
        (anycase("x"), anycase("x") | {"negate": True}),
        (compared("doesNotContain", "x", negate=True), compared("doesNotContain", "x")),
        # Numbers.
        (equals(5), equals(6)),
        (equals(5), compared("doesNotEqual", 6, negate=True)),
        (equals(5), compared("isFalsy")),
        (equals(5), compared("isTrue")),
        (compared("greaterThan", 10), compared("lessThan", 5)),
        (compared("greaterThan", 5), compared("lessThan", 5)),
        (compared("greaterThanOrEqual", 5), compared("lessThan", "5")),
        (equals(5), compared("greaterThan", 10)),
        (equals("5"), compared("greaterThanOrEqual", 5.5)),
        (compared("lessThan", 1), compared("isTrue")),
        # Letters in any case.
        (anycase("x"), anycase("Y")),
        (anycase("x"), equals(5)),
        (anycase("x"), compared("lessThan", 5)),
        (anycase("5"), compared("lessThan", 5)),
        # What is missing equals nothing.
        (exists(negate=True), equals("x")),
        (exists(negate=True), equals("")),
        (exists(negate=True), anycase("x")),
        (exists(negate=True), equals(0)),
        (exists(negate=True), equals(5)),
        (exists(negate=True), compared("isTruthy")),
        (exists(negate=True), compared("lessThan", 5)),
        (exists(negate=True), exists()),
        (exists(not_empty=True, negate=True), equals("x")),
        (exists(not_empty=True, negate=True), anycase("x")),
        (exists(not_empty=True, negate=True), equals(5)),
        (exists(not_empty=True, negate=True), compared("greaterThan", 0)),
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
        (equals("x"), compared("doesNotEqual", "X")),
        (anycase("x"), compared("doesNotEqual", "X")),
        (compared("contains", "x"), compared("doesNotContain", "X")),
        (equals(5), equals("5.0")),
        (equals(5), equals(5.0)),
        (equals(1), compared("isTrue")),
        (equals(0), compared("isFalsy")),
        (equals(0), compared("isTruthy")),  # the text 0
        (compared("isFalsy"), compared("isFalse")),
        (compared("isTrue", negate=True), compared("isFalse", negate=True)),
        (compared("greaterThan", 5), compared("lessThan", 5, negate=True)),
        (compared("greaterThan", 5, negate=True), compared("lessThan", 5, negate=True)),
        (compared("greaterThanOrEqual", 5), compared("lessThanOrEqual", 5)),
        (equals(2**53), compared("greaterThan", 2**53)),
        (anycase("5"), anycase("05")),
        (anycase("infinity"), equals("Infinity")),
        (exists(negate=True), compared("isFalsy")),
        (exists(negate=True), equals("x", negate=True)),
        (exists(not_empty=True, negate=True), equals("")),
        (exists(not_empty=True, negate=True), equals(" ")),
        (exists(not_empty=True, negate=True), equals("\x1c")),
        (exists(not_empty=True, negate=True), equals(0)),
        (exists(not_empty=True, negate=True), compared("lessThan", 5)),
        (exists(not_empty=True), exists()),
        (exists(not_empty=True), equals(" ")),  # 0 equals it
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


RIGHTS = [*builds.TEXTS, *builds.NUMBERS, "K", "\N{KELVIN SIGN}", "infinity", "0X10", "\x1c", "6"]
VALUES = [
    *RIGHTS, "abc", " 5 ", math.nan, math.inf, -math.inf, None, True, False, [], {}, ["a"],
]  # fmt: skip
operators = st.sampled_from(sorted(OPERATORS))


@st.composite
def any_conditions(draw: st.DrawFn) -> dict[str, Any]:
    """A condition of any kind on one data element."""
    negate = draw(st.booleans())
    if draw(st.integers(0, 9)) == 0:
        return exists(not_empty=draw(st.booleans()), negate=negate)
    operator = OPERATORS[draw(operators)]
    rights = RIGHTS if operator.right == "any" else [right for right in RIGHTS if right != ""]
    if operator.right == "number":
        rights = [right for right in RIGHTS if is_number(right)]
    made = compared(operator.key, draw(st.sampled_from(rights)), negate=negate)
    if operator.has_case:
        made["settings"]["comparison"]["caseInsensitive"] = draw(st.booleans())
    return made


@settings(patient, max_examples=400)
@given(parts=st.lists(any_conditions(), min_size=1, max_size=3), more=st.lists(json_values))
def test_no_value_meets_what_was_told_to_exclude_each_other(parts: Any, more: list[Any]) -> None:
    made = document(element("a"), rule(*parts, send()))
    if not any("never fire" in one.message for one in check_document(made)):
        return
    program = Program(made)
    for value in [*VALUES, *more]:
        results = program.evaluate({"xdm": {}, "data": {"a": value}}, {}, **MOMENT).rules
        assert "fired" not in [result.verdict for result in results]


@pytest.mark.parametrize(("wanted", "told"), [("EUR", False), ("USD", True), ("eur", True)])
def test_constant_that_never_has_the_value_is_told(wanted: str, told: bool) -> None:
    same = element("same", CONSTANT, settings={"value": "EUR"})
    conditions = [equals(wanted, "{{same}}"), equals("{{same}}", "{{same}}")]
    warnings = check_document(document(same, rule(*conditions, send())))
    assert any("never fire" in one.message for one in warnings) is told


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"end": "2026-03-01", "source": "now"}, "nothing meets this condition any more."),
        ({"end": "2026-03-01"}, "only an event from before their end meets this condition."),
        ({"end": "2026-03-01", "source": "received"}, "only an event from before"),
        ({"end": "2026-03-01", "zone": "America/New_York", "source": "now"}, ""),  # 5 hours more
        ({"end": "2026-03-02", "source": "now"}, ""),
        ({"end": "2026-03-01 23:59", "source": "now"}, "nothing meets"),
        ({"start": "2020-01-01", "source": "now"}, ""),
    ],
)
def test_dates_that_are_over_are_told(settings: Any, message: str) -> None:
    part = component("condition", "core::conditions::date-range", settings)
    warnings = check_document(document(rule(part, send())), date(2026, 3, 2))
    told = [(one.component, one.field, one.message) for one in warnings]
    if not message:
        assert told == []
        return
    [(component_id, field, words)] = told
    assert (component_id, field) == ("Rule 0", "end")
    assert words.startswith("These dates are over: ")
    assert message in words
    assert check_document(document(rule(part, send()))) == []
    exception = part | {"negate": True}
    assert check_document(document(rule(exception, send())), date(2026, 3, 2)) == []


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
