"""The guest package stands in the catalog for the tests of the engine, and for them only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from extensions import registry
from tests.rules.engine import making


class _Announced:
    def load(self) -> object:
        return making.GUEST


@pytest.fixture(autouse=True, scope="package")
def guest_package() -> Iterator[None]:
    """Announce the package as another distribution would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "entry_points", lambda group: [_Announced()])
        _forget()
        yield
    _forget()


@pytest.fixture(autouse=True)
def no_calls() -> None:
    """Count from nothing in every test."""
    making.CALLS.clear()


def _forget() -> None:
    registry.packages.cache_clear()
    registry._delegates.cache_clear()
