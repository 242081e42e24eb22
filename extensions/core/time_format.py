"""How a moment is written: a table of formats, and one of the signs of a custom format.

Source of the signs: POSIX strftime in the C locale, with %L (milliseconds) and %:z as Ruby and
GNU date have them. Written out here because the platform's own follows its locale.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from extensions.core.moments import local
from extensions.core.zones import UTC_NAME

Write = Callable[[int], str | int]  # of milliseconds since 1970 UTC

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_NOON = 12
_SHORT = 3  # letters

ISO, ISO_MILLISECONDS, UNIX, UNIX_MILLISECONDS, CUSTOM = (
    "iso", "iso-milliseconds", "unix", "unix-milliseconds", "custom",
)  # fmt: skip
FORMATS = {
    ISO: "ISO 8601, as 2026-11-23T21:57:00+01:00",
    ISO_MILLISECONDS: "ISO 8601 with milliseconds",
    UNIX: "Unix seconds",
    UNIX_MILLISECONDS: "Unix milliseconds",
    CUSTOM: "A format of your own",
}


def _offset(moment: datetime, colon: str) -> str:
    seconds = int((moment.utcoffset() or timedelta()).total_seconds())
    sign, minutes = ("-" if seconds < 0 else "+"), abs(seconds) // 60
    return f"{sign}{minutes // 60:02d}{colon}{minutes % 60:02d}"


SIGNS: dict[str, Callable[[datetime], str]] = {
    "%Y": lambda moment: f"{moment.year:04d}",
    "%y": lambda moment: f"{moment.year % 100:02d}",
    "%m": lambda moment: f"{moment.month:02d}",
    "%d": lambda moment: f"{moment.day:02d}",
    "%e": lambda moment: str(moment.day),
    "%H": lambda moment: f"{moment.hour:02d}",
    "%I": lambda moment: f"{(moment.hour - 1) % _NOON + 1:02d}",
    "%p": lambda moment: "AM" if moment.hour < _NOON else "PM",
    "%M": lambda moment: f"{moment.minute:02d}",
    "%S": lambda moment: f"{moment.second:02d}",
    "%L": lambda moment: f"{moment.microsecond // 1000:03d}",
    "%A": lambda moment: _DAYS[moment.weekday()],
    "%a": lambda moment: _DAYS[moment.weekday()][:_SHORT],
    "%B": lambda moment: _MONTHS[moment.month - 1],
    "%b": lambda moment: _MONTHS[moment.month - 1][:_SHORT],
    "%j": lambda moment: f"{moment.timetuple().tm_yday:03d}",
    "%u": lambda moment: str(moment.isoweekday()),
    "%V": lambda moment: f"{moment.isocalendar().week:02d}",
    "%G": lambda moment: f"{moment.isocalendar().year:04d}",
    "%z": lambda moment: _offset(moment, ""),
    "%:z": lambda moment: _offset(moment, ":"),
    "%%": lambda _moment: "%",
}
_SIGN = re.compile(r"(%:?.?)", re.DOTALL)


class BadFormat(ValueError):
    """The custom format has a sign that means nothing."""


def writer(kind: str, pattern: str, zone: tzinfo) -> Write:
    """Return what writes a moment in one of the formats; `pattern` is the custom one.

    Raises:
        BadFormat: the pattern has a sign that is not in the table.
    """
    if kind == UNIX:
        return lambda milliseconds: milliseconds // 1000
    if kind == UNIX_MILLISECONDS:
        return lambda milliseconds: milliseconds
    if kind == CUSTOM:
        parts = parse(pattern)
        return lambda milliseconds: _written(parts, local(milliseconds, zone))
    unit = "seconds" if kind == ISO else "milliseconds"
    return lambda milliseconds: _iso(local(milliseconds, zone), unit)


def _iso(moment: datetime, unit: str) -> str:
    text = moment.isoformat(timespec=unit)
    return text.removesuffix("+00:00") + "Z" if moment.tzname() == UTC_NAME else text


Part = str | Callable[[datetime], str]


def parse(pattern: str) -> list[Part]:
    """Split a custom format into its text and what its signs stand for.

    Raises:
        BadFormat: a sign is not in the table.
    """
    # split() with one group gives text, sign, text, sign, …, text
    return [_part(piece) for piece in _SIGN.split(pattern) if piece]


def _part(piece: str) -> Part:
    if not piece.startswith("%"):
        return piece
    if piece not in SIGNS:
        raise BadFormat(f"{piece} is no sign of a date or time. Write %% for a percent sign.")
    return SIGNS[piece]


def _written(parts: list[Any], moment: datetime) -> str:
    return "".join(part if isinstance(part, str) else part(moment) for part in parts)
