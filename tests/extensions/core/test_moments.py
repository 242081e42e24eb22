"""Moments and zones: what is read as a time, and where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core import zones
from extensions.core.moments import EARLIEST, LATEST, local, read
from tests.extensions.core.making import datetimes, json_values, patient

BERLIN = zones.find("Europe/Berlin")
MOMENT = 1_795_467_420_000  # 2026-11-23T20:57:00Z


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [
        (1795467420, MOMENT),
        (1795467420.25, MOMENT + 250),
        (1795467420.123, MOMENT + 123),
        ("1795467420", MOMENT),
        (" 1795467420 ", MOMENT),
        ("1795467420.123", MOMENT + 123),
        (1795467420123, MOMENT + 123),
        ("1795467420123", MOMENT + 123),
        (1795467420123456, MOMENT + 123),
        ("1795467420123456789", MOMENT + 123),
        (0, 0),
        (-1, -1000),
        (-0.5, -500),
        (-0.0005, -1),
        ("2026-11-23T20:57:00Z", MOMENT),
        ("2026-11-23T21:57:00+01:00", MOMENT),
        ("2026-11-23T21:57", MOMENT),  # without a zone: as a clock in Berlin shows it
        ("2026-11-23 21:57:00.5", MOMENT + 500),
        ("2026-11-23T20:57:00.123456Z", MOMENT + 123),
        ("20261123T205700Z", MOMENT),
        ("2026-11-23", 1_795_388_400_000),
        ("20261123", 1_795_388_400_000),  # eight digits are a day
        ("2026-07-01T12:00", 1_782_900_000_000),
        ("1969-12-31T23:59:59.999Z", -1),
    ],
)
def test_time_is_read(value: Any, milliseconds: int) -> None:
    assert read(value, BERLIN) == milliseconds


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, [], {}, "", " ", "now", "23.11.2026", "11/23/2026", "2026-13-01",
        "2026-02-30", "21:57", "1e9", "0x10", "1_000", "١٧٩٥٤٦٧٤٢٠", "Infinity", float("nan"),
        float("inf"), 1e300, -1e300, 10**400, 10**30, -(10**13) * 10**9, "0001-01-01T00:00Z",
        "9999-12-31T23:59Z", "2026-11-23T20:57:00Z" + " " * 50 + "x", "\ud800", "2026-11-23\ud800",
    ],
)  # fmt: skip
def test_anything_else_is_no_time(value: Any) -> None:
    assert read(value, BERLIN) is None


@patient
@given(value=json_values | st.text(alphabet="0123456789-+:.TZ \ud83d", max_size=30))
def test_any_value_is_a_moment_of_the_calendar_or_none(value: Any) -> None:
    found = read(value, BERLIN)
    assert found is None or EARLIEST <= found < LATEST


@patient
@given(datetimes("0002-01-02", "9998-12-30"), st.sampled_from(zones._OFTEN_USED))
def test_moment_survives_being_written_in_any_zone(moment: datetime, name: str) -> None:
    exact = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    milliseconds = (exact - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    written = local(milliseconds, zones.find(name)).isoformat()
    assert read(written, UTC) == milliseconds


@pytest.mark.parametrize("name", zones._OFTEN_USED)
def test_zones_on_offer_are_known(name: str) -> None:
    zones.find(name)


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "Berlin", "europe/berlin", "Europe", "Europe/", "/etc/passwd", "../UTC", "UTC\0",
        "Europe/Berlin ", "localtime", "posixrules", "posix/UTC", "right/UTC", "Factory", "+01:00",
        "tzdata.zi", "leapseconds", "x" * 5000,
    ],
)  # fmt: skip
def test_other_names_are_no_zones(name: str) -> None:
    with pytest.raises(zones.UnknownZone, match="such as Europe/Berlin"):
        zones.find(name)
