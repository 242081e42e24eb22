"""The component editor: what is kept while somebody else writes into the same draft."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rules import drafting, usage
from rules.models import Property, RuleDraft
from tests.rules.making import COMPARISON, again, constant, rule
from tests.rules.test_concurrency import overtaken_by

COMPARE = {
    "delegate": COMPARISON,
    "logic": "regular",
    "leftOperand": "{{Event Type}}",
    "comparison.operator": "equals",
    "rightOperand": "lead",
}


def url_of(draft: RuleDraft, component_id: str) -> str:
    return reverse("rules:component", args=[draft.property.public_id, draft.pk, component_id])


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
        lambda: admin_client.post(url_of(draft, other["id"]), COMPARE),
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
        lambda: admin_client.post(url_of(draft, part.public_id), COMPARE),
    )
    assert response["Location"] == reverse("rules:rules", args=[property_.public_id])
    assert not RuleDraft.objects.exists()
