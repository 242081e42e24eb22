"""Drafts: every change goes there first, and only Save touches the rule."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, User
from rules import drafting, ids
from rules.models import Property, Rule, RuleDraft
from tests.rules.making import again, rule

pytestmark = pytest.mark.django_db


def part(name: str, kind: str = "action", **changes: Any) -> drafting.Component:
    content = {
        "id": ids.component_id(),
        "kind": kind,
        "name": name,
        "delegate": f"test::{kind}s::test",
        "settings": {},
        "negate": False,
    }
    return content | changes


@pytest.fixture
def draft(property_: Property, admin: User) -> RuleDraft:
    """A new rule with conditions 1, 2, 3 and actions a, b, c."""
    made = drafting.blank_draft(property_, admin)
    made.content["name"] = "New"
    for name in "123":
        drafting.keep(made, part(name, "condition"))
    for name in "abc":
        drafting.keep(made, part(name))
    made.is_changed = False
    return made


def order(draft: RuleDraft, kind: str = "action") -> str:
    return "".join(found["name"] for found in drafting.components(draft, kind))


def id_of(draft: RuleDraft, name: str) -> str:
    [found] = [found["id"] for found in draft.content["components"] if found["name"] == name]
    return str(found)


# --- Opening ----------------------------------------------------------------------------------


def test_blank_draft_is_enabled_unchanged_and_not_saved(property_: Property, admin: User) -> None:
    draft = drafting.blank_draft(property_, admin)
    assert (draft.content["enabled"], draft.content["components"], draft.is_changed) == (
        True,
        [],
        False,
    )
    assert not RuleDraft.objects.exists()


def test_draft_of_a_rule_is_a_copy_of_it(property_: Property, admin: User) -> None:
    found = rule(property_)
    draft = drafting.draft_of(found, admin)
    assert (draft.content, draft.base_version, draft.is_changed) == (found.content(), 1, False)


def test_draft_is_gone_on_with_where_it_was_left(property_: Property, admin: User) -> None:
    found = rule(property_)
    draft = drafting.draft_of(found, admin)
    drafting.keep(draft, part("added"))
    draft.save()
    assert drafting.draft_of(again(found), admin) == draft


def test_drafts_of_two_people_are_separate(property_: Property, admin: User, editor: User) -> None:
    found = rule(property_)
    mine = drafting.draft_of(found, admin)
    drafting.keep(mine, part("mine"))
    mine.save()
    theirs = drafting.draft_of(found, editor)
    assert (order(mine), order(theirs)) == ("mine", "")


def test_one_person_has_one_draft_of_a_rule(property_: Property, admin: User) -> None:
    found = rule(property_)
    RuleDraft.objects.create(property=property_, user=admin, rule=found, content={})
    with pytest.raises(IntegrityError, match="one_draft_per_person"), transaction.atomic():
        RuleDraft.objects.create(property=property_, user=admin, rule=found, content={})


def test_one_person_may_draft_several_new_rules(property_: Property, admin: User) -> None:
    for _ in range(2):
        drafting.blank_draft(property_, admin).save()
    assert RuleDraft.objects.count() == 2


# --- Changing ---------------------------------------------------------------------------------


def test_kept_component_goes_to_the_end(draft: RuleDraft) -> None:
    drafting.keep(draft, part("d"))
    assert (order(draft), draft.is_changed) == ("abcd", True)


def test_kept_component_takes_its_own_place(draft: RuleDraft) -> None:
    drafting.keep(draft, part("B", id=id_of(draft, "b"), settings={"x": 1}))
    assert order(draft) == "aBc"
    kept = drafting.component(draft, id_of(draft, "B"))
    assert kept is not None
    assert kept["settings"] == {"x": 1}


def test_removed_component_is_gone(draft: RuleDraft) -> None:
    drafting.remove(draft, id_of(draft, "b"))
    assert (order(draft), order(draft, "condition"), draft.is_changed) == ("ac", "123", True)


def test_removing_what_is_not_there_removes_nothing(draft: RuleDraft) -> None:
    drafting.remove(draft, "RC0")
    assert (order(draft), order(draft, "condition")) == ("abc", "123")


def test_component_that_is_not_there_is_none(draft: RuleDraft) -> None:
    assert drafting.component(draft, "RC0") is None


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("a", 1, "bac"),
        ("b", 1, "acb"),
        ("c", 1, "abc"),
        ("a", -1, "abc"),
        ("b", -1, "bac"),
        ("c", -1, "acb"),
        ("a", 9, "bca"),
        ("c", -9, "cab"),
    ],
)
def test_component_moves_among_its_kind(
    draft: RuleDraft, name: str, by: int, expected: str
) -> None:
    drafting.move(draft, id_of(draft, name), by)
    assert (order(draft), order(draft, "condition")) == (expected, "123")
    assert draft.is_changed is (expected != "abc")


def test_moving_what_is_not_there_moves_nothing(draft: RuleDraft) -> None:
    drafting.move(draft, "RC0", 1)
    assert (order(draft), draft.is_changed) == ("abc", False)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("cab", "cab"), ("abc", "abc"), ("c", "cab"), ("", "abc"), ("xbyx", "bac"), ("1cc2", "cab")],
)
def test_actions_are_arranged_by_their_ids(draft: RuleDraft, wanted: str, expected: str) -> None:
    ids_ = [id_of(draft, name) if name in "abc123" else f"RC{name}" for name in wanted]
    drafting.arrange(draft, "action", ids_)
    assert (order(draft), order(draft, "condition")) == (expected, "123")


def test_arranging_in_the_same_order_is_no_change(draft: RuleDraft) -> None:
    drafting.arrange(draft, "action", [id_of(draft, name) for name in "abc"])
    assert draft.is_changed is False


# --- Saving -----------------------------------------------------------------------------------


def test_saving_a_new_draft_creates_the_rule(draft: RuleDraft, admin: User) -> None:
    draft.save()
    made = drafting.save(draft, admin)
    assert made.content() == {
        **draft.content,
        "components": sorted(draft.content["components"], key=lambda found: found["kind"]),
    }
    assert (made.lock_version, made.updated_by) == (1, admin)
    assert not RuleDraft.objects.exists()


def test_rule_has_the_id_its_draft_had(draft: RuleDraft, admin: User) -> None:
    assert drafting.save(draft, admin).public_id == draft.content["id"]


def test_saving_twice_leaves_the_components_as_they_are(draft: RuleDraft, admin: User) -> None:
    made = drafting.save(draft, admin)
    before = made.content()
    second = drafting.save(drafting.draft_of(made, admin), admin)
    assert (second.pk, second.content(), second.lock_version) == (made.pk, before, 2)


def test_new_order_is_saved(draft: RuleDraft, admin: User) -> None:
    made = drafting.save(draft, admin)
    later = drafting.draft_of(again(made), admin)
    drafting.arrange(later, "action", [id_of(later, name) for name in "cba"])
    drafting.save(later, admin)
    actions = made.components.filter(kind="action").order_by("order")
    assert [found.name for found in actions] == ["c", "b", "a"]


@pytest.mark.parametrize(("is_new", "action"), [(True, "rule.created"), (False, "rule.updated")])
def test_saving_is_in_the_audit_log(
    draft: RuleDraft, property_: Property, admin: User, is_new: bool, action: str
) -> None:
    saved = draft if is_new else drafting.draft_of(rule(property_), admin)
    made = drafting.save(saved, admin)
    entry = AuditEntry.objects.get(action=action)
    assert (entry.actor, entry.object_id, entry.object_name) == (
        admin.email,
        made.public_id,
        made.name,
    )


def test_rule_saved_by_somebody_else_meanwhile_is_not_overwritten(
    property_: Property, admin: User, editor: User
) -> None:
    found = rule(property_)
    mine, theirs = drafting.draft_of(found, admin), drafting.draft_of(found, editor)
    theirs.content["name"] = "Theirs"
    drafting.save(theirs, editor)
    with pytest.raises(drafting.Overtaken, match=r"^Edi Editor saved this rule while you were"):
        drafting.save(mine, admin)
    assert again(found).name == "Theirs"


def test_saving_once_more_puts_the_own_version_in_its_place(
    property_: Property, admin: User, editor: User
) -> None:
    found = rule(property_)
    mine, theirs = drafting.draft_of(found, admin), drafting.draft_of(found, editor)
    drafting.save(theirs, editor)
    mine.content["name"] = "Mine"
    with pytest.raises(drafting.Overtaken):
        drafting.save(mine, admin)
    drafting.save(mine, admin)
    assert (again(found).name, again(found).lock_version) == ("Mine", 3)


def test_overtaker_without_an_account_is_somebody(
    property_: Property, admin: User, editor: User
) -> None:
    found = rule(property_)
    mine = drafting.draft_of(found, admin)
    drafting.save(drafting.draft_of(found, editor), editor)
    editor.delete()
    with pytest.raises(drafting.Overtaken, match=r"^Somebody saved this rule"):
        drafting.save(mine, admin)


@pytest.mark.parametrize("is_new", [True, False])
def test_name_of_another_rule_is_refused(
    draft: RuleDraft, property_: Property, admin: User, is_new: bool
) -> None:
    rule(property_, "Taken")
    saved = draft if is_new else drafting.draft_of(rule(property_, "Mine"), admin)
    saved.content["name"] = "Taken"
    with pytest.raises(drafting.NameTaken, match="Another rule of this property has this name"):
        drafting.save(saved, admin)


def test_rule_keeps_its_own_name(property_: Property, admin: User) -> None:
    found = rule(property_)
    assert drafting.save(drafting.draft_of(found, admin), admin).name == found.name


def test_failed_save_keeps_the_rule_and_the_draft(
    property_: Property, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = rule(property_)
    draft = drafting.draft_of(found, admin)
    draft.content["components"] = []
    draft.save()
    monkeypatch.setattr(drafting.audit, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        drafting.save(draft, admin)
    assert again(found).components.count() == 1
    assert RuleDraft.objects.filter(rule=found).exists()


def test_draft_of_a_deleted_rule_is_gone_with_it(property_: Property, admin: User) -> None:
    found = rule(property_)
    drafting.draft_of(found, admin).save()
    Rule.objects.all().delete()
    assert not RuleDraft.objects.exists()
