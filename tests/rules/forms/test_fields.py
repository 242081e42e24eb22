"""The fields a form is made of, and what they save."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.core.value_comparison import VALUE_COMPARISON
from rules.forms.objects import MAX_DEPTH
from rules.models import Property
from tests.rules.forms.making import delegate, form_for, saved

pytestmark = pytest.mark.django_db


# --- Fields ----------------------------------------------------------------------------------


def test_fields_stand_in_the_schemas_order_with_objects_opened(property_: Property) -> None:
    assert list(form_for(property_).fields) == [
        "name", "kind", "city", "note", "data", "is_on", "inner.deep", "inner.more.deeper",
        "token",
    ]  # fmt: skip


def test_fields_stand_under_their_headings(property_: Property) -> None:
    sections = form_for(property_).sections()
    assert [(section.heading, len(section.fields)) for section in sections] == [
        ("", 2),
        ("Where", 1),
        ("", 6),
    ]


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("name", True),
        ("city", True),
        ("note", True),
        ("data", True),
        ("token", True),
        ("kind", False),
        ("is_on", False),
    ],
)
def test_data_element_may_be_picked_into_text(property_: Property, path: str, takes: bool) -> None:
    field: Any = form_for(property_).fields[path]
    assert field.picker is takes


def test_combo_offers_suggestions_and_takes_free_text(property_: Property) -> None:
    field: Any = form_for(property_).fields["city"]
    assert field.suggestions == ["ber"]
    assert saved(property_, {"city": "Rome"}) == {"city": "Rome"}


def test_select_that_is_not_required_may_be_left_open(property_: Property) -> None:
    field: Any = form_for(property_).fields["kind"]
    assert field.choices == [("", "—"), ("a", "First"), ("b", "Second")]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("name", "Ada"),
        ("kind", "b"),
        ("data", '{\n  "größe": [\n    1\n  ]\n}'),
        ("is_on", True),
        ("inner.deep", "x"),
        ("inner.more.deeper", "y"),
        ("note", ""),
        ("token", ""),
    ],
)
def test_stored_setting_is_shown(property_: Property, path: str, shown: Any) -> None:
    stored = {
        "name": "Ada",
        "kind": "b",
        "data": {"größe": [1]},
        "is_on": True,
        "inner": {"deep": "x", "more": {"deeper": "y"}},
    }
    assert form_for(property_, stored=stored).initial[path] == shown


@pytest.mark.parametrize(
    ("schema", "language"),
    [
        ({"ui": {"widget": "json"}}, "json"),
        ({"ui": {"widget": "textarea", "language": "javascript"}}, "javascript"),
        ({"ui": {"widget": "textarea"}}, None),
    ],
)
def test_code_is_written_in_an_editor(
    property_: Property, schema: dict[str, Any], language: str | None
) -> None:
    described = delegate({"type": "object", "properties": {"code": {"type": "string", **schema}}})
    field = form_for(property_, described=described).fields["code"]
    assert field.widget.attrs.get("data-editor") == language


# --- What is saved ---------------------------------------------------------------------------


def test_empty_fields_are_left_out(property_: Property) -> None:
    assert saved(property_, {"name": "", "data": "", "inner.deep": ""}) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"name": "  Ada "}, {"name": "Ada"}),
        ({"note": "  two\nlines "}, {"note": "  two\nlines "}),
        ({"name": "{{Name}}"}, {"name": "{{Name}}"}),
        ({"is_on": "on"}, {"is_on": True}),
        ({"inner.deep": "x"}, {"inner": {"deep": "x"}}),
        ({"inner.more.deeper": "y"}, {"inner": {"more": {"deeper": "y"}}}),
        ({"inner.deep": "x", "inner.more.deeper": "y"},
         {"inner": {"deep": "x", "more": {"deeper": "y"}}}),
        ({"unknown": "x", "inner.unknown": "y"}, {}),
    ],
)  # fmt: skip
def test_entered_values_become_settings(
    property_: Property, values: dict[str, str], expected: dict[str, Any]
) -> None:
    assert saved(property_, values) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"value": 9.5, "list": [1, null, true], "t": "{{A}}"}',
         {"value": 9.5, "list": [1, None, True], "t": "{{A}}"}),
        ("{}", {}),
        ('{"a": "größe 👍"}', {"a": "größe 👍"}),
        ("{{All Data}}", "{{All Data}}"),
        ('{"a": {{A}}}', '{"a": {{A}}}'),
        ("[1]", "[1]"),
        ("5", "5"),
        ("null", "null"),
        ('{"a": NaN}', '{"a": NaN}'),
        ('{"a": 1e999}', '{"a": 1e999}'),
        ('{"a": 1,}', '{"a": 1,}'),
        ('{"a": "\\u0000"}', '{"a": "\\u0000"}'),
        ('{"\\u0000": 1}', '{"\\u0000": 1}'),
        ('{"a": "\\ud800"}', '{"a": "\\ud800"}'),
    ],
)  # fmt: skip
def test_json_object_is_saved_as_one_and_anything_else_as_text(
    property_: Property, text: str, expected: Any
) -> None:
    assert saved(property_, {"data": text}) == {"data": expected}


def test_json_that_is_nested_without_end_stays_text(property_: Property) -> None:
    deep = '{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1)
    assert saved(property_, {"data": deep}) == {"data": deep}


@pytest.mark.parametrize("depth", [100_000])
def test_json_that_no_parser_ends_stays_text(property_: Property, depth: int) -> None:
    assert saved(property_, {"data": "[" * depth}) == {"data": "[" * depth}


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        ("equals", "5", 5),
        ("equals", "5.0", 5),
        ("equals", "9.5", 9.5),
        ("equals", "01234", 1234),
        ("equals", "1e3", 1000),
        ("equals", "0x10", 16),
        ("equals", "-5", -5),
        ("equals", "5 apples", "5 apples"),
        ("equals", "true", "true"),
        ("equals", "Infinity", "Infinity"),
        ("equals", "0x" + "f" * 300, "0x" + "f" * 300),
        ("equals", "{{Total}}", "{{Total}}"),
        ("equals", "", ""),
        ("doesNotEqual", "7", 7),
        ("lessThan", "10", 10),
        ("greaterThanOrEqual", "1e22", 10**22),
        ("contains", "007", "007"),
        ("startsWith", "0049", "0049"),
        ("endsWith", "1.50", "1.50"),
        ("matchesRegex", "404", "404"),
    ],
)
def test_right_operand_is_a_number_only_where_numbers_are_compared(
    property_: Property, operator: str, text: str, expected: Any
) -> None:
    values = {"leftOperand": "{{A}}", "comparison.operator": operator, "rightOperand": text}
    found = saved(property_, values, described=VALUE_COMPARISON)["rightOperand"]
    assert found == expected
    assert type(found) is type(expected)


def test_right_operand_comes_back_as_it_was_saved(property_: Property) -> None:
    stored = {"leftOperand": "{{A}}", "comparison": {"operator": "equals"}, "rightOperand": 0}
    form = form_for(property_, stored=stored, described=VALUE_COMPARISON)
    assert 'value="0"' in str(form["rightOperand"])
