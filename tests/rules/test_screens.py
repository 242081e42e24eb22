"""The other screens: extensions, secrets, environments, properties, search."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

import vault
from accounts.models import AuditEntry, Grant, Right, User
from extensions import registry
from rules.models import Build, Environment, Extension, Property, Secret, WorkingLibrary
from rules.provisioning import create_property
from tests.conftest import give
from tests.rules.making import (
    META,
    SECRET,
    again,
    built,
    choices_of,
    constant,
    element,
    environment,
    library,
    meta,
    rule,
    second_development,
    secret,
)

pytestmark = pytest.mark.django_db

TOKEN = "EAAB-token-of-the-test-1234"


def url(property_: Property, view: str, *arguments: object) -> str:
    return reverse(f"rules:{view}", args=[property_.public_id, *arguments])


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response: Any) -> str:
    return str(response.content.decode())


# --- Extensions -------------------------------------------------------------------------------


def cards(client: Client, property_: Property, view: str, **query: str) -> list[tuple[str, str]]:
    response = client.get(url(property_, view), query)
    return [(card["name"], card["action_label"]) for card in response.context["cards"]]


def test_catalog_offers_every_package(property_: Property, admin_client: Client) -> None:
    assert cards(admin_client, property_, "catalog") == [
        (package.name, "Configure" if package.preinstalled else "Install")
        for package in registry.packages().values()
    ]


def test_installed_lists_what_is_installed(property_: Property, admin_client: Client) -> None:
    assert cards(admin_client, property_, "extensions") == [("Core", "Configure")]


@pytest.mark.parametrize(
    ("words", "count"),
    [("meta", 1), ("META conversions", 1), ("web server events", 1), ("zzz", 0)],
)
def test_catalog_is_searched_by_words(
    property_: Property, admin_client: Client, words: str, count: int
) -> None:
    assert len(cards(admin_client, property_, "catalog", q=words)) == count


def test_package_is_installed_with_its_configuration(
    property_: Property, admin_client: Client, admin: User
) -> None:
    posted = {"pixelId": "1234567890", "accessToken": TOKEN, "save": "save"}
    response = admin_client.post(url(property_, "install", META), posted)
    assert response["Location"] == url(property_, "extensions")
    made = Extension.objects.get(package=META)
    opened = vault.open_text(
        settings.KEY_RING, made.settings.pop("accessToken"), property_.public_id
    )
    assert (made.settings, opened, made.updated_by) == ({"pixelId": "1234567890"}, TOKEN, admin)


def test_package_with_a_problem_is_not_installed(property_: Property, admin_client: Client) -> None:
    response = admin_client.post(url(property_, "install", META), {"pixelId": "x"})
    assert response.status_code == 422
    assert not Extension.objects.filter(package=META).exists()


def test_package_that_is_installed_leads_to_its_configuration(
    property_: Property, admin_client: Client
) -> None:
    installed = meta(property_)
    response = admin_client.get(url(property_, "install", META))
    assert response["Location"] == installed.get_absolute_url()


def test_package_that_is_not_in_the_catalog_is_not_found(
    property_: Property, admin_client: Client
) -> None:
    assert admin_client.get(url(property_, "install", "elsewhere")).status_code == 404


def test_token_stays_when_only_the_pixel_is_changed(
    property_: Property, admin_client: Client
) -> None:
    sealed = vault.seal_text(settings.KEY_RING, TOKEN, property_.public_id)
    installed = meta(property_, pixelId="1", accessToken=sealed)
    posted = {"pixelId": "1234567890", "accessToken": "", "lock_version": "1"}
    admin_client.post(installed.get_absolute_url(), posted)
    assert again(installed).settings == {"pixelId": "1234567890", "accessToken": sealed}


@pytest.mark.parametrize("held", [{"lock_version": "1"}, {}])
def test_extension_saved_by_somebody_else_is_told_and_saved_by_a_second_try(
    property_: Property, admin_client: Client, editor: User, held: dict[str, str]
) -> None:
    installed = meta(property_, pixelId="222", accessToken="{{Renamed}}")
    Extension.objects.update(lock_version=2, updated_by=editor)
    element(property_, "Token", delegate=SECRET, settings={})
    posted = {"pixelId": "111", "accessToken": "{{Token}}"}
    first = admin_client.post(installed.get_absolute_url(), posted | held)
    assert first.status_code == 422
    assert "Edi Editor saved this extension while you were editing it." in text(first)
    assert 'name="lock_version" value="2"' in text(first)
    assert again(installed).settings["accessToken"] == "{{Renamed}}"
    admin_client.post(installed.get_absolute_url(), posted | {"lock_version": "2"})
    assert (again(installed).settings, again(installed).lock_version) == (posted, 3)


def test_picking_an_element_does_not_hide_that_somebody_saved(
    property_: Property, admin_client: Client
) -> None:
    installed = meta(property_, pixelId="222")
    Extension.objects.update(lock_version=2)
    posted = {"pixelId": "111", "lock_version": "1", "pick": "pixelId"}
    shown = text(admin_client.post(installed.get_absolute_url(), posted))
    assert 'name="lock_version" value="1"' in shown


def test_page_opened_before_a_token_was_replaced_cannot_bring_it_back(
    property_: Property, admin_client: Client
) -> None:
    old, new = (vault.seal_text(settings.KEY_RING, text, property_.public_id) for text in "ab")
    installed = meta(property_, pixelId="1", accessToken=old)
    assert "sealed:" not in text(admin_client.get(installed.get_absolute_url()))
    Extension.objects.filter(pk=installed.pk).update(
        settings={"pixelId": "1", "accessToken": new}, lock_version=2
    )
    for version in "12":
        posted = {"pixelId": "2", "accessToken": "", "lock_version": version}
        admin_client.post(installed.get_absolute_url(), posted)
    assert again(installed).settings == {"pixelId": "2", "accessToken": new}


def test_token_typed_before_a_refusal_is_carried_along(
    property_: Property, admin_client: Client
) -> None:
    installed = meta(property_, pixelId="1", accessToken="{{Token}}")
    posted = {"pixelId": "", "accessToken": TOKEN, "lock_version": "1"}
    refused = admin_client.post(installed.get_absolute_url(), posted)
    carried = dict(refused.context["form"].kept_fields())
    posted = {"pixelId": "1", "accessToken": "", "lock_version": "1"} | carried
    admin_client.post(installed.get_absolute_url(), posted)
    stored = again(installed).settings["accessToken"]
    assert vault.open_text(settings.KEY_RING, stored, property_.public_id) == TOKEN


@pytest.mark.parametrize(
    ("rights", "builds"),
    [([Right.MANAGE_EXTENSIONS], 0), ([Right.MANAGE_EXTENSIONS, Right.DEVELOP], 1)],
)
def test_building_from_an_extension_needs_the_right_to_develop(
    property_: Property, editor: User, editor_client: Client, grant: Grant,
    rights: list[Right], builds: int,
) -> None:  # fmt: skip
    working = library(property_, "Spring")
    WorkingLibrary.objects.create(user=editor, property=property_, library=working)
    give(grant, *rights)
    core = property_.extensions.get(package="core")
    offered = text(editor_client.get(core.get_absolute_url()))
    assert ("Save to Library and Build" in offered) is bool(builds)
    posted = {"save": "build", "lock_version": "1"}
    assert editor_client.post(core.get_absolute_url(), posted).status_code == 302
    assert (again(core).lock_version, Build.objects.count()) == (2, builds)


def test_extension_without_settings_says_so(property_: Property, admin_client: Client) -> None:
    core = property_.extensions.get(package="core")
    assert "This extension needs no settings." in text(admin_client.get(core.get_absolute_url()))


@pytest.mark.parametrize(("posted", "enabled"), [("yes", True), ("no", False)])
def test_extension_is_enabled_and_disabled(
    property_: Property, admin_client: Client, posted: str, enabled: bool
) -> None:
    core = property_.extensions.get(package="core")
    admin_client.post(url(property_, "enable_extension", core.public_id), {"enabled": posted})
    assert (again(core).enabled, again(core).lock_version) == (enabled, 2)


# --- Secrets ----------------------------------------------------------------------------------


def test_secret_keeps_its_environment_for_life(property_: Property, admin_client: Client) -> None:
    held = secret(property_)
    other = environment(property_, "production")
    admin_client.post(
        url(property_, "secret", held.public_id),
        {"name": "Renamed", "environment": other.pk, "kind": "token", "value": ""},
    )
    assert (again(held).name, again(held).environment.stage) == ("Renamed", "development")
    assert again(held).open() == "EAAB-token-1234"


def test_secret_is_replaced(property_: Property, admin_client: Client) -> None:
    held = secret(property_)
    admin_client.post(url(property_, "secret", held.public_id), {"name": "T", "value": TOKEN})
    assert again(held).open() == TOKEN


def test_secret_opens_in_its_own_row_only(property_: Property) -> None:
    one, two = secret(property_), secret(property_, "staging")
    one.sealed = two.sealed
    with pytest.raises(vault.CannotOpen):
        one.open()


def test_secret_goes_into_an_environment_of_its_property_only(
    property_: Property, admin_client: Client
) -> None:
    foreign = environment(create_property("Other", None), "development")
    posted = {"name": "Token", "environment": foreign.pk, "kind": "token", "value": TOKEN}
    assert admin_client.post(url(property_, "new_secret"), posted).status_code == 422
    assert not Secret.objects.exists()


def test_name_of_another_secret_is_refused(property_: Property, admin_client: Client) -> None:
    held = secret(property_)
    posted = {"name": held.name, "environment": held.environment.pk, "kind": "token", "value": "x"}
    response = admin_client.post(url(property_, "new_secret"), posted)
    assert response.status_code == 422
    assert "Another secret of this property has this name." in text(response)


def test_secret_of_an_environment_is_offered_for_it(
    property_: Property, admin_client: Client
) -> None:
    target = environment(property_, "staging")
    response = admin_client.get(url(property_, "new_secret"), {"in": target.public_id})
    assert f'<option value="{target.pk}" selected>' in text(response)


def test_secret_that_an_element_uses_is_not_deleted(
    property_: Property, admin_client: Client
) -> None:
    held = secret(property_)
    chosen = {"secrets": {"development": {"id": held.public_id, "name": held.name}}}
    element(property_, "Meta token", delegate=SECRET, settings=chosen)
    response = admin_client.post(url(property_, "delete_secret", held.public_id))
    assert told(response) == [
        "“Token development” is used by: Meta token. Choose another secret there first."
    ]
    assert Secret.objects.exists()


@pytest.mark.parametrize("place", [0, 1])
def test_each_secret_of_several_environments_is_used(
    property_: Property, admin_client: Client, place: int
) -> None:
    held = secret(property_), secret(property_, home=second_development(property_))
    stored = {"secrets": {"development": choices_of(*held)}}
    element(property_, "Meta token", delegate=SECRET, settings=stored)
    response = admin_client.post(url(property_, "delete_secret", held[place].public_id))
    assert told(response) == [
        f"“{held[place]}” is used by: Meta token. Choose another secret there first."
    ]
    assert Secret.objects.count() == 2


def test_secret_of_each_development_environment_is_chosen_on_the_page(
    property_: Property, admin_client: Client
) -> None:
    second = second_development(property_)
    held = secret(property_), secret(property_, home=second)
    made = element(property_, "Token", delegate=SECRET, settings={})
    entered = {
        "name": "Token",
        "delegate": SECRET,
        "enabled": "on",
        "lock_version": made.lock_version,
        "secrets.development": held[0].public_id,
        f"secrets.development.{second.public_id}": held[1].public_id,
    }
    admin_client.post(made.get_absolute_url(), entered)
    assert again(made).settings == {"secrets": {"development": choices_of(*held)}}
    shown = text(admin_client.get(made.get_absolute_url()))
    assert "Development Secret – Second" in shown
    assert [f'<option value="{each.public_id}" selected>' in shown for each in held] == [True] * 2
    assert "Token development, Token Second" in text(
        admin_client.get(url(property_, "data_elements"))
    )


def test_unused_secret_is_deleted_after_a_question(
    property_: Property, admin_client: Client
) -> None:
    held = secret(property_)
    address = url(property_, "delete_secret", held.public_id)
    assert "Delete “Token development”?" in text(admin_client.get(address))
    admin_client.post(address)
    assert not Secret.objects.exists()
    assert AuditEntry.objects.filter(action="secret.deleted", object_id=held.public_id).exists()


# --- Environments -----------------------------------------------------------------------------


def test_new_environment_is_for_development_and_has_a_datastream(
    property_: Property, admin_client: Client
) -> None:
    admin_client.post(url(property_, "new_environment"), {"name": "Dev 2", "stage": "production"})
    made = Environment.objects.get(name="Dev 2")
    assert (made.stage, made.datastreams.count()) == ("development", 1)


@pytest.mark.parametrize("name", ["", "Staging"])
def test_environment_needs_a_name_of_its_own(
    property_: Property, admin_client: Client, name: str
) -> None:
    assert admin_client.post(url(property_, "new_environment"), {"name": name}).status_code == 422
    assert property_.environments.count() == 3


def test_environment_is_renamed(property_: Property, admin_client: Client) -> None:
    found = environment(property_, "staging")
    admin_client.post(url(property_, "environment", found.public_id), {"name": "QA"})
    assert (again(found).name, again(found).stage) == ("QA", "staging")


def test_list_shows_ids_builds_and_datastreams(property_: Property, admin_client: Client) -> None:
    built(library(property_, "Spring"))
    shown = text(admin_client.get(url(property_, "environments")))
    for found in property_.environments.all():
        assert found.public_id in shown
        assert found.datastreams.get().public_id in shown
    assert "Spring" in shown


# --- Properties -------------------------------------------------------------------------------


def test_property_is_created_and_opened(admin_client: Client) -> None:
    posted = {"name": "My shop", "platform": "edge"}
    response = admin_client.post(reverse("rules:new_property"), posted)
    made = Property.objects.get()
    assert (made.name, response["Location"]) == ("My shop", made.get_absolute_url())


@pytest.mark.parametrize(
    ("posted", "message"),
    [
        ({"name": "", "platform": "edge"}, "Please specify a name."),
        ({"name": "Shop", "platform": "edge"}, "Another property has this name."),
        ({"name": "New", "platform": "web"}, "web is not one of the available choices."),
    ],
)
def test_property_that_cannot_be_is_told_why(
    property_: Property, admin_client: Client, posted: dict[str, str], message: str
) -> None:
    response = admin_client.post(reverse("rules:new_property"), posted)
    assert response.status_code == 422
    assert message in text(response)
    assert Property.objects.count() == 1


def test_property_is_renamed(property_: Property, admin_client: Client) -> None:
    posted = {"name": "Store", "platform": "edge"}
    admin_client.post(url(property_, "property"), posted)
    assert again(property_).name == "Store"


@pytest.mark.parametrize(("typed", "is_left"), [("", True), ("shop", True), ("Shop", False)])
def test_property_is_deleted_only_when_its_name_is_typed(
    property_: Property, admin_client: Client, typed: str, is_left: bool
) -> None:
    admin_client.post(url(property_, "delete_property"), {"name": typed})
    assert Property.objects.exists() is is_left


def test_property_with_everything_in_it_is_deleted(
    property_: Property, admin_client: Client
) -> None:
    constant(property_, "A", "1")
    rule(property_, left="{{A}}")
    secret(property_)
    built(library(property_))
    admin_client.post(url(property_, "delete_property"), {"name": "Shop"})
    assert not Property.objects.exists()
    assert not Build.objects.exists()


def test_audit_log_outlives_the_property(property_: Property, admin_client: Client) -> None:
    admin_client.post(url(property_, "delete_property"), {"name": "Shop"})
    told_of = AuditEntry.objects.filter(property_id=property_.public_id)
    assert told_of.first().action == "property.deleted"  # type: ignore[union-attr]


def test_person_without_a_grant_sees_an_empty_list(editor_client: Client) -> None:
    assert list(editor_client.get("/").context["properties"]) == []


# --- Search -----------------------------------------------------------------------------------


def found(client: Client, query: str) -> set[tuple[str, str]]:
    response = client.get(reverse("rules:search"), {"q": query})
    return {(hit["kind"], hit["name"]) for hit in response.context["hits"]}


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("", set()),
        ("  ", set()),
        ("spring", {("Library", "Spring"), ("Rule", "Spring sale")}),
        ("SALE", {("Rule", "Spring sale")}),
        ("core", {("Extension", "Core")}),
        ("shop", {("Property", "Shop")}),
        ("price", {("Data Element", "Price")}),
        ("%", set()),
        ("_", set()),
        ("zzz", set()),
    ],
)
def test_search_finds_names(
    property_: Property, admin_client: Client, query: str, hits: set[tuple[str, str]]
) -> None:
    constant(property_, "Price", "1")
    rule(property_, "Spring sale")
    library(property_, "Spring")
    assert found(admin_client, query) == hits


def test_search_finds_a_public_id(property_: Property, admin_client: Client) -> None:
    price = constant(property_, "Price", "1")
    assert found(admin_client, f" {price.public_id} ") == {("Data Element", "Price")}


def test_search_of_a_person_with_a_grant_finds_their_property(
    property_: Property, grant: Grant, editor_client: Client
) -> None:
    give(grant, Right.DEVELOP)
    assert found(editor_client, "shop") == {("Property", "Shop")}
