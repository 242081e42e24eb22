"""The form made from a schema: its fields, what is saved, and how a secret passes through it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import QueryDict

import vault
from extensions import registry
from extensions.contract import Delegate, Problem, Settings
from extensions.core.path import PATH
from extensions.core.secret import SECRET
from extensions.core.value_comparison import VALUE_COMPARISON
from rules.forms.objects import MAX_DEPTH
from rules.forms.settings import SettingsForm
from rules.models import Property
from rules.provisioning import create_property
from tests.rules.making import META, secret

pytestmark = pytest.mark.django_db

TOKEN = "EAAB-canary-secret-token-9876"
SCHEMA: Settings = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name", "ui": {"placeholder": "Ada"}},
        "kind": {
            "type": "string",
            "title": "Kind",
            "enum": ["a", "b"],
            "ui": {"widget": "select", "options": [["a", "First"], ["b", "Second"]]},
        },
        "city": {
            "type": "string",
            "title": "City",
            "ui": {"widget": "combo", "section": "Where", "options": [["ber", "Berlin"]]},
        },
        "note": {"type": "string", "title": "Note", "ui": {"widget": "textarea"}},
        "data": {"type": ["object", "string"], "title": "Data", "ui": {"widget": "json"}},
        "is_on": {"type": "boolean", "title": "On"},
        "inner": {
            "type": "object",
            "title": "Inner",
            "properties": {
                "deep": {"type": "string", "title": "Deep"},
                "more": {
                    "type": "object",
                    "properties": {"deeper": {"type": "string", "title": "Deeper"}},
                },
            },
        },
        "token": {"type": "string", "title": "Token", "ui": {"widget": "secret"}},
    },
    "additionalProperties": False,
}


def delegate(schema: Settings = SCHEMA, *problems: Problem) -> Delegate:
    return Delegate(
        id="test::actions::test",
        name="Test",
        schema=schema,
        summarise=lambda _settings: "",
        compile=lambda _settings, _compiler: None,
        check=lambda _settings: problems,
    )


def posted(values: dict[str, str]) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(values)
    return data


def form_for(
    property_: Property,
    values: dict[str, str] | None = None,
    stored: Settings | None = None,
    described: Any = None,
    *,
    revisit: bool = False,
) -> SettingsForm:
    data = None if values is None else posted(values)
    return SettingsForm(described or delegate(), property_, stored or {}, data, revisit=revisit)


def saved(property_: Property, values: dict[str, str], **more: Any) -> dict[str, Any]:
    """What a form that is valid saves."""
    form = form_for(property_, values, **more)
    assert form.is_valid(), form.errors
    return form.settings()


def seal(property_: Property, value: str = TOKEN) -> str:
    return vault.seal_text(django_settings.KEY_RING, value, property_.public_id)


def opened(property_: Property, sealed: str) -> str:
    return vault.open_text(django_settings.KEY_RING, sealed, property_.public_id)


def html(form: SettingsForm) -> str:
    """Everything of the form that reaches the browser."""
    fields = "".join(str(bound) + str(bound.errors) for bound in form)
    return fields + str(form.kept_fields()) + str(form.errors)


# --- Fields -----------------------------------------------------------------------------------


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


# --- What is saved ----------------------------------------------------------------------------


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


# --- Problems ---------------------------------------------------------------------------------


def test_problem_stands_beside_its_field(property_: Property) -> None:
    form = form_for(property_, {"path": "xdm..id"}, described=PATH)
    assert form.errors == {"path": ["The path cannot be read from character 4 on."]}


def test_problem_of_a_nested_setting_stands_beside_its_field(property_: Property) -> None:
    described = delegate(SCHEMA, Problem("inner.more.deeper", "Too deep."))
    form = form_for(property_, {}, described=described)
    assert form.errors == {"inner.more.deeper": ["Too deep."]}


def test_problem_of_an_object_stands_beside_its_first_field(property_: Property) -> None:
    form = form_for(property_, {}, described=delegate(SCHEMA, Problem("inner", "Say more.")))
    assert form.errors == {"inner.deep": ["Say more."]}


def test_problem_of_no_field_stands_above_the_form(property_: Property) -> None:
    form = form_for(property_, {}, described=delegate(SCHEMA, Problem("elsewhere", "No.")))
    assert form.non_field_errors() == ["No."]


def test_warning_does_not_stop_the_form(property_: Property) -> None:
    described = delegate(SCHEMA, Problem("name", "Are you sure?", "warning"))
    assert saved(property_, {}, described=described) == {}


def test_value_that_a_select_does_not_offer_is_refused(property_: Property) -> None:
    assert "kind" in form_for(property_, {"kind": "c"}).errors


def test_nul_is_refused(property_: Property) -> None:
    assert "name" in form_for(property_, {"name": "a\x00b"}).errors


def test_meta_asks_for_pixel_and_token_in_its_own_words(property_: Property) -> None:
    form = form_for(property_, {}, described=registry.packages()[META])
    assert form.errors == {
        "pixelId": ["Please specify your Meta Pixel ID."],
        "accessToken": ["Please specify your access token."],
    }


# --- A typed secret ---------------------------------------------------------------------------


def test_typed_secret_is_saved_sealed(property_: Property) -> None:
    sealed = saved(property_, {"token": TOKEN})["token"]
    assert vault.is_sealed(sealed)
    assert opened(property_, sealed) == TOKEN


def test_blanks_around_a_secret_are_not_part_of_it(property_: Property) -> None:
    assert opened(property_, saved(property_, {"token": f" {TOKEN}\n"})["token"]) == TOKEN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Bearer EAAB", "A token has no spaces"),
        ("EAAB\ncanary", "A token has no spaces"),
        ("EAAB\u00a0canary", "A token has no spaces"),
        ("EAAB\u200bcanary", "A token has only plain letters"),
        ("EAABÄ", "A token has only plain letters"),
        ("EAAB\x00canary", "A token has only plain letters"),
    ],
)
def test_text_that_can_be_no_token_is_refused_and_not_shown_again(
    property_: Property, text: str, told: str
) -> None:
    form = form_for(property_, {"token": text})
    [message] = form.errors["token"]
    assert str(message).startswith(told)
    assert "EAAB" not in html(form)


@pytest.mark.parametrize("text", ["{{Meta token}}", " {{ Meta token }} "])
def test_data_element_in_place_of_a_secret_is_not_sealed(property_: Property, text: str) -> None:
    assert saved(property_, {"token": text}) == {"token": text.strip()}


@pytest.mark.parametrize("values", [{"token": TOKEN}, {"token": TOKEN, "kind": "no such"}])
def test_typed_secret_is_never_shown_again(property_: Property, values: dict[str, str]) -> None:
    form = form_for(property_, values)
    form.is_valid()
    assert "canary" not in html(form)


def test_refused_form_carries_the_typed_secret_sealed(property_: Property) -> None:
    form = form_for(property_, {"token": TOKEN, "kind": "no such"})
    assert not form.is_valid()
    [(name, carried)] = form.kept_fields()
    assert (name, opened(property_, carried)) == ("token.sealed", TOKEN)


def test_carried_secret_is_saved(property_: Property) -> None:
    carried = seal(property_)
    assert saved(property_, {"token": "", "token.sealed": carried}) == {"token": carried}


def test_masked_secret_shows_its_last_four(property_: Property) -> None:
    field: Any = form_for(property_, {"token": TOKEN}).fields["token"]
    assert field.masked == "•••••9876"


@pytest.mark.parametrize(
    "forge",
    [
        lambda other: "sealed:",
        lambda other: "sealed:x:y",
        lambda other: "sealed:YWJj:YWJj",
        lambda other: TOKEN,
        lambda other: seal(other),
        lambda other: seal(other)[:-4],
        lambda other: "sealed:" + ":" * 50,
    ],
)
def test_forged_carried_secret_is_refused(property_: Property, forge: Any) -> None:
    other = create_property("Other", None)
    assert saved(property_, {"token": "", "token.sealed": forge(other)}) == {}


def test_forged_carried_secret_leaves_the_stored_one(property_: Property) -> None:
    stored = {"token": seal(property_)}
    forged = seal(create_property("Other", None))
    assert saved(property_, {"token.sealed": forged}, stored=stored) == stored


def test_typed_text_that_looks_sealed_is_sealed_like_any_other(property_: Property) -> None:
    forged = seal(create_property("Other", None))
    sealed = saved(property_, {"token": forged})["token"]
    assert opened(property_, sealed) == forged


# --- A stored secret --------------------------------------------------------------------------


def test_stored_secret_is_kept_when_its_field_is_empty(property_: Property) -> None:
    stored = {"token": seal(property_), "name": "Ada"}
    assert saved(property_, {"token": "", "name": "Eve"}, stored=stored) == {
        "token": stored["token"],
        "name": "Eve",
    }


def test_stored_secret_gives_way_to_a_typed_one(property_: Property) -> None:
    stored = {"token": seal(property_, "old")}
    assert opened(property_, saved(property_, {"token": TOKEN}, stored=stored)["token"]) == TOKEN


def test_stored_secret_gives_way_to_a_data_element(property_: Property) -> None:
    stored = {"token": seal(property_)}
    assert saved(property_, {"token": "{{A}}"}, stored=stored) == {"token": "{{A}}"}


def test_carried_secret_goes_before_the_stored_one(property_: Property) -> None:
    stored, carried = {"token": seal(property_, "old")}, seal(property_)
    assert saved(property_, {"token.sealed": carried}, stored=stored) == {"token": carried}


def test_stored_secret_is_shown_masked_and_not_in_its_field(property_: Property) -> None:
    form = form_for(property_, stored={"token": seal(property_)})
    field: Any = form.fields["token"]
    assert field.masked == "•••••9876"
    assert "value=" not in str(form["token"])


@pytest.mark.parametrize("values", [None, {"token": ""}, {"token": "", "kind": "no such"}])
def test_stored_secret_never_leaves_the_server(
    property_: Property, values: dict[str, str] | None
) -> None:
    form = form_for(property_, values, {"token": seal(property_)})
    assert form.kept_fields() == []


def test_stored_data_element_is_shown_in_its_field(property_: Property) -> None:
    form = form_for(property_, stored={"token": "{{A}}"})
    assert 'value="{{A}}"' in str(form["token"])
    assert form.kept_fields() == []


# --- A secret mixed with a data element -------------------------------------------------------


@pytest.mark.parametrize("text", [TOKEN + "{{A}}", "{{A}}" + TOKEN, "{{A}}{{B}}"])
def test_secret_mixed_with_a_data_element_is_refused(property_: Property, text: str) -> None:
    form = form_for(property_, {"token": text})
    assert form.errors == {"token": ["Please enter either a secret or one data element, not both."]}


@pytest.mark.parametrize("revisit", [False, True])
def test_mixed_secret_is_not_shown_again(property_: Property, revisit: bool) -> None:
    form = form_for(property_, {"token": TOKEN + "{{A}}"}, revisit=revisit)
    assert "canary" not in html(form)


def test_mixed_secret_leaves_the_stored_one(property_: Property) -> None:
    form = form_for(property_, {"token": TOKEN + "{{A}}"}, {"token": seal(property_, "old")})
    assert not form.is_valid()
    assert opened(property_, form.kept["token"]) == "old"


def test_mixed_secret_leaves_the_one_typed_before(property_: Property) -> None:
    values = {"token": TOKEN + "{{A}}", "token.sealed": seal(property_, "typed")}
    form = form_for(property_, values, {"token": seal(property_, "old")})
    [(_, carried)] = form.kept_fields()
    assert opened(property_, carried) == "typed"


def test_mixed_secret_is_told_in_one_sentence(property_: Property) -> None:
    values = {"pixelId": "1234567890", "accessToken": TOKEN + "{{A}}"}
    form = form_for(property_, values, described=registry.packages()[META])
    assert len(form.errors["accessToken"]) == 1


# --- Shown again without being judged ---------------------------------------------------------


def test_revisited_form_shows_what_was_entered_and_judges_nothing(property_: Property) -> None:
    values = {"name": "Eve", "kind": "no such", "is_on": "on"}
    form = form_for(property_, values, {"name": "Ada"}, revisit=True)
    assert (form.is_bound, form.errors) == (False, {})
    assert [form.initial[path] for path in ("name", "kind", "is_on")] == ["Eve", "no such", True]


def test_revisited_form_keeps_a_typed_secret_sealed(property_: Property) -> None:
    form = form_for(property_, {"token": TOKEN}, revisit=True)
    assert "canary" not in html(form)
    [(_, carried)] = form.kept_fields()
    assert opened(property_, carried) == TOKEN


def test_revisited_form_shows_a_picked_data_element(property_: Property) -> None:
    form = form_for(property_, {"token": "{{A}}"}, {"token": seal(property_)}, revisit=True)
    assert form.initial["token"] == "{{A}}"
    assert form.kept_fields() == []


# --- A reference to a secret ------------------------------------------------------------------


def test_secret_of_each_stage_is_offered_for_that_stage_only(property_: Property) -> None:
    held = secret(property_, "staging")
    form = form_for(property_, described=SECRET)
    offered = {path: [value for value, _ in field.choices] for path, field in form.fields.items()}  # type: ignore[attr-defined]
    assert offered == {
        "secrets.development": [""],
        "secrets.staging": ["", held.public_id],
        "secrets.production": [""],
    }


def test_chosen_secret_is_saved_with_its_name(property_: Property) -> None:
    held = secret(property_)
    assert saved(property_, {"secrets.development": held.public_id}, described=SECRET) == {
        "secrets": {"development": {"id": held.public_id, "name": "Token development"}}
    }


def test_stored_choice_is_shown(property_: Property) -> None:
    held = secret(property_)
    stored = {"secrets": {"development": {"id": held.public_id, "name": held.name}}}
    form = form_for(property_, stored=stored, described=SECRET)
    assert form.initial["secrets.development"] == held.public_id


def test_secret_of_another_property_cannot_be_chosen(property_: Property) -> None:
    foreign = secret(create_property("Other", None))
    form = form_for(property_, {"secrets.development": foreign.public_id}, described=SECRET)
    assert "secrets.development" in form.errors
