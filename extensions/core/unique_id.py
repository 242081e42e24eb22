"""Data element: a UUID made from the event or from a value.

Source: RFC 9562, version 5 (SHA-1 of a namespace and a name). The namespace is our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid5

from extensions.contract import Compiler, Delegate, Problem, Resolver, Scope, Settings
from extensions.core.texts import as_text, encodable, named
from extensions.tokens import whole_token

_NAMESPACE = UUID("362f2e76-3afb-5c18-abb7-ff2e7b954fae")
_EVENT, _ELEMENT = "event", "element"


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives a UUID in its usual form."""
    name = settings.get("name", "")
    if settings.get("source", _EVENT) == _EVENT:
        return lambda scope: _uuid(_EVENT, name, scope.event_id)
    value = compiler.value(settings["value"])

    def resolve(scope: Scope) -> str | None:
        text = as_text(value(scope))
        return _uuid(_ELEMENT, name, text) if text else None

    return resolve


def _uuid(source: str, name: str, key: str) -> str:
    return str(uuid5(_NAMESPACE, encodable(f"{source}\0{name}\0{key}")))


def check(settings: Settings) -> Iterator[Problem]:
    """Find a data element that is asked for and missing."""
    if settings.get("source") == _ELEMENT and whole_token(settings.get("value")) is None:
        yield Problem("value", "Please specify a data element.")


def summarise(settings: Settings) -> str:
    """Say what the UUID is made from."""
    if settings.get("source", _EVENT) == _EVENT:
        return "a UUID of the event"
    return f"a UUID of {named(settings.get('value'))}"


UNIQUE_ID = Delegate(
    id="core::dataElements::uuid",
    name="UUID",
    description=(
        "A UUID that is made and not drawn: the same event, or the same value, always has the "
        "same one."
    ),
    schema={
        "type": "object",
        "properties": {
            "source": {
                "type": "string",
                "title": "Make it from",
                "enum": [_EVENT, _ELEMENT],
                "default": _EVENT,
                "ui": {
                    "widget": "select",
                    "options": [[_EVENT, "The event"], [_ELEMENT, "A data element"]],
                },
            },
            "value": {
                "type": "string",
                "title": "Data Element",
                "ui": {
                    "placeholder": "{{Order Number}}",
                    "show_if": {"field": "source", "in": [_ELEMENT]},
                    "required_if": {"field": "source", "in": [_ELEMENT]},
                },
            },
            "name": {
                "type": "string",
                "title": "Name",
                "description": "Elements with another name here give another UUID.",
                "ui": {"picker": False, "placeholder": "refund"},
            },
        },
        "additionalProperties": False,
        "ui": {"example": {"source": _ELEMENT, "value": "{{Order Number}}", "name": "refund"}},
    },
    summarise=summarise,
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
)
