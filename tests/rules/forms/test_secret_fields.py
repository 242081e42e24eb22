"""A secret passes through a form sealed, and never comes back out of it."""

from __future__ import annotations

from typing import Any

import pytest

import vault
from extensions import registry
from rules.models import Property
from rules.provisioning import create_property
from tests.rules.forms.making import TOKEN, form_for, html, opened, saved, seal
from tests.rules.making import META

pytestmark = pytest.mark.django_db


# --- A typed secret --------------------------------------------------------------------------


def test_typed_secret_is_saved_sealed(property_: Property) -> None:
    sealed = saved(property_, {"token": TOKEN})["token"]
    assert vault.is_sealed(sealed)
    assert opened(property_, sealed) == TOKEN


def test_blanks_around_a_secret_are_not_part_of_it(property_: Property) -> None:
    assert opened(property_, saved(property_, {"token": f" {TOKEN}\n"})["token"]) == TOKEN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Bearer EAAB", "A token has no spaces"),
        ("EAAB\ncanary", "A token has no spaces"),
        ("EAAB\u00a0canary", "A token has no spaces"),
        ("EAAB\u200bcanary", "A token has only plain letters"),
        ("EAABÄ", "A token has only plain letters"),
        ("EAAB\x00canary", "A token has only plain letters"),
    ],
)
def test_text_that_can_be_no_token_is_refused_and_not_shown_again(
    property_: Property, text: str, told: str
) -> None:
    form = form_for(property_, {"token": text})
    [message] = form.errors["token"]
    assert str(message).startswith(told)
    assert "EAAB" not in html(form)


@pytest.mark.parametrize("text", ["{{Meta token}}", " {{ Meta token }} "])
def test_data_element_in_place_of_a_secret_is_not_sealed(property_: Property, text: str) -> None:
    assert saved(property_, {"token": text}) == {"token": text.strip()}


@pytest.mark.parametrize("values", [{"token": TOKEN}, {"token": TOKEN, "kind": "no such"}])
def test_typed_secret_is_never_shown_again(property_: Property, values: dict[str, str]) -> None:
    form = form_for(property_, values)
    form.is_valid()
    assert "canary" not in html(form)


def test_refused_form_carries_the_typed_secret_sealed(property_: Property) -> None:
    form = form_for(property_, {"token": TOKEN, "kind": "no such"})
    assert not form.is_valid()
    [(name, carried)] = form.kept_fields()
    assert (name, opened(property_, carried)) == ("token.sealed", TOKEN)


def test_carried_secret_is_saved(property_: Property) -> None:
    carried = seal(property_)
    assert saved(property_, {"token": "", "token.sealed": carried}) == {"token": carried}


def test_masked_secret_shows_its_last_four(property_: Property) -> None:
    field: Any = form_for(property_, {"token": TOKEN}).fields["token"]
    assert field.masked == "•••••9876"


def test_typed_secret_is_told_from_a_stored_one(property_: Property) -> None:
    stored = {"token": seal(property_)}
    refused: Any = form_for(property_, {"token": TOKEN, "kind": "no such"}, stored).fields["token"]
    untouched: Any = form_for(property_, {"token": "", "kind": "no such"}, stored).fields["token"]
    assert (refused.is_unsaved, untouched.is_unsaved) == (True, False)


@pytest.mark.parametrize(
    "forge",
    [
        lambda other: "sealed:",
        lambda other: "sealed:x:y",
        lambda other: "sealed:YWJj:YWJj",
        lambda other: TOKEN,
        lambda other: seal(other),
        lambda other: seal(other)[:-4],
        lambda other: "sealed:" + ":" * 50,
    ],
)
def test_forged_carried_secret_is_refused(property_: Property, forge: Any) -> None:
    other = create_property("Other", None)
    assert saved(property_, {"token": "", "token.sealed": forge(other)}) == {}


