"""The guest package stands in the catalog for the tests of the engine, and for them only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rules.engine import making


@pytest.fixture(autouse=True, scope="package")
def guest_package() -> Iterator[None]:
    """Announce the package as another distribution would."""
    with making.guest_in_the_catalog():
        yield


@pytest.fixture(autouse=True)
def no_calls() -> None:
    """Count from nothing in every test."""
    making.CALLS.clear()
