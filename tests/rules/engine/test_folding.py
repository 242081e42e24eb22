"""What is the same for every event is decided once, when a build is compiled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from extensions.contract import Fixed
from extensions.core.operators import OPERATORS
from tests.rules.engine.making import (
    CONSTANT,
    component,
    condition,
    element,
    evaluate,
    explained,
    program,
    rule,
    send,
    values,
    verdict_of,
)

IN_LIST = "core::conditions::value-in-list"
A = element("a")


def same(name: str, value: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """A Constant of Core."""
    return element(name, CONSTANT, settings={"value": value}, **changes)


def regex(right: str, **changes: Any) -> dict[str, Any]:
    return condition("{{a}}", "matchesRegex", right, **changes)


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The patterns that were prepared, each as often as it was."""
    seen: list[Any] = []
    usual = OPERATORS["matchesRegex"]

    def bind(right: Any, ignore_case: bool) -> Any:
        seen.append(right)
        return usual.bind(right, ignore_case)

    monkeypatch.setitem(OPERATORS, "matchesRegex", replace(usual, bind=bind))
    return seen


def test_operator_with_a_constant_is_prepared_once(bound: list[Any]) -> None:
    built = program(A, same("pattern", "^buy"), rule(regex("{{pattern}}"), send()))
    assert bound == ["^buy"]
    assert [verdict_of(evaluate(built, {"a": value})) for value in ("buy 1", "sell", "buy 2")] == [
        "fired", "not_met", "fired",
    ]  # fmt: skip
    assert bound == ["^buy"]


def test_constant_is_cleaned_and_lowered_before_it_is_compared(bound: list[Any]) -> None:
    pattern = same("pattern", "  ^BUY   x ", clean=True, lower=True)
    built = program(A, pattern, rule(regex("{{pattern}}"), send()))
    assert verdict_of(evaluate(built, {"a": "buy x!"})) == "fired"
    assert bound == ["^buy x"]


def test_operator_with_any_other_data_element_is_prepared_at_each_event(bound: list[Any]) -> None:
    built = program(A, element("b"), rule(regex("{{b}}"), send()))
    assert bound == []
    assert verdict_of(evaluate(built, {"a": "abc", "b": "b"})) == "fired"
    assert bound == ["b"]


def test_trace_tells_of_a_constant_that_was_folded() -> None:
    built = program(
        A,
        same("pattern", "^Buy", lower=True),
        same("listed", "buy"),
        rule(
            regex("{{pattern}}"),
            component("condition", IN_LIST, {"value": "{{a}}", "values": ["{{listed}}"]}),
            send(),
        ),
    )
    trace = explained(built, {"a": "buy"})
    told = {one.name: (one.raw, one.value) for one in trace.elements}
    assert told == {"a": ("buy", "buy"), "pattern": ("^Buy", "^buy"), "listed": ("buy", "buy")}
    assert ("Right Operand", "^buy") in trace.rules[0].conditions[0].values


def test_braces_in_a_constant_mean_nothing() -> None:
    built = program(
        A,
        same("braces", "{{a}}"),
        rule(condition("{{a}}", "equals", "{{braces}}"), send(), name="1"),
        rule(
            component("condition", IN_LIST, {"value": "{{a}}", "values": ["x", "{{braces}}"]}),
            send(),
            name="2",
        ),
    )
    for value, fired in (("{{a}}", 2), ("b", 0)):
        assert len(evaluate(built, {"a": value}).rules) == fired


def test_list_with_a_constant_in_it_finds_its_value() -> None:
    among = component("condition", IN_LIST, {"value": "{{a}}", "values": ["x", "{{same}}"]})
    built = program(A, same("same", "EUR"), rule(among, send()))
    verdicts = [verdict_of(evaluate(built, {"a": value})) for value in ("EUR", "x", "USD")]
    assert verdicts == ["fired", "fired", "not_met"]


def test_constant_that_is_no_pattern_fails_its_rule_alone_and_says_why() -> None:
    built = program(
        A, same("pattern", "("), rule(regex("{{pattern}}"), name="1"), rule(send(), name="2")
    )
    first, second = evaluate(built, {"a": "x"}).rules
    assert (first.verdict, second.verdict) == ("failed", "fired")
    assert first.message.startswith("The regular expression cannot be read")


TEMPLATE = "core::dataElements::template"
SHOP = same("shop", " Shop ", clean=True, lower=True)


def test_constant_in_a_text_is_put_in_when_the_build_is_compiled() -> None:
    built = program(A, SHOP, rule(send("{{shop}}/{{a}}/{{shop}}")))
    assert built.value("{{shop}}.example") == Fixed("shop.example")
    assert built.value(["{{shop}}", {"of": "{{shop}}"}]) == Fixed(["shop", {"of": "shop"}])
    assert not isinstance(built.value("{{shop}}/{{a}}"), Fixed)
    assert values(evaluate(built, {"a": "x"})) == ["shop/x/shop"]


def test_what_is_made_of_constants_is_a_constant() -> None:
    url = element("url", TEMPLATE, settings={"text": "https://{{shop}}/"})
    built = program(
        A, SHOP, url, rule(condition("{{url}}", "contains", "{{shop}}"), send("{{url}}"))
    )
    assert built.value("{{url}}") == Fixed("https://shop/")
    [first] = built.rules[0].logic.leaves()
    assert first.test == Fixed(True)  # both of its operands are known


def test_what_depends_on_the_event_is_not_decided() -> None:
    now = element("now", "core::dataElements::timestamp", settings={"source": "now"})
    built = program(A, now, rule(send()))
    for name in ("a", "now"):
        assert not isinstance(built.value(f"{{{{{name}}}}}"), Fixed)


def test_what_fails_without_an_event_fails_at_each_alone() -> None:
    broken = element("broken", "guest::dataElements::fail")
    built = program(broken, rule(send("x {{broken}}"), name="1"), rule(send(), name="2"))
    first, second = evaluate(built, {}).rules
    assert (first.verdict, second.verdict) == ("failed", "fired")


def test_trace_tells_of_constants_and_of_what_they_are_in() -> None:
    url = element("url", TEMPLATE, settings={"text": "https://{{shop}}/{{a}}"})
    other = same("other", "y")
    built = program(
        A,
        SHOP,
        other,
        url,
        rule(condition("{{a}}", "equals", "x"), send("{{url}}"), name="1"),
        rule(condition("{{a}}", "equals", "z"), send("{{other}}"), name="2"),
    )
    told = {one.name: (one.raw, one.value) for one in explained(built, {"a": "x"}).elements}
    assert told == {
        "a": ("x", "x"),
        "shop": (" Shop ", "shop"),
        "url": ("https://shop/x", "https://shop/x"),
    }
