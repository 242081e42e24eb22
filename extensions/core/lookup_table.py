"""Data element: a table that gives one value for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from extensions.contract import JSON, Compiler, Delegate, Problem, Resolver, Scope, Settings
from extensions.core.operators import BadPattern, compile_pattern, searcher
from extensions.core.texts import as_text, has_token, shown

Find = Callable[[str], int | None]  # the number of the first row that fits a text

MAX_ROWS = 10_000
MAX_PATTERNS = 200  # each is tried in turn, where exact rows cost one look however many they are
_EXACT, _IGNORE_CASE, _REGEX = "exact", "ignoreCase", "regex"


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the output of the first row that fits, else the default."""
    value = compiler.value(settings["input"])
    rows = settings["rows"]
    find = _FINDERS[settings.get("match", _EXACT)]([_input(row) for row in rows])
    outputs = [compiler.value(row.get("output")) for row in rows]
    otherwise = compiler.value(settings.get("default"))

    def resolve(scope: Scope) -> JSON:
        text = as_text(value(scope))
        place = None if text is None else find(text)
        return (otherwise if place is None else outputs[place])(scope)

    return resolve


def _input(row: Settings) -> str:
    return as_text(row["input"]) or ""


def _exactly(inputs: Sequence[str]) -> Find:
    places: dict[str, int] = {}
    for place, text in enumerate(inputs):
        places.setdefault(text, place)
    return places.get


def _in_any_case(inputs: Sequence[str]) -> Find:
    find = _exactly([text.lower() for text in inputs])
    return lambda text: find(text.lower())


def _by_pattern(inputs: Sequence[str]) -> Find:
    tests = [searcher(pattern, False) for pattern in inputs]
    return lambda text: next((place for place, fits in enumerate(tests) if fits(text)), None)


_FINDERS: dict[str, Callable[[Sequence[str]], Find]] = {
    _EXACT: _exactly,
    _IGNORE_CASE: _in_any_case,
    _REGEX: _by_pattern,
}


def check(settings: Settings) -> Iterator[Problem]:
    """Find an input without a data element, and rows that cannot be read or reached."""
    if not has_token(settings["input"]):
        yield Problem("input", "Please specify a data element.")
    rows = settings["rows"]
    if settings.get("match") == _REGEX:
        yield from _patterns(rows)
    yield from _of_rows(rows, settings.get("match") == _IGNORE_CASE)


def _patterns(rows: Sequence[Settings]) -> Iterator[Problem]:
    if len(rows) > MAX_PATTERNS:
        yield Problem("rows", f"There may be at most {MAX_PATTERNS} regular expressions.")
        return
    for number, row in enumerate(rows):
        try:
            compile_pattern(_input(row), False)
        except BadPattern as error:
            yield Problem(f"rows.{number}.input", f"Row {number + 1}: {error}")


def _of_rows(rows: Sequence[Settings], ignore_case: bool) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows):
        text = _input(row).lower() if ignore_case else _input(row)
        if has_token(text):
            words = f"Row {number + 1}: only the output may hold a data element."
            yield Problem(f"rows.{number}.input", words)
        if text in seen:
            words = f"Row {number + 1} is never reached: row {seen[text] + 1} is for the same."
            yield Problem(f"rows.{number}.input", words, "warning")
        seen.setdefault(text, number)


def summarise(settings: Settings) -> str:
    """Say what is looked up in how much."""
    count = len(settings.get("rows", ()))
    return f"{shown(settings.get('input'))} looked up in {count} row{'' if count == 1 else 's'}"


_ROW: dict[str, Any] = {
    "type": "object",
    "properties": {
        "input": {
            "type": ["string", "number"],
            "minLength": 1,
            "ui": {"error": "Each row needs an input."},
        },
        "output": {"type": ["string", "number", "boolean"]},
    },
    "required": ["input"],
    "additionalProperties": False,
}

LOOKUP_TABLE = Delegate(
    id="core::dataElements::lookup-table",
    name="Lookup Table",
    description="One value for another, by the first row that fits.",
    schema={
        "type": "object",
        "properties": {
            "input": {
                "type": "string",
                "minLength": 1,
                "title": "Input",
                "description": "Numbers and booleans are compared as text.",
                "ui": {"placeholder": "{{Country}}", "error": "Please specify a data element."},
            },
            "match": {
                "type": "string",
                "title": "A row fits if its input",
                "enum": list(_FINDERS),
                "default": _EXACT,
                "ui": {
                    "widget": "select",
                    "options": [
                        [_EXACT, "is the same"],
                        [_IGNORE_CASE, "is the same in upper or lower case"],
                        [_REGEX, "is a regular expression that matches anywhere"],
                    ],
                },
            },
            "rows": {
                "type": "array",
                "title": "Rows",
                "description": "The output may hold data elements. An empty one gives no value.",
                "minItems": 1,
                "maxItems": MAX_ROWS,
                "items": _ROW,
                "ui": {
                    "widget": "rows",
                    "columns": [
                        {
                            "key": "input",
                            "title": "Input",
                            "type": "text",
                            "required": True,
                            "picker": False,
                            "placeholder": "DE",
                        },
                        {"key": "output", "title": "Output", "type": "text", "placeholder": "EUR"},
                    ],
                    "error": f"Please enter at least one row, and at most {MAX_ROWS}.",
                },
            },
            "default": {
                "type": ["string", "number", "boolean"],
                "title": "Otherwise",
                "description": "Given if no row fits, or the input is missing.",
                "ui": {"placeholder": "{{Country}}"},
            },
        },
        "required": ["input", "rows"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
)
