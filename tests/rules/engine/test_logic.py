"""Conditions in groups: what is met, what is looked at, and how it is told."""

from __future__ import annotations

from typing import Any

import pytest

from rules.engine.logic import logic_of
from tests.rules.engine import making
from tests.rules.engine.making import (
    condition,
    element,
    evaluate,
    explained,
    program,
    rule,
    send,
    verdict_of,
)

NAMES = "abcd"


def grouped(groups: str, top: str = "all", **kinds: str) -> tuple[Any, ...]:
    """A build of one rule: the conditions a, b, c, d, each in the group of its place.

    A dot is the top.
    """
    parts = [
        condition(f"{{{{{name}}}}}") | {"name": name} | ({} if group == "." else {"group": group})
        for name, group in zip(NAMES, groups, strict=False)
    ]
    logic = {"top": top, "groups": {name.strip("_"): kind for name, kind in kinds.items()}}
    return (*map(element, NAMES), rule(*parts, send(), logic=logic))


def data(true: str) -> dict[str, bool]:
    return {name: name in true for name in NAMES}


@pytest.mark.parametrize(
    ("groups", "top", "kind", "true", "verdict"),
    [
        ("..", "all", "all", "ab", "fired"),
        ("..", "all", "all", "a", "not_met"),
        ("..", "any", "all", "b", "fired"),
        ("..", "any", "all", "", "not_met"),
        (".11", "all", "any", "ac", "fired"),
        (".11", "all", "any", "a", "not_met"),
        (".11", "all", "any", "bc", "not_met"),
        (".11", "any", "all", "bc", "fired"),
        (".11", "any", "all", "b", "not_met"),
        (".11", "any", "all", "a", "fired"),
        ("1.1", "all", "any", "cb", "fired"),
        ("1", "any", "any", "", "not_met"),
        ("", "any", "any", "", "fired"),
    ],
)
def test_groups_are_joined_as_the_rule_says(
    groups: str, top: str, kind: str, true: str, verdict: str
) -> None:
    built = program(*grouped(groups, top, _1=kind))
    assert verdict_of(evaluate(built, data(true))) == verdict
    assert explained(built, data(true)).rules[0].verdict == verdict


def test_rule_without_logic_means_what_it_always_did() -> None:
    plain = logic_of({"components": [condition("{{a}}"), condition("{{b}}"), send()]})
    assert (plain.kind, len(plain.members)) == ("all", 2)


def test_group_may_be_named_by_a_number() -> None:
    parts = [condition("{{a}}") | {"group": 1}, condition("{{b}}") | {"group": "1"}]
    made = logic_of({"components": parts, "logic": {"groups": {"1": "any"}}})
    [group] = made.groups()
    assert (group.id, group.kind, len(group.members)) == ("1", "any", 2)


@pytest.mark.parametrize(
    ("top", "kind", "true", "looked"),
    [("all", "any", "ab", "ab"), ("all", "any", "", "a"), ("any", "all", "", "ab")],
)
def test_what_stands_behind_the_condition_that_decides_is_not_looked_at(
    top: str, kind: str, true: str, looked: str
) -> None:
    told = explained(program(*grouped(".11", top, _1=kind)), data(true)).rules[0]
    assert "".join(part.name for part in told.conditions if part.values) == looked


def test_member_of_a_group_that_fails_fails_the_rule() -> None:
    broken = making.component("condition", "guest::conditions::fail") | {"group": "1"}
    built = program(element("a"), rule(broken, condition("{{a}}") | {"group": "1"}, send()))
    assert verdict_of(evaluate(built, {"a": 1})) == "failed"
    told = explained(built, {"a": 1}).rules[0]
    assert [group.verdict for group in told.groups] == ["failed"]


def test_exception_in_a_group_is_met_when_it_does_not_apply() -> None:
    parts = [condition(f"{{{{{name}}}}}", negate=True) | {"group": "1"} for name in "ab"]
    logic = {"groups": {"1": "any"}}
    built = program(element("a"), element("b"), rule(*parts, send(), logic=logic))
    assert verdict_of(evaluate(built, data("a"))) == "fired"
    assert verdict_of(evaluate(built, data("ab"))) == "not_met"


def test_trace_tells_groups_and_who_stands_in_them() -> None:
    told = explained(program(*grouped(".112", "all", _1="any")), data("ac")).rules[0]
    assert told.kind == "all"
    assert [part.group for part in told.conditions] == ["", "1", "1", "2"]
    assert [(one.id, one.kind, one.verdict) for one in told.groups] == [
        ("1", "any", "met"),
        ("2", "all", "not_met"),
    ]


@pytest.mark.parametrize(
    ("groups", "top", "kind", "true", "message"),
    [
        (".11", "all", "any", "a", "None of “b”, “c” was met."),
        (".11", "all", "all", "ab", "“c” was not met."),
        (".11", "all", "any", "", "“a” was not met."),
        (".11", "any", "all", "b", "None of its conditions was met."),
    ],
)
def test_rule_says_what_kept_it_from_firing(
    groups: str, top: str, kind: str, true: str, message: str
) -> None:
    told = explained(program(*grouped(groups, top, _1=kind)), data(true)).rules[0]
    assert told.message == message


def test_conditions_read_aloud_with_groups_in_brackets() -> None:
    [*_, (_, content)] = grouped(".112", "any", _1="all")
    assert logic_of(content).said(lambda part: part["name"]) == "a or (b and c) or d"
