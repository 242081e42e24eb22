"""A field that refers to a secret of the property."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.core.secret import SECRET
from rules.models import Environment, Property, Secret
from rules.provisioning import create_property
from tests.rules.forms.making import form_for, saved
from tests.rules.making import choices_of, second_development, secret

pytestmark = pytest.mark.django_db

FIRST = "secrets.development"


@pytest.fixture
def second(property_: Property) -> Environment:
    """A development environment beside the first."""
    return second_development(property_)


@pytest.fixture
def held(property_: Property, second: Environment) -> dict[str, Secret]:
    """A secret in each development environment, by the name of the field that offers it."""
    return {FIRST: secret(property_), field_of(second): secret(property_, home=second)}


def field_of(second: Environment) -> str:
    return f"{FIRST}.{second.public_id}"


def offered(form: Any) -> dict[str, list[str]]:
    return {path: [value for value, _ in field.choices] for path, field in form.fields.items()}


def test_secret_of_each_stage_is_offered_for_that_stage_only(property_: Property) -> None:
    held = secret(property_, "staging")
    form = form_for(property_, described=SECRET)
    assert offered(form) == {
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


# --- Several development environments -----------------------------------------------------------


def test_each_development_environment_has_a_field_of_its_own(
    property_: Property, held: dict[str, Secret]
) -> None:
    form: Any = form_for(property_, described=SECRET)
    assert [field.label for field in form.fields.values()] == [
        "Development Secret – Development",
        "Development Secret – Second",
        "Staging Secret",
        "Production Secret",
    ]
    expected = {path: ["", secret.public_id] for path, secret in held.items()}
    assert offered(form) == expected | {"secrets.staging": [""], "secrets.production": [""]}


def test_secrets_of_several_environments_are_saved_as_a_list_and_shown_again(
    property_: Property, held: dict[str, Secret]
) -> None:
    entered = {path: secret.public_id for path, secret in held.items()}
    stored = saved(property_, entered, described=SECRET)
    assert stored == {"secrets": {"development": choices_of(*held.values())}}
    form = form_for(property_, stored=stored, described=SECRET)
    assert form.initial == entered | {"secrets.staging": "", "secrets.production": ""}


@pytest.mark.parametrize("place", [0, 1])
def test_one_secret_of_several_environments_stands_for_itself(
    property_: Property, held: dict[str, Secret], place: int
) -> None:
    path, only = list(held.items())[place]
    stored = saved(property_, {path: only.public_id}, described=SECRET)
    assert stored == {"secrets": {"development": choices_of(only)[0]}}
    form = form_for(property_, stored=stored, described=SECRET)
    assert {name for name, value in form.initial.items() if value} == {path}


def test_secret_of_another_environment_is_refused_beside_its_field(
    property_: Property, held: dict[str, Secret]
) -> None:
    first, second = held
    entered = {first: held[first].public_id, second: held[first].public_id}
    form = form_for(property_, entered, described=SECRET)
    assert form.errors == {
        second: [
            "This secret is not there any more, or belongs to another environment. "
            "Please choose again."
        ]
    }


def test_form_without_any_secret_says_so_beside_the_first_field(
    property_: Property, held: dict[str, Secret]
) -> None:
    form = form_for(property_, {}, described=SECRET)
    assert form.errors == {FIRST: ["Choose a secret for at least one environment."]}


def test_form_that_is_shown_again_keeps_every_choice(
    property_: Property, held: dict[str, Secret]
) -> None:
    entered = {path: secret.public_id for path, secret in held.items()}
    form = form_for(property_, entered, described=SECRET, revisit=True)
    assert {path: form[path].value() for path in held} == entered


def test_secrets_that_went_with_their_environment_are_not_shown(
    property_: Property, second: Environment, held: dict[str, Secret]
) -> None:
    stored = {"secrets": {"development": choices_of(*held.values())}}
    second.delete()
    form = form_for(property_, stored=stored, described=SECRET)
    assert form.initial == {
        FIRST: held[FIRST].public_id, "secrets.staging": "", "secrets.production": ""
    }  # fmt: skip
    assert form.fields[FIRST].label == "Development Secret"


def test_new_name_of_a_secret_is_stored_with_the_next_save(
    property_: Property, held: dict[str, Secret]
) -> None:
    Secret.objects.filter(name="Token Second").update(name="Renamed")
    entered = {path: secret.public_id for path, secret in held.items()}
    stored = saved(property_, entered, described=SECRET)
    assert [each["name"] for each in stored["secrets"]["development"]] == [
        "Token development",
        "Renamed",
    ]
