"""What is accepted at a glance keeps to its schema; what keeps to it is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from extensions import registry
from extensions.accepting import acceptor
from tests.extensions.core.making import json_values, patient

DESCRIBED = [
    *registry.packages().values(),
    *(one for package in registry.packages().values() for one in package.delegates()),
]
SCHEMAS = [
    {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "a"},
    {"type": ["integer", "boolean"]},
    {"type": "number"},
    {"enum": [1, "a", None, False]},
    {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
    {"properties": {"a": {"enum": ["x"]}}, "additionalProperties": {"type": "number"}},
    {"properties": {"a": {}}, "additionalProperties": False},
    {},
]


@st.composite
def settings(draw: st.DrawFn, schema: Any) -> Any:
    """Settings that are near the schema, one place or another of them not."""
    fields = schema.get("properties")
    if fields is None or draw(st.integers(0, 9)) == 0:
        likely = [*schema.get("enum", []), "a", "{{a}}", "", 1, True, [], ["a"], {}]
        return draw(st.sampled_from(likely) | json_values)
    names = draw(st.lists(st.sampled_from([*fields, "unknown"]), unique=True)) if fields else []
    names += draw(st.sampled_from([[], schema.get("required", [])]))
    return {name: draw(settings(fields.get(name, {}))) for name in names}


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one.id)
@patient
@given(data=st.data())
def test_settings_are_accepted_only_if_they_keep_to_the_schema(
    described: Any, data: st.DataObject
) -> None:
    made = data.draw(settings(described.schema))
    if acceptor(described.schema)(made):
        assert Draft202012Validator(described.schema).is_valid(made)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
@patient
@given(
    value=st.sampled_from(["a", "ba", "bcda", 1, 1.5, True, False, None, [], ["a"], [1], {}])
    | st.fixed_dictionaries({}, optional={"a": st.sampled_from(["x", 1]), "b": json_values})
    | json_values
)
def test_whatever_keeps_to_a_schema_is_accepted(schema: Any, value: Any) -> None:
    accepted = acceptor(schema)(value)
    is_whole_float = isinstance(value, float) and value.is_integer()
    assert is_whole_float or accepted == Draft202012Validator(schema).is_valid(value)


def test_schema_with_a_keyword_that_is_not_known_accepts_nothing() -> None:
    assert not acceptor({"anyOf": [{}]})(1)
    assert not acceptor({"properties": {"a": {"not": {}}}})({"a": 1})
    assert acceptor({"properties": {"a": {"not": {}}}})({})


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda one: one.id)
def test_every_schema_of_ours_is_made_of_known_keywords(described: Any) -> None:
    def walk(schema: Any) -> None:
        assert schema.keys() <= {*_KNOWN, "additionalProperties"}, schema
        for inner in schema.get("properties", {}).values():
            walk(inner)
        if "items" in schema:
            walk(schema["items"])

    walk(described.schema)


_KNOWN = {"$schema", "default", "description", "title", "ui", "type", "required", "properties"} | {
    "items", "enum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
}  # fmt: skip
