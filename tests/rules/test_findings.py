"""What a build found, as its page tells it: a link to the place, and the field's own label."""

from __future__ import annotations

import pytest
from django.test import Client

from rules.models import Build, Property, Rule
from rules.pointing import pointed
from rules.provisioning import create_property
from tests.rules.making import again, built, constant, element, library, meta, rule

pytestmark = pytest.mark.django_db


def place_of(made: Rule) -> str:
    """Where the left operand of a rule's one condition is entered, by way of its card."""
    part = made.components.get().public_id
    return f"{made.get_absolute_url()}?at={part}.leftOperand#{part}"


def page(client: Client, build: Build) -> str:
    return str(client.get(build.get_absolute_url()).content.decode())


def test_finding_about_a_component_leads_to_its_card(
    property_: Property, admin_client: Client
) -> None:
    made = rule(property_, left="{{gone}}")
    told = page(admin_client, built(library(property_)))
    place = place_of(made)
    assert f'<a href="{place}">Rule › Compare</a>' in told
    card = admin_client.get(made.get_absolute_url()).content.decode()
    assert f'id="{made.components.get().public_id}"' in card


def test_finding_names_its_field_as_the_form_does(
    property_: Property, admin_client: Client
) -> None:
    rule(property_, left="{{gone}}")
    told = page(admin_client, built(library(property_)))
    assert "Left Operand" in told
    assert "<code>leftOperand" not in told


def test_finding_about_an_element_or_an_extension_leads_to_its_field(
    property_: Property, admin_client: Client
) -> None:
    installed = meta(property_)
    found = element(property_, settings={"path": "nope"})
    told = page(admin_client, built(library(property_)))
    assert f'<a href="{found.get_absolute_url()}#id_path">Event Type</a>' in told
    assert f'<a href="{installed.get_absolute_url()}#id_pixelId">' in told
    assert 'id="id_pixelId"' in str(admin_client.get(installed.get_absolute_url()).content.decode())


def test_finding_about_a_whole_rule_leads_to_it(property_: Property, admin_client: Client) -> None:
    made = Rule.objects.create(property=property_, name="Idle")
    told = page(admin_client, built(library(property_)))
    assert f'<a href="{made.get_absolute_url()}">Idle</a>' in told


def test_finding_about_what_was_deleted_since_is_told_without_a_link(
    property_: Property, admin_client: Client
) -> None:
    made = rule(property_, left="{{gone}}")
    filled = library(property_)
    build = built(filled)
    filled.delete()
    made.delete()
    told = page(admin_client, again(build))
    assert "<strong>Rule › Compare</strong>" in told
    assert made.get_absolute_url() not in told


def test_finding_of_before_labels_and_components_is_told_still(property_: Property) -> None:
    made = rule(property_)
    old = {"severity": "error", "resource": made.public_id, "name": "Rule", "field": "leftOperand",
           "message": "No."}  # fmt: skip
    nowhere = old | {"resource": ""}
    assert [one["url"] for one in pointed(property_, [old, nowhere])] == [
        f"{made.get_absolute_url()}#id_leftOperand",
        "",
    ]


def test_resource_of_another_property_gets_no_link(property_: Property) -> None:
    other = constant(create_property("Other", None), "A", "1")
    place = {"severity": "error", "resource": other.public_id, "name": "A", "field": "",
             "message": "No."}  # fmt: skip
    assert pointed(property_, [place])[0]["url"] == ""


def test_library_tells_the_same_before_it_is_built(
    property_: Property, admin_client: Client
) -> None:
    made = rule(property_, left="{{gone}}")
    filled = library(property_)
    told = str(admin_client.get(filled.get_absolute_url()).content.decode())
    assert place_of(made) in told
