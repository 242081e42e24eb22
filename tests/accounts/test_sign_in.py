"""Signing in and out."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from capi_admin import settings as deployed
from rules.models import Property
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("address", ["editor@shop.example", "EDITOR@shop.example"])
def test_person_signs_in_with_their_address_in_any_case(editor: User, address: str) -> None:
    client = Client()
    response = client.post(reverse("login"), {"username": address, "password": PASSWORD})
    assert response["Location"] == reverse("rules:properties")
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("editor@shop.example", "wrong"),
        ("editor@shop.example", PASSWORD.upper()),
        ("nobody@shop.example", PASSWORD),
        ("gone@shop.example", PASSWORD),
        ("new@shop.example", ""),
        ("editor@shop.example\x00", PASSWORD),
    ],
    ids=["wrong password", "other case", "unknown", "inactive", "no password yet", "NUL"],
)
def test_nobody_signs_in_with_something_wrong(editor: User, address: str, password: str) -> None:
    User.objects.create_user("gone@shop.example", PASSWORD, is_active=False)
    User.objects.create_user("new@shop.example")
    client = Client()
    response = client.post(reverse("login"), {"username": address, "password": password})
    assert response.status_code in {200, 400, 422}
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "address", ["editor@shop.example", "nobody@shop.example", "gone@shop.example"]
)
def test_refusal_does_not_tell_who_exists(editor: User, address: str) -> None:
    User.objects.create_user("gone@shop.example", "another password", is_active=False)
    response = Client().post(reverse("login"), {"username": address, "password": "wrong"})
    [message] = response.context["form"].non_field_errors()
    assert message.startswith("Please enter a correct")
    for word in ("inactive", "exist", "unknown"):
        assert word not in message


def test_password_is_not_shown_again() -> None:
    response = Client().post(
        reverse("login"), {"username": "a@shop.example", "password": "canary-password"}
    )
    assert "canary-password" not in response.content.decode()


def test_sign_in_leads_back_to_where_one_was_going(editor: User) -> None:
    response = Client().post(
        reverse("login"),
        {"username": editor.email, "password": PASSWORD, "next": "/properties/new/"},
    )
    assert response["Location"] == "/properties/new/"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"]
)
def test_sign_in_never_leads_to_another_site(editor: User, back: str) -> None:
    response = Client().post(
        reverse("login"), {"username": editor.email, "password": PASSWORD, "next": back}
    )
    assert response["Location"] == reverse("rules:properties")


def test_session_gets_a_new_key_at_sign_in(editor: User) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = str(planted)
    client.post(reverse("login"), {"username": editor.email, "password": PASSWORD})
    assert is_signed_in(client)
    assert client.session.session_key != planted


def test_who_is_signed_in_is_led_past_the_form(editor_client: Client) -> None:
    assert editor_client.get(reverse("login"))["Location"] == reverse("rules:properties")


def test_signing_out_takes_a_post(property_: Property, editor_client: Client) -> None:
    assert editor_client.get(reverse("logout")).status_code == 405
    assert editor_client.post(reverse("logout"))["Location"] == reverse("login")
    assert not is_signed_in(editor_client)


def test_form_is_protected_against_posts_from_elsewhere(editor: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("login"), {"username": editor.email, "password": PASSWORD})
    assert response.status_code == 403


def test_passwords_are_hashed_with_argon2_in_a_deployment() -> None:
    with override_settings(PASSWORD_HASHERS=deployed.PASSWORD_HASHERS):
        assert hashers.make_password("x").startswith("argon2")
