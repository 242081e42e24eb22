"""A visitor whose session is over is sent to sign in, however the page asks."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_page_leads_to_the_sign_in_page_and_back() -> None:
    response = Client().get("/search/?q=x")
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/search/%3Fq%3Dx"


def test_a_swap_loads_the_page_anew_instead_of_showing_a_form_in_it() -> None:
    response = Client().get("/", headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    assert response.content == b""
