"""Date and Time Range: dates, weekdays and hours as a clock in one zone shows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core import zones
from extensions.core.date_range import DATE_RANGE, WEEKDAYS
from tests.extensions.core.making import NOW, RECEIVED_AT, datetimes, errors, patient, run, scope


def holds(value: Any, **settings: Any) -> bool:
    """Whether the condition is met at a time that a data element gives."""
    chosen = {"source": "element", "value": "{{Time}}", "zone": "Europe/Berlin", **settings}
    met = run(DATE_RANGE, chosen, {"Time": value})
    assert isinstance(met, bool)
    return met


def on(*days: str) -> dict[str, Any]:
    """Return settings with these weekdays ticked."""
    return {"weekdays": dict.fromkeys(days, True)}


# Times are those of Berlin: 27 November 2026 is a Friday.
@pytest.mark.parametrize(
    ("settings", "time", "expected"),
    [
        ({"start": "2026-11-27"}, "2026-11-26T23:59:59.999", False),
        ({"start": "2026-11-27"}, "2026-11-27T00:00", True),
        ({"start": "2026-11-27"}, "2099-01-01", True),
        ({"start": "2026-11-27 18:00"}, "2026-11-27T17:59:59", False),
        ({"start": "2026-11-27T18:00"}, "2026-11-27T18:00", True),
        ({"end": "2026-11-27"}, "2026-11-27T23:59:59.999", True),
        ({"end": "2026-11-27"}, "2026-11-28T00:00", False),
        ({"end": "2026-11-27"}, "1970-01-01", True),
        ({"end": "2026-11-27 18:00"}, "2026-11-27T17:59:59.999", True),
        ({"end": "2026-11-27 18:00"}, "2026-11-27T18:00", False),
        ({"start": "2026-11-27", "end": "2026-11-27"}, "2026-11-27T12:00", True),
        ({"start": "2026-11-27", "end": "2026-11-27"}, "2026-11-28T12:00", False),
        # The zone decides which day it is.
        ({"start": "2026-11-27"}, "2026-11-26T23:00:00Z", True),
        ({"start": "2026-11-27", "zone": "UTC"}, "2026-11-26T23:00:00Z", False),
        ({"start": "2026-07-01"}, "2026-06-30T22:00:00Z", True),
        # Weekdays
        (on("friday"), "2026-11-27T00:00", True),
        (on("friday"), "2026-11-28T00:00", False),
        (on("saturday", "sunday"), "2026-11-29T23:59", True),
        (on("monday"), "2026-11-29T23:30:00Z", True),
        (on(*WEEKDAYS) | {"end": "2099-01-01"}, "2026-11-27T12:00", True),
        # Hours
        ({"startTime": "09:00", "endTime": "17:30"}, "2026-11-27T08:59:59", False),
        ({"startTime": "09:00", "endTime": "17:30"}, "2026-11-27T09:00", True),
        ({"startTime": "09:00", "endTime": "17:30"}, "2026-11-27T17:29:59", True),
        ({"startTime": "9:00", "endTime": "17:30"}, "2026-11-27T17:30", False),
        ({"startTime": "18:00"}, "2026-11-27T23:59", True),
        ({"startTime": "18:00"}, "2026-11-28T00:00", False),
        ({"endTime": "06:00"}, "2026-11-27T00:00", True),
        ({"endTime": "06:00"}, "2026-11-27T06:00", False),
        ({"startTime": "18:00", "endTime": "24:00"}, "2026-11-27T23:59", True),
        # Over midnight
        ({"startTime": "22:00", "endTime": "06:00"}, "2026-11-27T22:00", True),
        ({"startTime": "22:00", "endTime": "06:00"}, "2026-11-27T05:59", True),
        ({"startTime": "22:00", "endTime": "06:00"}, "2026-11-27T06:00", False),
        ({"startTime": "22:00", "endTime": "06:00"}, "2026-11-27T21:59", False),
        ({"startTime": "22:00", "endTime": "00:00"}, "2026-11-27T23:59", True),
        ({"startTime": "22:00", "endTime": "00:00"}, "2026-11-27T00:00", False),
        # The night from Friday to Saturday is Friday's.
        (on("friday") | {"startTime": "22:00", "endTime": "06:00"}, "2026-11-27T23:00", True),
        (on("friday") | {"startTime": "22:00", "endTime": "06:00"}, "2026-11-28T03:00", True),
        (on("friday") | {"startTime": "22:00", "endTime": "06:00"}, "2026-11-27T03:00", False),
        (on("sunday") | {"startTime": "22:00", "endTime": "06:00"}, "2026-11-30T03:00", True),
        # All together
        (
            on("friday") | {"start": "2026-11-28", "startTime": "09:00"},
            "2026-11-27T10:00",
            False,
        ),
        (on("friday") | {"start": "2026-11-27", "startTime": "09:00"}, "2026-11-27T10:00", True),
    ],
)
def test_condition_holds_between_its_limits(settings: Any, time: str, expected: bool) -> None:
    assert holds(time, **settings) is expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        # Spring: 02:00 to 03:00 does not exist. Autumn: it comes twice.
        ("2026-03-29T00:59:59Z", False),
        ("2026-03-29T01:00:00Z", False),
        ("2026-10-25T00:30:00Z", True),
        ("2026-10-25T01:30:00Z", True),
        ("2026-10-25T02:00:00Z", False),
    ],
)
def test_hours_follow_the_clock_when_it_changes(time: str, expected: bool) -> None:
    assert holds(time, startTime="02:00", endTime="03:00") is expected


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-27", 24)]
)
def test_day_has_as_many_hours_as_the_clock_gives_it(day: str, hours: int) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=zones.find("Europe/Berlin"))
    first = int(midnight.timestamp())
    met = [holds(first + hour * 3600, start=day, end=day) for hour in range(-2, 30)]
    assert met.count(True) == hours
    assert met == [False] * 2 + [True] * hours + [False] * (30 - hours)


@pytest.mark.parametrize("time", [None, "", "soon", [], {}, True, 10**400])
def test_what_is_no_time_lies_in_no_range(time: Any) -> None:
    assert holds(time, start="1970-01-01") is False


@pytest.mark.parametrize(
    ("source", "day"),
    [({}, "2026-01-01"), ({"source": "event"}, "2026-01-01")],
)
def test_event_is_looked_at_where_nothing_else_is_asked_for(source: Any, day: str) -> None:
    at = scope({"xdm": {"timestamp": "2026-01-01T12:00:00Z"}})
    assert run(DATE_RANGE, source | {"start": day, "end": day}, at=at) is True


@pytest.mark.parametrize(("source", "seconds"), [("received", RECEIVED_AT), ("now", NOW)])
def test_moments_of_our_own_may_be_looked_at(source: str, seconds: int) -> None:
    minute = datetime.fromtimestamp(seconds, zones.find("UTC")).strftime("%H:%M")
    later = (datetime.fromtimestamp(seconds + 60, zones.find("UTC"))).strftime("%H:%M")
    assert run(DATE_RANGE, {"source": source, "startTime": minute, "endTime": later}) is True
    assert run(DATE_RANGE, {"source": source, "startTime": later, "endTime": minute}) is False


DATE = "Please enter a date such as 2026-11-27, or with a time as in 2026-11-27 18:00."
HOUR = "Please enter a time such as 09:00 or 17:30."


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, ("start", "Please give a date, a weekday or hours.")),
        (on(*WEEKDAYS), ("start", "Please give a date, a weekday or hours.")),
        ({"start": "27.11.2026"}, ("start", DATE)),
        ({"start": "2026-02-30"}, ("start", DATE)),
        ({"start": "0001-01-01"}, ("start", DATE)),
        ({"end": "9999-12-31"}, ("end", DATE)),
        ({"end": "2026-11-27 25:00"}, ("end", DATE)),
        ({"end": "2026-11-27T18:00:00Z"}, ("end", DATE)),
        ({"startTime": "9"}, ("startTime", HOUR)),
        ({"startTime": "24:00"}, ("startTime", HOUR)),
        ({"endTime": "24:01"}, ("endTime", HOUR)),
        ({"endTime": "17:60"}, ("endTime", HOUR)),
        ({"startTime": "09:00", "endTime": "9:00"}, ("endTime", "The two times must differ.")),
        (
            {"start": "2026-11-28", "end": "2026-11-27"},
            ("end", "The end must lie after the start."),
        ),
        (
            {"start": "2026-11-27 18:00", "end": "2026-11-27 18:00"},
            ("end", "The end must lie after the start."),
        ),
        ({"start": "2026-11-27", "source": "element"}, ("value", "Please specify a data element.")),
        (
            {"start": "2026-11-27", "zone": "CEST"},
            ("zone", "This time zone is not known. Use a name such as Europe/Berlin."),
        ),
        (
            {"weekdays": {"someday": True}},
            ("weekdays", "There is a setting here that is not known."),
        ),
    ],
)
def test_form_says_what_is_wrong_beside_the_field(settings: Any, problem: Any) -> None:
    assert errors(DATE_RANGE, settings) == [problem]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"start": "2026-11-27", "end": "2026-11-30", "zone": "Europe/Berlin"},
            "the event's time is from 2026-11-27 until 2026-11-30 (Europe/Berlin)",
        ),
        (
            on("monday", "friday") | {"startTime": "09:00", "source": "now"},
            "the current time is on Monday, Friday between 09:00 and 24:00 (UTC)",
        ),
        ({"source": "element", "value": "{{Order Date}}"}, "Order Date is … (UTC)"),
    ],
)
def test_condition_reads_itself_aloud(settings: Any, words: str) -> None:
    assert DATE_RANGE.summarise(settings) == words


@patient
@given(
    moment=datetimes("1971-01-01", "2099-01-01"),
    minutes=st.lists(st.integers(0, 1439), min_size=2, max_size=2, unique=True),
    days=st.sets(st.sampled_from(WEEKDAYS)),
)
def test_every_moment_lies_either_in_the_hours_or_in_the_others(
    moment: datetime, minutes: list[int], days: set[str]
) -> None:
    first, second = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in minutes)
    time, every = moment.isoformat(), on(*WEEKDAYS)
    inside = holds(time, startTime=first, endTime=second, **every)
    assert inside is not holds(time, startTime=second, endTime=first, **every)
    ticked = days or set(WEEKDAYS)
    day = moment.date()
    if minutes[0] > minutes[1] and (moment.hour * 60 + moment.minute) < minutes[1]:
        day -= timedelta(days=1)
    expected = inside and WEEKDAYS[day.weekday()] in ticked
    assert holds(time, startTime=first, endTime=second, **on(*days)) is expected
