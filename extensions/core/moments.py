"""Moments: which one a delegate looks at, and how any value is read as one.

A moment is counted in milliseconds since 1970 UTC. Only those in the years 2 to 9998 are moments
here, so that no zone leads beyond what a calendar can show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from extensions.contract import JSON, Compiler, Problem, Scope, Settings
from extensions.core.javascript import is_number
from extensions.core.path import reader
from extensions.core.texts import named
from extensions.tokens import whole_token

Moment = Callable[[Scope], int | None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
EARLIEST = (datetime(2, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
LATEST = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND  # the first beyond

# Nothing in seconds reaches these numbers before the year 5000.
_PER_SECOND = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3))
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_DATE_IN_DIGITS = 8  # 20261123 is a day, not a second of 1970
_LONGEST_TEXT = 40

EVENT, RECEIVED, NOW, ELEMENT = "event", "received", "now", "element"
_WORDS = {
    EVENT: "the event's time",
    RECEIVED: "the time of receipt",
    NOW: "the current time",
}
_stamp = reader(("xdm", "timestamp"))


def read(value: JSON, zone: tzinfo) -> int | None:
    """Read Unix seconds or finer, a number as text, or ISO 8601; None for anything else.

    `zone` is that of a date and time that comes without one.
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _LONGEST_TEXT:
            return None
        if _NUMBER.fullmatch(text) and len(text) != _DATE_IN_DIGITS:
            return _of_number(Decimal(text))
        return _of_iso(text, zone)
    return _of_number(Decimal(repr(value))) if is_number(value) else None


def _of_number(number: Decimal) -> int | None:
    size = abs(number)
    per_second = next((unit for least, unit in _PER_SECOND if size >= least), 1)
    return _possible(math.floor(number * 1000 / per_second))


def _of_iso(text: str, zone: tzinfo) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        return of_datetime(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def of_datetime(moment: datetime) -> int | None:
    """Return the moment of a date and time that has a zone."""
    return _possible((moment - _EPOCH) // _MILLISECOND)


def _possible(milliseconds: int) -> int | None:
    return milliseconds if EARLIEST <= milliseconds < LATEST else None


def shifted(milliseconds: int, by: int) -> int | None:
    """Return a moment as many milliseconds later; None where no calendar has it."""
    return _possible(milliseconds + by)


def local(milliseconds: int, zone: tzinfo) -> datetime:
    """Return the date and time that a clock in the zone shows."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(zone)


def compile_moment(settings: Settings, compiler: Compiler, zone: tzinfo) -> Moment:
    """Compile the settings of `moment_fields`."""
    source = settings.get("source", EVENT)
    if source == ELEMENT:
        value = compiler.value(settings["value"])
        return lambda scope: read(value(scope), zone)
    return {EVENT: _of_event, RECEIVED: _of_receipt, NOW: _of_evaluation}[source]


def _of_event(scope: Scope) -> int | None:
    stamp = read(_stamp(scope.event), UTC)
    return _of_receipt(scope) if stamp is None else stamp


def _of_receipt(scope: Scope) -> int | None:
    return scope.received_at * 1000


def _of_evaluation(scope: Scope) -> int | None:
    return scope.now * 1000


def moment_fields(**hints: Any) -> dict[str, Any]:
    """Return the two settings that say which moment is meant."""
    return {
        "source": {
            "type": "string",
            "title": "Which Time",
            "enum": [EVENT, RECEIVED, NOW, ELEMENT],
            "default": EVENT,
            "ui": {
                "widget": "select",
                "options": [
                    [EVENT, "The event's own (xdm.timestamp), or else when it was received"],
                    [RECEIVED, "When the event was received"],
                    [NOW, "When the rules look at the event"],
                    [ELEMENT, "A data element's"],
                ],
                **hints,
            },
        },
        "value": {
            "type": "string",
            "title": "Data Element",
            "description": (
                "Gives Unix seconds or milliseconds, or a date and time such as "
                "2026-11-23T21:57:00+01:00. Without a zone it is read in the one below."
            ),
            "ui": {
                "placeholder": "{{Order Date}}",
                "show_if": {"field": "source", "in": [ELEMENT]},
                "required_if": {"field": "source", "in": [ELEMENT]},
                **hints,
            },
        },
    }


def check_moment(settings: Settings) -> list[Problem]:
    """Find a data element that is asked for and missing."""
    if settings.get("source") == ELEMENT and whole_token(settings.get("value")) is None:
        return [Problem("value", "Please specify a data element.")]
    return []


def say_moment(settings: Settings) -> str:
    """Say which moment is meant."""
    source = settings.get("source", EVENT)
    return named(settings.get("value")) if source == ELEMENT else _WORDS.get(source, "…")
