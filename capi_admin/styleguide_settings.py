"""A made-up schema with every control a package may ask for, and forms in their states."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict

from extensions.contract import Delegate, Settings
from rules.forms.revisiting import changed, is_revisit
from rules.forms.settings import SettingsForm
from rules.models import Property

_PURCHASE = {"field": "event", "in": ["Purchase"]}
_APP = {"field": "source", "in": ["app"]}

SCHEMA: Settings = {
    "type": "object",
    "ui": {
        "sections": {
            "Event": {
                "help": "Choose Purchase or App, and see which fields come and go.",
                "help_url": "https://developers.facebook.com/docs",
                "help_label": "Server event parameters",
            },
            "App": {"matters_if": _APP},
            "Rarely needed": {"collapsed": True},
        }
    },
    "properties": {
        "event": {
            "type": "string",
            "title": "Event Name",
            "ui": {
                "widget": "combo",
                "section": "Event",
                "required": True,
                "options": [["Purchase", "Purchase"], ["Lead", "Lead"]],
            },
        },
        "source": {
            "type": "string",
            "title": "Action Source",
            "default": "website",
            "ui": {
                "widget": "select",
                "section": "Event",
                "options": [["website", "Website"], ["app", "App"], ["email", "E-mail"]],
            },
        },
        "url": {
            "type": "string",
            "title": "Event Source URL",
            "description": "The address of the page.",
            "ui": {
                "section": "Event",
                "matters_if": {"field": "source", "in": ["website"]},
                "required_if": {"field": "source", "in": ["website"]},
            },
        },
        "left": {
            "type": "string",
            "title": "Left Operand",
            "description": "Picking another data element replaces this one.",
            "ui": {"section": "Event", "single": True},
        },
        "key": {
            "type": "string",
            "title": "Access Key",
            "description": "The picker offers only Secret data elements.",
            "ui": {"section": "Event", "widget": "secret", "further": True},
        },
        "limited": {
            "type": ["boolean", "string"],
            "title": "Limited Data Use",
            "ui": {
                "widget": "switch",
                "section": "Event",
                "options": [[False, "Off"], [True, "Always"], ["", "By a data element"]],
            },
        },
        "country": {
            "type": "string",
            "title": "Country",
            "description": "Shown unless Limited Data Use is off.",
            "ui": {"section": "Event", "show_if": {"field": "limited", "in": [True]}},
        },
        "automatic": {
            "type": "boolean",
            "title": "Fill the time automatically",
            "default": True,
            "ui": {"section": "Event"},
        },
        "mail": {
            "type": ["string", "array"],
            "title": "E-mail",
            "description": "Several values are sent as a list.",
            "ui": {"widget": "list", "section": "Customer", "hashed": True},
        },
        "phone": {
            "type": ["string", "array"],
            "title": "Phone",
            "ui": {"widget": "list", "section": "Customer", "placeholder": "+1 650 555 0100"},
        },
        "data": {
            "type": ["object", "string"],
            "title": "Data",
            "description": "A key may be a path, such as items[0].id. Empty rows are left out.",
            "ui": {
                "widget": "object",
                "section": "Custom Data",
                "keys": [
                    {
                        "key": "currency",
                        "title": "Three letters, such as EUR",
                        "options": [["EUR", "Euro"], ["USD", "US dollar"]],
                        "matters_if": _PURCHASE,
                        "required_if": _PURCHASE,
                    },
                    {
                        "key": "value",
                        "title": "What the order is worth",
                        "type": "number",
                        "matters_if": _PURCHASE,
                        "required_if": _PURCHASE,
                    },
                    {
                        "key": "content_ids",
                        "type": "list",
                        "matters_if": {"field": "event", "in": []},
                    },
                ],
            },
        },
        "items": {
            "type": "array",
            "title": "Contents",
            "description": "What was bought, one row for each product.",
            "ui": {
                "widget": "rows",
                "section": "Custom Data",
                "columns": [
                    {"key": "id", "title": "ID", "required": True, "placeholder": "SKU-1"},
                    {"key": "quantity", "title": "Quantity", "type": "number"},
                    {"key": "item_price", "title": "Item price", "type": "number"},
                ],
            },
        },
        "subject": {
            "type": "string",
            "title": "Subject",
            "ui": {"section": "Message", "matters_if": {"field": "source", "in": ["email"]}},
        },
        "appName": {"type": "string", "title": "App Name", "ui": {"section": "App"}},
        "raw": {
            "type": ["object", "string"],
            "title": "Attribution Data",
            "ui": {"widget": "object", "section": "Rarely needed"},
        },
    },
}  # fmt: skip

_STORED: Settings = {
    "event": "Lead",
    "left": "{{Event Type}}",
    "mail": ["{{Email}}", "{{Second Email}}"],
    "data": {"order": "{{Order ID}}", "list": ["a", 1], "gift": True, "address": {"city": "Ulm"}},
    "items": [{"id": "SKU-1", "quantity": 2, "item_price": "{{Price}}"}],
    "raw": {"note": None},
}  # fmt: skip
_REFUSED = QueryDict(
    "event=Purchase&source=website&limited=&limited[token]=no+token"
    "&data[0].key=value&data[0].type=number&data[0].value=9,5"
    "&data[1].key=a..b&data[1].type=text&data[1].value=x"
    "&items[0].id=SKU-1&items[0].quantity=many"
    "&raw[view]=raw&raw=%7B%22a%22%3A+1%2C%0A%22b%22+2%7D"
)


def generated_forms(request: HttpRequest) -> dict[str, Any]:
    """Return a filled form, which its small buttons bring back, and a refused one."""
    posted = request.POST if is_revisit(request.POST) else None
    data = changed(posted) if posted else None
    refused = SettingsForm(_DELEGATE, Property(), {}, _REFUSED, auto_id="refused_%s")
    return {
        "generated": SettingsForm(_DELEGATE, Property(), _STORED, data, revisit=data is not None),
        "generated_refused": refused,
    }


_DELEGATE = Delegate(
    id="guide::actions::everything",
    name="Every control",
    schema=SCHEMA,
    summarise=lambda _settings: "",
    compile=lambda _settings, _compiler: None,
)