def test_forged_carried_secret_leaves_the_stored_one(property_: Property) -> None:
    stored = {"token": seal(property_)}
    forged = seal(create_property("Other", None))
    assert saved(property_, {"token.sealed": forged}, stored=stored) == stored


def test_typed_text_that_looks_sealed_is_sealed_like_any_other(property_: Property) -> None:
    forged = seal(create_property("Other", None))
    sealed = saved(property_, {"token": forged})["token"]
    assert opened(property_, sealed) == forged


# --- A stored secret -------------------------------------------------------------------------


def test_stored_secret_is_kept_when_its_field_is_empty(property_: Property) -> None:
    stored = {"token": seal(property_), "name": "Ada"}
    assert saved(property_, {"token": "", "name": "Eve"}, stored=stored) == {
        "token": stored["token"],
        "name": "Eve",
    }


def test_stored_secret_gives_way_to_a_typed_one(property_: Property) -> None:
    stored = {"token": seal(property_, "old")}
    assert opened(property_, saved(property_, {"token": TOKEN}, stored=stored)["token"]) == TOKEN


def test_stored_secret_gives_way_to_a_data_element(property_: Property) -> None:
    stored = {"token": seal(property_)}
    assert saved(property_, {"token": "{{A}}"}, stored=stored) == {"token": "{{A}}"}


def test_carried_secret_goes_before_the_stored_one(property_: Property) -> None:
    stored, carried = {"token": seal(property_, "old")}, seal(property_)
    assert saved(property_, {"token.sealed": carried}, stored=stored) == {"token": carried}


def test_stored_secret_is_shown_masked_and_not_in_its_field(property_: Property) -> None:
    form = form_for(property_, stored={"token": seal(property_)})
    field: Any = form.fields["token"]
    assert field.masked == "•••••9876"
    assert "value=" not in str(form["token"])


@pytest.mark.parametrize("values", [None, {"token": ""}, {"token": "", "kind": "no such"}])
def test_stored_secret_never_leaves_the_server(
    property_: Property, values: dict[str, str] | None
) -> None:
    form = form_for(property_, values, {"token": seal(property_)})
    assert form.kept_fields() == []


def test_stored_data_element_is_shown_in_its_field(property_: Property) -> None:
    form = form_for(property_, stored={"token": "{{A}}"})
    assert 'value="{{A}}"' in str(form["token"])
    assert form.kept_fields() == []


# --- A secret mixed with a data element ------------------------------------------------------


@pytest.mark.parametrize("text", [TOKEN + "{{A}}", "{{A}}" + TOKEN, "{{A}}{{B}}"])
def test_secret_mixed_with_a_data_element_is_refused(property_: Property, text: str) -> None:
    form = form_for(property_, {"token": text})
    assert form.errors == {"token": ["Please enter either a secret or one data element, not both."]}


@pytest.mark.parametrize("revisit", [False, True])
def test_mixed_secret_is_not_shown_again(property_: Property, revisit: bool) -> None:
    form = form_for(property_, {"token": TOKEN + "{{A}}"}, revisit=revisit)
    assert "canary" not in html(form)


def test_mixed_secret_leaves_the_stored_one(property_: Property) -> None:
    form = form_for(property_, {"token": TOKEN + "{{A}}"}, {"token": seal(property_, "old")})
    assert not form.is_valid()
    assert opened(property_, form.kept["token"]) == "old"


def test_mixed_secret_leaves_the_one_typed_before(property_: Property) -> None:
    values = {"token": TOKEN + "{{A}}", "token.sealed": seal(property_, "typed")}
    form = form_for(property_, values, {"token": seal(property_, "old")})
    [(_, carried)] = form.kept_fields()
    assert opened(property_, carried) == "typed"


def test_mixed_secret_is_told_in_one_sentence(property_: Property) -> None:
    values = {"pixelId": "1234567890", "accessToken": TOKEN + "{{A}}"}
    form = form_for(property_, values, described=registry.packages()[META])
    assert len(form.errors["accessToken"]) == 1
