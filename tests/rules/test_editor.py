"""The editors as people use them, without JavaScript: rules, components, data elements."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from extensions import registry
from rules import drafting, publishing, usage
from rules.models import Build, DataElement, Property, Rule, RuleDraft, WorkingLibrary
from rules.provisioning import create_property
from tests.rules.making import (
    COMPARISON,
    CONSTANT,
    META,
    PATH,
    SEND_META,
    again,
    constant,
    element,
    library,
    meta,
    rule,
)
from tests.rules.test_concurrency import at_once, overtaken_by

pytestmark = pytest.mark.django_db

COMPARE = {
    "delegate": COMPARISON,
    "logic": "regular",
    "leftOperand": "{{Event Type}}",
    "doubts_seen": "missing|Event Type",
    "comparison.operator": "equals",
    "rightOperand": "purchase",
}


class Editor:
    """A browser in one property."""

    def __init__(self, client: Client, property_: Property) -> None:
        self.client = client
        self.property = property_

    def url(self, view: str, *arguments: object) -> str:
        return reverse(f"rules:{view}", args=[self.property.public_id, *arguments])

    def get(self, url: str) -> Any:
        return self.client.get(url)

    def post(self, url: str, data: dict[str, Any]) -> Any:
        return self.client.post(url, data)

    def new_rule(self, **posted: Any) -> Any:
        return self.post(self.url("new_rule"), {"name": "Rule", "enabled": "on", **posted})

    def new_element(self, **posted: Any) -> Any:
        fields = {"name": "A", "delegate": CONSTANT, "value": "1", "enabled": "on"}
        return self.post(self.url("new_data_element"), fields | posted)


@pytest.fixture
def editor_(admin_client: Client, property_: Property) -> Editor:
    return Editor(admin_client, property_)


def told(response: Any) -> list[str]:
    """What the person is told after the response."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response: Any) -> str:
    return str(response.content.decode())


# --- A rule -----------------------------------------------------------------------------------


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


# --- The three ways to save -------------------------------------------------------------------


@pytest.fixture
def working(editor_: Editor) -> WorkingLibrary:
    """The administrator works in an empty library."""
    found = publishing.create_library(editor_.property, "Spring", None)
    return WorkingLibrary.objects.create(
        user=User.objects.get(), property=editor_.property, library=found
    )


def test_save_puts_nothing_into_the_library(editor_: Editor, working: WorkingLibrary) -> None:
    editor_.new_element(save="save")
    assert working.library.entries.count() == 0


def test_save_to_library_puts_a_revision_into_it(editor_: Editor, working: WorkingLibrary) -> None:
    response = editor_.new_element(save="library")
    assert [entry.revision.name for entry in working.library.entries.all()] == ["A"]
    assert told(response) == ["“A” is saved and in the library “Spring”."]


def test_save_to_library_and_build_leads_to_the_build(
    editor_: Editor, working: WorkingLibrary
) -> None:
    response = editor_.new_element(save="build")
    assert response["Location"] == Build.objects.get(library=working.library).get_absolute_url()


def test_resource_is_saved_though_it_cannot_be_built(
    editor_: Editor, working: WorkingLibrary
) -> None:
    editor_.new_element(save="build")
    response = editor_.new_element(name="B", save="build")
    assert told(response)[-1] == "“B” is saved. A build of this library is already under way."
    assert working.library.entries.count() == 2


def test_without_a_working_library_save_is_all_there_is(editor_: Editor) -> None:
    response = editor_.new_element(save="build")
    assert told(response) == ["“A” is saved."]
    assert not Build.objects.exists()


# --- A data element ---------------------------------------------------------------------------


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


# --- Picking a data element without JavaScript ------------------------------------------------


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


# --- At the same moment -----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_draft", [True, False])
def test_new_name_of_a_data_element_stays_in_a_draft_that_is_changed_meanwhile(
    editor_: Editor, admin: User, has_draft: bool
) -> None:
    renamed = constant(editor_.property, "B", "1")
    found = rule(editor_.property, left="{{A}}")
    draft = drafting.draft_of(found, admin)
    if has_draft:
        draft.save()
    url = draft.get_absolute_url() if has_draft else found.get_absolute_url()
    held = {"name": "Mine", "enabled": "on", "base_version": "1", "keep": "yes"}
    overtaken_by(
        lambda: usage.rename_data_element(renamed, "A"),
        lambda: editor_.post(url, held),
    )
    [part] = RuleDraft.objects.get().content["components"]
    assert part["settings"]["leftOperand"] == "{{B}}"


@pytest.mark.django_db(transaction=True)
def test_draft_that_is_discarded_meanwhile_does_not_come_back(editor_: Editor, admin: User) -> None:
    draft = drafting.draft_of(rule(editor_.property), admin)
    draft.save()
    response = overtaken_by(
        lambda: RuleDraft.objects.filter(pk=draft.pk).delete(),
        lambda: editor_.post(draft.get_absolute_url(), {"name": "Mine", "keep": "yes"}),
    )
    assert response["Location"] == editor_.url("rules")
    assert not RuleDraft.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_pages_of_one_rule_that_are_posted_at_once_share_a_draft(
    editor_: Editor, admin: User
) -> None:
    found = rule(editor_.property)
    url, held = found.get_absolute_url(), {"enabled": "on", "base_version": "1", "keep": "yes"}
    first, second = Client(), Client()
    for client in (first, second):
        client.force_login(admin)
    answers = at_once(
        lambda: first.post(url, held | {"name": "One"}),
        lambda: second.post(url, held | {"name": "Two"}),
    )
    assert [answer.status_code for answer in answers] == [302, 302]
    assert RuleDraft.objects.get().content["name"] in {"One", "Two"}
