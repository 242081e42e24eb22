"""What every test of the authoring room has: a hasher that costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True, scope="package")
def cheap_passwords() -> Iterator[None]:
    """Argon2 is slow on purpose, and no test here is about passwords."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield
