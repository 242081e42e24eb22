"""Rules are found by the values they ask for, and nothing comes out but what every rule says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from rules.engine import Evaluation, Program, explain
from tests.extensions.core.making import patient
from tests.rules.engine import builds, making
from tests.rules.engine.making import (
    MOMENT,
    condition,
    element,
    evaluate,
    program,
    rule,
    send,
    values,
)
from tests.rules.engine.test_explanation import agrees


def naively(built: Program, data: Any) -> Evaluation:
    """Evaluate every rule of a build, one after another."""
    lookup = built._lookup
    built._lookup = _All(len(built.rules))  # type: ignore[assignment]
    try:
        return evaluate(built, data)
    finally:
        built._lookup = lookup


class _All:
    def __init__(self, count: int) -> None:
        self._places = range(count)

    def candidates(self, _scope: Any) -> range:
        return self._places


@patient
@given(contents=builds.builds(), data=builds.data)
def test_lookup_changes_nothing(contents: Any, data: Any) -> None:
    built = builds.built(contents)
    assert repr(evaluate(built, data)) == repr(naively(builds.built(contents), data))


@patient
@given(contents=builds.builds(), data=builds.data)
def test_explanation_agrees_on_groups_too(contents: Any, data: Any) -> None:
    built = builds.built(contents)
    trace = explain(built, {"xdm": {}, "data": data}, {}, **MOMENT)
    agrees(trace, evaluate(built, data))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Purchase", [0, 2]),
        ("purchase", [1, 2]),
        ("PURCHASE", [2]),
        ("5", [3, 4]),
        ("05", [4]),
        (5, [3, 4]),
        (5.0, [3, 4]),
        (True, []),
        (1, []),
        (None, []),
        (["Purchase"], []),
        ({}, []),
        (float("nan"), []),
    ],
)
def test_rules_of_other_values_are_not_looked_at(value: Any, found: list[int]) -> None:
    ignoring = condition("{{a}}", "equals", "Purchase")
    ignoring["settings"]["comparison"]["caseInsensitive"] = True
    asked = [
        condition("{{a}}", "equals", "Purchase"),
        condition("{{a}}", "equals", "purchase"),
        ignoring,
        condition("{{a}}", "equals", "5"),
        condition("{{a}}", "equals", 5),
    ]
    counting = condition("{{n}}", "isFalsy")
    rules = [rule(one, counting, send(), name=f"{place}") for place, one in enumerate(asked)]
    built = program(element("a"), element("n", "guest::dataElements::count"), *rules)
    looked: list[int] = []
    built._run = lambda place, scope, wanted: looked.append(place)  # type: ignore[method-assign,func-returns-value]
    evaluate(built, {"a": value})
    assert looked == found


def test_element_that_fails_is_asked_once_and_fails_every_rule_that_begins_with_it() -> None:
    rules = [rule(condition("{{x}}", "equals", f"{n}"), send(), name=f"{n}") for n in range(3)]
    built = program(element("x", "guest::dataElements::fail"), *rules)
    results = evaluate(built).rules
    assert [result.verdict for result in results] == ["failed"] * 3
    assert {result.message for result in results} == {
        "The data element x failed. The component says why."
    }


def test_rule_that_wants_one_of_several_values_fails_once() -> None:
    asked = [condition("{{x}}", "equals", text) for text in ("b", "a")]
    rules = [rule(*asked, send(), name=name, logic={"top": "any"}) for name in ("2", "1")]
    built = program(element("x", "guest::dataElements::fail"), *rules)
    assert [result.rule for result in evaluate(built).rules] == ["RL 1", "RL 2"]


def test_actions_of_rules_found_in_several_ways_keep_the_order_of_the_rules() -> None:
    built = program(
        element("a"),
        element("b"),
        rule(condition("{{b}}", "equals", "y"), send(1), name="1"),
        rule(send(2), name="2"),
        rule(condition("{{a}}", "equals", "x"), send(3), name="3"),
        rule(condition("{{b}}", "equals", "y"), send(4), name="4"),
    )
    assert values(evaluate(built, {"a": "x", "b": "y"})) == [1, 2, 3, 4]


def test_element_is_resolved_once_for_lookup_and_conditions() -> None:
    built = program(
        element("n", "guest::dataElements::count"),
        *(rule(condition("{{n}}", "equals", 1), send("{{n}}"), name=f"{n}") for n in range(3)),
    )
    assert values(evaluate(built)) == [1, 1, 1]
    assert len(making.CALLS) == 1
