"""Data element: an object put together from data elements, each with the type of its value."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from extensions.contract import (
    JSON,
    Compiler,
    ComponentError,
    Delegate,
    Problem,
    Resolver,
    Scope,
    Settings,
)
from extensions.core.texts import has_token, named, storable
from extensions.tokens import whole_token

_LEAVE_OUT, _NULL = "leaveOut", "null"
_KEYS_SHOWN = 3
_MAX_DEPTH = 32  # as of an event
_MOST_CHARACTERS = 1_000_000  # written out, values counting as one each; what is sent takes less
TOO_LARGE = f"The object is larger than {_MOST_CHARACTERS} characters."


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the object."""
    template = settings["value"]
    if isinstance(template, str):
        return _given(compiler.value(template))
    made = _made(template, compiler, settings.get("whenMissing", _LEAVE_OUT) == _LEAVE_OUT)

    def resolve(scope: Scope) -> JSON:
        found = made(scope)
        if not _fits(found):
            raise ComponentError(TOO_LARGE)
        return found

    return resolve


def _fits(value: JSON) -> bool:
    """Whether a value stays within the bound when it is written out.

    Objects made of objects could double as often as there are some: in memory they share their
    parts, written out they do not.
    """
    left = _MOST_CHARACTERS
    waiting = [value]
    while waiting:
        item = waiting.pop()
        left -= 1
        if isinstance(item, str):
            left -= len(item)
        elif isinstance(item, dict):
            left -= sum(map(len, item))
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        if left < 0:
            return False
    return True


def _given(value: Resolver) -> Resolver:
    """Return what takes an object or a list from a data element, or reads one from its text."""

    def resolve(scope: Scope) -> JSON:
        found = value(scope)
        found = _parsed(found) if isinstance(found, str) else found
        return found if isinstance(found, dict | list) else None

    return resolve


def _parsed(text: str) -> JSON:
    try:
        return _bounded(orjson.loads(text), _MAX_DEPTH)
    except ValueError:  # no JSON, or too deep
        return None


def _bounded(value: JSON, depth: int) -> JSON:
    """Hold JSON out of a text to what holds for an event: no NUL, no endless nesting."""
    if isinstance(value, str):
        return storable(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise ValueError("too deep")
    if isinstance(value, list):
        return [_bounded(item, depth - 1) for item in value]
    return {storable(key): _bounded(item, depth - 1) for key, item in value.items()}


def _made(template: JSON, compiler: Compiler, leave_out: bool) -> Resolver:
    if isinstance(template, str) or not has_token(template):
        return compiler.value(template)
    if isinstance(template, list):
        items = [_made(item, compiler, leave_out) for item in template]
        # An item keeps its place, so a missing one is null.
        return lambda scope: [item(scope) for item in items]
    # A null that somebody wrote is meant; only a data element can be missing.
    parts = [
        (key, _made(item, compiler, leave_out), leave_out and has_token(item))
        for key, item in template.items()
    ]

    def resolve(scope: Scope) -> JSON:
        found = ((key, value(scope), may_go) for key, value, may_go in parts)
        return {key: value for key, value, may_go in found if value is not None or not may_go}

    return resolve


def check(settings: Settings) -> Iterator[Problem]:
    """Find text that is neither an object nor one data element."""
    template = settings["value"]
    if isinstance(template, str) and whole_token(template) is None:
        yield Problem("value", "Please enter a JSON object, or one data element.")


def summarise(settings: Settings) -> str:
    """Say the first keys of the object."""
    template = settings.get("value")
    if isinstance(template, str):
        return named(template)
    keys = list(template or {})
    more = ", …" if len(keys) > _KEYS_SHOWN else ""
    return f"an object of {', '.join(keys[:_KEYS_SHOWN]) or '…'}{more}"


JSON_OBJECT = Delegate(
    id="core::dataElements::json-object",
    name="JSON Object",
    description="An object of several values. Each keeps its type: numbers stay numbers.",
    schema={
        "type": "object",
        "properties": {
            "value": {
                "type": ["object", "string"],
                "title": "Object",
                "description": (
                    "One data element may stand for the whole: an object, a list, or text that "
                    "is JSON."
                ),
                "ui": {"widget": "object", "error": "Please specify an object."},
            },
            "whenMissing": {
                "type": "string",
                "title": "If a value is missing",
                "enum": [_LEAVE_OUT, _NULL],
                "default": _LEAVE_OUT,
                "ui": {
                    "widget": "select",
                    "options": [[_LEAVE_OUT, "Leave its key out"], [_NULL, "Set it to null"]],
                },
            },
        },
        "required": ["value"],
        "additionalProperties": False,
        "ui": {"example": {"value": {"id": "{{SKU}}", "quantity": 1, "tags": ["new", "{{Tag}}"]}}},
    },
    summarise=summarise,
    compile=compile_element,
    failures=(TOO_LARGE,),
    check=lambda settings: tuple(check(settings)),
)
