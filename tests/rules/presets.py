"""An action with presets, in a package that stands in the catalog for these tests only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from extensions import registry
from extensions.contract import Delegate, Package, Preset, Refused, Settings
from rules.models import Property
from rules.provisioning import install
from tests.rules.making import CONSTANT, PATH

PACKAGE_ID = "parcel_post"
ACTION_ID = f"{PACKAGE_ID}::actions::send"


def _text(title: str, section: str, **ui: Any) -> Settings:
    return {"type": "string", "title": title, "ui": {"section": section, **ui}}


SCHEMA: Settings = {
    "type": "object",
    "properties": {
        "event": _text("Event", "Parcel", error="Please specify an event."),
        "value": _text("Value", "Parcel"),
        "note": _text("Note", "Parcel", widget="textarea"),
        "data": {
            "type": ["object", "string"],
            "title": "Data",
            "ui": {
                "widget": "object",
                "section": "Contents",
                "keys": [{"key": "order", "title": "Order"}, {"key": "paid"}],
            },
        },
        "items": {
            "type": "object",
            "properties": {"list": _text("List", "Contents"), "id": _text("ID", "Contents")},
            "additionalProperties": False,
        },
        "token": _text("Token", "Parcel", widget="secret"),
    },
    "required": ["event"],
    "additionalProperties": False,
}

ELEMENTS: dict[str, Settings] = {
    "Shop order": {"delegate": CONSTANT, "settings": {"value": "{{Shop value}} EUR"}},
    "Shop value": {"delegate": PATH, "settings": {"path": "xdm.value"}},
    "Shop items": {"delegate": PATH, "settings": {"path": "xdm.items"}},
    "Shop lead": {"delegate": PATH, "settings": {"path": "data.lead"}},
}


def _fill(current: Settings) -> Settings:
    if current.get("event") == "Lead":
        return {"value": "{{Shop lead}}"}
    return {
        "event": "Purchase",
        "value": "{{Shop value}}",
        "data": {"order": "{{Shop order}}", "paid": True},
        "items": {"list": "{{Shop items}}", "id": "sku"},
    }


SHOP = Preset(
    id="shop",
    name="Shop events",
    description="Orders as the shop sends them.",
    elements=ELEMENTS,
    fill=_fill,
    docs_url="https://shop.example/events",
)
CARRIER = Preset(
    id="carrier",
    name="Carrier",
    description="One field.",
    elements={"Weight": {"delegate": PATH, "settings": {"path": "data.weight"}}},
    fill=lambda _current: {"note": "{{Weight}} kg"},
)
ACTION = Delegate(
    id=ACTION_ID,
    name="Send Parcel",
    schema=SCHEMA,
    summarise=lambda settings: str(settings.get("event", "")),
    compile=lambda _settings, _compiler: lambda _scope: Refused("never", "Never sent."),
    mark=lambda settings: "Test parcel" if settings.get("note") == "test" else "",
    presets=(SHOP, CARRIER),
)
PACKAGE = Package(
    id=PACKAGE_ID,
    name="Parcel Post",
    publisher="Tests",
    version="1.0.0",
    promise="Sends parcels.",
    icon="core.svg",
    schema={"type": "object", "properties": {}},
    actions=(ACTION,),
)


class _Announced:
    def load(self) -> Package:
        return PACKAGE


@contextmanager
def announced() -> Iterator[None]:
    """Announce the package as another distribution would."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "entry_points", lambda group: [_Announced()])
        _forget()
        yield
    _forget()


def installed(property_: Property) -> Property:
    install(property_, PACKAGE, None)
    return property_


def _forget() -> None:
    registry.packages.cache_clear()
    registry._delegates.cache_clear()
