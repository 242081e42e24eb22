"""A NUL character is a bad request, wherever it stands: never an error of ours."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from rules.models import Property


def test_in_an_address(admin_client: Client) -> None:
    assert admin_client.get("/search/?q=%00").status_code == 400


@pytest.mark.parametrize("name", ["name", "save\0"])
def test_in_a_form(admin_client: Client, property_: Property, name: str) -> None:
    address = reverse("rules:new_rule", args=[property_.public_id])
    assert admin_client.post(address, {name: "a\0b"}).status_code == 400


def test_other_text_passes(admin_client: Client) -> None:
    assert admin_client.get("/search/?q=%01%F0%9F%98%80").status_code == 200
