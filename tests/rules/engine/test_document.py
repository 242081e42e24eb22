"""A build's document: one form, whatever the order its parts came in."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine import assemble, canonical, compile_build
from tests.extensions.core.making import patient
from tests.rules.engine.making import (
    PROPERTY,
    constant,
    document,
    element,
    evaluate,
    extension,
    rule,
    send,
)

CONTENTS = [
    extension("core"),
    extension("guest", settings={"b": 1, "a": {"y": 2, "x": 1}}),
    element("one"),
    element("two", enabled=False),
    constant("größe", "{{one}}"),
    rule(send("{{one}}"), send("{{größe}}"), name="A"),
    rule(send(), name="B", enabled=False),
]
finite = st.floats(allow_nan=False, allow_infinity=False)
stored = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=10,
)


def turned(value: Any) -> Any:
    """Return the value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


def test_document_says_its_format_property_and_stage() -> None:
    made = assemble(PROPERTY, "staging", [])
    assert made == {
        "format": 1,
        "property": PROPERTY,
        "stage": "staging",
        "extensions": [],
        "data_elements": [],
        "rules": [],
    }


def test_contents_stand_by_kind_and_name() -> None:
    made = document(*CONTENTS)
    assert [[content["name"] for content in made[kind]] for kind in ("data_elements", "rules")] == [
        ["größe", "one", "two"],
        ["A", "B"],
    ]


def test_disabled_contents_stay_in_the_document() -> None:
    assert [content["enabled"] for content in document(*CONTENTS)["rules"]] == [True, False]


@patient
@given(st.permutations(CONTENTS))
def test_bytes_are_the_same_in_any_order(contents: list[tuple[str, dict[str, Any]]]) -> None:
    shuffled = [(kind, turned(content)) for kind, content in contents]
    expected = assemble(PROPERTY, "staging", CONTENTS)
    assert canonical(assemble(PROPERTY, "staging", shuffled)) == canonical(expected)


@pytest.mark.parametrize(
    "changed",
    [
        rule(send("{{two}}"), send("{{größe}}"), name="A"),
        rule(send("{{größe}}"), send("{{one}}"), name="A"),
        rule(send("{{one}}"), send("{{größe}}"), name="A", enabled=False),
        rule(send("{{one}}"), send("{{größe}}"), name="A2"),
    ],
)
def test_any_change_of_a_rule_changes_the_bytes(changed: tuple[str, dict[str, Any]]) -> None:
    contents = [*CONTENTS[:5], changed, CONTENTS[6]]
    assert canonical(document(*contents)) != canonical(document(*CONTENTS))


def test_stage_changes_the_bytes() -> None:
    assert canonical(document(stage="staging")) != canonical(document(stage="production"))


def test_order_of_actions_is_kept() -> None:
    back = orjson.loads(canonical(document(*CONTENTS)))
    assert [part["id"] for part in back["rules"][0]["components"]] == ["A 0", "A 1"]


@patient
@given(stored)
def test_any_settings_come_back_from_the_bytes(value: Any) -> None:
    assert json.loads(canonical({"settings": value})) == {"settings": value}


@patient
@given(stored)
def test_bytes_of_what_came_back_are_the_same(value: Any) -> None:
    once = canonical({"settings": value})
    assert canonical(json.loads(once)) == once


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**22, 2**64 + 1])
def test_integer_beyond_64_bits_is_written_in_full(number: int) -> None:
    assert canonical({"a": number}) == b'{"a":%d}' % number


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_json_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": number})


def test_text_is_written_as_it_is() -> None:
    assert canonical({"a": "größe 👍"}) == '{"a":"größe 👍"}'.encode()


def test_program_of_the_stored_bytes_works_like_that_of_the_document() -> None:
    made = document(*CONTENTS)
    data = {"one": 5, "größe": "XL"}
    stored_program = compile_build(orjson.loads(canonical(made)))
    assert evaluate(stored_program, data) == evaluate(compile_build(made), data)
