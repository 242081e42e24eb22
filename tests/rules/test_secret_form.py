"""The secret's form: a token goes in, and none ever comes out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from rules.models import Property, Secret

TOKEN = "a-token-that-nobody-may-see-4711"


@pytest.fixture
def fields(property_: Property) -> dict[str, str]:
    environment = property_.environments.get(stage="development")
    return {"name": "Token", "environment": str(environment.pk), "kind": "token", "value": TOKEN}


def test_a_token_is_kept_sealed(
    admin_client: Client, property_: Property, fields: dict[str, str]
) -> None:
    admin_client.post(reverse("rules:new_secret", args=[property_.public_id]), fields)
    assert Secret.objects.get().open() == TOKEN


def test_a_refused_new_secret_does_not_show_its_token(
    admin_client: Client, property_: Property, fields: dict[str, str]
) -> None:
    url = reverse("rules:new_secret", args=[property_.public_id])
    page = admin_client.post(url, {**fields, "name": ""})
    assert page.status_code == 422
    assert TOKEN not in page.content.decode()
    assert "enter the token again" in page.content.decode()


def test_a_refused_change_of_a_secret_does_not_show_its_token(
    admin_client: Client, property_: Property, fields: dict[str, str]
) -> None:
    admin_client.post(reverse("rules:new_secret", args=[property_.public_id]), fields)
    url = reverse("rules:secret", args=[property_.public_id, Secret.objects.get().public_id])
    page = admin_client.post(url, {**fields, "name": "", "value": f"another-{TOKEN}"})
    assert page.status_code == 422
    assert TOKEN not in page.content.decode()


def test_a_refused_rename_does_not_ask_for_the_token(
    admin_client: Client, property_: Property, fields: dict[str, str]
) -> None:
    admin_client.post(reverse("rules:new_secret", args=[property_.public_id]), fields)
    url = reverse("rules:secret", args=[property_.public_id, Secret.objects.get().public_id])
    page = admin_client.post(url, {**fields, "name": "", "value": ""})
    assert "enter the token again" not in page.content.decode()


@pytest.mark.parametrize("value", ["Bearer EAAB", "EAAB\u200b1", "EAABÄ"])
def test_text_that_can_be_no_token_is_refused(
    admin_client: Client, property_: Property, fields: dict[str, str], value: str
) -> None:
    url = reverse("rules:new_secret", args=[property_.public_id])
    page = admin_client.post(url, {**fields, "value": value})
    assert page.context["form"].errors["value"][0].startswith("A token has ")
    assert not Secret.objects.exists()
