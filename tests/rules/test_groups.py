"""Conditions in groups: in a draft, in a saved rule, and in the editor without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rules import drafting, grouping, ids, publishing, sentences, usage
from rules.models import Property, Rule, RuleComponent, RuleDraft
from rules.models.resources import content_hash
from tests.rules.making import COMPARISON, SEND_META, again, constant, library, rule

pytestmark = pytest.mark.django_db


def condition(name: str, negate: bool = False) -> drafting.Component:
    return {
        "id": ids.component_id(),
        "kind": "condition",
        "name": name,
        "delegate": COMPARISON,
        "settings": {"leftOperand": f"{{{{{name}}}}}", "comparison": {"operator": "isTrue"}},
        "negate": negate,
    }


@pytest.fixture
def draft(property_: Property, admin: User) -> RuleDraft:
    """A new rule with conditions A to D."""
    made = drafting.blank_draft(property_, admin)
    made.content["name"] = "New"
    for name in "ABCD":
        drafting.keep(made, condition(name))
    made.is_changed = False
    return made


def id_of(draft: RuleDraft, name: str) -> str:
    [found] = [part["id"] for part in draft.content["components"] if part["name"] == name]
    return str(found)


def put(draft: RuleDraft, names: str) -> str:
    """Put the conditions into a group of their own."""
    group = grouping.add(draft)
    for name in names:
        grouping.put(draft, id_of(draft, name), group)
    return group


def shape(draft: RuleDraft) -> str:
    """The conditions in one line: ``A (B C) D``."""
    return " ".join(
        f"({' '.join(leaf['name'] for leaf in member.leaves())})"
        if isinstance(member, grouping.Group)
        else member["name"]
        for member in grouping.conditions(draft).members
    )


# --- In a draft -------------------------------------------------------------------------------


def test_group_stands_where_its_first_condition_stands(draft: RuleDraft) -> None:
    put(draft, "BD")
    assert (shape(draft), draft.is_changed) == ("A (B D) C", True)


def test_group_without_conditions_stands_last(draft: RuleDraft) -> None:
    grouping.add(draft)
    assert shape(draft) == "A B C D ()"


def test_groups_have_names_of_their_own(draft: RuleDraft) -> None:
    assert [grouping.add(draft) for _ in range(3)] == ["G1", "G2", "G3"]
    grouping.dissolve(draft, "G2")
    assert grouping.add(draft) == "G2"


def test_there_are_so_many_groups_and_no_more(draft: RuleDraft) -> None:
    for _ in range(grouping.MAX_GROUPS):
        grouping.add(draft)
    assert grouping.add(draft) == ""
    assert len(grouping.names(draft)) == grouping.MAX_GROUPS


@pytest.mark.parametrize(
    ("item", "by", "expected"),
    [
        ("A", 1, "(B C) A D"),
        ("D", -1, "A D (B C)"),
        ("G1", -1, "(B C) A D"),
        ("G1", 1, "A D (B C)"),
        ("G1", 9, "A D (B C)"),
        ("C", -1, "A (C B) D"),
        ("C", 1, "A (B C) D"),
        ("X", 1, "A (B C) D"),
    ],
)
def test_conditions_and_groups_move_among_their_neighbours(
    draft: RuleDraft, item: str, by: int, expected: str
) -> None:
    put(draft, "BC")
    drafting.move(draft, id_of(draft, item) if item in "ABCD" else item, by)
    assert shape(draft) == expected


def test_condition_taken_out_of_its_group_stands_at_the_top(draft: RuleDraft) -> None:
    put(draft, "ABC")
    grouping.put(draft, id_of(draft, "B"), "")
    assert shape(draft) == "(A C) B D"


def test_group_that_lost_its_last_condition_is_still_there(draft: RuleDraft) -> None:
    group = put(draft, "A")
    grouping.join(draft, group, "any")
    grouping.put(draft, id_of(draft, "A"), "")
    assert [(one.id, one.kind) for one in grouping.conditions(draft).groups()] == [(group, "any")]


@pytest.mark.parametrize("group", ["G9", "new", "G1 "])
def test_condition_is_not_put_into_a_group_that_is_not_there(draft: RuleDraft, group: str) -> None:
    put(draft, "A")
    draft.is_changed = False
    grouping.put(draft, id_of(draft, "B"), group)
    assert (shape(draft), draft.is_changed) == ("(A) B C D", False)


def test_action_is_not_put_into_a_group(draft: RuleDraft) -> None:
    group = put(draft, "A")
    drafting.keep(draft, condition("Z") | {"kind": "action"})
    grouping.put(draft, id_of(draft, "Z"), group)
    assert "group" not in draft.content["components"][-1]


def test_dissolved_group_leaves_its_conditions_at_the_top(draft: RuleDraft) -> None:
    grouping.dissolve(draft, put(draft, "AB"))
    assert shape(draft) == "A B C D"
    assert grouping.names(draft) == []


def test_joining_as_it_is_joined_is_no_change(draft: RuleDraft) -> None:
    grouping.join(draft, "", "all")
    grouping.join(draft, "", "neither")
    grouping.join(draft, "G9", "any")
    assert draft.is_changed is False
    grouping.join(draft, "", "any")
    assert (draft.is_changed, grouping.conditions(draft).kind) == (True, "any")


# --- Saved ------------------------------------------------------------------------------------


def test_saved_rule_keeps_its_groups(draft: RuleDraft, admin: User) -> None:
    grouping.join(draft, put(draft, "BC"), "any")
    grouping.join(draft, "", "any")
    grouping.add(draft)
    saved = again(drafting.save(draft, admin))
    assert saved.logic == {"top": "any", "groups": {"G1": "any"}}
    assert [(part.name, part.group) for part in saved.components.all()] == [
        ("A", ""), ("B", "G1"), ("C", "G1"), ("D", ""),
    ]  # fmt: skip
    assert shape(drafting.draft_of(saved, admin)) == "A (B C) D"


def test_rule_without_groups_is_written_as_rules_of_before_are(
    draft: RuleDraft, admin: User
) -> None:
    """A revision of before has the same hash, so nothing looks changed that is not."""
    grouping.dissolve(draft, put(draft, "AB"))
    content = drafting.save(draft, admin).content()
    assert "logic" not in content
    assert not any("group" in part for part in content["components"])


def test_revision_holds_the_groups(draft: RuleDraft, admin: User) -> None:
    put(draft, "BC")
    saved = drafting.save(draft, admin)
    publishing.add(held := library(saved.property), [saved], admin)
    [revision] = held.revisions.filter(kind="rule")
    assert revision.content["logic"] == {"groups": {"G1": "all"}}
    assert revision.content_hash == content_hash(again(saved).content())


def test_new_name_of_a_data_element_leaves_the_groups(draft: RuleDraft, admin: User) -> None:
    put(draft, "BC")
    saved = drafting.save(draft, admin)
    usage.rename_data_element(constant(saved.property, "B2", "1"), "B")
    part = again(saved).components.get(name="B")
    assert (part.group, part.settings["leftOperand"]) == ("G1", "{{B2}}")


def test_database_refuses_an_action_in_a_group(property_: Property) -> None:
    [part] = rule(property_).components.all()
    with pytest.raises(IntegrityError, match="only_conditions_are_grouped"):
        RuleComponent.objects.filter(pk=part.pk).update(kind="action", group="G1")


# --- In words ---------------------------------------------------------------------------------


def test_sentence_has_groups_in_brackets(draft: RuleDraft) -> None:
    grouping.join(draft, put(draft, "AB"), "any")
    draft.content["components"][0]["negate"] = True
    assert sentences.of_rule(draft.content) == (
        "If (not (A is true) or B is true) and C is true and D is true, do nothing yet."
    )


def test_group_of_all_the_conditions_has_brackets_all_the_same(draft: RuleDraft) -> None:
    grouping.join(draft, put(draft, "ABCD"), "any")
    assert "If (A is true or B is true or C is true or D is true)," in sentences.of_rule(
        draft.content
    )


# --- In the editor ----------------------------------------------------------------------------


@pytest.fixture
def page(draft: RuleDraft, admin_client: Client) -> Any:
    """Posts what a browser without JavaScript would; returns what came of it."""
    draft.save()

    def post(**posted: Any) -> RuleDraft:
        fields = {"name": "New", "enabled": "on", **posted}
        admin_client.post(draft.get_absolute_url(), fields)
        return RuleDraft.objects.get(pk=draft.pk)

    return post


def test_group_is_added_and_taken_away_by_buttons(page: Any) -> None:
    assert shape(page(add="group")) == "A B C D ()"
    assert shape(page(ungroup="G1")) == "A B C D"


def test_condition_is_moved_into_a_group_by_its_menu(page: Any, draft: RuleDraft) -> None:
    page(add="group")
    moved = page(keep="yes", **{f"group_{id_of(draft, 'B')}": "G1"})
    assert shape(moved) == "A (B) C D"


def test_menu_makes_a_group_for_the_condition(page: Any, draft: RuleDraft) -> None:
    assert shape(page(keep="yes", **{f"group_{id_of(draft, 'B')}": "new"})) == "A (B) C D"


def test_dragged_condition_keeps_the_place_it_was_dropped_at(page: Any, draft: RuleDraft) -> None:
    page(keep="yes", **{f"group_{id_of(draft, 'C')}": "new"})
    order = [id_of(draft, name) for name in "ACBD"]
    group = {f"group_{id_of(draft, 'C')}": "G1", f"group_{id_of(draft, 'B')}": "G1"}
    assert shape(page(keep="yes", order_condition=order, **group)) == "A (C B) D"


def test_joints_are_taken_over_with_every_step(page: Any) -> None:
    page(add="group")
    changed = page(keep="yes", logic_="any", logic_G1="any")
    top = grouping.conditions(changed)
    assert (top.kind, [group.kind for group in top.groups()]) == ("any", ["any"])


def test_condition_is_added_to_its_group(page: Any, draft: RuleDraft, admin_client: Client) -> None:
    page(add="group")
    fields = {"name": "New", "enabled": "on", "add": "condition|G1"}
    url = admin_client.post(draft.get_absolute_url(), fields)["Location"]
    assert url.endswith("/components/new/condition/?group=G1")
    posted = {"delegate": COMPARISON, "leftOperand": "{{E}}", "comparison.operator": "isTrue"}
    admin_client.post(url, posted | {"name": "E", "doubts_seen": "missing|E"})
    assert shape(RuleDraft.objects.get()) == "A B C D (E)"


def test_new_action_is_in_no_group_whatever_the_address_says(
    page: Any, draft: RuleDraft, admin_client: Client
) -> None:
    page(add="group")
    url = reverse("rules:new_component", args=[draft.property.public_id, draft.pk, "action"])
    assert "group" not in admin_client.get(f"{url}?group=G1").context["component"]


def test_only_conditions_are_offered_groups(
    page: Any, draft: RuleDraft, admin_client: Client
) -> None:
    page(keep="yes")
    saved = RuleDraft.objects.get(pk=draft.pk)
    drafting.keep(saved, condition("Z") | {"kind": "action", "delegate": SEND_META})
    saved.save()
    conditions, actions = (
        admin_client.get(draft.get_absolute_url()).content.decode().split('id="section-action"')
    )
    assert "Add group" in conditions
    assert "Add group" not in actions
    assert f'name="group_{id_of(saved, "Z")}"' not in actions


def test_edited_condition_stays_in_its_group(
    page: Any, draft: RuleDraft, admin_client: Client
) -> None:
    part = id_of(draft, "B")
    page(keep="yes", **{f"group_{part}": "new"})
    url = reverse("rules:component", args=[draft.property.public_id, draft.pk, part])
    posted = {"delegate": COMPARISON, "leftOperand": "{{B}}", "comparison.operator": "isFalse"}
    admin_client.post(url, posted | {"name": "B"})
    assert shape(RuleDraft.objects.get()) == "A (B) C D"


def test_groups_are_drawn_with_everything_to_change_them(
    page: Any, draft: RuleDraft, admin_client: Client
) -> None:
    page(keep="yes", **{f"group_{id_of(draft, 'B')}": "new"})
    html = admin_client.get(draft.get_absolute_url()).content.decode()
    for name in ("logic_", "logic_G1", f"group_{id_of(draft, 'A')}"):
        assert f'name="{name}"' in html
    assert 'name="ungroup"' in html
    assert 'value="condition|G1"' in html


def test_list_of_rules_shows_the_brackets(
    draft: RuleDraft, admin: User, admin_client: Client
) -> None:
    grouping.join(draft, put(draft, "CD"), "any")
    drafting.save(draft, admin)
    html = admin_client.get(reverse("rules:rules", args=[draft.property.public_id])).content
    assert b"(C is true or D is true)" in html
    assert Rule.objects.count() == 1
