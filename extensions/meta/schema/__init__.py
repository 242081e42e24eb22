"""How the settings look: JSON Schemas with UI hints, from which forms and docs are made.

One module for each group of fields; the order of the form is decided here.
"""

from __future__ import annotations

from extensions.contract import JSON, Settings
from extensions.meta.schema import (
    app_data,
    automatic,
    commerce,
    configuration,
    customer,
    overrides,
    privacy,
    related,
    server_event,
    test_event,
)
from extensions.meta.schema.parts import DIALECT

__all__ = ["ACTION", "CONFIGURATION"]

CONFIGURATION: Settings = {
    "$schema": DIALECT,
    "type": "object",
    "properties": configuration.FIELDS,
    "ui": {"sections": configuration.SECTIONS},
    "additionalProperties": False,
}

_GROUPS = (
    server_event,
    privacy,
    customer,
    commerce,
    app_data,
    related,
    automatic,
    test_event,
    overrides,
)


def _together(name: str) -> dict[str, JSON]:
    return {key: value for group in _GROUPS for key, value in getattr(group, name).items()}


ACTION: Settings = {
    "$schema": DIALECT,
    "type": "object",
    "properties": _together("FIELDS"),
    "ui": {
        "sections": _together("SECTIONS"),
        "example": {
            "actionSource": "website",
            "eventName": "Purchase",
            "eventSourceUrl": "{{Page URL}}",
            "eventId": "{{Order ID}}",
            "email": "{{Email}}",
            "customData": {"value": "{{Order Total}}", "currency": "EUR"},
        },
    },
    "additionalProperties": False,
}
