"""Limits of a datastream: events a second and a day, kept by all collectors together."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import psycopg
import pytest

from collector.database import conninfo
from collector.enrich import Bounds
from collector.problems import Refused
from collector.quotas import Quotas
from collector.streams import Datastream as Known
from collector.streams import Limits
from delivery.intake import Stream
from delivery.models import Event
from rules.models import Datastream, DatastreamCount
from tests.collector.conftest import MakeEdge
from tests.collector.edge import Edge, eventually

EVENT = {"data": {"event": "x"}}
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


class Clock:
    """Both clocks of a collector, which a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> dt.datetime:
        return NOON + dt.timedelta(seconds=self.seconds - 1000)


def limited(**limits: int) -> Known:
    return Known(
        "DS1", Stream(1, 2, 3), True, frozenset(), Bounds({}, {}), False, frozenset(),
        Limits(**limits),
    )  # fmt: skip


def quotas(clock: Clock) -> Quotas:
    return Quotas(clock.monotonic, clock.now)


def admitted(one: Quotas, datastream: Known, requests: int, count: int = 1) -> int:
    """How many of so many requests are let in; their events are on disk at once."""
    taken = 0
    for _ in range(requests):
        try:
            one.reserve(datastream, count)
        except Refused:
            continue
        one.settle(datastream, count, count)
        taken += 1
    return taken


def refused(one: Quotas, datastream: Known, count: int = 1) -> tuple[str, int]:
    with pytest.raises(Refused) as error:
        one.reserve(datastream, count)
    return error.value.problem.code, int(dict(error.value.headers)[b"retry-after"])


def test_without_limits_everything_is_let_in() -> None:
    assert admitted(quotas(Clock()), limited(), 100_000) == 100_000


def test_burst_is_let_in_at_once_and_the_rate_afterwards() -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited(rate=10, burst=30)
    assert admitted(one, datastream, 100) == 30
    clock.seconds += 2
    assert admitted(one, datastream, 100) == 20
    clock.seconds += 60
    assert admitted(one, datastream, 100) == 30


def test_burst_is_a_second_of_the_rate_unless_it_is_given() -> None:
    assert admitted(quotas(Clock()), limited(rate=10), 100) == 10


def test_refusal_says_when_there_is_room_again() -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited(rate=1, burst=5)
    assert admitted(one, datastream, 5) == 5
    code, wait = refused(one, datastream, 5)
    assert code == "rate-limited"
    assert wait in {5, 6}
    clock.seconds += wait
    assert admitted(one, datastream, 1, count=5) == 1


def test_request_larger_than_the_burst_is_let_in_and_paid_off() -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited(rate=10, burst=10)
    assert admitted(one, datastream, 1, count=100) == 1
    clock.seconds += 5
    assert refused(one, datastream)[0] == "rate-limited"
    clock.seconds += 5
    assert admitted(one, datastream, 100) == 10


def test_day_is_full_when_its_events_are_on_disk() -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited(daily=10)
    assert admitted(one, datastream, 3, count=3) == 3
    assert admitted(one, datastream, 1, count=2) == 0
    assert admitted(one, datastream, 2) == 1
    code, wait = refused(one, datastream)
    assert code == "daily-cap"
    assert 12 * 3600 <= wait <= 12 * 3600 + 1


def test_next_day_is_empty() -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited(daily=10)
    assert admitted(one, datastream, 20) == 10
    clock.seconds += 12 * 3600
    assert admitted(one, datastream, 20) == 10


def test_events_under_way_count_and_those_not_taken_do_not() -> None:
    one, datastream = quotas(Clock()), limited(daily=10)
    one.reserve(datastream, 10)
    assert refused(one, datastream)[0] == "daily-cap"
    one.settle(datastream, 10, 4)  # six of them were duplicates
    assert admitted(one, datastream, 20) == 6


Exchange = Callable[..., None]


@pytest.fixture
def exchange(transactional_db: None) -> Exchange:
    """Lets collectors settle accounts over a connection to the database."""

    async def run(*each: tuple[Quotas, Known]) -> None:
        async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as link:
            for one, datastream in each:
                await one.exchange(link, [datastream])

    return lambda *each: asyncio.run(run(*each))


