"""How long to wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from delivery.backoff import MOST_ASKED_SECONDS, pause_seconds, retry_seconds

chances = st.floats(0, 1)


@given(chances, chances)
def test_outage_of_ten_seconds_is_over_at_the_second_retry_and_within_a_minute(
    first: float, second: float
) -> None:
    again = retry_seconds(1, first)
    third = again + retry_seconds(2, second)
    assert third > 10
    assert third <= 40


@given(st.integers(1, 10_000), chances)
def test_wait_grows_to_half_an_hour_and_no_further(attempts: int, chance: float) -> None:
    assert 3 <= retry_seconds(attempts, chance) <= 30 * 60


def test_waits_are_spread_over_the_whole_step() -> None:
    assert retry_seconds(2, 0) == 10
    assert retry_seconds(2, 1) == 30


@given(st.integers(1, 20), chances)
def test_destination_can_ask_for_a_longer_wait_but_not_a_shorter(
    attempts: int, chance: float
) -> None:
    assert retry_seconds(attempts, chance, 7200) == 7200
    assert retry_seconds(attempts, chance, 1) == retry_seconds(attempts, chance)


def test_destination_that_asks_for_a_year_gets_a_day() -> None:
    assert retry_seconds(1, 0, 365 * 86_400) == MOST_ASKED_SECONDS


def test_pause_doubles_from_half_a_minute_to_a_quarter_of_an_hour() -> None:
    assert [pause_seconds(holds) for holds in (1, 2, 3, 4, 5, 6, 99)] == [
        30, 60, 120, 240, 480, 900, 900,
    ]  # fmt: skip
