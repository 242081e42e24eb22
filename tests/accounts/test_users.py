"""People: how they are made, found and signed in; an address means one person in any case."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ANY_CASE = ["editor@shop.example", "Editor@Shop.Example", "EDITOR@SHOP.EXAMPLE"]


def test_person_is_nobody_special(editor: User) -> None:
    assert (editor.is_superuser, editor.is_active) == (False, True)


def test_administrator_is_a_superuser(admin: User) -> None:
    assert admin.is_superuser


def test_password_is_kept_as_a_hash(editor: User) -> None:
    assert PASSWORD not in editor.password
    assert editor.check_password(PASSWORD)


def test_person_without_a_password_cannot_sign_in() -> None:
    made = User.objects.create_user("new@shop.example")
    assert not made.has_usable_password()
    assert authenticate(username="new@shop.example", password="") is None


def test_domain_is_kept_in_small_letters() -> None:
    assert User.objects.create_user("Ada.L@Shop.Example").email == "Ada.L@shop.example"


@pytest.mark.parametrize("address", ANY_CASE)
def test_person_is_found_in_any_case(editor: User, address: str) -> None:
    assert User.objects.get_by_natural_key(address) == editor


@pytest.mark.parametrize(
    "address", ["", None, "other@shop.example", "%", "editor%", "e_itor@shop.example"]
)
def test_other_address_is_nobody(editor: User, address: str | None) -> None:
    with pytest.raises(User.DoesNotExist):
        User.objects.get_by_natural_key(address)


@pytest.mark.parametrize("address", ANY_CASE)
def test_database_refuses_one_address_twice_in_any_case(editor: User, address: str) -> None:
    with pytest.raises(IntegrityError, match=r"user_email"), transaction.atomic():
        User.objects.create_user(address)


@pytest.mark.parametrize(("name", "shown"), [("Ada", "Ada"), ("", "ada@shop.example")])
def test_person_is_called_by_name_or_else_by_address(name: str, shown: str) -> None:
    assert str(User(email="ada@shop.example", name=name)) == shown
