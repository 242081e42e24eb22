"""How long Meta asks to wait, read from the headers of an answer. Broken headers say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

import orjson

from extensions.contract import JSON, Notice
from extensions.meta import vocabulary as meta

_LONGEST_WAIT = meta.DAY  # whatever a header says, tomorrow is another day
_NEARLY_FULL_PERCENT = 80

# Meta's documentation spells the first one in two ways.
_BUSINESS_HEADERS = ("x-business-use-case-usage", "x-business-use-case")
_FLAT_HEADERS = ("x-app-usage", "x-ad-account-usage")
_MINUTES_TO_WAIT = "estimated_time_to_regain_access"
_PERCENTAGES = ("call_count", "total_cputime", "total_time", "acc_id_util_pct")

NEARLY_FULL = Notice(
    "usage_high", "", "More than 80 % of Meta's rate limit is used. Sending may soon slow down."
)


def seconds_to_wait(headers: Mapping[str, str]) -> int | None:
    """Return the longest wait that any header asks for, at most a day; None without one."""
    waits = [wait for wait in (_retry_after(headers), _regain(headers)) if wait > 0]
    return min(max(waits), _LONGEST_WAIT) if waits else None


def notices(headers: Mapping[str, str]) -> tuple[Notice, ...]:
    """Return a notice when a rate limit is nearly used up."""
    used = (_number(entry.get(name)) for entry in _entries(headers) for name in _PERCENTAGES)
    return (NEARLY_FULL,) if any(percent > _NEARLY_FULL_PERCENT for percent in used) else ()


def _retry_after(headers: Mapping[str, str]) -> int:
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), _LONGEST_WAIT)
    # The date of the answer is the only clock there is here, and the one that fits.
    until, sent = _date(value), _date(headers.get("date", ""))
    return int(until - sent) if until and sent else 0


def _date(value: str) -> float:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def _regain(headers: Mapping[str, str]) -> int:
    minutes = (_number(entry.get(_MINUTES_TO_WAIT)) for entry in _entries(headers))
    return int(max(minutes, default=0) * meta.MINUTE)


def _entries(headers: Mapping[str, str]) -> Iterator[dict[str, JSON]]:
    for name in _BUSINESS_HEADERS:
        for entries in _object(headers.get(name)).values():
            yield from (e for e in entries if isinstance(e, dict)) if _is_list(entries) else ()
    for name in _FLAT_HEADERS:
        yield _object(headers.get(name))


def _is_list(value: JSON) -> bool:
    return isinstance(value, list)


def _object(text: str | None) -> dict[str, JSON]:
    try:
        value = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _number(value: JSON) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(min(value, _LONGEST_WAIT)) if is_number else 0
