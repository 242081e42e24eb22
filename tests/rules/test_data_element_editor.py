"""The editor of a data element, and how one is picked, without JavaScript."""

from __future__ import annotations

import pytest

from accounts.models import User
from rules.models import DataElement
from rules.provisioning import create_property
from tests.rules.editor import COMPARE, Editor, text, told
from tests.rules.making import CONSTANT, PATH, again, constant, element, library, meta, rule

pytestmark = pytest.mark.django_db


def test_data_element_is_created(editor_: Editor) -> None:
    response = editor_.new_element(
        use_default="on", default_value=" x ", force_lower_case="on", clean_text="on"
    )
    assert response.status_code == 302
    made = DataElement.objects.get()
    assert (made.name, made.delegate, made.settings, made.token) == (
        "A", CONSTANT, {"value": "1"}, "{{A}}",
    )  # fmt: skip
    assert (made.default_value, made.force_lower_case, made.clean_text) == ("x", True, True)


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        ({}, None),
        ({"default_value": "EUR"}, None),
        ({"use_default": "on", "default_value": "EUR"}, "EUR"),
        ({"use_default": "on", "default_value": ""}, ""),
        ({"use_default": "on"}, ""),
    ],
)
def test_default_counts_only_when_it_is_enabled(
    editor_: Editor, posted: dict[str, str], stored: str | None
) -> None:
    editor_.new_element(**posted)
    assert DataElement.objects.get().default_value == stored


@pytest.mark.parametrize("name", ["", "  ", "a{b", "}}", "{{A}}", "x" * 256])
def test_name_must_be_one_that_a_token_can_hold(editor_: Editor, name: str) -> None:
    assert editor_.new_element(name=name).status_code == 422
    assert not DataElement.objects.exists()


def test_name_of_another_element_is_refused(editor_: Editor) -> None:
    constant(editor_.property, "A", "1")
    response = editor_.new_element()
    assert response.status_code == 422
    assert "Another data element of this property has this name." in text(response)


def test_name_may_be_that_of_an_element_elsewhere(editor_: Editor) -> None:
    constant(create_property("Other", None), "A", "1")
    assert editor_.new_element().status_code == 302


def test_renaming_reaches_the_tokens(editor_: Editor) -> None:
    found, holder = element(editor_.property), rule(editor_.property)
    fields = {"name": "Kind", "delegate": PATH, "path": "xdm.eventType", "lock_version": "1"}
    assert editor_.post(found.get_absolute_url(), fields | {"enabled": "on"}).status_code == 302
    assert holder.components.get().settings["leftOperand"] == "{{Kind}}"


def test_element_saved_by_somebody_else_is_told_and_saved_by_a_second_try(
    editor_: Editor, editor: User
) -> None:
    found = constant(editor_.property, "A", "1")
    DataElement.objects.update(lock_version=2, updated_by=editor)
    fields = {"name": "A", "delegate": CONSTANT, "value": "2", "lock_version": "1"}
    first = editor_.post(found.get_absolute_url(), fields)
    assert first.status_code == 422
    assert "Edi Editor saved this data element while you were editing it." in text(first)
    assert 'name="lock_version" value="2"' in text(first)
    editor_.post(found.get_absolute_url(), fields | {"lock_version": "2"})
    assert again(found).settings == {"value": "2"}


def test_other_type_begins_with_empty_settings(editor_: Editor) -> None:
    found = constant(editor_.property, "A", "1")
    fields = {"name": "A", "delegate": PATH, "change_type": "yes", "lock_version": "1"}
    response = editor_.post(found.get_absolute_url(), fields)
    assert response.status_code == 200
    assert response.context["delegate"].id == PATH
    assert again(found).delegate == CONSTANT


@pytest.mark.parametrize("holder", ["element", "rule", "extension"])
def test_element_in_use_is_not_deleted(editor_: Editor, holder: str) -> None:
    found = element(editor_.property)
    makers = {
        "element": lambda: constant(editor_.property, "Holder", "{{Event Type}}"),
        "rule": lambda: rule(editor_.property, "Holder"),
        "extension": lambda: meta(editor_.property, pixelId="{{Event Type}}"),
    }
    made = makers[holder]()
    response = editor_.post(editor_.url("delete_data_element", found.public_id), {})
    assert told(response) == [f"“Event Type” is used by “{made.name}”. Take it out there first."]
    assert DataElement.objects.filter(pk=found.pk).exists()


def test_element_in_a_library_is_not_deleted(editor_: Editor) -> None:
    found = element(editor_.property)
    library(editor_.property)
    editor_.post(editor_.url("delete_data_element", found.public_id), {})
    assert DataElement.objects.exists()


def test_unused_element_is_deleted(editor_: Editor) -> None:
    found = element(editor_.property)
    editor_.post(editor_.url("delete_data_element", found.public_id), {})
    assert not DataElement.objects.exists()


def test_picker_lists_the_elements_and_judges_nothing(editor_: Editor) -> None:
    element(editor_.property)
    url = editor_.new_rule(add="condition")["Location"]
    response = editor_.post(url, COMPARE | {"leftOperand": "x", "pick": "leftOperand"})
    assert response.status_code == 200
    assert response.context["picking"] == "leftOperand"
    assert [row["name"] for row in response.context["data_elements"]] == ["Event Type"]
    assert "Please specify" not in text(response)


@pytest.mark.parametrize(
    ("before", "after"), [("", "{{Event Type}}"), ("0049", "0049{{Event Type}}")]
)
def test_chosen_element_is_appended_to_its_field(editor_: Editor, before: str, after: str) -> None:
    element(editor_.property)
    url = editor_.new_rule(add="condition")["Location"]
    posted = COMPARE | {"rightOperand": before, "insert": "rightOperand|Event Type"}
    form = editor_.post(url, posted).context["settings_form"]
    assert form["rightOperand"].value() == after
    assert form["leftOperand"].value() == "{{Event Type}}"


def test_picking_keeps_what_stands_in_the_other_fields(editor_: Editor) -> None:
    url = editor_.new_rule(add="condition")["Location"]
    posted = COMPARE | {"name": "Mine", "logic": "exception", "pick": "leftOperand"}
    response = editor_.post(url, posted)
    assert 'value="Mine"' in text(response)
    assert response.context["form"]["logic"].value() == "exception"
