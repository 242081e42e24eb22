"""What a setting with tokens gives: a whole token keeps its type, embedded ones become text."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given

from tests.extensions.core.making import json_values, patient
from tests.rules.engine.making import (
    constant,
    element,
    evaluate,
    program,
    resolved,
    rule,
    send,
    values,
)

TYPED: list[Any] = [
    0, 5, -1.5, 10.0, True, False, "", "text", " spaced ", None, [], [1, None], {}, {"a": [1]},
]  # fmt: skip


@pytest.mark.parametrize("value", TYPED)
def test_whole_token_keeps_the_type(value: Any) -> None:
    found = resolved("{{a}}", {"a": value}, element("a"))
    assert found == value
    assert type(found) is type(value)


def test_whole_token_may_have_blanks_around_it() -> None:
    assert resolved("  {{ a }} ", {"a": 5}, element("a")) == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ada", "Ada"),
        ("", ""),
        (None, ""),
        (0, "0"),
        (10.0, "10"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (-0.0, "0"),
        (True, "true"),
        (False, "false"),
        ([1, 2], ""),
        ({"a": 1}, ""),
        (float("nan"), ""),
        ("{{b}}", "{{b}}"),
    ],
)
def test_embedded_token_becomes_text(value: Any, text: str) -> None:
    assert resolved("<{{a}}>", {"a": value}, element("a")) == f"<{text}>"


def test_missing_value_is_nothing_in_text() -> None:
    assert resolved("a {{a}} b", {}, element("a")) == "a  b"


def test_tokens_side_by_side_are_joined() -> None:
    assert resolved("{{a}}{{b}}{{a}}", {"a": 1, "b": "x"}, element("a"), element("b")) == "1x1"


def test_tokens_inside_lists_and_objects_are_resolved() -> None:
    template = {
        "value": "{{a}}",
        "list": ["{{b}}", {"deep": "{{a}} €"}],
        "plain": 5,
        "none": None,
        "yes": True,
    }
    assert resolved(template, {"a": 9.5, "b": [1]}, element("a"), element("b")) == {
        "value": 9.5,
        "list": [[1], {"deep": "9.5 €"}],
        "plain": 5,
        "none": None,
        "yes": True,
    }


def test_token_in_a_key_is_only_text() -> None:
    assert resolved({"{{a}}": 1}) == {"{{a}}": 1}


def test_value_that_looks_like_a_token_is_not_resolved_again() -> None:
    visitor, hidden = {"a": "{{b}}"}, constant("b", "kept from visitors")
    assert resolved(["{{a}}", "x{{a}}"], visitor, element("a"), hidden) == ["{{b}}", "x{{b}}"]


@pytest.mark.parametrize("template", ["{{", "}}", "{{}}", "{a}", "{{a{b}}", "{ {a} }"])
def test_text_that_is_no_token_stays(template: str) -> None:
    assert resolved(template) == template


def test_token_of_an_element_that_uses_others() -> None:
    full = constant("full", "{{first}} {{last}}")
    data = {"first": "Ada", "last": "Lovelace"}
    assert resolved("{{full}}", data, element("first"), element("last"), full) == "Ada Lovelace"


def test_setting_without_tokens_is_the_same_for_every_event() -> None:
    built = program(rule(send({"list": [1, {"a": "b"}]})))
    assert values(evaluate(built, {"x": 1})) == values(evaluate(built, {"x": 2}))


@patient
@given(value=json_values)
def test_resolving_any_value_leaves_the_event_as_it_was(value: Any) -> None:
    data = {"a": value}
    before = copy.deepcopy(data)
    resolved(["{{a}}", "x{{a}}", {"k": "{{a}}"}], data, element("a", clean=True, lower=True))
    assert repr(data) == repr(before)


def test_text_of_texts_of_texts_has_an_end() -> None:
    texts = [constant("t0", "x" * 1000)]
    texts += [constant(f"t{depth}", f"{{{{t{depth - 1}}}}} " * 10) for depth in range(1, 12)]
    built = program(*texts, rule(send("{{t2}}"), name="1"), rule(send("{{t11}}"), name="2"))
    evaluation = evaluate(built)
    assert [len(value) for value in values(evaluation)] == [100_110]
    [_, failed] = evaluation.rules
    assert "longer than 1,000,000 characters" in failed.message
