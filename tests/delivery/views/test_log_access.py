"""Who may look at the log."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Grant
from rules.models import Property
from rules.provisioning import create_property
from tests.delivery.views.conftest import Maker


@pytest.fixture(params=["log", "event", "overview"])
def url(request: pytest.FixtureRequest, make: Maker, property_: Property, log_url: str) -> str:
    """The address of each screen."""
    return {
        "log": log_url,
        "event": make.event().get_absolute_url(),
        "overview": f"/properties/{property_.public_id}/",
    }[request.param]


def test_visitor_who_is_not_signed_in_is_sent_to_sign_in(client: Client, url: str) -> None:
    response = client.get(url)

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_person_without_a_grant_does_not_learn_that_the_page_exists(
    editor_client: Client, url: str
) -> None:
    assert editor_client.get(url).status_code == 404


@pytest.mark.usefixtures("grant")
def test_person_with_a_grant_without_rights_may_look(editor_client: Client, url: str) -> None:
    assert editor_client.get(url).status_code == 200


def test_page_takes_no_posts(admin_client: Client, url: str) -> None:
    assert admin_client.post(url).status_code in {403, 405}


def test_event_of_another_property_is_not_found(
    admin_client: Client, make: Maker, grant: Grant
) -> None:
    other = create_property("Other shop", grant.user)

    url = make.event().get_absolute_url().replace(make.property.public_id, other.public_id)

    assert admin_client.get(url).status_code == 404


def test_event_of_another_property_is_not_listed(
    admin_client: Client, make: Maker, grant: Grant, log_url: str
) -> None:
    Maker(create_property("Other shop", grant.user)).event(name="elsewhere")
    make.event(name="here")

    page = admin_client.get(log_url).content.decode()

    assert "here" in page
    assert "elsewhere" not in page


def test_event_of_another_property_is_not_found_by_its_id(
    admin_client: Client, make: Maker, grant: Grant, log_url: str
) -> None:
    elsewhere = Maker(create_property("Other shop", grant.user)).event()
    make.event()

    page = admin_client.get(log_url, {"id": elsewhere.id.hex}).content.decode()

    assert "No event matches" in page
