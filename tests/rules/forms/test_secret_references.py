"""A field that refers to a secret of the property."""

from __future__ import annotations

import pytest

from extensions.core.secret import SECRET
from rules.models import Property
from rules.provisioning import create_property
from tests.rules.forms.making import form_for, saved
from tests.rules.making import secret

pytestmark = pytest.mark.django_db


def test_secret_of_each_stage_is_offered_for_that_stage_only(property_: Property) -> None:
    held = secret(property_, "staging")
    form = form_for(property_, described=SECRET)
    offered = {path: [value for value, _ in field.choices] for path, field in form.fields.items()}  # type: ignore[attr-defined]
    assert offered == {
        "secrets.development": [""],
        "secrets.staging": ["", held.public_id],
        "secrets.production": [""],
    }


def test_chosen_secret_is_saved_with_its_name(property_: Property) -> None:
    held = secret(property_)
    assert saved(property_, {"secrets.development": held.public_id}, described=SECRET) == {
        "secrets": {"development": {"id": held.public_id, "name": "Token development"}}
    }


def test_stored_choice_is_shown(property_: Property) -> None:
    held = secret(property_)
    stored = {"secrets": {"development": {"id": held.public_id, "name": held.name}}}
    form = form_for(property_, stored=stored, described=SECRET)
    assert form.initial["secrets.development"] == held.public_id


def test_secret_of_another_property_cannot_be_chosen(property_: Property) -> None:
    foreign = secret(create_property("Other", None))
    form = form_for(property_, {"secrets.development": foreign.public_id}, described=SECRET)
    assert "secrets.development" in form.errors


def test_form_without_any_secret_says_what_is_missing(property_: Property) -> None:
    form = form_for(property_, {}, described=SECRET)
    assert form.errors == {"secrets.development": ["Choose a secret for at least one environment."]}
