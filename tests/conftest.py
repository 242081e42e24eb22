"""What tests of several rooms need: people, a property, signed-in clients."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Grant, Right, User
from rules.models import Property
from rules.provisioning import create_property

PASSWORD = "correct horse battery staple"


def pytest_configure() -> None:
    """Hash quickly: tests make many people, and none of them needs protection."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def admin(db: None) -> User:
    """An administrator."""
    return User.objects.create_superuser("admin@shop.example", PASSWORD, name="Ada Admin")


@pytest.fixture
def editor(db: None) -> User:
    """A person without any right yet."""
    return User.objects.create_user("editor@shop.example", PASSWORD, name="Edi Editor")


@pytest.fixture
def property_(admin: User) -> Property:
    """A property as New Property makes it."""
    return create_property("Shop", admin)


@pytest.fixture
def admin_client(admin: User) -> Client:
    """A browser signed in as the administrator."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def editor_client(editor: User) -> Client:
    """A browser signed in as the person without rights."""
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def grant(editor: User, property_: Property) -> Grant:
    """The editor may look at the property; a test adds rights as it needs them."""
    return Grant.objects.create(user=editor, property=property_, rights=[])


def give(grant: Grant, *rights: Right) -> None:
    """Give the rights named, and no others."""
    grant.rights = list(rights)
    grant.save()
