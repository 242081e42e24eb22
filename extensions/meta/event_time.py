"""The moment of an event in Unix seconds, and whether Meta still, or already, takes it."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from extensions.contract import JSON, Compiler, Notice, Scope, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input, is_automatic
from extensions.meta.refusals import Refusal

_FIELD = "event_time"
_SKEW_SECONDS = meta.MINUTE  # a little ahead is a clock, far ahead is a mistake

# An event leaves this long before Meta's limit: an attempt, its wait in a batch and the clocks
# on both sides take time, and one event past the limit sinks the whole request.
MARGIN_SECONDS = meta.HOUR
_STOPS = "Sending stops an hour before the limit."

# Nothing in seconds reaches these numbers before the year 5000.
_FINER_UNITS: tuple[tuple[int, int], ...] = (
    (10**17, 10**9),  # nanoseconds
    (10**14, 10**6),  # microseconds
    (10**11, 10**3),  # milliseconds
)
_LATEST = 10**20
_PLAIN_SECONDS = 10**8  # what lies between here and now is a time in seconds, and nothing else
_LONGEST_TEXT = 40

FROM_EVENT = "from the event's own timestamp"
FROM_ARRIVAL = "when the event was received"

FINER_UNIT = Notice(
    "event_time_in_milliseconds",
    _FIELD,
    "The event time is finer than seconds. It was converted to seconds, as Meta requires.",
)
NO_ZONE = Notice(
    "event_time_without_zone", _FIELD, "The event time has no time zone. It was read as UTC."
)
CLOCK_AHEAD = Notice(
    "event_time_ahead", _FIELD, "The event time was slightly ahead and was set to now."
)
MAPPED_EMPTY = Notice(
    "event_time_empty",
    _FIELD,
    "The Event Time setting gave no value, so the event's own time was used.",
)
OWN_UNUSABLE = Notice(
    "event_time_unusable",
    _FIELD,
    "The event's own time cannot be right, so the moment it was received was used.",
)


def to_seconds(value: JSON, notices: list[Notice]) -> int | None:
    """Read Unix seconds (or finer), a number as text, or ISO 8601; None when it is neither."""
    if isinstance(value, str):
        text = value.strip()
        number = _number(text)
        return _from_iso(text, notices) if number is None else _from_number(number, notices)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value, notices)
    return None


def compile_time(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that dates the event and finds how long it may still be sent."""
    resolve = compile_input(settings, "eventTime", compiler)
    may_fill = is_automatic(settings, "eventTime")

    def step(draft: Draft) -> None:
        scope = draft.scope
        value = None if resolve is None else resolve(scope)
        if type(value) is int and _PLAIN_SECONDS < value <= scope.now:
            seconds = value
        elif value is not None:
            seconds = of_setting(value, scope.now, draft.notices)
        elif may_fill:
            if resolve is not None:
                draft.notices.append(MAPPED_EMPTY)
            seconds, origin = own(scope, draft.notices)
            draft.origins.append((_FIELD, origin))
        else:
            raise Refusal("missing_event_time")
        draft.event[_FIELD] = seconds
        draft.expires_at = expiry(seconds, draft.source, scope.now)

    return step


def of_setting(value: JSON, now: int, notices: list[Notice]) -> int:
    """Return the time that the setting gave, never ahead of now.

    Raises:
        Refusal: it is no time, or one in the future.
    """
    seconds = to_seconds(value, notices)
    if seconds is None:
        raise Refusal("invalid_event_time")
    if seconds > now + _SKEW_SECONDS:
        raise Refusal("event_in_future")
    return _not_ahead(seconds, now, notices)


def own(scope: Scope, notices: list[Notice]) -> tuple[int, str]:
    """Return the time the event carries, else when it came in; and which of the two it is.

    It stems from the visitor's clock. Nobody chose it for this event, so when it is wrong there
    is a better answer than a refusal.
    """
    xdm = scope.event.get("xdm")
    stamp = xdm.get("timestamp") if isinstance(xdm, dict) else None
    if not stamp:
        return _not_ahead(scope.received_at, scope.now, notices), FROM_ARRIVAL
    seconds = to_seconds(stamp, notices)
    if seconds is None or seconds > scope.now + _SKEW_SECONDS:
        notices.append(OWN_UNUSABLE)
        return _not_ahead(scope.received_at, scope.now, notices), FROM_ARRIVAL
    return _not_ahead(seconds, scope.now, notices), FROM_EVENT


def expiry(seconds: int, action_source: str, now: int) -> int:
    """Return the Unix second after which the event may not be sent any more.

    Raises:
        Refusal: that moment has passed.
    """
    is_store = action_source == meta.PHYSICAL_STORE
    limit = meta.MAX_AGE_SECONDS_PHYSICAL_STORE if is_store else meta.MAX_AGE_SECONDS
    expires_at = seconds + limit - MARGIN_SECONDS
    if now > expires_at:
        code = "store_event_too_old" if is_store else "event_too_old"
        days, rest = divmod(now - seconds, meta.DAY)
        raise Refusal(code, f"It is {days} days and {rest // meta.HOUR} hours old. {_STOPS}")
    return expires_at


def _not_ahead(seconds: int, now: int, notices: list[Notice]) -> int:
    if seconds <= now:
        return seconds
    notices.append(CLOCK_AHEAD)
    return now


def _number(text: str) -> float | int | None:
    if not text.isascii() or len(text) > _LONGEST_TEXT or "_" in text:
        return None
    if text.isdigit():
        return int(text)
    try:
        return float(text)
    except ValueError:
        return None


def _from_number(number: float, notices: list[Notice]) -> int | None:
    if not 0 < number < _LATEST:  # neither infinity nor NaN is
        return None
    for threshold, per_second in _FINER_UNITS:
        if number >= threshold:
            notices.append(FINER_UNIT)
            return int(number // per_second)
    return int(number)


def _from_iso(text: str, notices: list[Notice]) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        notices.append(NO_ZONE)
        moment = moment.replace(tzinfo=UTC)
    try:
        return math.floor(moment.timestamp()) if moment.timestamp() > 0 else None
    except (OverflowError, ValueError):
        return None
