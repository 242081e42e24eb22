"""Two people, or two pages of one, at the same draft in the same moment."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from rules import drafting, usage
from rules.models import RuleDraft
from tests.rules.editor import Editor
from tests.rules.making import constant, rule
from tests.rules.test_concurrency import at_once, overtaken_by

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_draft_that_is_discarded_meanwhile_does_not_come_back(editor_: Editor, admin: User) -> None:
    draft = drafting.draft_of(rule(editor_.property), admin)
    draft.save()
    response = overtaken_by(
        lambda: RuleDraft.objects.filter(pk=draft.pk).delete(),
        lambda: editor_.post(draft.get_absolute_url(), {"name": "Mine", "keep": "yes"}),
    )
    assert response["Location"] == editor_.url("rules")
    assert not RuleDraft.objects.exists()


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
