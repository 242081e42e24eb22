"""How the settings look: JSON Schemas with UI hints, from which forms and docs are made."""

from __future__ import annotations

from extensions.contract import JSON, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.fields import USER_FIELDS, UserField

# Required settings are marked by ``ui.required`` and not by the schema: what is missing is said
# by the checks of this package, in the original's words.
_DIALECT = "https://json-schema.org/draft/2020-12/schema"

SERVER_EVENT = "Server Event Parameters"
CUSTOMER = "Customer Information Parameters"
CUSTOM_DATA = "Custom Data"
TEST_EVENT = "Test Event"

CONFIGURATION: Settings = {
    "$schema": _DIALECT,
    "type": "object",
    "properties": {
        "pixelId": {
            "type": "string",
            "title": "Pixel ID",
            "description": "The number of your pixel, also called dataset, in Events Manager.",
            "ui": {
                "section": "Settings",
                "required": True,
                "placeholder": "1234567890123456",
                "help_url": meta.DOCS_PIXEL_ID,
                "help_label": "Where to find the Pixel ID",
            },
        },
        "accessToken": {
            "type": "string",
            "title": "Access Token",
            "description": "A token of a Meta System User, or one generated in Events Manager.",
            "ui": {
                "widget": "secret",
                "required": True,
                "section": "Settings",
                "help_url": meta.DOCS_ACCESS_TOKEN,
                "help_label": "How to generate an access token",
            },
        },
        "defaultCountry": {
            "type": "string",
            "title": "Default Country",
            "description": (
                "Completes telephone numbers that come without a country code. Two letters, "
                "such as US. Without it such numbers are left out."
            ),
            "ui": {"section": "Settings", "picker": False, "placeholder": "US"},
        },
        "apiVersion": {
            "type": "string",
            "title": "API Version",
            "description": f"The version of Meta's API. Empty means {meta.DEFAULT_API_VERSION}.",
            "ui": {
                "section": "Settings",
                "picker": False,
                "placeholder": meta.DEFAULT_API_VERSION,
                "help_url": meta.DOCS_VERSIONS,
                "help_label": "Versions and how long they last",
            },
        },
    },
    "additionalProperties": False,
}

_SERVER_EVENT: dict[str, JSON] = {
    "actionSource": {
        "type": "string",
        "title": "Action Source",
        "description": "Where the conversion happened.",
        "ui": {
            "widget": "combo",
            "required": True,
            "section": SERVER_EVENT,
            "options": [[value, label] for value, label in meta.ACTION_SOURCES],
            "help_url": meta.DOCS_SERVER_EVENT,
            "help_label": "Server event parameters",
        },
    },
    "eventName": {
        "type": "string",
        "title": "Event Name",
        "description": "A standard event, or any name of your own. Upper and lower case matter.",
        "ui": {
            "widget": "combo",
            "required": True,
            "section": SERVER_EVENT,
            "options": [[name, name] for name in meta.STANDARD_EVENTS],
            "help_url": meta.DOCS_STANDARD_EVENTS,
            "help_label": "Standard events",
        },
    },
    "eventTime": {
        "type": ["string", "number"],
        "title": "Event Time",
        "description": (
            "Unix seconds, or a date and time with its zone. Empty means the time the event "
            "carries, or else when it was received. Meta takes events of the last 7 days."
        ),
        "ui": {"widget": "text", "section": SERVER_EVENT},
    },
    "eventSourceUrl": {
        "type": "string",
        "title": "Event Source URL",
        "description": "The address of the page. Required for website events.",
        "ui": {"section": SERVER_EVENT, "placeholder": "https://www.example.com/checkout"},
    },
    "eventId": {
        "type": "string",
        "title": "Event ID",
        "description": (
            "The same id that the pixel sends with this event. Meta then counts the two as one, "
            "if both arrive within 48 hours."
        ),
        "ui": {
            "section": SERVER_EVENT,
            "help_url": meta.DOCS_DEDUPLICATION,
            "help_label": "How Meta finds duplicates",
        },
    },
    "optOut": {
        "type": ["string", "boolean"],
        "title": "Opt Out",
        "description": "true: Meta uses the event for attribution only, not to improve delivery.",
        "ui": {"widget": "text", "section": SERVER_EVENT},
    },
    "lduEnabled": {
        "type": "boolean",
        "title": "Enable Limited Data Use",
        "description": "Meta finds the visitor's country and state, and limits what it may do.",
        "default": False,
        "ui": {
            "widget": "checkbox",
            "section": SERVER_EVENT,
            "help_url": meta.DOCS_LIMITED_DATA_USE,
            "help_label": "Limited Data Use and data processing options",
        },
    },
}

_CUSTOM_DATA: dict[str, JSON] = {
    "customData": {
        "type": ["object", "string"],
        "title": "Data",
        "description": (
            "A JSON object, or one data element that gives one. A Purchase needs the keys "
            '"currency" and "value".'
        ),
        "ui": {
            "widget": "json",
            "section": CUSTOM_DATA,
            "placeholder": '{"currency": "EUR", "value": "{{Order Value}}"}',
            "help_url": meta.DOCS_CUSTOM_DATA,
            "help_label": "Custom data parameters",
        },
    },
}

_TEST_EVENT: dict[str, JSON] = {
    "isTestEvent": {
        "type": "boolean",
        "title": "Send as Test Event",
        "description": (
            "Shows the event under Test Events in Events Manager. Meta still counts it, so "
            "switch this off when you are done."
        ),
        "default": False,
        "ui": {
            "widget": "checkbox",
            "section": TEST_EVENT,
            "help_url": meta.DOCS_TEST_EVENTS,
            "help_label": "The Test Events tool",
        },
    },
    "testEventCode": {
        "type": "string",
        "title": "Test Event Code",
        "description": "The code that Events Manager shows under Test Events.",
        "ui": {
            "section": TEST_EVENT,
            "placeholder": "TEST12345",
            "show_if": {"field": "isTestEvent", "in": [True]},
        },
    },
}


def _user_field(field: UserField) -> dict[str, JSON]:
    ui: dict[str, JSON] = {
        "section": CUSTOMER,
        "hashed": field.is_hashed,
        "placeholder": field.placeholder,
        "help_url": field.help_url,
        "help_label": f"About {field.key}",
    }
    return {
        "type": "string",
        "title": field.label,
        "description": field.help,
        "ui": {hint: value for hint, value in ui.items() if value},
    }


ACTION: Settings = {
    "$schema": _DIALECT,
    "type": "object",
    "properties": (
        _SERVER_EVENT
        | {field.setting: _user_field(field) for field in USER_FIELDS}
        | _CUSTOM_DATA
        | _TEST_EVENT
    ),
    "additionalProperties": False,
}
