"""Condition: a value is one of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from extensions.contract import (
    JSON,
    Compiler,
    Condition,
    Delegate,
    Fixed,
    Problem,
    Scope,
    Settings,
)
from extensions.core.texts import as_text, named, shown
from extensions.tokens import whole_token

_SHOWN = 3
_Fold = Callable[[JSON], str | None]


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that compares texts; constant ones are put into a set once."""
    left = compiler.value(settings["value"])
    fold = _lowered if settings.get("caseInsensitive", False) else as_text
    resolvers = [compiler.value(item) for item in _listed(settings["values"])]
    known = _folded([one.value for one in resolvers if isinstance(one, Fixed)], fold)
    others = [one for one in resolvers if not isinstance(one, Fixed)]

    if not others:
        return lambda scope: _is_among(left(scope), known, fold)

    def run(scope: Scope) -> bool:
        wanted = known | _folded([value(scope) for value in others], fold)
        return _is_among(left(scope), wanted, fold)

    return run


def _listed(value: JSON) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lowered(value: JSON) -> str | None:
    text = as_text(value)
    return None if text is None else text.lower()


def _folded(values: list[JSON], fold: _Fold) -> frozenset[str]:
    items = (item for value in values for item in _listed(value))
    return frozenset(text for item in items if (text := fold(item)) is not None)


def _is_among(value: JSON, wanted: frozenset[str], fold: _Fold) -> bool:
    if isinstance(value, list):
        return any(fold(item) in wanted for item in value)
    return fold(value) in wanted


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
