"""Condition: a share of all events or visitors, by chance, and always the same ones."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Compiler, Condition, Delegate, Problem, Scope, Settings
from extensions.core.chance import PARTS, drawn
from extensions.core.numbers import number_in
from extensions.core.texts import as_text, named
from extensions.tokens import whole_token

_EVENT, _VISITOR = "event", "visitor"
_ALL = 100  # percent


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that draws a number and looks whether it lies in the share."""
    share = int((number_in(settings["percent"]) or 0) / _ALL * PARTS)
    salt = settings.get("salt", "")
    if settings.get("by", _EVENT) == _EVENT:
        return lambda scope: drawn("sample", salt, scope.event_id) < share
    visitor = compiler.value(settings["visitor"])

    def run(scope: Scope) -> bool:
        # Whoever cannot be known again is drawn for each event, so that the share stays right.
        key = as_text(visitor(scope)) or scope.event_id
        return drawn("sample", salt, key) < share

    return run


def check(settings: Settings) -> Iterator[Problem]:
    """Find a share that is none, or says nothing, and a missing data element."""
    percent = number_in(settings["percent"])
    if percent is None or not 0 <= percent <= _ALL:
        yield Problem("percent", "Please enter a number from 0 to 100.")
    elif percent in (0, _ALL):
        words = "no event" if percent == 0 else "every event"
        yield Problem("percent", f"With {percent:g} % this holds for {words}.", "warning")
    if settings.get("by") == _VISITOR and whole_token(settings.get("visitor")) is None:
        yield Problem("visitor", "Please specify a data element.")


def summarise(settings: Settings) -> str:
    """Read the condition aloud."""
    share = f"in a sample of {settings.get('percent', '…')} %"
    if settings.get("by", _EVENT) == _EVENT:
        return f"the event is {share}"
    return f"{named(settings.get('visitor'))} is {share}"


SAMPLING = Delegate(
    id="core::conditions::sampling",
    name="Sampling",
    description=(
        "Return true for a share of all events or visitors. The same event or visitor always "
        "gets the same answer, in every build."
    ),
    schema={
        "type": "object",
        "properties": {
            "percent": {
                "type": ["number", "string"],
                "title": "Percent",
                "ui": {
                    "picker": False,
                    "placeholder": "10",
                    "error": "Please enter a number from 0 to 100.",
                },
            },
            "by": {
                "type": "string",
                "title": "Draw for each",
                "enum": [_EVENT, _VISITOR],
                "default": _EVENT,
                "ui": {
                    "widget": "select",
                    "options": [
                        [_EVENT, "Event"],
                        [_VISITOR, "Visitor: all events of one, or none"],
                    ],
                },
            },
            "visitor": {
                "type": "string",
                "title": "Visitor",
                "description": (
                    "A data element that gives the visitor's id. An event without one is drawn "
                    "by itself."
                ),
                "ui": {
                    "placeholder": "{{Visitor ID}}",
                    "show_if": {"field": "by", "in": [_VISITOR]},
                    "required_if": {"field": "by", "in": [_VISITOR]},
                },
            },
            "salt": {
                "type": "string",
                "title": "Salt",
                "description": (
                    "Conditions with the same word here choose the same ones, and a larger share "
                    "includes a smaller one. Another word chooses others."
                ),
                "ui": {"picker": False, "placeholder": "price test"},
            },
        },
        "required": ["percent"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_condition,
    check=lambda settings: tuple(check(settings)),
)
