"""Who may see and do what: every address of the admin declares it, and keeps to it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Grant, Right, User
from rules.access import rights_of
from rules.models import Property
from rules.provisioning import create_property
from rules.views import rules as rules_views
from tests.conftest import PASSWORD, give
from tests.rules.addresses import IN_PROPERTY, Address, addresses, one_of_each

pytestmark = pytest.mark.django_db

ALL = addresses()
SIGN_IN = {LoginView, LogoutView}
# Each step asks for rights of its own; see the tests of the board.
BY_STEP = {"rules:library_step"}

IN_A_PROPERTY = [found for found in ALL if found.is_in_property]
GUARDED = [found for found in IN_A_PROPERTY if found.access != "administrators"]
WITH_RIGHTS = [found for found in GUARDED if found.access != "look"]
LOOKING = [found for found in GUARDED if found.access == "look"]
FOR_ADMINISTRATORS = [found for found in ALL if found.access == "administrators"]
OF_A_RESOURCE = [
    found
    for found in GUARDED
    if found.arguments - {IN_PROPERTY, "kind", "package_id", "step", "draft_id"}
]


def each(found: list[Address]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("address", found, ids=lambda address: address.name)


@pytest.fixture
def values(property_: Property, editor: User) -> dict[str, Any]:
    """One resource of each kind, and arguments that lead to them."""
    return one_of_each(property_, editor)


def answers(client: Client, address: Address, values: dict[str, Any]) -> tuple[int, int]:
    """Return the statuses of looking at an address and of posting to it."""
    url = address.url(values)
    return client.get(url).status_code, client.post(url).status_code


def test_the_walk_finds_the_whole_admin() -> None:
    names = {found.name for found in ALL}
    assert {"login", "overview", "rules:rule", "delivery:event", "demo:shop"} <= names
    assert len(IN_A_PROPERTY) > 35


@each(ALL)
def test_every_view_declares_its_access(address: Address) -> None:
    declared = address.access or getattr(address.view, "view_class", None) in SIGN_IN
    assert declared


@each(IN_A_PROPERTY)
def test_every_view_in_a_property_is_guarded_by_it(address: Address) -> None:
    assert address.access in ("look", "administrators") or {*address.access} <= {*Right}


@each([found for found in ALL if found.access != "public" and found.name not in {"login"}])
def test_visitor_is_sent_to_sign_in(address: Address, values: dict[str, Any]) -> None:
    for response in (Client().get(address.url(values)), Client().post(address.url(values))):
        assert (response.status_code, response["Location"].split("?")[0]) in [
            (302, "/sign-in/"),
            (405, ""),
        ]


@each(GUARDED)
def test_property_does_not_exist_for_a_person_without_a_grant(
    address: Address, values: dict[str, Any], editor_client: Client
) -> None:
    assert set(answers(editor_client, address, values)) <= {404, 405}


@each(GUARDED)
def test_person_who_may_only_look_may_not_post(
    address: Address, values: dict[str, Any], editor_client: Client, grant: Grant
) -> None:
    looking, posting = answers(editor_client, address, values)
    assert looking in {200, 302, 405}
    assert posting == (405 if address in LOOKING else 403)


@each(WITH_RIGHTS)
def test_right_that_is_declared_opens_the_way(
    address: Address, values: dict[str, Any], editor_client: Client, grant: Grant
) -> None:
    if address.name in BY_STEP:
        values["step"] = "submit"
    give(grant, address.access[0])
    assert editor_client.post(address.url(values)).status_code in {200, 302, 422}


@each(WITH_RIGHTS)
def test_all_other_rights_do_not(
    address: Address, values: dict[str, Any], editor_client: Client, grant: Grant
) -> None:
    give(grant, *(right for right in Right if right not in address.access))
    assert editor_client.post(address.url(values)).status_code == 403


@each(FOR_ADMINISTRATORS)
def test_what_is_for_administrators_is_for_nobody_else(
    address: Address, values: dict[str, Any], editor_client: Client, grant: Grant
) -> None:
    give(grant, *Right)
    assert answers(editor_client, address, values) == (403, 403)


@each(GUARDED)
def test_administrator_needs_no_grant(
    address: Address, values: dict[str, Any], admin_client: Client
) -> None:
    Grant.objects.all().delete()
    looking, posting = answers(admin_client, address, values)
    assert looking in {200, 302, 405}
    assert posting in {200, 302, 405, 422}


@each(OF_A_RESOURCE)
def test_resource_of_another_property_is_not_found(
    address: Address, values: dict[str, Any], editor: User, editor_client: Client, grant: Grant
) -> None:
    give(grant, *Right)
    foreign = one_of_each(create_property("Other", None), editor)
    mixed = {**foreign, IN_PROPERTY: values[IN_PROPERTY], "draft_id": foreign["draft_id"]}
    # A draft that is not there leads back to the list.
    expected = {302, 405} if "draft_id" in address.arguments else {404, 405}
    assert set(answers(editor_client, address, mixed)) <= expected


@each(GUARDED)
def test_looking_changes_nothing(
    address: Address, values: dict[str, Any], admin_client: Client
) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        admin_client.get(address.url(values))
    verbs = {query["sql"].split(" ", 1)[0] for query in queries}
    assert verbs <= {"SELECT", "DECLARE", "SAVEPOINT", "RELEASE"}


@each([*WITH_RIGHTS, *FOR_ADMINISTRATORS])
def test_post_without_its_token_is_refused(
    address: Address, values: dict[str, Any], admin: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    response = client.post(address.url(values))
    assert response.status_code == 403
    assert "403_csrf.html" in {template.name for template in response.templates}


@each(GUARDED)
def test_name_of_a_resource_is_never_markup(
    address: Address, property_: Property, editor: User, admin_client: Client
) -> None:
    evil = "<script>alert(1)</script>"
    Property.objects.filter(pk=property_.pk).update(name=evil)
    property_.refresh_from_db()
    values = one_of_each(property_, editor)
    property_.data_elements.update(name=evil, default_value=evil)
    property_.rules.update(name=evil)
    property_.secrets.update(name=evil)
    property_.libraries.update(name=evil)
    property_.extensions.update(name=evil)
    property_.environments.filter(stage="development").update(name=evil)
    response = admin_client.get(address.url(values), follow=True)
    # A file to download is no page: nothing reads markup in it.
    is_file = response.get("Content-Disposition", "").startswith("attachment")
    assert is_file or evil not in response.content.decode()


# --- Rights -----------------------------------------------------------------------------------


def test_person_without_a_grant_has_no_rights(property_: Property, editor: User) -> None:
    assert rights_of(editor, property_) == frozenset()


def test_grant_gives_its_rights_and_no_others(property_: Property, grant: Grant) -> None:
    give(grant, Right.APPROVE)
    assert rights_of(grant.user, property_) == {"approve"}


def test_rights_on_one_property_are_none_on_another(grant: Grant) -> None:
    give(grant, *Right)
    assert rights_of(grant.user, create_property("Other", None)) == frozenset()


def test_administrator_has_every_right(property_: Property, admin: User) -> None:
    Grant.objects.all().delete()
    assert rights_of(admin, property_) == set(Right.values)


def test_list_shows_a_person_their_properties_only(
    property_: Property, grant: Grant, editor_client: Client
) -> None:
    create_property("Hidden shop", None)
    shown = editor_client.get("/").content.decode()
    assert property_.name in shown
    assert "Hidden shop" not in shown


def test_search_finds_only_what_a_person_may_see(
    property_: Property, grant: Grant, editor: User, editor_client: Client
) -> None:
    hidden = create_property("Hidden shop", None)
    one_of_each(hidden, editor)
    for query in ("Hidden", "A", hidden.public_id, "Rule"):
        assert "Hidden shop" not in editor_client.get("/search/", {"q": query}).content.decode()


def test_refusal_names_the_right_that_is_missing(
    property_: Property, grant: Grant, rf: RequestFactory
) -> None:
    request = rf.post("/")
    request.user = grant.user
    with pytest.raises(PermissionDenied, match="needs the right “Develop” on the property"):
        rules_views.new(request, property_.public_id)


def test_person_who_is_no_longer_active_is_sent_to_sign_in(
    property_: Property, grant: Grant, editor: User, editor_client: Client
) -> None:
    User.objects.filter(pk=editor.pk).update(is_active=False)
    response = editor_client.get(f"/properties/{property_.public_id}/rules/")
    assert response.status_code == 302


def test_change_of_password_ends_the_other_sessions(
    property_: Property, grant: Grant, editor: User, editor_client: Client
) -> None:
    editor.set_password(PASSWORD + "!")
    editor.save()
    assert editor_client.get("/").status_code == 302
