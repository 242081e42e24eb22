"""The moment of an event, from whatever the event gives."""

from __future__ import annotations

import pytest

from extensions.contract import JSON, Notice
from extensions.meta import event_time
from tests.extensions.meta.making import NOW, codes, sent


@pytest.mark.parametrize(
    ("value", "seconds", "notices"),
    [
        (1760000000, 1760000000, []),
        (1760000000.9, 1760000000, []),
        ("1760000000", 1760000000, []),
        (" 1760000000.5 ", 1760000000, []),
        (1760000000123, 1760000000, ["event_time_in_milliseconds"]),
        ("1760000000123", 1760000000, ["event_time_in_milliseconds"]),
        (1760000000123456, 1760000000, ["event_time_in_milliseconds"]),
        (1760000000123456789, 1760000000, ["event_time_in_milliseconds"]),
        ("2025-10-09T08:53:20Z", 1760000000, []),
        ("2025-10-09T08:53:20.123Z", 1760000000, []),
        ("2025-10-09T10:53:20+02:00", 1760000000, []),
        ("2025-10-09 08:53:20", 1760000000, ["event_time_without_zone"]),
    ],
)
def test_a_time_is_read_in_every_usual_form(value: JSON, seconds: int, notices: list[str]) -> None:
    found: list[Notice] = []

    assert event_time.to_seconds(value, found) == seconds
    assert codes(found) == notices


@pytest.mark.parametrize(
    "value",
    [
        "soon", "", True, {}, [], 0, -5, 1e300, float("nan"), float("inf"),
        "1e300", "1e400", "   ", "\ud800", "1_760_000_000", "9" * 50,
        "0001-01-01", "2025-10-09T25:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(value: JSON) -> None:
    assert event_time.to_seconds(value, []) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_too_large_for_a_float_is_no_time(sign: int) -> None:
    assert event_time.to_seconds(sign * 10**400, []) is None


def test_an_empty_setting_takes_the_time_the_event_carries() -> None:
    event = {"xdm": {"timestamp": "2025-10-09T08:00:00.000Z"}, "data": {"email": "a@b.example"}}

    assert sent({}, event=event).payload["event_time"] == NOW - 3200


@pytest.mark.parametrize("xdm", [{}, {"timestamp": None}, {"timestamp": ""}, None, "x"])
def test_an_event_without_a_time_of_its_own_has_that_of_its_arrival(xdm: JSON) -> None:
    event = {"xdm": xdm, "data": {"email": "a@b.example"}}

    assert sent({}, event=event, received_at=NOW - 7).payload["event_time"] == NOW - 7


@pytest.mark.parametrize("stamp", ["2099-01-01T00:00:00Z", "soon", {"a": 1}])
def test_an_event_whose_own_time_is_wrong_has_that_of_its_arrival(stamp: JSON) -> None:
    event = {"xdm": {"timestamp": stamp}, "data": {"email": "a@b.example"}}
    send = sent({}, event=event, received_at=NOW - 7)

    assert send.payload["event_time"] == NOW - 7
    assert "event_time_unusable" in codes(send.notices)


def test_a_mapped_time_that_is_empty_falls_back_and_says_so() -> None:
    send = sent({"eventTime": "{{time}}"}, {"time": None})

    assert send.payload["event_time"] == NOW
    assert "event_time_empty" in codes(send.notices)


@pytest.mark.parametrize("ahead", [1, 60])
def test_a_time_slightly_ahead_is_set_to_now(ahead: int) -> None:
    send = sent({"eventTime": "{{time}}"}, {"time": NOW + ahead})

    assert send.payload["event_time"] == NOW
    assert "event_time_ahead" in codes(send.notices)


def test_the_age_of_an_event_is_said_when_it_is_too_old() -> None:
    with pytest.raises(event_time.Refusal) as caught:
        event_time.expiry(NOW - 7 * 86_400 + 60, "website", NOW)

    assert "It is 6 days and 23 hours old." in caught.value.message
