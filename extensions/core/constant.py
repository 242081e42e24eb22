"""Data element: the same value for every event."""

from __future__ import annotations

from extensions.contract import Delegate, Resolver, Settings


def compile_element(settings: Settings, _compiler: object) -> Resolver:
    """Compile to a callable that gives the constant."""
    value = settings["value"]
    return lambda _scope: value


CONSTANT = Delegate(
    id="core::dataElements::constant",
    name="Constant",
    description="The same text for every event.",
    schema={
        "type": "object",
        "properties": {
            "value": {
                "type": "string",
                "minLength": 1,
                "title": "Value",
                "ui": {"picker": False, "placeholder": "EUR", "error": "Please specify a value."},
            }
        },
        "required": ["value"],
        "additionalProperties": False,
    },
    summarise=lambda settings: f"“{settings.get('value', '')}”",
    compile=compile_element,
)
