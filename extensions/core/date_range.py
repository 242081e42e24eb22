"""Condition: a moment lies between two dates, on certain weekdays, in certain hours.

All of it is told in one time zone, so it holds when the clocks change. A start counts, an end
does not: until 18:00 means up to the last moment before. Only a last day without a time counts
as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from extensions.contract import Compiler, Condition, Delegate, Problem, Scope, Settings
from extensions.core import zones
from extensions.core.moments import (
    EARLIEST,
    LATEST,
    check_moment,
    compile_moment,
    local,
    moment_fields,
    of_datetime,
    say_moment,
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY_DAY = frozenset(range(len(WEEKDAYS)))
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]([0-9]{2}):([0-9]{2}))?")
_HOUR = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
_DAY_MINUTES = 24 * 60
_BAD_DATE = "Please enter a date such as 2026-11-27, or with a time as in 2026-11-27 18:00."
_BAD_HOUR = "Please enter a time such as 09:00 or 17:30."


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that is false, too, where there is no moment."""
    zone = zones.find(settings.get("zone", zones.UTC_NAME))
    moment = compile_moment(settings, compiler, zone)
    start = _start(settings.get("start", ""), zone, EARLIEST)
    end = _end(settings.get("end", ""), zone, LATEST)
    is_open = _opening(settings)

    def run(scope: Scope) -> bool:
        milliseconds = moment(scope)
        if milliseconds is None or not start <= milliseconds < end:
            return False
        return is_open is None or is_open(local(milliseconds, zone))

    return run


def _opening(settings: Settings) -> Callable[[datetime], bool] | None:
    """Return what judges weekday and hours; None where neither is limited."""
    days = _days(settings)
    begins = _minute(settings.get("startTime") or "00:00", 0)
    ends = _minute(settings.get("endTime") or "24:00", _DAY_MINUTES)
    if days == _EVERY_DAY and ends - begins == _DAY_MINUTES:
        return None
    if begins < ends:
        return lambda now: now.weekday() in days and begins <= _minute_of(now) < ends

    def over_midnight(now: datetime) -> bool:
        minute = _minute_of(now)
        if minute >= begins:
            return now.weekday() in days
        # What is left of a night belongs to the day on which it began.
        return minute < ends and (now.weekday() - 1) % len(WEEKDAYS) in days

    return over_midnight


def _days(settings: Settings) -> frozenset[int]:
    chosen = settings.get("weekdays", {})
    days = frozenset(number for number, name in enumerate(WEEKDAYS) if chosen.get(name))
    return days or _EVERY_DAY


