"""The component editor: what only comes back, and what is kept while somebody else writes."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rules import drafting, usage
from rules.models import Property, RuleDraft
from tests.rules.editor import COMPARE
from tests.rules.making import SEND_META, again, constant, meta, rule
from tests.rules.test_concurrency import overtaken_by

LEAD = COMPARE | {"rightOperand": "lead"}


def url_of(draft: RuleDraft, component_id: str) -> str:
    return reverse("rules:component", args=[draft.property.public_id, draft.pk, component_id])


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Target": "delegate-settings"}])
@pytest.mark.parametrize(
    ("button", "emails"),
    [({"add": "email"}, ["a", "b", ""]), ({"remove": "email|0"}, ["b"])],
)
def test_row_button_brings_the_form_back_and_keeps_nothing(
    property_: Property,
    admin: User,
    admin_client: Client,
    button: dict[str, str],
    emails: list[str],
    headers: dict[str, str],
) -> None:
    meta(property_)
    draft = drafting.blank_draft(property_, admin)
    draft.save()
    url = reverse("rules:new_component", args=[property_.public_id, draft.pk, "action"])
    entered = {"delegate": SEND_META, "name": "Mine", "email": ["a", "b"], "eventName": "Lead"}
    response = admin_client.post(url, entered | button, headers=headers)
    assert response.status_code == 200
    form = response.context["settings_form"]
    assert (form["email"].value(), form["eventName"].value()) == (emails, "Lead")
    assert response.content.lstrip().startswith(b"<div" if headers else b"<!DOCTYPE")
    assert again(draft).content["components"] == []


@pytest.mark.django_db(transaction=True)
def test_kept_component_leaves_the_new_name_of_a_data_element_in_the_others(
    property_: Property, admin: User, admin_client: Client
) -> None:
    renamed = constant(property_, "B", "1")
    found = rule(property_, left="{{A}}")
    [part] = found.components.all()
    draft = drafting.draft_of(found, admin)
    other = part.content() | {"id": "RC" + "0" * 32, "name": "Other"}
    drafting.keep(draft, other)
    draft.save()
    response = overtaken_by(
        lambda: usage.rename_data_element(renamed, "A"),
        lambda: admin_client.post(url_of(draft, other["id"]), LEAD),
    )
    assert response["Location"] == draft.get_absolute_url()
    first, kept = again(draft).content["components"]
    assert first["settings"]["leftOperand"] == "{{B}}"
    assert kept["settings"]["rightOperand"] == "lead"


@pytest.mark.django_db(transaction=True)
def test_component_is_not_kept_in_a_draft_that_is_discarded_meanwhile(
    property_: Property, admin: User, admin_client: Client
) -> None:
    found = rule(property_)
    [part] = found.components.all()
    draft = drafting.draft_of(found, admin)
    draft.save()
    response = overtaken_by(
        lambda: RuleDraft.objects.filter(pk=draft.pk).delete(),
        lambda: admin_client.post(url_of(draft, part.public_id), LEAD),
    )
    assert response["Location"] == reverse("rules:rules", args=[property_.public_id])
    assert not RuleDraft.objects.exists()
