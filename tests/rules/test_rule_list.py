"""The list of rules: what was begun and not saved stands folded above it, and can be put away."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rules import drafting
from rules.models import Property, RuleDraft
from tests.rules.making import rule

pytestmark = pytest.mark.django_db


def listed(client: Client, property_: Property) -> str:
    answer = client.get(reverse("rules:rules", args=[property_.public_id]))
    return str(answer.content.decode())


@pytest.fixture
def begun(property_: Property, admin: User) -> RuleDraft:
    """A rule that was begun and never saved."""
    draft = drafting.blank_draft(property_, admin)
    draft.content["name"] = "Half a rule"
    draft.is_changed = True
    draft.save()
    return draft


def test_begun_rules_stand_folded_with_their_age_and_a_way_to_discard_them(
    property_: Property, admin_client: Client, begun: RuleDraft
) -> None:
    folded = listed(admin_client, property_).split('<details class="card form-section drafts"')[1]
    told = folded.split("</details>")[0]
    assert not told.lstrip().startswith("open")
    assert "1 rule begun and not saved" in told
    assert "Half a rule" in told
    assert "<time" in told
    assert f'action="{begun.get_absolute_url()}"' in told
    assert 'name="discard"' in told


def test_discard_puts_a_begun_rule_away(
    property_: Property, admin_client: Client, begun: RuleDraft
) -> None:
    answer = admin_client.post(begun.get_absolute_url(), {"discard": "yes"}, follow=True)
    assert answer.redirect_chain == [(reverse("rules:rules", args=[property_.public_id]), 302)]
    assert not RuleDraft.objects.exists()
    assert "not saved" not in listed(admin_client, property_)


def test_changes_of_a_saved_rule_are_discarded_in_its_row(
    property_: Property, admin: User, admin_client: Client
) -> None:
    made = rule(property_)
    draft = drafting.draft_of(made, admin)
    draft.is_changed = True
    draft.save()
    row = listed(admin_client, property_).split("<tbody>")[1]
    assert "Unsaved changes" in row
    assert f'action="{draft.get_absolute_url()}"' in row
    admin_client.post(draft.get_absolute_url(), {"discard": "yes"})
    assert "Unsaved changes" not in listed(admin_client, property_)


def test_editor_says_how_old_a_draft_is(admin_client: Client, begun: RuleDraft) -> None:
    page = admin_client.get(begun.get_absolute_url()).content.decode()
    bar = page.split("data-unsaved-bar")[1].split("</div>")[0]
    assert "Your draft was changed" in bar
    assert "<time" in bar


def test_drafts_of_another_person_are_not_shown(
    property_: Property, editor: User, admin_client: Client, begun: RuleDraft
) -> None:
    begun.user = editor
    begun.save()
    assert "Half a rule" not in listed(admin_client, property_)


@pytest.mark.parametrize("target", ["delegate-settings", "preset-panel"])
def test_another_type_takes_what_was_told_of_the_one_before_away(
    admin_client: Client, begun: RuleDraft, target: str
) -> None:
    url = reverse("rules:new_component", args=[begun.property.public_id, begun.pk, "condition"])
    refused = admin_client.post(url, {"leftOperand": "x"})
    assert '<div class="stack" id="form-told">' in refused.content.decode()
    changed = admin_client.get(
        f"{url}?delegate=core::conditions::sampling",
        headers={"HX-Request": "true", "HX-Target": target},
    )
    is_new_type = target == "delegate-settings"
    swap = '<div id="form-told" hx-swap-oob="true"></div>'
    assert (swap in changed.content.decode()) == is_new_type
