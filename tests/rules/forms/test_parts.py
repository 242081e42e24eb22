"""Fields of several controls: lists, switches, tables, objects, and a checkbox that is on."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string

from extensions.contract import Delegate, Problem, Settings
from rules.forms.settings import SettingsForm
from rules.models import Property
from tests.rules.forms.making import delegate, form_for, saved

pytestmark = pytest.mark.django_db

ONE_ELEMENT = "Please choose one data element, such as {{Consent}}."
MAIL_IS_X = {"field": "mail", "in": ["x"]}
SCHEMA: Settings = {
    "type": "object",
    "properties": {
        "mail": {"type": ["string", "array"], "title": "Mail", "ui": {"widget": "list"}},
        "limited": {"type": ["boolean", "string"], "title": "Limited", "ui": {"widget": "switch"}},
        "gated": {
            "type": ["boolean", "string"],
            "title": "Gated",
            "default": True,
            "ui": {"widget": "switch"},
        },
        "automatic": {"type": "boolean", "title": "Automatic", "default": True},
        "cart": {
            "type": "object",
            "properties": {
                "items": {
                    "type": "array",
                    "title": "Items",
                    "items": {"type": "object", "required": ["id"]},
                    "ui": {
                        "widget": "rows",
                        "columns": [
                            {"key": "id", "title": "ID", "required": True},
                            {"key": "quantity", "title": "Quantity", "type": "number"},
                        ],
                    },
                }
            },
        },
        "data": {
            "type": ["object", "string"],
            "title": "Data",
            "ui": {
                "widget": "object",
                "keys": [
                    {"key": "value", "type": "number", "required_if": MAIL_IS_X},
                    {"key": "coupon", "matters_if": {"field": "limited", "in": [True]}},
                    {"key": "extra", "type": "object", "matters_if": {"field": "mail", "in": []}},
                ],
            },
        },
    },
    "additionalProperties": False,
}  # fmt: skip


def described(*problems: Problem) -> Delegate:
    return delegate(SCHEMA, *problems)


def kept(property_: Property, values: dict[str, Any]) -> dict[str, Any]:
    return saved(property_, values, described=described())


def drawn(form: SettingsForm, path: str) -> Any:
    made: Any = form.fields[path]
    return made.drawn(form[path])


def reopened(property_: Property, settings: Settings) -> dict[str, Any]:
    """Open a form on settings and save it as the browser posts it back untouched."""
    form = form_for(property_, stored=settings, described=described())
    return kept(property_, {name: values for name, values in _controls(form).items() if values})


def _controls(form: SettingsForm) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in form.fields:
        if path == "automatic":
            found[path] = ["on" if form[path].value() else "false"]
            continue
        parts = drawn(form, path)
        chosen = [cell for cell in parts.cells if path == "mail" or cell.is_needed]
        rows = [cell for row in parts.table.rows for cell in row.cells] if parts.table else []
        extra = [parts.raw] if parts.raw and parts.view != "rows" else []
        for cell in [*chosen, *rows, *extra]:
            found.setdefault(cell.name, []).append(cell.value)
        if parts.view:
            found[f"{path}[view]"] = [parts.view]
    return found


# --- A list -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "setting"),
    [
        ([], {}),
        (["", " "], {}),
        (["a"], {"mail": "a"}),
        ([" a ", ""], {"mail": "a"}),
        (["a", "", "{{B}}"], {"mail": ["a", "{{B}}"]}),
        (["a", "a"], {"mail": ["a", "a"]}),
    ],
)
def test_one_value_is_saved_as_text_and_several_as_a_list(
    property_: Property, posted: list[str], setting: dict[str, Any]
) -> None:
    assert kept(property_, {"mail": posted}) == setting


@pytest.mark.parametrize(
    ("stored", "shown"), [("a", ["a"]), (["a", "b"], ["a", "b"]), (None, [""])]
)
def test_each_value_has_a_control(property_: Property, stored: Any, shown: list[str]) -> None:
    settings = {} if stored is None else {"mail": stored}
    cells = drawn(form_for(property_, stored=settings, described=described()), "mail").cells
    assert [cell.value for cell in cells] == shown


def test_problem_of_one_value_stands_at_its_control(property_: Property) -> None:
    form = form_for(
        property_,
        {"mail": ["", "a", "b"]},
        described=described(Problem("mail.1", "This is no address.")),
    )
    assert not form.is_valid()
    assert [cell.errors for cell in drawn(form, "mail").cells] == [(), (), ("This is no address.",)]
    assert drawn(form, "mail").errors == ()


def many(count: int) -> dict[str, Any]:
    """So many values of each field that holds several."""
    rows = {f"cart.items[{n}].id": "A" for n in range(count)}
    members = {f"data[{n}].key": f"k{n}" for n in range(count)}
    values = {f"data[{n}].value": "1" for n in range(count)}
    return {"mail": ["a"] * count} | rows | members | values


def test_as_many_values_as_a_field_may_hold_are_saved(property_: Property) -> None:
    settings = kept(property_, many(500))
    counts = [len(settings["mail"]), len(settings["cart"]["items"]), len(settings["data"])]
    assert counts == [500, 500, 500]


def test_more_values_than_a_field_may_hold_are_refused_and_stay(property_: Property) -> None:
    form = form_for(property_, many(501), described=described())
    told = "There are 501 values here, and 500 can be saved. Please take some away."
    assert form.errors == {"mail": [told], "cart.items": [told], "data": [told]}
    assert len(drawn(form, "mail").cells) == 501
    assert drawn(form, "mail").errors == (told,)


def test_empty_values_do_not_count(property_: Property) -> None:
    assert kept(property_, {"mail": [""] * 600 + ["a"]}) == {"mail": "a"}


def test_object_with_very_many_values_is_shown_as_raw_json(property_: Property) -> None:
    stored = {"data": {f"k{n}": n for n in range(600)}}
    form = form_for(property_, stored=stored, described=described())
    assert (drawn(form, "data").view, drawn(form, "data").table) == ("raw", None)
    assert "more than 200 values" in drawn(form, "data").note
    assert reopened(property_, stored) == stored


# --- A switch ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "setting"),
    [
        ({}, {}),
        ({"limited": "false"}, {}),
        ({"limited": "true"}, {"limited": True}),
        ({"limited": "on"}, {"limited": True}),
        ({"limited": "", "limited[token]": " {{A}} "}, {"limited": "{{A}}"}),
        ({"limited": "false", "limited[token]": "{{A}}"}, {}),
        ({"limited": "{{A}}"}, {"limited": "{{A}}"}),
        ({"gated": "false"}, {"gated": False}),
        ({"gated": "true"}, {}),
    ],
)
def test_switch_is_off_on_or_a_data_element(
    property_: Property, posted: dict[str, str], setting: dict[str, Any]
) -> None:
    assert kept(property_, posted) == setting


@pytest.mark.parametrize("text", ["", "no token", "{{A}}{{B}}", "x{{A}}"])
def test_switch_takes_exactly_one_data_element(property_: Property, text: str) -> None:
    form = form_for(property_, {"limited": "", "limited[token]": text}, described=described())
    assert form.errors == {"limited": [ONE_ELEMENT]}
    assert drawn(form, "limited").raw.errors == (ONE_ELEMENT,)
    assert drawn(form, "limited").raw.value == text


@pytest.mark.parametrize(
    ("stored", "path", "choice"),
    [
        (None, "limited", "false"),
        (True, "limited", "true"),
        ("{{A}}", "limited", ""),
        ("true", "limited", "true"),
        (None, "gated", "true"),
        (False, "gated", "false"),
    ],
)
def test_stored_switch_is_shown(property_: Property, stored: Any, path: str, choice: str) -> None:
    settings = {} if stored is None else {path: stored}
    form = form_for(property_, stored=settings, described=described())
    assert [c.value for c in drawn(form, path).cells if c.is_needed] == [choice]


# --- A checkbox that is on by default ---------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "setting"),
    [({"automatic": "false"}, False), ({"automatic": ["false", "on"]}, None), ({}, None)],
)
def test_unticking_what_is_on_by_default_is_saved(
    property_: Property, posted: dict[str, Any], setting: bool | None
) -> None:
    assert kept(property_, posted).get("automatic") is setting


def test_checkbox_that_is_on_posts_that_it_was_unticked(property_: Property) -> None:
    html = str(form_for(property_, described=described())["automatic"])
    assert '<input type="hidden" name="automatic" value="false">' in html
    assert "checked" in html


# --- A table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("posted", "items"),
    [
        ({"[0].id": "A", "[0].quantity": "2"}, [{"id": "A", "quantity": 2}]),
        ({"[0].id": "5", "[0].quantity": "{{N}}"}, [{"id": "5", "quantity": "{{N}}"}]),
        ({"[0].id": " A ", "[0].quantity": "1.5"}, [{"id": "A", "quantity": 1.5}]),
        ({"[0].id": "", "[0].quantity": " ", "[3].id": "B"}, [{"id": "B"}]),
        ({"[9].id": "B", "[0].id": "A"}, [{"id": "B"}, {"id": "A"}]),
    ],
)
def test_rows_are_saved_as_objects_and_empty_ones_left_out(
    property_: Property, posted: dict[str, str], items: list[dict[str, Any]]
) -> None:
    values = {f"cart.items{name}": value for name, value in posted.items()}
    assert kept(property_, values)["cart"] == {"items": items}


def test_table_without_a_filled_row_is_left_out(property_: Property) -> None:
    assert "cart" not in kept(property_, {"cart.items[0].id": "", "cart.items[0].quantity": ""})


def test_text_in_a_number_column_is_refused_at_its_cell(property_: Property) -> None:
    values = {"cart.items[0].id": "A", "cart.items[2].id": "B", "cart.items[2].quantity": "many"}
    form = form_for(property_, values, described=described())
    told = "Please enter a number, such as 9.99, or a data element."
    assert form.errors == {"cart.items": [told]}
    cells = [cell for row in drawn(form, "cart.items").table.rows for cell in row.cells]
    assert [cell.name for cell in cells if cell.errors] == ["cart.items[2].quantity"]
    assert [cell.value for cell in cells] == ["A", "", "B", "many"]


def test_schemas_problem_stands_at_the_cell_of_its_row(property_: Property) -> None:
    values = {"cart.items[0].quantity": "", "cart.items[4].quantity": "1"}
    form = form_for(property_, values, described=described())
    assert not form.is_valid()
    cells = [cell for row in drawn(form, "cart.items").table.rows for cell in row.cells]
    assert [cell.name for cell in cells if cell.errors] == ["cart.items[4].id"]


# --- An object --------------------------------------------------------------------------------


def test_rows_of_an_object_are_saved_with_their_types(property_: Property) -> None:
    values = {
        "data[view]": "rows",
        "data[0].key": "value", "data[0].type": "number", "data[0].value": "9.50",
        "data[1].key": "gift", "data[1].type": "boolean", "data[1].value": "true",
        "data[2].key": "a.b", "data[2].type": "text", "data[2].value": "1",
        "data[3].key": "coupon", "data[3].type": "text", "data[3].value": "",
    }  # fmt: skip
    assert kept(property_, values)["data"] == {"value": 9.5, "gift": True, "a": {"b": "1"}}


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ('{"a": null}', {"a": None}),
        (" {{All}} ", "{{All}}"),
        ("", None),
        ("{}", {}),
    ],
)
def test_raw_text_is_saved_as_the_object_or_one_data_element(
    property_: Property, text: str, setting: Any
) -> None:
    assert kept(property_, {"data": text}).get("data") == setting


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1,\n"b" 2}', "line 2, column 5"),
        ("{{A}} {{B}}", "line 1, column 2"),
        ("[1]", "not an object"),
        ('{"a":' * 60 + "1" + "}" * 60, "too deeply"),
    ],
)
def test_raw_text_that_is_no_object_is_refused_and_stays(
    property_: Property, text: str, told: str
) -> None:
    form = form_for(property_, {"data": text}, described=described())
    [message] = form.errors["data"]
    assert told in str(message)
    assert drawn(form, "data").raw.value == text


@pytest.mark.parametrize(
    ("stored", "view"),
    [
        (None, "rows"),
        ({"a": 1}, "rows"),
        ('{"a": 1}', "rows"),
        ({"a": None}, "raw"),
        ({"a.b": 1}, "raw"),
        ("{{All}}", "raw"),
        ('{"a": {{A}}}', "raw"),
    ],
)
def test_object_is_shown_as_rows_where_they_can_hold_it(
    property_: Property, stored: Any, view: str
) -> None:
    settings = {} if stored is None else {"data": stored}
    assert drawn(form_for(property_, stored=settings, described=described()), "data").view == view


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, ["value", ""]),
        ({"limited": True}, ["value", "coupon", ""]),
        ({"limited": "{{A}}"}, ["value", "coupon", ""]),
        ({"data": {"z": 1}}, ["z", "value", ""]),
        ({"data": {"extra": {"a": 1}, "value": 2}}, ["extra", "value", ""]),
    ],
)
def test_suggested_keys_that_matter_have_a_row_and_a_free_one_stands_last(
    property_: Property, settings: dict[str, Any], keys: list[str]
) -> None:
    form = form_for(property_, stored=settings, described=described())
    assert [row.cells[0].value for row in drawn(form, "data").table.rows] == keys


@pytest.mark.parametrize(("mail", "is_needed"), [("x", True), ("y", False), ("{{A}}", False)])
def test_suggested_key_is_marked_where_it_is_needed(
    property_: Property, mail: str, is_needed: bool
) -> None:
    form = form_for(property_, stored={"mail": mail}, described=described())
    assert drawn(form, "data").table.rows[0].is_needed is is_needed


def test_suggested_row_that_stopped_mattering_leaves_unless_it_is_filled(
    property_: Property,
) -> None:
    values = {
        "data[0].key": "coupon", "data[0].value": "",
        "data[1].key": "extra", "data[1].type": "object", "data[1].value": "{}",
    }  # fmt: skip
    form = form_for(property_, values, described=described(), revisit=True)
    keys = [row.cells[0].value for row in drawn(form, "data").table.rows]
    assert keys == ["extra", "value", ""]


def test_free_row_stays_last_when_keys_are_suggested(property_: Property) -> None:
    values = {"data[0].key": "a", "data[0].value": "1", "data[1].key": "", "data[1].value": ""}
    form = form_for(property_, values, described=described(), revisit=True)
    rows = drawn(form, "data").table.rows
    assert [(row.number, row.cells[0].value) for row in rows] == [
        ("0", "a"),
        ("2", "value"),
        ("1", ""),
    ]


@pytest.mark.parametrize(
    ("kind", "example", "offers"),
    [
        ("boolean", "true or false", "id_data_boolean"),
        ("list", '["a", "b"]', ""),
        ("object", '{"key": "value"}', ""),
        ("text", "", ""),
    ],
)
def test_value_shows_what_its_type_takes(
    property_: Property, kind: str, example: str, offers: str
) -> None:
    values = {"data[0].key": "x", "data[0].type": kind, "data[0].value": "{{A}}"}
    parts = drawn(form_for(property_, values, described=described(), revisit=True), "data")
    value = parts.table.rows[0].cells[2]
    assert (value.placeholder, value.suggestions) == (example, offers)
    assert dict(parts.lists)["id_data_boolean"] == [("true", "true"), ("false", "false")]


@pytest.mark.parametrize(
    ("problem", "cell"),
    [
        ("data.value", "data[0].value"),
        ("data.a.b", "data[1].value"),
        ("data.list.0.id", "data[2].value"),
        ("data.a", None),
        ("data", None),
        ("data.elsewhere", None),
    ],
)
def test_problem_of_a_member_stands_at_its_row(
    property_: Property, problem: str, cell: str | None
) -> None:
    values = {
        "data[0].key": "value", "data[0].value": "",
        "data[1].key": "a.b", "data[1].value": "1",
        "data[2].key": "list", "data[2].type": "list", "data[2].value": "[{}]",
    }  # fmt: skip
    form = form_for(property_, values, described=described(Problem(problem, "No.")))
    assert form.errors == {"data": ["No."]}
    parts = drawn(form, "data")
    cells = [cell for row in parts.table.rows for cell in row.cells if cell.errors]
    assert [cell.name for cell in cells] == ([cell] if cell else [])
    assert parts.errors == (() if cell else ("No.",))


def summary(form: SettingsForm) -> str:
    html = render_to_string("components/form_errors.html", {"form": form})
    return " ".join(html.split())


def test_summary_leads_to_each_row_and_names_its_key(property_: Property) -> None:
    values = {
        "data[0].key": "value", "data[0].type": "number", "data[0].value": "9,5",
        "data[1].key": "", "data[1].value": "x",
        "mail": ["a", "b"],
        "limited": "", "limited[token]": "x",
        "cart.items[4].id": "A", "cart.items[4].quantity": "many",
    }  # fmt: skip
    shown = summary(form_for(property_, values, described=described()))
    for line in (
        '<a href="#id_data_0_value">Data, value</a>: Please enter a number, such as 9.99.',
        '<a href="#id_data_1_key">Data, Key in row 2</a>: Please give this value a key.',
        f'<a href="#id_limited_token">Limited</a>: {ONE_ELEMENT}',
        '<a href="#id_cart.items_4_quantity">Items, Quantity in row 1</a>: Please enter a number',
    ):
        assert line in shown


def test_problem_of_one_value_is_named_in_the_summary(property_: Property) -> None:
    problem = Problem("mail.1", "This is no address.")
    form = form_for(property_, {"mail": ["a", "b"]}, described=described(problem))
    assert '<a href="#id_mail_1">Mail, value 2</a>: This is no address.' in summary(form)


@pytest.mark.parametrize("problem", ["data.value", "data.coupon"])
def test_problem_of_a_suggested_key_stands_at_its_row_even_if_none_was_posted(
    property_: Property, problem: str
) -> None:
    form = form_for(property_, {"mail": "x"}, described=described(Problem(problem, "Needed.")))
    assert not form.is_valid()
    key = problem.partition(".")[2]
    [row] = [row for row in drawn(form, "data").table.rows if row.name == key]
    assert row.cells[2].errors == ("Needed.",)
    assert drawn(form, "data").errors == ()
    assert f'<a href="#{row.cells[2].id}">Data, {key}</a>: Needed.' in summary(form)


def test_broken_json_is_told_once_with_its_place(property_: Property) -> None:
    problem = Problem("data", "Please enter a valid JSON payload.")
    form = form_for(property_, {"data": '{"a": 1,'}, described=described(problem))
    [message] = form.errors["data"]
    assert "line 1, column" in str(message)


# --- Switching the view -----------------------------------------------------------------------


def switched(property_: Property, values: dict[str, Any], to: str) -> Any:
    values = values | {"view": f"data|{to}"}
    return drawn(form_for(property_, values, described=described(), revisit=True), "data")


def test_rows_become_text(property_: Property) -> None:
    values = {"data[0].key": "a", "data[0].type": "number", "data[0].value": "1"}
    parts = switched(property_, values, "raw")
    assert (parts.view, parts.raw.value) == ("raw", '{\n  "a": 1\n}')


def test_text_becomes_rows_and_what_is_empty_is_named(property_: Property) -> None:
    parts = switched(property_, {"data[view]": "raw", "data": '{"a": true, "b": null}'}, "rows")
    assert parts.view == "rows"
    assert [cell.value for cell in parts.table.rows[0].cells] == ["a", "boolean", "true"]
    assert parts.note == "Left out because they are empty: b."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a"', "line 1, column 5"),
        ("{{All}}", "Only raw JSON can show that"),
        ('{"a.b": 1}', "cannot have the key"),
        ('{"a": "x\\ny"}', "several lines"),
        ("[]", "not an object"),
    ],
)
def test_text_that_rows_cannot_hold_stays_with_a_word_why(
    property_: Property, text: str, told: str
) -> None:
    parts = switched(property_, {"data[view]": "raw", "data": text}, "rows")
    assert (parts.view, parts.raw.value) == ("raw", text)
    assert told in parts.errors[0]


def test_rows_with_a_fault_stay_with_the_fault_at_its_cell(property_: Property) -> None:
    values = {"data[0].key": "a", "data[0].type": "list", "data[0].value": "[1,"}
    parts = switched(property_, values, "raw")
    assert parts.view == "rows"
    assert "line 1" in parts.table.rows[0].cells[2].errors[0]
    assert parts.errors == ("Please correct the marked rows first.",)


# --- All together -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"mail": "a", "limited": True, "gated": False, "automatic": False},
        {"mail": ["a", "b"], "limited": "{{A}}"},
        {"cart": {"items": [{"id": "A", "quantity": 1}, {"id": "B", "quantity": "{{N}}"}]}},
        {"data": {"a": 1, "b": "1", "c": True, "d": [1, None], "e": {"f": {"g": 2.5}}}},
        {"data": {"a": None, "b": ""}},
        {"data": "{{All}}"},
    ],
)
def test_form_that_nobody_touched_saves_what_was_stored(
    property_: Property, settings: dict[str, Any]
) -> None:
    assert reopened(property_, settings) == settings
