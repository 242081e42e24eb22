"""Condition: a value is one of several."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from extensions.contract import JSON, Compiler, Condition, Delegate, Problem, Scope, Settings
from extensions.core.texts import as_text, named, shown
from extensions.tokens import whole_token

_SHOWN = 3


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that compares texts; constant ones are put into a set once."""
    left = compiler.value(settings["value"])
    texts = _lowered if settings.get("caseInsensitive", False) else _texts
    template = _listed(settings["values"])
    if compiler.constant(template):
        wanted = frozenset(texts(template))
        return lambda scope: _meet(texts(left(scope)), wanted)
    values = [compiler.value(item) for item in template]

    def run(scope: Scope) -> bool:
        wanted = {text for value in values for text in texts(value(scope))}
        return _meet(texts(left(scope)), wanted)

    return run


def _listed(value: JSON) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: JSON) -> Iterator[str]:
    """Yield a value, or the items of a list, as text."""
    for item in _listed(value):
        text = as_text(item)
        if text is not None:
            yield text


def _lowered(value: JSON) -> Iterator[str]:
    return map(str.lower, _texts(value))


def _meet(found: Iterator[str], wanted: Collection[str]) -> bool:
    return any(text in wanted for text in found)


def check(settings: Settings) -> Iterator[Problem]:
    """Find a value that is no data element, and an empty list."""
    if whole_token(settings["value"]) is None:
        yield Problem("value", "Please specify a data element.")
    if settings["values"] in ("", []):
        yield Problem("values", "Please specify at least one value.")


def summarise(settings: Settings) -> str:
    """Read the condition aloud."""
    values = _listed(settings.get("values", []))
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    said = ", ".join(shown(value) for value in values[:_SHOWN]) or "…"
    return f"{named(settings.get('value'))} is one of {said}{more}"


VALUE_IN_LIST = Delegate(
    id="core::conditions::value-in-list",
    name="Value in List",
    description=(
        "Return true if a data element is one of several values. If it is a list, one of its "
        "items is enough."
    ),
    schema={
        "type": "object",
        "properties": {
            "value": {
                "type": "string",
                "title": "Data Element",
                "ui": {"placeholder": "{{Country}}", "error": "Please specify a data element."},
            },
            "values": {
                "type": ["string", "number", "array"],
                "title": "Values",
                "description": (
                    "A data element may give one value, or a whole list. Numbers and booleans "
                    "are compared as text."
                ),
                "items": {"type": ["string", "number"]},
                "maxItems": 10_000,
                "ui": {
                    "widget": "list",
                    "placeholder": "DE",
                    "error": "Please specify at least one value.",
                },
            },
            "caseInsensitive": {
                "type": "boolean",
                "title": "Case insensitive",
                "ui": {"widget": "checkbox"},
            },
        },
        "required": ["value", "values"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_condition,
    check=lambda settings: tuple(check(settings)),
)
