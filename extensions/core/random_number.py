"""Data element: a number drawn for each event, the same one whenever the event is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Compiler, Delegate, Problem, Resolver, Scope, Settings
from extensions.core.chance import PARTS, drawn
from extensions.core.numbers import number_in

_LARGEST = 2**53  # beyond it JavaScript, and so most who read JSON, lose digits


def compile_element(settings: Settings, _compiler: Compiler) -> Resolver:
    """Compile to a callable that gives an integer, both ends of the range included."""
    low, high = _bound(settings, "min") or 0, _bound(settings, "max") or 0
    span, salt = high - low + 1, settings.get("salt", "")

    def resolve(scope: Scope) -> int:
        return low + drawn("number", salt, scope.event_id) * span // PARTS

    return resolve


def _bound(settings: Settings, key: str) -> int | None:
    number = number_in(settings.get(key))
    is_whole = number is not None and abs(number) <= _LARGEST and number == int(number)
    return int(number) if is_whole and number is not None else None


def check(settings: Settings) -> Iterator[Problem]:
    """Find an end of the range that is no whole number, and a range without numbers."""
    ends = {key: _bound(settings, key) for key in ("min", "max")}
    for key, number in ends.items():
        if number is None:
            yield Problem(key, "Please enter a whole number, such as 1 or 100.")
    low, high = ends.values()
    if low is not None and high is not None and high < low:
        yield Problem("max", "The largest number may not be smaller than the smallest.")


def _whole_number(title: str, placeholder: str) -> Settings:
    return {
        "type": ["integer", "string"],
        "title": title,
        "ui": {
            "picker": False,
            "placeholder": placeholder,
            "error": "Please enter a whole number, such as 1 or 100.",
        },
    }


RANDOM_NUMBER = Delegate(
    id="core::dataElements::random-number",
    name="Random Number",
    description=(
        "A whole number by chance. It is drawn from the event's id, so an event that is sent or "
        "explained again has the same number."
    ),
    schema={
        "type": "object",
        "properties": {
            "min": _whole_number("Smallest", "1"),
            "max": _whole_number("Largest", "100"),
            "salt": {
                "type": "string",
                "title": "Salt",
                "description": "Elements with another word here draw other numbers.",
                "ui": {"picker": False, "placeholder": "price test"},
            },
        },
        "required": ["min", "max"],
        "additionalProperties": False,
    },
    summarise=lambda settings: (
        f"a random number from {settings.get('min', '…')} to {settings.get('max', '…')}"
    ),
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
)
