"""The catalog: our own packages, and those that announce themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from extensions import registry
from extensions.contract import Delegate, Package
from extensions.core.constant import CONSTANT
from extensions.core.package import PACKAGE as CORE

GREET = Delegate(
    id="guest::conditions::greet",
    name="Greet",
    schema={"type": "object"},
    summarise=lambda _settings: "greets",
    compile=lambda _settings, _compiler: lambda _scope: True,
)
GUEST = Package(
    id="guest",
    name="Guest",
    publisher="Somebody",
    version="1.0",
    promise="Comes from elsewhere.",
    icon="guest.svg",
    schema={"type": "object"},
    conditions=(GREET,),
)


class AnnouncedPackage:
    """An entry point as an installed distribution would have it."""

    def load(self) -> Package:
        return GUEST


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Another distribution announces a package; gives the groups that were asked for."""
    asked: list[str] = []

    def entry_points(*, group: str) -> list[Any]:
        asked.append(group)
        return [AnnouncedPackage()]

    monkeypatch.setattr(registry, "entry_points", entry_points)
    _forget()
    yield asked
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    registry.packages.cache_clear()
    registry._delegates.cache_clear()


def test_our_packages_come_first() -> None:
    assert [*registry.packages()][:2] == ["core", "facebook_conversions_api_extension"]


def test_core_is_what_every_property_starts_with() -> None:
    assert [package.id for package in registry.packages().values() if package.preinstalled] == [
        "core"
    ]


def test_delegate_is_found_by_its_id() -> None:
    assert registry.delegate("core::dataElements::constant") is CONSTANT


def test_package_is_found_by_an_id_of_its_delegates() -> None:
    assert registry.package_of("core::dataElements::constant") is CORE


@pytest.mark.parametrize("unknown", ["", "core", "core::dataElements::moon", "CORE::x::y"])
def test_unknown_delegate_is_named_in_the_error(unknown: str) -> None:
    with pytest.raises(registry.UnknownDelegate) as caught:
        registry.delegate(unknown)
    assert caught.value.args == (unknown,)


def test_unknown_delegate_has_no_package() -> None:
    with pytest.raises(registry.UnknownDelegate):
        registry.package_of("guest::conditions::greet")


def test_package_of_another_distribution_joins_the_catalog(announced: list[str]) -> None:
    assert registry.packages()["guest"] is GUEST
    assert registry.delegate("guest::conditions::greet") is GREET
    assert announced == ["capi_admin.extensions"]
