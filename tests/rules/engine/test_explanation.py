"""The explanation of an event: it tells everything, and never disagrees with the evaluation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import Refused, Send
from rules.engine import Evaluation, Program, Trace, explain
from tests.extensions.core.making import json_values, patient
from tests.rules.engine.making import (
    META,
    MOMENT,
    SEND_META,
    component,
    condition,
    constant,
    element,
    evaluate,
    explained,
    extension,
    program,
    rule,
    send,
)

CONFIGURATION = {"pixelId": "1234567890", "accessToken": "[[SE" + "0" * 32 + "]]"}
PURCHASE = {
    "actionSource": "website",
    "eventName": "{{name}}",
    "eventSourceUrl": "{{url}}",
    "eventTime": "{{time}}",
    "email": "{{email}}",
    "phone": "+49 {{phone}}",
    "customData": {"currency": "EUR", "value": "{{value}}", "contents": "{{contents}}"},
}
FIELDS = ("name", "url", "time", "email", "phone", "value", "contents")


def shop() -> Program:
    """A small real build: Core and Meta, three rules, an element that uses another."""
    return program(
        extension(META, settings=CONFIGURATION),
        *(element(name, clean=True) for name in FIELDS),
        constant("both", "{{name}} {{value}}", lower=True),
        rule(
            condition("{{name}}", "equals", "Purchase"),
            condition("{{value}}", "greaterThan", 0),
            component("action", SEND_META, PURCHASE),
            send("{{both}}"),
            name="Purchases",
        ),
        rule(
            condition("{{email}}", "matchesRegex", "@test", negate=True),
            component("action", SEND_META, PURCHASE),
            name="Real people",
        ),
        rule(
            condition("{{name}}", "matchesRegex", "{{email}}"),
            send({"all": ["{{contents}}"]}),
            component("action", "guest::actions::fail"),
            send("never"),
            name="Broken",
        ),
    )


def results(trace: Trace) -> list[tuple[str, str, Any]]:
    """Return rule, component and result of every action that wanted something, by the trace."""
    return [
        (rule_.id, action.id, action.result)
        for rule_ in trace.rules
        for action in rule_.actions
        if isinstance(action.result, Send | Refused)
    ]


def told_ends(trace: Trace) -> list[tuple[str, str, str]]:
    """Return each rule that fired or failed, with its verdict and the component that failed."""
    ends = []
    for rule_ in trace.rules:
        parts = [*rule_.conditions, *rule_.actions]
        failed = [part.id for part in parts if part.verdict == "failed"]
        if rule_.verdict != "not_met":
            ends.append((rule_.id, rule_.verdict, failed[0] if failed else ""))
    return ends


def agrees(trace: Trace, evaluation: Evaluation) -> None:
    told = [(result.rule, result.verdict, result.component) for result in evaluation.rules]
    assert told_ends(trace) == told
    done = [(action.rule, action.component, action.result) for action in evaluation.actions]
    assert repr(results(trace)) == repr(done)
    messages = [result.message for result in evaluation.rules if result.verdict == "failed"]
    assert [rule_.message for rule_ in trace.rules if rule_.verdict == "failed"] == messages


likely = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Purchase", " Purchase ", "Lead", "", 5, None]) | json_values,
        "url": st.sampled_from(["https://shop.example/", "javascript:x", ""]) | json_values,
        "time": st.sampled_from([MOMENT["now"], str(MOMENT["now"]), 0, "x"]) | json_values,
        "email": st.sampled_from(["ada@shop.example", "x@test", "(", "Purchase"]) | json_values,
        "phone": st.sampled_from(["30 1234567", 301234567]) | json_values,
        "value": st.sampled_from([0, 9.5, "12", -1, "", None]) | json_values,
        "contents": st.just([{"id": "a", "quantity": 1}]) | json_values,
    },
)


@patient
@given(data=likely | json_values, request=json_values)
def test_explanation_agrees_with_the_evaluation(data: Any, request: Any) -> None:
    built = shop()
    event = {"xdm": {}, "data": data}
    agrees(explain(built, event, request, **MOMENT), built.evaluate(event, request, **MOMENT))


@patient
@given(data=likely)
def test_explaining_first_does_not_change_the_evaluation(data: Any) -> None:
    built = shop()
    explained(built, data)
    assert repr(evaluate(built, data)) == repr(evaluate(shop(), data))


def test_purchase_of_the_small_shop_is_sent_by_two_rules() -> None:
    data = {
        "name": "Purchase",
        "url": "https://shop.example/",
        "email": "ada@shop.example",
        "value": 9.5,
    }
    evaluation = evaluate(shop(), data)
    sent = [action.package for action in evaluation.actions if isinstance(action.result, Send)]
    assert sent == [META, "guest", META]


def test_condition_is_told_with_its_words_its_values_and_its_verdict() -> None:
    built = program(element("a"), rule(condition("{{a}}", "equals", "x"), send()))
    [told] = explained(built, {"a": "y"}).rules[0].conditions
    assert (told.summary, told.verdict, told.negate) == ("a equals “x”", "not_met", False)
    assert told.values == [("Left Operand", "y"), ("Operator", "equals"), ("Right Operand", "x")]


def test_rule_that_is_not_met_names_the_condition() -> None:
    built = program(element("a"), rule(condition("{{a}}") | {"name": "Has a"}, send()))
    told = explained(built).rules[0]
    assert (told.verdict, told.message) == ("not_met", "“Has a” was not met.")


def test_rule_that_an_exception_blocked_names_the_exception() -> None:
    blocking = condition("{{a}}") | {"name": "Is internal", "negate": True}
    told = explained(program(element("a"), rule(blocking, send())), {"a": "x"}).rules[0]
    assert (told.verdict, told.message) == ("not_met", "The exception “Is internal” applied.")


def test_exception_that_blocks_is_not_met() -> None:
    built = program(element("a"), rule(condition("{{a}}", negate=True), send()))
    [told] = explained(built, {"a": 1}).rules[0].conditions
    assert (told.negate, told.verdict) == (True, "not_met")


def test_what_stands_behind_the_end_of_a_rule_is_not_reached() -> None:
    built = program(
        element("a"), element("b"), rule(condition("{{a}}"), condition("{{b}}"), send("{{b}}"))
    )
    told = explained(built, {"b": 1}).rules[0]
    parts = [*told.conditions, *told.actions]
    assert [part.verdict for part in parts] == ["not_met", "not_reached", "not_reached"]
    assert [part.values for part in parts[1:]] == [[], []]


def test_action_is_told_with_what_it_wants_to_send() -> None:
    [told] = explained(program(element("a"), rule(send("{{a}}"))), {"a": 5}).rules[0].actions
    assert isinstance(told.result, Send)
    assert (told.verdict, told.values) == ("ran", [("Value", 5)])


def test_refusal_is_told_as_such() -> None:
    built = program(rule(component("action", "guest::actions::refuse")))
    [told] = explained(built).rules[0].actions
    assert told.verdict == "refused"
    assert told.result == Refused("no_consent", "The visitor said no.")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "The component says why."),
        ({"unforeseen": 1}, "The component could not work with this event (Unforeseen)."),
    ],
)
def test_failure_is_told_at_its_component_and_its_rule(
    settings: dict[str, Any], message: str
) -> None:
    built = program(rule(component("action", "guest::actions::fail", settings), send()))
    told = explained(built).rules[0]
    assert (told.verdict, told.message) == ("failed", message)
    assert [(part.verdict, part.message) for part in told.actions] == [
        ("failed", message),
        ("not_reached", ""),
    ]


def test_elements_are_told_with_what_they_gave_before_and_after_cleaning() -> None:
    built = program(
        element("a", clean=True, lower=True), element("unused"), rule(condition("{{a}}"), send())
    )
    [told] = explained(built, {"a": " A "}).elements
    assert (told.name, told.delegate, told.summary, told.raw, told.default, told.value) == (
        "a",
        "Path",
        'data["a"]',
        " A ",
        None,
        "a",
    )


def test_default_that_was_not_needed_is_told_too() -> None:
    built = program(element("a", default="EUR", lower=True), rule(condition("{{a}}"), send()))
    [told] = explained(built, {"a": "USD"}).elements
    assert (told.raw, told.default, told.value) == ("USD", "EUR", "usd")


def test_element_that_took_its_default_shows_both() -> None:
    built = program(element("a", default="EUR"), rule(condition("{{a}}"), send()))
    [told] = explained(built).elements
    assert (told.raw, told.default, told.value) == (None, "EUR", "EUR")


def test_value_that_fails_does_not_hide_the_others() -> None:
    built = program(
        element("a"),
        element("broken", "guest::dataElements::fail"),
        rule(condition("{{a}}", "equals", "{{broken}}"), send()),
    )
    [told] = explained(built, {"a": 1}).rules[0].conditions
    assert told.values == [
        ("Left Operand", 1),
        ("Operator", "equals"),
        ("Right Operand", "The data element broken failed. The component says why."),
    ]


def test_settings_inside_others_are_told_under_their_sections() -> None:
    settings = {
        "test": "{{a}}",
        "names": ["{{a}}", "x"],
        "automatic": {"ip": False},
        "contents": {"items": [{"quantity": "{{a}}"}]},
    }
    built = program(element("a"), rule(component("action", "guest::actions::loud", settings)))
    [told] = explained(built, {"a": True}).rules[0].actions
    assert told.values == [
        ("Send as Test", True),
        ("Names", [True, "x"]),
        ("Automatic › IP Address", False),
        ("Custom Data › Items", [{"quantity": True}]),
    ]


def test_braces_in_a_field_without_picker_are_told_as_they_are() -> None:
    settings = {"plain": "{{ there }}"}
    built = program(rule(component("action", "guest::actions::loud", settings)))
    [told] = explained(built).rules[0].actions
    assert told.values == [("Plain", "{{ there }}")]


@pytest.mark.parametrize(("data", "shown"), [({"a": "canary-token"}, "••••"), ({}, None)])
def test_secret_is_never_told_not_even_one_of_the_event(
    data: dict[str, Any], shown: str | None
) -> None:
    settings = {"token": "{{a}}"}
    built = program(element("a"), rule(component("action", "guest::actions::loud", settings)))
    [told] = explained(built, data).rules[0].actions
    assert told.values == [("Token", shown)]


def test_action_is_told_with_where_its_automatic_values_came_from() -> None:
    [told] = explained(program(rule(send()))).rules[0].actions
    assert isinstance(told.result, Send)
    assert told.result.origins == (("moment", "the event's own moment"),)
