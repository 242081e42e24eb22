"""The data element picker without JavaScript: what is offered, and where it goes."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from rules.models import Property
from tests.rules.making import META, SECRET, element


@pytest.fixture
def answer(property_: Property, admin_client: Client) -> HttpResponse:
    """The configuration of Meta after the picker of its access token was asked for."""
    element(property_, "Event Type")
    element(property_, "Token", delegate=SECRET, settings={})
    return post(property_, admin_client, pick="accessToken|secret")


def post(property_: Property, client: Client, **values: str) -> HttpResponse:
    url = reverse("rules:install", args=[property_.public_id, META])
    return client.post(url, {"pixelId": "1", **values})


def test_secret_field_offers_secret_data_elements_first_and_warns_of_others(
    answer: HttpResponse,
) -> None:
    html = answer.content.decode().split("<dialog")[0]
    assert 'name="replace"' in html
    assert html.index('value="accessToken|Token"') < html.index('value="accessToken|Event Type"')
    assert "What any other one gives is no secret" in html


def test_dialog_knows_which_data_elements_are_secrets(answer: HttpResponse) -> None:
    offered = answer.context["data_elements"]  # type: ignore[attr-defined]  # the test client's
    assert {row["name"]: row["is_secret"] for row in offered} == {
        "Event Type": False,
        "Token": True,
    }


def test_other_fields_offer_every_data_element(
    property_: Property, admin_client: Client, answer: HttpResponse
) -> None:
    html = post(property_, admin_client, pick="pixelId").content.decode()
    assert 'name="insert"' in html
    assert 'value="pixelId|Event Type"' in html
    assert 'value="pixelId|Token"' in html


def test_picked_secret_takes_the_place_of_what_stood_there(
    property_: Property, admin_client: Client
) -> None:
    values = {"accessToken": "{{Old}}", "replace": "accessToken|Token"}
    html = post(property_, admin_client, **values).content.decode()
    assert 'value="{{Token}}"' in html
    assert "{{Old}}" not in html


def test_field_that_was_picked_for_takes_the_focus(
    property_: Property, admin_client: Client
) -> None:
    response = post(property_, admin_client, insert="pixelId|Event Type")
    [control] = [part for part in response.content.decode().split("<") if 'name="pixelId"' in part]
    assert "autofocus" in control


def test_property_without_a_data_element_says_so(property_: Property, admin_client: Client) -> None:
    html = post(property_, admin_client, pick="accessToken|secret").content.decode()
    assert "This property has no data elements yet." in html.split("<dialog")[0]
