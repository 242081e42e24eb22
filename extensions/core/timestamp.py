"""Data element: a moment, written as something else wants it."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Compiler, Delegate, Problem, Resolver, Scope, Settings
from extensions.core import zones
from extensions.core.moments import (
    check_moment,
    compile_moment,
    moment_fields,
    say_moment,
    shifted,
)
from extensions.core.numbers import number_in
from extensions.core.time_format import CUSTOM, FORMATS, ISO, SIGNS, BadFormat, parse, writer

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_FARTHEST = 10**9


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives text, or an integer for the Unix formats."""
    zone = zones.find(settings.get("zone", zones.UTC_NAME))
    moment = compile_moment(settings, compiler, zone)
    write = writer(settings.get("format", ISO), settings.get("pattern", ""), zone)
    offset = _offset(settings)

    def resolve(scope: Scope) -> str | int | None:
        milliseconds = moment(scope)
        if milliseconds is not None and offset:
            milliseconds = shifted(milliseconds, offset)
        return None if milliseconds is None else write(milliseconds)

    return resolve


def _offset(settings: Settings) -> int:
    """Return the offset in milliseconds."""
    amount = number_in(settings.get("offset", 0)) or 0
    return int(amount * _SECONDS[settings.get("offsetUnit", "hours")] * 1000)


def check(settings: Settings) -> Iterator[Problem]:
    """Find a missing data element, an unknown zone, a format or an offset that cannot be read."""
    yield from check_moment(settings)
    yield from zones.check_zone(settings)
    if settings.get("format") == CUSTOM:
        yield from _pattern(settings.get("pattern", ""))
    offset = number_in(settings.get("offset", 0))
    if offset is None or abs(offset) > _FARTHEST:
        yield Problem("offset", "Please enter a number, such as 2 or -1.5.")


def _pattern(pattern: str) -> Iterator[Problem]:
    if not pattern:
        yield Problem("pattern", "Please specify a format, such as %Y-%m-%d.")
    try:
        parse(pattern)
    except BadFormat as error:
        yield Problem("pattern", str(error))


def summarise(settings: Settings) -> str:
    """Say which moment is written how."""
    kind = settings.get("format", ISO)
    form = settings.get("pattern", "…") if kind == CUSTOM else FORMATS.get(kind, "…")
    return f"{say_moment(settings)} as {form.partition(',')[0]}"


TIMESTAMP = Delegate(
    id="core::dataElements::timestamp",
    name="Timestamp",
    description="A time in any format and time zone.",
    schema={
        "type": "object",
        "properties": {
            **moment_fields(),
            "zone": zones.zone_field("The zone in which the time is written."),
            "format": {
                "type": "string",
                "title": "Format",
                "enum": list(FORMATS),
                "default": ISO,
                "ui": {
                    "widget": "select",
                    "options": [[key, label] for key, label in FORMATS.items()],
                },
            },
            "pattern": {
                "type": "string",
                "title": "Your Format",
                "description": (
                    "%Y year, %m month, %d day, %H hour, %M minute, %S second, %L milliseconds, "
                    f"%:z offset. All signs: {' '.join(SIGNS)}."
                ),
                "ui": {
                    "picker": False,
                    "placeholder": "%Y-%m-%d %H:%M:%S",
                    "show_if": {"field": "format", "in": [CUSTOM]},
                    "required_if": {"field": "format", "in": [CUSTOM]},
                },
            },
            "offset": {
                "type": ["number", "string"],
                "title": "Add",
                "description": "Moves the time. Negative numbers move it back.",
                "ui": {"picker": False, "placeholder": "0", "further": True},
            },
            "offsetUnit": {
                "type": "string",
                "title": "Unit",
                "description": "What is added. A day is 24 hours.",
                "enum": list(_SECONDS),
                "default": "hours",
                "ui": {
                    "widget": "select",
                    "options": [[unit, unit.capitalize()] for unit in _SECONDS],
                    "further": True,
                },
            },
        },
        "additionalProperties": False,
        "ui": {"example": {"zone": "Europe/Berlin", "format": CUSTOM, "pattern": "%Y-%m-%d"}},
    },
    summarise=summarise,
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
)
