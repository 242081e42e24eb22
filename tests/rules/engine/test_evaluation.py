"""How an event is judged: elements, conditions, actions, and what ends a rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from extensions.contract import Refused, Send
from rules.engine import RuleResult
from tests.extensions.core.making import json_values, patient
from tests.rules.engine import making
from tests.rules.engine.making import (
    COMPARISON,
    CONSTANT,
    MOMENT,
    NOW,
    SECRET,
    component,
    condition,
    constant,
    element,
    evaluate,
    extension,
    program,
    resolved,
    rule,
    send,
    values,
    verdict_of,
    verdicts,
)

SECRETS = {
    stage: {"id": "SE" + digit * 32, "name": stage}
    for stage, digit in (("development", "d"), ("production", "b"))
}


def failing(kind: str, **settings: Any) -> dict[str, Any]:
    return component(kind, f"guest::{kind}s::fail", settings)


# --- The pipeline of a data element --------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (None, {}, None),
        (None, {"default": "EUR"}, "EUR"),
        (None, {"default": ""}, ""),
        ("usd", {"default": "EUR"}, "usd"),
        (0, {"default": "EUR"}, 0),
        (False, {"default": "EUR"}, False),
        ("", {"default": "EUR"}, ""),
        ("  a \t\n b  ", {"clean": True}, "a b"),
        ("a\u00a0\u2003b", {"clean": True}, "a b"),
        ("  a  ", {}, "  a  "),
        ("ÄB c", {"lower": True}, "äb c"),
        ("  A  B ", {"clean": True, "lower": True}, "a b"),
        (None, {"default": "  A  B ", "clean": True, "lower": True}, "a b"),
        (5, {"clean": True, "lower": True}, 5),
        (["  A "], {"clean": True, "lower": True}, ["  A "]),
        (True, {"lower": True}, True),
    ],
)
def test_element_takes_default_then_clean_then_lower(
    value: Any, options: dict[str, Any], expected: Any
) -> None:
    assert resolved("{{a}}", {"a": value}, element("a", **options)) == expected


def test_missing_path_takes_the_default() -> None:
    assert resolved("{{a}}", {}, element("a", default="x")) == "x"


def test_element_is_resolved_once_for_an_event() -> None:
    count = element("n", "guest::dataElements::count")
    built = program(
        count,
        constant("again", "{{n}}"),
        rule(condition("{{n}}"), send(["{{n}}", "{{again}}", "{{n}}"]), name="one"),
        rule(send("{{n}}"), name="two"),
    )
    assert values(evaluate(built)) == [[1, 1, 1], 1]


def test_null_is_remembered_too() -> None:
    nothing = element("nothing", "guest::dataElements::count", default=None)
    built = program(nothing, rule(send("{{nothing}}")), rule(send("{{nothing}}"), name="two"))
    evaluate(built)
    assert len(making.CALLS) == 1


def test_element_is_resolved_anew_for_the_next_event() -> None:
    built = program(element("n", "guest::dataElements::count"), rule(send("{{n}}")))
    assert [values(evaluate(built)), values(evaluate(built))] == [[1], [2]]


def test_element_that_nobody_asks_for_is_not_resolved() -> None:
    built = program(
        element("n", "guest::dataElements::count"),
        element("no"),
        rule(condition("{{no}}"), send("{{n}}")),
    )
    evaluate(built)
    assert making.CALLS == []


def test_element_that_fails_fails_each_rule_that_asks() -> None:
    built = program(
        element("broken", "guest::dataElements::fail"),
        rule(send("{{broken}}"), name="1"),
        rule(condition("{{broken}}", "isFalsy"), send("x"), name="2"),
        rule(send("fine"), name="3"),
    )
    assert verdicts(evaluate(built)) == ["failed", "failed", "fired"]


@pytest.mark.parametrize("stage", SECRETS)
def test_secret_of_the_stage_is_given_as_a_reference(stage: str) -> None:
    token = element("token", SECRET, settings={"secrets": SECRETS})
    built = program(token, rule(send("{{token}}")), stage=stage)
    assert values(evaluate(built)) == [f"[[{SECRETS[stage]['id']}]]"]


def test_constant_of_core_is_its_text() -> None:
    assert resolved("{{c}}", {}, element("c", CONSTANT, settings={"value": " EUR "})) == " EUR "


# --- Conditions -----------------------------------------------------------------------------------


def test_rule_without_conditions_fires_on_every_event() -> None:
    assert verdicts(evaluate(program(rule(send())))) == ["fired"]


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [(1, 1, "fired"), (1, 0, "not_met"), (0, 1, "not_met"), (0, 0, "not_met")],
)
def test_all_conditions_must_be_met(first: int, second: int, verdict: str) -> None:
    built = program(
        element("a"), element("b"), rule(condition("{{a}}"), condition("{{b}}"), send())
    )
    assert verdict_of(evaluate(built, {"a": first, "b": second})) == verdict


@pytest.mark.parametrize(("value", "verdict"), [(True, "not_met"), (False, "fired")])
def test_exception_blocks_when_it_is_met(value: bool, verdict: str) -> None:
    built = program(element("a"), rule(condition("{{a}}", negate=True), send()))
    assert verdict_of(evaluate(built, {"a": value})) == verdict


@pytest.mark.parametrize("negate", [False, True])
def test_exception_is_the_opposite_of_regular_for_nothing_too(negate: bool) -> None:
    built = program(element("a"), rule(condition("{{a}}", "equals", "x", negate=negate), send()))
    assert verdict_of(evaluate(built, {})) == ("fired" if negate else "not_met")


def test_first_condition_that_is_not_met_ends_the_rule() -> None:
    built = program(
        element("no"),
        element("n", "guest::dataElements::count"),
        rule(condition("{{no}}"), condition("{{n}}"), send("{{n}}")),
    )
    assert evaluate(built).rules == ()
    assert making.CALLS == []


@pytest.mark.parametrize("negate", [False, True])
def test_condition_that_fails_fails_its_rule_and_is_not_just_false(negate: bool) -> None:
    broken = failing("condition") | {"negate": negate}
    evaluation = evaluate(program(rule(broken, send())))
    assert evaluation.rules == (
        RuleResult("RL Rule", "failed", "Rule 0", "The component says why."),
    )


def test_bad_pattern_from_the_event_fails_the_rule_with_the_reason() -> None:
    built = program(
        element("p"), rule(condition("{{p}}", "matchesRegex", "{{p}}"), send(), name="1")
    )
    [result] = evaluate(built, {"p": "("}).rules
    assert (result.verdict, result.component) == ("failed", "1 0")
    assert result.message.startswith("The regular expression cannot be read")


# --- Actions --------------------------------------------------------------------------------------


def test_actions_run_in_order() -> None:
    assert values(evaluate(program(rule(send(1), send(2), send(3))))) == [1, 2, 3]


def test_action_result_names_rule_component_and_package() -> None:
    [action] = evaluate(program(rule(send(), name="One"))).actions
    assert (action.rule, action.component, action.package) == ("RL One", "One 0", "guest")


def test_action_sees_the_moment_and_the_configuration() -> None:
    settings = {"pixel": "1"}
    [action] = evaluate(program(extension("guest", settings=settings), rule(send()))).actions
    assert isinstance(action.result, Send)
    assert (action.result.address, action.result.dedup_id, action.result.expires_at) == (
        settings,
        MOMENT["event_id"],
        NOW,
    )


def test_action_that_fails_ends_its_rule_and_keeps_what_ran_before() -> None:
    evaluation = evaluate(program(rule(send(1), failing("action"), send(2))))
    assert values(evaluation) == [1]
    assert evaluation.rules == (
        RuleResult("RL Rule", "failed", "Rule 1", "The component says why."),
    )


@pytest.mark.parametrize("position", [0, 1, 2])
def test_rule_that_fails_never_stops_another(position: int) -> None:
    rules = [rule(send(number), name=f"{number}") for number in range(2)]
    rules.insert(position, rule(failing("action", unforeseen=True), name=f"0{position}"))
    evaluation = evaluate(program(*rules))
    assert sorted(values(evaluation)) == [0, 1]
    assert sorted(verdicts(evaluation)) == ["failed", "fired", "fired"]


def test_unforeseen_error_is_told_by_its_kind_and_never_by_its_text() -> None:
    [result] = evaluate(program(rule(failing("action", unforeseen=True)))).rules
    assert result.message == "The component could not work with this event (Unforeseen)."


def test_refusal_is_a_result_and_the_next_action_runs() -> None:
    refuse = component("action", "guest::actions::refuse")
    evaluation = evaluate(program(rule(refuse, send(1))))
    assert [type(action.result) for action in evaluation.actions] == [Refused, Send]
    assert verdicts(evaluation) == ["fired"]


# --- What is left out -----------------------------------------------------------------------------


def test_disabled_rule_does_not_run() -> None:
    built = program(rule(send(1), name="on"), rule(send(2), name="off", enabled=False))
    assert values(evaluate(built)) == [1]


def test_rules_run_in_the_order_of_the_document() -> None:
    built = program(rule(send(1), name="b"), rule(send(2), name="a"), rule(send(3), name="c"))
    assert values(evaluate(built)) == [2, 1, 3]


def test_build_without_rules_gives_nothing() -> None:
    evaluation = evaluate(program())
    assert (evaluation.rules, evaluation.actions) == ((), ())


# --- For any event --------------------------------------------------------------------------------

WHATEVER = (
    element("a", clean=True, lower=True, default="x"),
    element("b"),
    element("all", settings={"path": "arc.event"}),
    element("deep", settings={"path": "data[0].a[1]"}),
    rule(condition("{{a}}", "equals", "{{b}}"), send("{{a}} {{b}}"), name="1"),
    rule(condition("{{a}}", "contains", "{{b}}", negate=True), send("{{all}}"), name="2"),
    rule(condition("{{b}}", "matchesRegex", "{{a}}"), send({"d": "{{deep}}"}), name="3"),
    rule(condition("{{deep}}", "lessThan", "{{b}}"), send(), name="4"),
    rule(component("condition", COMPARISON, {
        "leftOperand": "{{b}}",
        "comparison": {"operator": "endsWith", "caseInsensitive": True},
        "rightOperand": "{{a}}",
    }), send(), name="5"),
)  # fmt: skip
events = json_values | json_values.map(lambda value: {"a": value, "b": "b"})


@patient
@given(xdm=json_values, data=events, request=json_values)
def test_evaluation_never_raises_for_any_json(xdm: Any, data: Any, request: Any) -> None:
    evaluation = program(*WHATEVER).evaluate({"xdm": xdm, "data": data}, request, **MOMENT)
    assert len(evaluation.rules) <= 5


@patient
@given(event=json_values)
def test_evaluation_never_raises_for_an_event_that_is_no_object(event: Any) -> None:
    assert len(program(*WHATEVER).evaluate(event, {}, **MOMENT).rules) <= 5


@patient
@given(data=events)
def test_evaluation_is_deterministic(data: Any) -> None:
    built = program(*WHATEVER)
    assert repr(evaluate(built, data)) == repr(evaluate(built, data))


@patient
@given(before=events, data=events)
def test_evaluation_keeps_nothing_of_the_event_before(before: Any, data: Any) -> None:
    used = program(*WHATEVER)
    evaluate(used, before)
    assert repr(evaluate(used, data)) == repr(evaluate(program(*WHATEVER), data))
