"""Dates of birth in the notations people and systems use, as the YYYYMMDD that Meta hashes.

Year first is read as such. A first part above 12 can only be a day, so 16.02.1997 is read day
first; 03.02.1997 is read month first, as Meta's own examples have it, unless the settings say
that days come first.
"""

from __future__ import annotations

import calendar
import re

from extensions.meta.values import Context, Fault, Outcome

_EARLIEST_YEAR = 1900
_YEAR_DIGITS = 4
_LAST_DAY = 31
_COMPACT_DIGITS = 8
_PARTS = 3

_MONTHS = {
    name: str(number)
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_USUAL = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])")
_SEPARATORS = str.maketrans(dict.fromkeys("-/., _", " "))

NOT_A_DATE = Fault(
    "invalid_date_of_birth",
    "The date of birth cannot be read, so it was left out. Use the form YYYYMMDD.",
)


NOT_A_PART = Fault(
    "invalid_date_of_birth", "The value is no day, month or year of birth, so it was left out."
)


def normalise(text: str, context: Context) -> Outcome:
    """Return the date as YYYYMMDD; dates that do not exist or lie ahead are no birthdays."""
    if len(text) == _COMPACT_DIGITS and _is_usual(text, context.year):
        return text, None
    for born_year, born_month, born_day in _readings(text, day_first=context.day_first):
        if _exists(born_year, born_month, born_day, context.year):
            return f"{born_year:04}{born_month:02}{born_day:02}", None
    return None, NOT_A_DATE


def _is_usual(text: str, this_year: int) -> bool:
    """Whether it is YYYYMMDD already, and a day that every month has."""
    return _USUAL.fullmatch(text) is not None and int(text[:4]) <= this_year


def day(text: str, context: Context) -> Outcome:
    """Return the day of birth in two digits."""
    return _part(text, 1, _LAST_DAY, 2)


def month(text: str, context: Context) -> Outcome:
    """Return the month of birth in two digits."""
    return _part(_month_number(text), 1, len(_MONTHS), 2)


def year(text: str, context: Context) -> Outcome:
    """Return the year of birth in four digits."""
    return _part(text, _EARLIEST_YEAR, context.year, _YEAR_DIGITS)


def _part(text: str, first: int, last: int, digits: int) -> Outcome:
    if not _is_number(text) or not first <= int(text) <= last:
        return None, NOT_A_PART
    return f"{int(text):0{digits}}", None


def _readings(text: str, *, day_first: bool) -> list[tuple[int, int, int]]:
    """Every way to read the text as year, month and day; the likeliest first."""
    if len(text) == _COMPACT_DIGITS and _is_number(text):
        year_first = _orders(text[:4], text[4:6], text[6:], day_first=day_first)
        return year_first + _orders(text[:2], text[2:4], text[4:], day_first=day_first)
    parts = [_month_number(part) for part in _date_of(text).translate(_SEPARATORS).split()]
    if len(parts) != _PARTS or not all(map(_is_number, parts)):
        return []
    return _orders(*parts, day_first=day_first)


def _orders(first: str, second: str, third: str, *, day_first: bool) -> list[tuple[int, int, int]]:
    numbers = int(first), int(second), int(third)
    if len(first) == _YEAR_DIGITS:
        return [numbers]
    if len(third) == _YEAR_DIGITS:
        month_then_day = numbers[2], numbers[0], numbers[1]
        day_then_month = numbers[2], numbers[1], numbers[0]
        both = [month_then_day, day_then_month]
        return both[::-1] if day_first else both
    return []


def _date_of(text: str) -> str:
    """Cut off a time of day, as in 1997-02-16T00:00:00Z or 2/16/1997 12:00:00 AM."""
    before, colon, _ = text.partition(":")
    return before.rstrip("0123456789").rstrip("T ") if colon else text


def _month_number(part: str) -> str:
    return _MONTHS.get(part[:3].lower(), part) if part.isalpha() else part


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= _COMPACT_DIGITS


def _exists(year: int, month: int, day: int, this_year: int) -> bool:
    if not (_EARLIEST_YEAR <= year <= this_year and 1 <= month <= len(_MONTHS)):
        return False
    return 1 <= day <= calendar.monthrange(year, month)[1]