def test_collectors_keep_a_day_together(exchange: Exchange) -> None:
    clock = Clock()
    one, other, datastream = quotas(clock), quotas(clock), limited(daily=10)
    assert admitted(one, datastream, 6) == 6
    exchange((one, datastream), (other, datastream))
    assert admitted(other, datastream, 10) == 4
    exchange((other, datastream), (one, datastream))
    assert admitted(one, datastream, 10) == 0


def test_collector_that_starts_again_knows_what_was_taken_today(exchange: Exchange) -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited(daily=10)
    assert admitted(one, datastream, 6) == 6
    later = quotas(clock)
    exchange((one, datastream), (one, datastream), (later, datastream))
    assert admitted(later, datastream, 10) == 4
    assert DatastreamCount.objects.get(collector=one._collector).events == 6


def test_collectors_share_a_rate_by_what_each_is_asked(exchange: Exchange) -> None:
    clock = Clock()
    one, other, datastream = quotas(clock), quotas(clock), limited(rate=100)
    for _ in range(10):
        total = admitted(one, datastream, 300) + admitted(other, datastream, 100)
        exchange((one, datastream), (other, datastream))
        clock.seconds += 1
    assert 80 <= total <= 130
    for _ in range(10):
        alone = admitted(one, datastream, 300)
        exchange((one, datastream), (other, datastream))
        clock.seconds += 1
    assert alone >= 90  # whoever is asked alone has all of it


def test_counts_of_old_days_are_removed(exchange: Exchange) -> None:
    clock = Clock()
    one, datastream = quotas(clock), limited()
    admitted(one, datastream, 1)
    exchange((one, datastream))
    clock.seconds += 8 * 86_400
    exchange((one, datastream))
    assert not DatastreamCount.objects.exists()


def test_request_over_the_rate_is_429_with_retry_after(
    edge: Edge, native: str, datastream: Datastream
) -> None:
    Datastream.objects.update(rate_limit=1, burst=3)
    eventually(lambda: edge.post(native, EVENT).status == 429)
    response = edge.post(native, [EVENT] * 3, Origin="https://shop.example")
    assert (response.status, response.problem) == (429, "rate-limited")
    assert 1 <= int(response.headers["retry-after"]) <= 5
    assert response.headers["access-control-expose-headers"] == "Retry-After"


def test_event_over_the_daily_cap_is_429_and_not_stored(
    make_edge: MakeEdge, native: str, datastream: Datastream
) -> None:
    Datastream.objects.update(daily_cap=3)
    edge = make_edge()
    answers = [edge.post(native, EVENT) for _ in range(5)]
    assert [answer.status for answer in answers] == [202, 202, 202, 429, 429]
    assert answers[-1].problem == "daily-cap"
    assert int(answers[-1].headers["retry-after"]) <= 86_401
    assert Event.objects.count() == 3
    eventually(lambda: datastream.count_of(dt.datetime.now(dt.UTC).date()) == 3)


def test_duplicates_do_not_fill_the_day(
    make_edge: MakeEdge, native: str, datastream: Datastream
) -> None:
    Datastream.objects.update(daily_cap=3)
    edge = make_edge()
    same = {"data": {"eventId": "1"}}
    assert [edge.post(native, same).status for _ in range(4)] == [202] * 4
    assert [edge.post(native, EVENT).status for _ in range(3)] == [202, 202, 429]


def test_limits_removed_in_the_admin_are_gone_without_a_restart(
    make_edge: MakeEdge, native: str, datastream: Datastream
) -> None:
    Datastream.objects.update(daily_cap=0)
    edge = make_edge()
    assert edge.post(native, EVENT).status == 429
    Datastream.objects.update(daily_cap=None)
    eventually(lambda: edge.post(native, EVENT).status == 202)


def test_count_is_written_when_the_collector_ends(
    edge: Edge, native: str, datastream: Datastream
) -> None:
    edge.post(native, [EVENT] * 7)
    edge.stop_later().result(10)
    assert datastream.count_of(dt.datetime.now(dt.UTC).date()) == 7
