"""Condition: a data element has a value."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import JSON, Compiler, Condition, Delegate, Problem, Settings
from extensions.core.texts import named
from extensions.tokens import whole_token

_EMPTY: tuple[JSON, ...] = ([], {})


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that looks for null, and for emptiness where that was asked for."""
    value = compiler.value(settings["value"])
    if not settings.get("notEmpty", False):
        return lambda scope: value(scope) is not None
    return lambda scope: exists(value(scope), not_empty=True)


def exists(value: JSON, *, not_empty: bool) -> bool:
    """Whether it is a value, and with `not_empty` one that is more than white space or nothing."""
    if not not_empty:
        return value is not None
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value not in _EMPTY


def check(settings: Settings) -> Iterator[Problem]:
    """Find a value that is no data element."""
    if whole_token(settings["value"]) is None:
        yield Problem("value", "Please specify a data element.")


def summarise(settings: Settings) -> str:
    """Read the condition aloud."""
    words = "exists and is not empty" if settings.get("notEmpty") else "exists"
    return f"{named(settings.get('value'))} {words}"


VALUE_EXISTS = Delegate(
    id="core::conditions::value-exists",
    name="Value Exists",
    description="Return true if a data element has a value. 0 and false are values.",
    schema={
        "type": "object",
        "properties": {
            "value": {
                "type": "string",
                "title": "Data Element",
                "ui": {
                    "placeholder": "{{Order Number}}",
                    "error": "Please specify a data element.",
                },
            },
            "notEmpty": {
                "type": "boolean",
                "title": "It must not be empty",
                "description": "Blank text, an empty list and an empty object do not count.",
                "ui": {"widget": "checkbox"},
            },
        },
        "required": ["value"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_condition,
    check=lambda settings: tuple(check(settings)),
)
