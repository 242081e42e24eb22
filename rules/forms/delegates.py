"""Choosing a type: which delegates the installed extensions offer, and which one was chosen."""

from __future__ import annotations

from typing import Literal, NamedTuple

from django.http import HttpRequest
from django.templatetags.static import static

from extensions import pages, registry
from extensions.contract import Delegate, Package
from rules.models import Property

Kind = Literal["conditions", "actions", "data_elements"]


class PackageChoices(NamedTuple):
    """The delegates that one installed extension offers."""

    package: Package
    icon_url: str
    delegates: tuple[Delegate, ...]


def delegate_choices(property_: Property, kind: Kind) -> list[PackageChoices]:
    """Return what can be chosen, by extension in the catalog's order."""
    installed = set(property_.extensions.filter(enabled=True).values_list("package", flat=True))
    return [
        PackageChoices(package, static(f"extensions/{package.icon}"), getattr(package, kind))
        for package in registry.packages().values()
        if package.id in installed and getattr(package, kind)
    ]


def docs_page(delegate: Delegate | None) -> str:
    """Return the page of the docs about a type; empty while none is chosen."""
    return pages.of_delegate(delegate.id) if delegate else ""


def chosen_delegate(
    request: HttpRequest, property_: Property, kind: Kind, stored: str
) -> Delegate | None:
    """Return the type that was chosen, else the stored one, else the first on offer."""
    asked = request.POST.get("delegate") or request.GET.get("delegate") or stored
    offered = [
        delegate for choice in delegate_choices(property_, kind) for delegate in choice.delegates
    ]
    chosen = next((delegate for delegate in offered if delegate.id == asked), None)
    return chosen or next(iter(offered), None)
