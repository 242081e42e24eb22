"""Timestamp: which time, and how it is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.time_format import SIGNS
from extensions.core.timestamp import TIMESTAMP
from tests.extensions.core.making import (
    NOW,
    RECEIVED_AT,
    datetimes,
    errors,
    json_values,
    patient,
    run,
    scope,
)

TIME = "2026-03-05T07:08:09.045Z"
EVENT = {"xdm": {"timestamp": TIME}}


def write(value: Any = TIME, **settings: Any) -> Any:
    """Return how the element writes a time that another data element gives."""
    chosen = {"source": "element", "value": "{{Time}}", **settings}
    return run(TIMESTAMP, chosen, {"Time": value})


def custom(pattern: str, value: Any = TIME, zone: str = "UTC") -> Any:
    """Return a time in a custom format."""
    return write(value, format="custom", pattern=pattern, zone=zone)


@pytest.mark.parametrize(
    ("settings", "event", "seconds"),
    [
        ({}, {"xdm": {"timestamp": "2026-01-01T00:00:00Z"}}, 1_767_225_600),
        ({}, {"xdm": {"timestamp": 1_767_225_600_000}}, 1_767_225_600),
        ({}, {"xdm": {"timestamp": "2026-01-01T00:00:00"}}, 1_767_225_600),
        ({}, {"xdm": {"timestamp": "yesterday"}}, RECEIVED_AT),
        ({}, {"xdm": []}, RECEIVED_AT),
        ({}, {}, RECEIVED_AT),
        ({"source": "event"}, EVENT, 1_772_694_489),
        ({"source": "received"}, EVENT, RECEIVED_AT),
        ({"source": "now"}, EVENT, NOW),
    ],
)
def test_time_is_the_chosen_one(settings: Any, event: Any, seconds: int) -> None:
    found = run(TIMESTAMP, settings | {"format": "unix"}, at=scope(event))
    assert found == seconds


@pytest.mark.parametrize(
    ("settings", "written"),
    [
        ({}, "2026-03-05T07:08:09Z"),
        ({"format": "iso"}, "2026-03-05T07:08:09Z"),
        ({"format": "iso-milliseconds"}, "2026-03-05T07:08:09.045Z"),
        ({"format": "unix"}, 1_772_694_489),
        ({"format": "unix-milliseconds"}, 1_772_694_489_045),
        ({"zone": "Europe/Berlin"}, "2026-03-05T08:08:09+01:00"),
        ({"zone": "America/New_York"}, "2026-03-05T02:08:09-05:00"),
        ({"zone": "Europe/London"}, "2026-03-05T07:08:09+00:00"),
        ({"zone": "Asia/Kolkata", "format": "iso-milliseconds"}, "2026-03-05T12:38:09.045+05:30"),
        ({"zone": "Asia/Tokyo", "format": "unix"}, 1_772_694_489),
        ({"offset": 2}, "2026-03-05T09:08:09Z"),
        ({"offset": "-1.5"}, "2026-03-05T05:38:09Z"),
        ({"offset": 30, "offsetUnit": "seconds"}, "2026-03-05T07:08:39Z"),
        ({"offset": -9, "offsetUnit": "minutes"}, "2026-03-05T06:59:09Z"),
        ({"offset": 30, "offsetUnit": "days"}, "2026-04-04T07:08:09Z"),
        ({"offset": 10**9, "offsetUnit": "days"}, None),
        ({"offset": -(10**9), "offsetUnit": "days"}, None),
        # 24 hours later is another hour of the clock when the clocks change in between.
        (
            {"offset": 25, "offsetUnit": "days", "zone": "Europe/Berlin"},
            "2026-03-30T09:08:09+02:00",
        ),
    ],
)
def test_time_is_written(settings: Any, written: Any) -> None:
    found = write(**settings)
    assert found == written
    assert type(found) is type(written)


@pytest.mark.parametrize("value", [None, "", "soon", [], {}, True])
def test_what_is_no_time_is_nothing(value: Any) -> None:
    assert write(value) is None


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("%Y-%m-%d", "2026-03-05"),
        ("%d.%m.%y", "05.03.26"),
        ("%e/%m", "5/03"),
        ("%H:%M:%S.%L", "07:08:09.045"),
        ("%I:%M %p", "07:08 AM"),
        ("%A, %e %B %Y", "Thursday, 5 March 2026"),
        ("%a %b", "Thu Mar"),
        ("%j %u %G-W%V", "064 4 2026-W10"),
        ("%z %:z", "+0000 +00:00"),
        ("100%%", "100%"),
        ("%%Y", "%Y"),
        ("plain", "plain"),
        ("größe\n%Y", "größe\n2026"),
    ],
)
def test_custom_format(pattern: str, written: str) -> None:
    assert custom(pattern) == written


@pytest.mark.parametrize(
    ("hour", "written"),
    [(0, "12 AM"), (1, "01 AM"), (11, "11 AM"), (12, "12 PM"), (13, "01 PM"), (23, "11 PM")],
)
def test_hours_of_a_clock_face(hour: int, written: str) -> None:
    assert custom("%I %p", f"2026-03-05T{hour:02d}:00Z") == written


@pytest.mark.parametrize(
    ("value", "zone", "written"),
    [
        ("2026-03-29T00:59:59Z", "Europe/Berlin", "01:59:59 +0100"),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", "03:00:00 +0200"),
        ("2026-10-25T00:30:00Z", "Europe/Berlin", "02:30:00 +0200"),
        ("2026-10-25T01:30:00Z", "Europe/Berlin", "02:30:00 +0100"),
        ("2026-11-01T05:30:00Z", "America/New_York", "01:30:00 -0400"),
        ("2026-11-01T06:30:00Z", "America/New_York", "01:30:00 -0500"),
        ("2026-01-01T00:00:00Z", "Asia/Kolkata", "05:30:00 +0530"),
        ("1880-01-01T00:00:00Z", "America/New_York", "19:03:58 -0456"),
    ],
)
def test_clock_of_the_zone_on_that_day(value: str, zone: str, written: str) -> None:
    assert custom("%H:%M:%S %z", value, zone) == written


@patient
@given(datetimes("1000-01-01", "9998-12-30"))
def test_signs_agree_with_the_standard_library(moment: datetime) -> None:
    portable = "%Y %y %m %d %H %I %M %S %j %u %V %G %%"
    assert custom(portable, moment.isoformat()) == moment.strftime(portable)


@patient
@given(pattern=st.text(alphabet="%YmdH: xL", min_size=1, max_size=12), value=json_values)
def test_any_pattern_writes_or_is_refused(pattern: str, value: Any) -> None:
    settings = {"source": "element", "value": "{{T}}", "format": "custom", "pattern": pattern}
    if not errors(TIMESTAMP, settings):
        assert isinstance(run(TIMESTAMP, settings, {"T": value}), str | None)


def test_every_sign_is_named_beside_the_field() -> None:
    description = TIMESTAMP.schema["properties"]["pattern"]["description"]
    assert all(f" {sign}" in description for sign in SIGNS)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"source": "element"}, ("value", "Please specify a data element.")),
        ({"source": "element", "value": "a {{T}}"}, ("value", "Please specify a data element.")),
        (
            {"zone": "Berlin"},
            ("zone", "This time zone is not known. Use a name such as Europe/Berlin."),
        ),
        ({"format": "custom"}, ("pattern", "Please specify a format, such as %Y-%m-%d.")),
        (
            {"format": "custom", "pattern": "%Q"},
            ("pattern", "%Q is no sign of a date or time. Write %% for a percent sign."),
        ),
        (
            {"format": "custom", "pattern": "100%"},
            ("pattern", "% is no sign of a date or time. Write %% for a percent sign."),
        ),
        ({"offset": "two"}, ("offset", "Please enter a number, such as 2 or -1.5.")),
        ({"offset": "Infinity"}, ("offset", "Please enter a number, such as 2 or -1.5.")),
        ({"offset": 10**10}, ("offset", "Please enter a number, such as 2 or -1.5.")),
        ({"offsetUnit": "months"}, ("offsetUnit", "Choose one of the offered values.")),
    ],
)
def test_form_says_what_is_wrong_beside_the_field(settings: Any, problem: Any) -> None:
    assert errors(TIMESTAMP, settings) == [problem]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "the event's time as ISO 8601"),
        ({"source": "now", "format": "unix"}, "the current time as Unix seconds"),
        (
            {"source": "element", "value": "{{Order Date}}", "format": "custom", "pattern": "%Y"},
            "Order Date as %Y",
        ),
    ],
)
def test_element_reads_itself_aloud(settings: Any, words: str) -> None:
    assert TIMESTAMP.summarise(settings) == words
