"""What a preset would do to settings, and what it does: pure plans first, then the database."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from accounts.models import AuditEntry, User
from extensions import registry
from extensions.contract import Delegate, Preset, Settings
from extensions.tokens import names_in
from extensions.validation import problems_in
from rules import presetting
from rules.models import DataElement, Property
from rules.presetting import Filled, Plan
from tests.rules.making import CONSTANT, PATH, again, constant, element
from tests.rules.presets import ACTION, ELEMENTS, SHOP
from tests.rules.test_concurrency import at_once, overtaken_by

ALL = {"event", "value", "data.order", "data.paid", "items.list", "items.id"}
SHOP_VALUE: dict[str, Any] = {"delegate": PATH, "settings": {"path": "xdm.value"}}


def planned(current: Settings | None = None, *present: DataElement, preset: Preset = SHOP) -> Plan:
    return presetting.planned(ACTION, preset, current or {}, present)


def held(name: str, **changes: Any) -> DataElement:
    """A data element that no database knows."""
    return DataElement(name=name, **SHOP_VALUE | changes)


def fields(plan: Plan, of: str) -> dict[str, Any]:
    return {row.field: getattr(row, of) for row in plan.rows}


def names(plan: Plan, of: str = "name") -> list[Any]:
    return [getattr(needed, of) for needed in plan.elements()]


# --- The rows ---------------------------------------------------------------------------------


def test_every_field_that_is_filled_has_a_row_in_the_forms_order() -> None:
    assert [(row.field, row.section, row.title, row.after) for row in planned().rows] == [
        ("event", "Parcel", "Event", "Purchase"),
        ("value", "Parcel", "Value", "{{Shop value}}"),
        ("data.order", "Data", "Order", "{{Shop order}}"),
        ("data.paid", "Data", "paid", True),
        ("items.list", "Contents", "List", "{{Shop items}}"),
        ("items.id", "Contents", "ID", "sku"),
    ]


def test_preset_may_fill_other_fields_for_other_settings() -> None:
    assert fields(planned({"event": "Lead"}), "after") == {"value": "{{Shop lead}}"}


@pytest.mark.parametrize("empty", [None, "", {}, []])
def test_empty_field_is_suggested(empty: Any) -> None:
    assert "value" in planned({"value": empty}).suggested()


@pytest.mark.parametrize("filled", ["1", 0, False, {"a": 1}])
def test_filled_field_is_not_suggested(filled: Any) -> None:
    assert planned({"value": filled}).suggested() == ALL - {"value"}


def test_row_that_holds_it_already_has_nothing_to_do() -> None:
    assert fields(planned({"data": {"paid": True}}), "is_same")["data.paid"]
    assert not fields(planned({"data": {"paid": 1}}), "is_same")["data.paid"]


def test_object_is_filled_key_by_key() -> None:
    plan = planned({"data": {"order": "mine", "own": 1}})
    assert fields(plan, "before")["data.order"] == "mine"
    assert plan.merged({"data.paid"})["data"] == {"order": "mine", "own": 1, "paid": True}
    assert plan.merged({"data.order"})["data"] == {"order": "{{Shop order}}", "own": 1}


def test_text_in_place_of_an_object_is_one_row_that_is_not_suggested() -> None:
    plan = planned({"data": "{{Everything}}"})
    assert fields(plan, "before")["data"] == "{{Everything}}"
    assert "data" not in plan.suggested()
    assert plan.merged({"data"})["data"] == {"order": "{{Shop order}}", "paid": True}


def test_fields_that_are_not_chosen_stay_and_the_settings_given_are_not_touched() -> None:
    current: dict[str, Any] = {"value": "1", "items": {"id": "mine"}, "token": "x"}
    merged = planned(current).merged({"items.list", "nothing.of.it"})
    assert merged == current | {"items": {"id": "mine", "list": "{{Shop items}}"}}
    assert current["items"] == {"id": "mine"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        ("text", "text"),
        (True, "On"),
        (False, "Off"),
        (0, "0"),
        (["a", "é"], "a, é"),
        ([1, "é"], '[1,"é"]'),
    ],
)
def test_value_is_shown_in_words(value: Any, words: str) -> None:
    assert fields(planned({"value": value}), "now")["value"] == words


def test_sealed_secret_is_not_shown() -> None:
    preset = Preset("p", "P", "", {}, lambda _current: {"token": "{{Token}}"})
    [row] = planned({"token": "sealed:v1:xyz"}, preset=preset).rows
    assert (row.now, row.is_empty) == ("a stored secret", False)


def test_fingerprint_tells_whether_the_fields_changed() -> None:
    seen = planned({"value": "1"}).fingerprint()
    assert planned({"value": "1", "note": "not in the preset"}).fingerprint() == seen
    assert planned({"value": "2"}).fingerprint() != seen


# --- Its data elements ------------------------------------------------------------------------


def test_elements_come_after_those_they_are_made_of() -> None:
    assert names(planned()) == ["Shop value", "Shop order", "Shop items"]


def test_only_elements_of_the_chosen_fields_are_needed() -> None:
    plan = planned()
    assert [needed.name for needed in plan.elements({"data.order"})] == ["Shop value", "Shop order"]
    assert plan.elements({"items.id"}) == []


def test_equal_element_is_used_whatever_its_name() -> None:
    plan = planned(None, held("Order value"))
    assert names(plan) == ["Order value", "Shop order", "Shop items"]
    assert names(plan, "is_new") == [False, True, True]
    assert fields(plan, "after")["value"] == "{{Order value}}"
    assert plan.elements({"data.order"})[1].settings == {"value": "{{Order value}} EUR"}


def test_of_equal_elements_that_with_the_presets_name_is_used() -> None:
    assert names(planned(None, held("A"), held("Shop value")))[0] == "Shop value"


@pytest.mark.parametrize(
    "changes",
    [
        {"default_value": ""},
        {"force_lower_case": True},
        {"clean_text": True},
        {"enabled": False},
        {"settings": {"path": "xdm.other"}},
        {"delegate": CONSTANT},
    ],
)
def test_name_of_another_definition_is_left_to_it(changes: dict[str, Any]) -> None:
    plan = planned(None, held("Shop value", **changes))
    assert names(plan)[0] == "Shop value (2)"
    assert plan.elements()[0].has_clash
    assert fields(plan, "after")["value"] == "{{Shop value (2)}}"
    assert plan.elements({"data.order"})[1].settings == {"value": "{{Shop value (2)}} EUR"}


def test_free_name_is_the_first_number_that_is_free() -> None:
    other = {"settings": {"path": "xdm.other"}}
    present = [held(name, **other) for name in ("Shop value", "Shop value (2)")]
    assert names(planned(None, *present))[0] == "Shop value (3)"


def test_settings_are_compared_as_json() -> None:
    elements = {"A": {"delegate": PATH, "settings": {"path": True}}}
    preset = Preset("p", "P", "", elements, lambda _current: {"value": "{{A}}"})
    assert names(planned(None, held("A", settings={"path": 1}), preset=preset)) == ["A (2)"]


# --- The presets of the catalog ---------------------------------------------------------------


def of_the_catalog() -> Iterator[Any]:
    """Every preset, with the form empty and with each event that it may be about."""
    for package in registry.packages().values():
        for delegate in package.delegates():
            events = delegate.schema["properties"].get("eventName", {}).get("ui", {})
            currents = [{}, *({"eventName": value} for value, _title in events.get("options", ()))]
            for preset, current in product(delegate.presets, currents):
                name = f"{preset.id} {current.get('eventName', 'any')}"
                yield pytest.param(delegate, preset, current, id=name)


@pytest.mark.parametrize(("delegate", "preset", "current"), list(of_the_catalog()))
def test_preset_fills_fields_of_the_form_alone(
    delegate: Delegate, preset: Preset, current: Settings
) -> None:
    plan = presetting.planned(delegate, preset, current, ())
    chosen = {row.field for row in plan.rows}
    assert plan.merged(chosen) == {**current, **preset.fill(current)}
    wanted = {name for name in names_in(plan.merged(chosen)) if name in preset.elements}
    assert {needed.name for needed in plan.elements()} >= wanted


@pytest.mark.parametrize(
    ("preset", "name"),
    [
        pytest.param(preset, name, id=f"{preset.id} {name}")
        for package in registry.packages().values()
        for delegate in package.delegates()
        for preset in delegate.presets
        for name in preset.elements
    ],
)
def test_data_element_of_a_preset_could_be_saved_in_its_editor(preset: Preset, name: str) -> None:
    spec = preset.elements[name]
    assert problems_in(registry.delegate(spec["delegate"]), spec["settings"]) == []
    assert not set(name) & set("{}")


# --- Done in the database ---------------------------------------------------------------------


def applied(property_: Property, user: User, chosen: set[str], **current: Any) -> Filled:
    plan = presetting.plan(property_, ACTION, SHOP, current)
    return presetting.apply(property_, plan, chosen, user)


@pytest.mark.django_db
def test_missing_elements_are_created_and_recorded(property_: Property, admin: User) -> None:
    filled = applied(property_, admin, ALL, note="mine")
    assert filled.settings == {
        "note": "mine",
        "event": "Purchase",
        "value": "{{Shop value}}",
        "data": {"order": "{{Shop order}}", "paid": True},
        "items": {"list": "{{Shop items}}", "id": "sku"},
    }
    assert (set(filled.fields), len(filled.created)) == (ALL, 3)
    rows = DataElement.objects.filter(property=property_).values("name", "delegate", "settings")
    stored = {row["name"]: {key: row[key] for key in ("delegate", "settings")} for row in rows}
    assert stored == {name: ELEMENTS[name] for name in ("Shop items", "Shop order", "Shop value")}
    assert {element.updated_by for element in DataElement.objects.all()} == {admin}
    entries = AuditEntry.objects.filter(action="data_element.created")
    assert sorted(entries.values_list("object_name", "object_id", "actor")) == sorted(
        (made.name, made.public_id, admin.email) for made in filled.created
    )


@pytest.mark.django_db
def test_nothing_is_created_for_fields_that_are_not_chosen(
    property_: Property, admin: User
) -> None:
    filled = applied(property_, admin, {"items.id"})
    assert (filled.settings, filled.created) == ({"items": {"id": "sku"}}, ())
    assert not DataElement.objects.exists()


@pytest.mark.django_db
def test_second_time_nothing_is_created(property_: Property, admin: User) -> None:
    first = applied(property_, admin, ALL)
    second = applied(property_, admin, ALL, **first.settings)
    assert (second.settings, second.fields, second.created) == (first.settings, (), ())


@pytest.mark.django_db
def test_element_made_since_the_plan_was_shown_is_used(property_: Property, admin: User) -> None:
    plan = presetting.plan(property_, ACTION, SHOP, {})
    element(property_, "Theirs", settings={"path": "xdm.value"})
    filled = presetting.apply(property_, plan, {"value"}, admin)
    assert (filled.settings, filled.created) == ({"value": "{{Theirs}}"}, ())


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_create_each_element_once(
    property_: Property, admin: User, editor: User
) -> None:
    outcomes = at_once(*[
        lambda user=user: applied(property_, user, ALL).settings for user in (admin, editor)
    ])  # fmt: skip
    assert outcomes[0] == outcomes[1]
    assert DataElement.objects.count() == 3
    assert AuditEntry.objects.filter(action="data_element.created").count() == 3


@pytest.mark.django_db(transaction=True)
def test_name_that_is_taken_in_the_same_moment_is_left_to_its_owner(
    property_: Property, admin: User
) -> None:
    plan = presetting.plan(property_, ACTION, SHOP, {})
    filled = overtaken_by(
        lambda: constant(property_, "Shop value", "theirs"),
        lambda: presetting.apply(property_, plan, {"value"}, admin),
    )
    assert filled.settings == {"value": "{{Shop value (2)}}"}
    [created] = filled.created
    assert again(created).settings == {"path": "xdm.value"}
    assert AuditEntry.objects.get(action="data_element.created").object_id == created.public_id