def _minute_of(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _minute(text: str, otherwise: int) -> int:
    match = _HOUR.fullmatch(text.strip())
    return int(match[1]) * 60 + int(match[2]) if match else otherwise


def _start(text: str, zone: tzinfo, otherwise: int) -> int:
    start = _local_time(text)
    return otherwise if start is None else _in(zone, start, otherwise)


def _end(text: str, zone: tzinfo, otherwise: int) -> int:
    end = _local_time(text)
    if end is None:
        return otherwise
    if ":" not in text:
        end += timedelta(days=1)
    return _in(zone, end, otherwise)


def _in(zone: tzinfo, time: datetime, otherwise: int) -> int:
    moment = of_datetime(time.replace(tzinfo=zone))
    return otherwise if moment is None else moment


def _local_time(text: str) -> datetime | None:
    """Read a date, perhaps with a time, as if it were UTC; None for anything else."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute = (int(part or 0) for part in match.groups())
    try:
        time = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
    return time if of_datetime(time) is not None else None


def is_over(settings: Settings, today: date) -> bool:
    """Whether its dates have ended before a day began, in UTC."""
    zone = zones.find(settings.get("zone", zones.UTC_NAME))
    begun = of_datetime(datetime(today.year, today.month, today.day, tzinfo=UTC))
    return begun is not None and _end(settings.get("end", ""), zone, LATEST) <= begun


def check(settings: Settings) -> Iterator[Problem]:
    """Find what cannot be read, what contradicts itself, and a condition without a limit."""
    yield from check_moment(settings)
    yield from zones.check_zone(settings)
    unreadable = [*_unreadable(settings)]
    yield from unreadable
    if unreadable:
        return
    if not _is_limited(settings):
        yield Problem("start", "Please give a date, a weekday or hours.")
    if settings.get("start") and settings.get("end") and not _has_room(settings):
        yield Problem("end", "The end must lie after the start.")
    begins, ends = (settings.get(key) for key in ("startTime", "endTime"))
    if begins and ends and _minute(begins, 0) == _minute(ends, 0):
        yield Problem("endTime", "The two times must differ.")


def _unreadable(settings: Settings) -> Iterator[Problem]:
    for key in ("start", "end"):
        if settings.get(key) and _local_time(settings[key]) is None:
            yield Problem(key, _BAD_DATE)
    for key, last in (("startTime", _DAY_MINUTES - 1), ("endTime", _DAY_MINUTES)):
        if settings.get(key) and not 0 <= _minute(settings[key], -1) <= last:
            yield Problem(key, _BAD_HOUR)


def _is_limited(settings: Settings) -> bool:
    texts = any(settings.get(key) for key in ("start", "end", "startTime", "endTime"))
    return texts or _days(settings) != _EVERY_DAY


def _has_room(settings: Settings) -> bool:
    return _start(settings["start"], UTC, 0) < _end(settings["end"], UTC, 0)


def summarise(settings: Settings) -> str:
    """Read the condition aloud."""
    start, end = settings.get("start"), settings.get("end")
    days = ", ".join(day.capitalize() for day in WEEKDAYS if settings.get("weekdays", {}).get(day))
    begins, ends = settings.get("startTime"), settings.get("endTime")
    parts = [
        f"from {start}" if start else "",
        f"until {end}" if end else "",
        f"on {days}" if days else "",
        f"between {begins or '00:00'} and {ends or '24:00'}" if begins or ends else "",
    ]
    zone = settings.get("zone", zones.UTC_NAME)
    return f"{say_moment(settings)} is {' '.join(filter(None, parts)) or '…'} ({zone})"


def _text(title: str, description: str, placeholder: str, section: str) -> dict[str, Any]:
    return {
        "type": "string",
        "title": title,
        "description": description,
        "ui": {"picker": False, "placeholder": placeholder, "section": section},
    }


_TIME, _DATES, _HOURS, _WEEKDAYS = "Time", "Dates", "Hours", "Weekdays"

DATE_RANGE = Delegate(
    id="core::conditions::date-range",
    name="Date and Time Range",
    description=(
        "Return true if a time lies between dates, on certain weekdays or in certain hours."
    ),
    schema={
        "type": "object",
        "properties": {
            **moment_fields(section=_TIME),
            "zone": zones.zone_field(
                "Dates, weekdays and hours are those of this zone.", section=_TIME
            ),
            "start": _text("From", "Empty: since ever.", "2026-11-27 18:00", _DATES),
            "end": _text(
                "Until",
                "Empty: for ever. A date without a time counts as a whole day.",
                "2026-11-30",
                _DATES,
            ),
            "startTime": _text("From Hour", "Empty: midnight.", "09:00", _HOURS),
            "endTime": _text(
                "Until Hour",
                "Empty: midnight. Earlier than the first hour: on the next day.",
                "17:30",
                _HOURS,
            ),
            "weekdays": {
                "type": "object",
                "title": "Weekdays",
                "properties": {
                    day: {
                        "type": "boolean",
                        "title": day.capitalize(),
                        "ui": {"widget": "checkbox", "section": _WEEKDAYS},
                    }
                    for day in WEEKDAYS
                },
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
        "ui": {
            "example": {
                "zone": "Europe/Berlin",
                "start": "2026-11-27 18:00",
                "end": "2026-11-30",
                "startTime": "09:00",
                "endTime": "17:30",
            },
            "sections": {
                _WEEKDAYS: {
                    "help": "None ticked: every day. Hours over midnight belong to the day on "
                    "which they begin."
                }
            },
        },
    },
    summarise=summarise,
    compile=compile_condition,
    check=lambda settings: tuple(check(settings)),
)
