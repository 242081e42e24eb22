"""The form of a call."""

from __future__ import annotations

from typing import Any

from extensions.cloud_connector.body import AS_JSON, RAW
from extensions.contract import Settings

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MOST_ROWS = 100
LONGEST_BODY = 65_536  # characters
_WITH_BODY: dict[str, Any] = {
    "field": "method",
    "in": [method for method in METHODS if method != "GET"],
}


def _rows(
    title: str, key: str, value: str, noun: str, description: str, *, takes_secrets: bool = False
) -> Settings:
    return {
        "type": "array",
        "maxItems": MOST_ROWS,
        "items": {
            "type": "object",
            "properties": {
                "key": {"type": "string", "minLength": 1, "pattern": r"\S"},
                "value": {"type": "string"},
            },
            "required": ["key"],
            "additionalProperties": False,
        },
        "title": title,
        "description": description,
        "ui": {
            "widget": "rows",
            "section": title,
            "secrets": takes_secrets,
            "columns": [
                {
                    "key": "key",
                    "title": "Name",
                    "type": "text",
                    "required": True,
                    "placeholder": key,
                },
                {"key": "value", "title": "Value", "type": "text", "placeholder": value},
            ],
            "error": f"Please give each {noun} a name, and enter at most {MOST_ROWS}.",
        },
    }


ACTION: Settings = {
    "type": "object",
    "properties": {
        "method": {
            "type": "string",
            "enum": list(METHODS),
            "default": "GET",
            "title": "Method",
            "ui": {"widget": "select", "options": [[method, method] for method in METHODS]},
        },
        "url": {
            "type": "string",
            "minLength": 1,
            "pattern": r"\S",
            "title": "URL",
            "description": (
                "Begins with https://. What a data element puts behind the host is "
                "percent-encoded. No secret may stand here, nor anywhere in a call whose host "
                "a data element names."
            ),
            "ui": {
                "secrets": False,
                "placeholder": "https://api.example.com/orders",
                "error": "Please specify a URL.",
            },
        },
        "queryParams": _rows(
            "Query Params",
            "orderId",
            "{{Order ID}}",
            "parameter",
            "Added to the URL. One whose value is missing is left out.",
        ),
        "headers": _rows(
            "Headers",
            "Authorization",
            "Bearer {{API Key}}",
            "header",
            "A data element of the type Secret may stand here, alone or in a text. A header whose "
            "value is missing is left out.",
            takes_secrets=True,
        ),
        "bodyType": {
            "type": "string",
            "enum": [RAW, AS_JSON],
            "default": RAW,
            "title": "Format",
            "ui": {
                "widget": "select",
                "section": "Body",
                "options": [[RAW, "Raw"], [AS_JSON, "JSON"]],
                "show_if": _WITH_BODY,
            },
        },
        "body": {
            "type": "string",
            "maxLength": LONGEST_BODY,
            "title": "Body (Raw)",
            "description": (
                "Sent if the format is Raw, as it stands here. Name its kind in the header "
                "Content-Type."
            ),
            "ui": {
                "widget": "textarea",
                "section": "Body",
                "show_if": [_WITH_BODY, {"field": "bodyType", "in": [RAW]}],
            },
        },
        "bodyJson": {
            "type": ["object", "string"],
            "title": "Body (JSON)",
            "description": (
                "Sent if the format is JSON, as application/json unless a header says otherwise. "
                'A data element stands in quotes, as in {"total": "{{Total}}"}: alone there, its '
                "value keeps its type."
            ),
            "ui": {
                "widget": "json",
                "section": "Body",
                "placeholder": '{"orderId": "{{Order ID}}"}',
                "show_if": [_WITH_BODY, {"field": "bodyType", "in": [AS_JSON]}],
                "error": "Please enter JSON.",
            },
        },
        "saveResponse": {
            "type": "boolean",
            "title": "Save the request response",
            "description": "For later actions of the rule. They wait for the answer.",
            "ui": {"widget": "checkbox", "section": "Advanced"},
        },
        "responseKey": {
            "type": "string",
            "maxLength": 100,
            "title": "Response key",
            "description": (
                "The actions after this one find the text of the answer at "
                "arc.ruleStash.adobe-cloud-connector.responses, under this name, and its status, "
                "headers and JSON body at arc.ruleStash.adobe-cloud-connector.results."
            ),
            "ui": {
                "picker": False,
                "section": "Advanced",
                "placeholder": "order",
                "show_if": {"field": "saveResponse", "in": [True]},
                "required_if": {"field": "saveResponse", "in": [True]},
            },
        },
    },
    "required": ["url"],
    "additionalProperties": False,
    "ui": {
        "sections": {"Body": {"show_if": _WITH_BODY}},
        "example": {
            "method": "POST",
            "url": "https://api.example.com/orders",
            "headers": [{"key": "Authorization", "value": "Bearer {{API Key}}"}],
            "bodyType": AS_JSON,
            "bodyJson": {"orderId": "{{Order ID}}"},
            "saveResponse": True,
            "responseKey": "order",
        },
    },
}

CONFIGURATION: Settings = {"type": "object", "properties": {}, "additionalProperties": False}
