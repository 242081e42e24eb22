"""The catalog: every package that can be installed, found by id.

Our own packages are listed here; others announce themselves by the entry point group
``capi_admin.extensions``, each naming a `Package` object.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points

from extensions.cloud_connector.package import PACKAGE as CLOUD_CONNECTOR
from extensions.contract import Delegate, Package
from extensions.core.package import PACKAGE as CORE
from extensions.meta.package import PACKAGE as META

ENTRY_POINT_GROUP = "capi_admin.extensions"


class UnknownDelegate(LookupError):
    """No package offers a delegate of this id."""


@cache
def packages() -> dict[str, Package]:
    """Every package by id, our own first."""
    found: Iterable[Package] = (entry.load() for entry in entry_points(group=ENTRY_POINT_GROUP))
    return {package.id: package for package in (CORE, META, CLOUD_CONNECTOR, *found)}


@cache
def _delegates() -> dict[str, tuple[Package, Delegate]]:
    return {
        delegate.id: (package, delegate)
        for package in packages().values()
        for delegate in package.delegates()
    }


def delegate(delegate_id: str) -> Delegate:
    """Return the delegate of that id.

    Raises:
        UnknownDelegate: no installed package offers it.
    """
    return _entry(delegate_id)[1]


def package_of(delegate_id: str) -> Package:
    """Return the package that offers the delegate of that id.

    Raises:
        UnknownDelegate: no installed package offers it.
    """
    return _entry(delegate_id)[0]


def _entry(delegate_id: str) -> tuple[Package, Delegate]:
    try:
        return _delegates()[delegate_id]
    except KeyError:
        raise UnknownDelegate(delegate_id) from None
