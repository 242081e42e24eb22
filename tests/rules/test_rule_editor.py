"""The editor of a rule as people use it, without JavaScript."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from accounts.models import AuditEntry, User
from extensions import registry
from rules import drafting
from rules.models import DataElement, Property, Rule, RuleDraft
from tests.rules.editor import COMPARE, Editor, text, told
from tests.rules.making import META, SEND_META, again, element, library, meta, rule

pytestmark = pytest.mark.django_db


def test_rule_is_made_step_by_step(editor_: Editor) -> None:
    element(editor_.property)
    meta(editor_.property, pixelId="1234567890", accessToken="{{Event Type}}")
    condition = editor_.new_rule(add="condition")["Location"]
    draft = editor_.post(condition, COMPARE)["Location"]
    assert not Rule.objects.exists()
    action = editor_.post(draft, {"name": "Rule", "enabled": "on", "add": "action"})["Location"]
    sent = {"delegate": SEND_META, "actionSource": "email", "eventName": "Lead"}
    assert editor_.post(action, sent)["Location"] == draft
    saved = editor_.post(draft, {"name": "Rule", "enabled": "on", "save": "save"})
    assert told(saved)[-1] == "“Rule” is saved."
    action, compared = Rule.objects.get().components.all()
    assert (action.kind, action.name) == ("action", "Send Conversions API Event")
    # A switch that is on of its own accord is stored too.
    assert action.settings.items() >= {"actionSource": "email", "eventName": "Lead"}.items()
    assert (compared.kind, compared.name) == ("condition", "Value Comparison")
    assert compared.settings == {
        "leftOperand": "{{Event Type}}",
        "comparison": {"operator": "equals"},
        "rightOperand": "purchase",
    }


def test_keep_changes_touches_the_draft_only(editor_: Editor) -> None:
    found = rule(editor_.property)
    [part] = found.components.all()
    draft = drafting.draft_of(found, User.objects.get())
    draft.save()
    url = editor_.url("component", draft.pk, part.public_id)
    response = editor_.post(url, COMPARE | {"name": "Is a lead", "rightOperand": "lead"})
    assert told(response) == ["Kept in the rule. Save the rule to store it."]
    assert found.components.get().settings["rightOperand"] == "purchase"
    [kept] = again(draft).content["components"]
    assert (kept["name"], kept["settings"]["rightOperand"]) == ("Is a lead", "lead")


@pytest.mark.parametrize(("logic", "negate"), [("regular", False), ("exception", True)])
def test_logic_type_is_kept(editor_: Editor, logic: str, negate: bool) -> None:
    url = editor_.new_rule(add="condition")["Location"]
    editor_.post(url, COMPARE | {"logic": logic})
    [part] = RuleDraft.objects.get().content["components"]
    assert part["negate"] is negate


def test_component_with_a_problem_is_not_kept(editor_: Editor) -> None:
    url = editor_.new_rule(add="condition")["Location"]
    response = editor_.post(url, COMPARE | {"leftOperand": "purchase"})
    assert response.status_code == 422
    assert "Please specify a data element." in text(response)
    assert RuleDraft.objects.get().content["components"] == []


def test_every_type_of_every_extension_is_offered(editor_: Editor) -> None:
    meta(editor_.property)
    url = editor_.new_rule(add="action")["Location"]
    offered = editor_.get(url).context["types"]
    packages = [registry.packages()[name] for name in ("core", META)]
    assert [choice.delegates for choice in offered] == [
        package.actions for package in packages if package.actions
    ]


def test_new_action_begins_with_one_that_sends(editor_: Editor) -> None:
    meta(editor_.property)
    url = editor_.new_rule(add="action")["Location"]
    assert editor_.get(url).context["delegate"].id == SEND_META


def test_type_of_an_extension_that_is_not_installed_is_not_taken(editor_: Editor) -> None:
    url = editor_.new_rule(add="action")["Location"]
    editor_.post(url, {"delegate": SEND_META, "actionSource": "email"})
    assert RuleDraft.objects.get().content["components"] == []


@pytest.mark.parametrize("kind", ["event", "conditions", "x"])
def test_there_are_conditions_and_actions_only(editor_: Editor, kind: str) -> None:
    editor_.new_rule(add="condition")
    url = editor_.url("new_component", RuleDraft.objects.get().pk, kind)
    assert editor_.get(url).status_code == 404


def test_cards_are_moved_and_removed_by_buttons(editor_: Editor) -> None:
    found = rule(editor_.property)
    for order, name in enumerate("abc"):
        found.components.create(
            kind="action", order=order, name=name, delegate=SEND_META, public_id=f"RC{name * 32}"
        )
    page = found.get_absolute_url()
    fields = {"name": "Rule", "enabled": "on", "base_version": "1"}
    draft = editor_.post(page, fields | {"move_up": "RC" + "c" * 32})["Location"]
    editor_.post(draft, fields | {"delete": "RC" + "a" * 32})
    editor_.post(draft, fields | {"save": "save"})
    assert [part.name for part in found.components.filter(kind="action")] == ["c", "b"]


def test_cards_are_arranged_by_the_order_the_form_sends(editor_: Editor) -> None:
    found = rule(editor_.property)
    made = [
        found.components.create(kind="action", order=order, name=name, delegate=SEND_META)
        for order, name in enumerate("abc")
    ]
    order = [part.public_id for part in reversed(made)]
    fields = {"name": "Rule", "enabled": "on", "save": "save", "order_action": order}
    editor_.post(found.get_absolute_url(), fields | {"base_version": "1"})
    assert [part.name for part in found.components.filter(kind="action")] == ["c", "b", "a"]


def test_rule_needs_a_name(editor_: Editor) -> None:
    response = editor_.new_rule(name="  ", save="save")
    assert response.status_code == 422
    assert "Please specify a name." in text(response)
    assert not Rule.objects.exists()


def test_name_that_is_taken_is_told_and_leaves_no_draft_behind(editor_: Editor) -> None:
    rule(editor_.property, "Taken")
    response = editor_.new_rule(name="Taken", save="save")
    assert response.status_code == 422
    assert "Another rule of this property has this name." in text(response)
    assert 'value="Taken"' in text(response)
    assert not RuleDraft.objects.exists()


def test_rule_saved_by_somebody_else_is_told_and_saved_by_a_second_try(
    editor_: Editor, editor: User
) -> None:
    found = rule(editor_.property)
    draft = drafting.draft_of(found, User.objects.get(is_superuser=True))
    draft.save()
    drafting.save(drafting.draft_of(found, editor), editor)
    fields = {"name": "Mine", "enabled": "on", "save": "save"}
    first = editor_.post(draft.get_absolute_url(), fields)
    assert first.status_code == 422
    assert "Edi Editor saved this rule while you were editing it." in text(first)
    assert editor_.post(draft.get_absolute_url(), fields).status_code == 302
    assert again(found).name == "Mine"


@pytest.mark.parametrize("held", [{"base_version": "1"}, {"base_version": "9" * 30}, {}])
@pytest.mark.parametrize("step", [{"save": "save"}, {"add": "action"}])
def test_page_opened_before_somebody_saved_the_rule_does_not_overwrite_it(
    editor_: Editor, editor: User, step: dict[str, str], held: dict[str, str]
) -> None:
    found = rule(editor_.property)
    assert 'name="base_version" value="1"' in text(editor_.get(found.get_absolute_url()))
    theirs = drafting.draft_of(found, editor)
    theirs.content |= {"name": "Theirs", "enabled": False}
    drafting.save(theirs, editor)
    fields = {"name": "Rule", "enabled": "on"}
    first = editor_.post(found.get_absolute_url(), fields | held | step)
    if "add" in step:
        first = editor_.post(found.get_absolute_url(), fields | {"save": "save"})
    assert first.status_code == 422
    assert "Edi Editor saved this rule while you were editing it." in text(first)
    assert (again(found).name, again(found).enabled) == ("Theirs", False)
    editor_.post(found.get_absolute_url(), fields | held | {"save": "save"})
    assert (again(found).name, again(found).enabled) == ("Rule", True)


def test_discarding_leaves_the_rule_as_it_was(editor_: Editor) -> None:
    found = rule(editor_.property)
    url = editor_.post(found.get_absolute_url(), {"name": "Other", "enabled": "on"})["Location"]
    response = editor_.post(url, {"name": "Other", "discard": "yes"})
    assert told(response) == ["Your unsaved changes are discarded."]
    assert (again(found).name, RuleDraft.objects.count()) == ("Rule", 0)


def test_opening_a_rule_goes_on_with_its_draft(editor_: Editor) -> None:
    found = rule(editor_.property)
    url = editor_.post(found.get_absolute_url(), {"name": "Other", "enabled": "on"})["Location"]
    assert editor_.get(found.get_absolute_url())["Location"] == url


def test_list_marks_rules_with_unsaved_changes(editor_: Editor) -> None:
    found = rule(editor_.property)
    editor_.post(found.get_absolute_url(), {"name": "Other", "enabled": "on"})
    response = editor_.get(editor_.url("rules"))
    [row] = response.context["rows"]
    assert row["draft"] == RuleDraft.objects.get()
    assert "Unsaved changes" in text(response)


def test_list_says_how_old_a_draft_is(editor_: Editor) -> None:
    editor_.new_rule(name="Begun", keep="yes")
    draft = RuleDraft.objects.get()
    shown = re.search(r"Your draft, changed\s+<time datetime=\"([^\"]+)", text(
        editor_.get(editor_.url("rules"))
    ))  # fmt: skip
    assert shown is not None
    assert datetime.fromisoformat(shown[1]) == draft.updated_at


def test_rule_without_unsaved_changes_has_no_draft_in_the_list(editor_: Editor) -> None:
    rule(editor_.property)
    [row] = editor_.get(editor_.url("rules")).context["rows"]
    assert row["draft"] is None


def test_save_to_library_is_shown_and_explained_without_a_working_library(
    editor_: Editor,
) -> None:
    page = text(editor_.get(editor_.url("new_rule")))
    assert "Choose a working library at the top of the page" in page
    assert re.findall(r'name="save"\s+value="(\w+)"', page) == ["save"]
    menu = page.split("More ways to save")[1].split("</details>")[0]
    assert menu.count("disabled") == 2


def test_row_is_added_to_a_data_element_without_saving_it(editor_: Editor) -> None:
    response = editor_.new_element(value="kept", add="other")
    assert response.status_code == 200
    assert "kept" in text(response)
    assert not DataElement.objects.exists()


def test_draft_of_another_person_is_not_opened(
    editor_: Editor, editor: User, property_: Property
) -> None:
    theirs = drafting.draft_of(rule(property_), editor)
    theirs.save()
    response = editor_.get(theirs.get_absolute_url())
    assert response["Location"] == editor_.url("rules")
    assert told(response) == ["These changes were saved or discarded already."]


@pytest.mark.parametrize(("posted", "enabled"), [("yes", True), ("no", False), ("", False)])
def test_rule_is_enabled_and_disabled(editor_: Editor, posted: str, enabled: bool) -> None:
    found = rule(editor_.property)
    editor_.post(editor_.url("enable_rule", found.public_id), {"enabled": posted})
    assert (again(found).enabled, again(found).lock_version) == (enabled, 2)


def test_rule_in_a_library_is_not_deleted(editor_: Editor) -> None:
    found = rule(editor_.property)
    library(editor_.property)
    response = editor_.post(editor_.url("delete_rule", found.public_id), {})
    assert told(response) == ["“Rule” is in a library. Disable it and publish that instead."]
    assert Rule.objects.exists()
    assert not AuditEntry.objects.filter(action="rule.deleted").exists()


def test_rule_is_deleted_after_a_question(editor_: Editor) -> None:
    found = rule(editor_.property)
    url = editor_.url("delete_rule", found.public_id)
    assert "Delete “Rule”?" in text(editor_.get(url))
    assert Rule.objects.exists()
    editor_.post(url, {})
    assert not Rule.objects.exists()
    assert AuditEntry.objects.filter(action="rule.deleted").count() == 1
