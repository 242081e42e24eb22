"""The collector's memory of datastreams: quick, current, and useful while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from collector.problems import Refused
from collector.streams import Datastreams
from delivery.intake import Stream
from rules.models import Datastream, Environment
from tests.collector.conftest import MakeEdge
from tests.collector.edge import Edge, eventually
from tests.collector.relay import Relay

EVENT = {"event": {"xdm": {"eventType": "x"}}}
ROW: tuple[Any, ...] = ("DS1", 1, 2, 3, True, [])


class Table:
    """Stands for the link: answers every query from one list of rows, and counts them."""

    def __init__(self, *rows: tuple[Any, ...]) -> None:
        self.rows = list(rows)
        self.queries = 0
        self.is_away = False

    async def run(self, work: Callable[[Any], Awaitable[Any]], seconds: float) -> Any:
        await asyncio.sleep(0)
        if self.is_away:
            raise psycopg.OperationalError
        self.queries += 1
        return await work(self)

    async def execute(self, query: str, values: list[str] | None = None) -> Table:
        self._found = [row for row in self.rows if values is None or row[0] == values[0]]
        return self

    async def fetchall(self) -> list[tuple[Any, ...]]:
        return self._found

    async def fetchone(self) -> tuple[Any, ...] | None:
        return self._found[0] if self._found else None


def _over(table: Table) -> Datastreams:
    return Datastreams(table)  # type: ignore[arg-type]  # as much of a link as it needs


@pytest.mark.asyncio
async def test_known_datastream_is_found_without_a_query() -> None:
    table = Table(ROW)
    datastreams = _over(table)
    await datastreams.refresh()
    found = await datastreams.find("DS1")
    assert found.stream == Stream(datastream_id=1, environment_id=2, property_id=3)
    assert table.queries == 1


@pytest.mark.asyncio
async def test_unknown_id_is_looked_up_once_until_the_next_refresh() -> None:
    table = Table()
    datastreams = _over(table)
    for _ in range(3):
        with pytest.raises(Refused, match="unknown-datastream"):
            await datastreams.find("DS1")
    assert table.queries == 1
    table.rows.append(ROW)
    await datastreams.refresh()
    assert (await datastreams.find("DS1")).public_id == "DS1"


@pytest.mark.asyncio
async def test_requests_for_the_same_unknown_id_share_one_lookup() -> None:
    table = Table(ROW)
    datastreams = _over(table)
    await asyncio.gather(*(datastreams.find("DS1") for _ in range(10)))
    assert table.queries == 1


@pytest.mark.asyncio
async def test_flood_of_unknown_ids_is_refused_before_it_becomes_a_flood_of_queries() -> None:
    table = Table()
    datastreams = _over(table)
    found = await asyncio.gather(
        *(datastreams.find(f"DS{number}") for number in range(1_000)), return_exceptions=True
    )
    codes = [error.problem.code for error in found if isinstance(error, Refused)]
    assert len(codes) == 1_000
    assert "overloaded" in codes
    assert table.queries < 100


@pytest.mark.asyncio
async def test_last_known_datastreams_go_on_while_the_database_is_away() -> None:
    table = Table(ROW)
    datastreams = _over(table)
    await datastreams.refresh()
    table.is_away = True
    with pytest.raises(psycopg.OperationalError):
        await datastreams.refresh()
    assert (await datastreams.find("DS1")).public_id == "DS1"
    with pytest.raises(Refused, match="unavailable"):
        await datastreams.find("DS2")


@pytest.mark.asyncio
async def test_removed_datastream_is_forgotten_by_the_refresh() -> None:
    table = Table(ROW)
    datastreams = _over(table)
    await datastreams.refresh()
    table.rows.clear()
    await datastreams.refresh()
    with pytest.raises(Refused, match="unknown-datastream"):
        await datastreams.find("DS1")


@pytest.mark.asyncio
async def test_datastreams_are_stale_when_no_refresh_succeeded_lately() -> None:
    now = 100.0
    datastreams = Datastreams(Table(), lambda: now)  # type: ignore[arg-type]  # see `_over`
    assert not datastreams.is_fresh()
    await datastreams.refresh()
    assert datastreams.is_fresh()
    now += 6
    assert not datastreams.is_fresh()


def test_datastream_made_a_moment_ago_takes_events(edge: Edge, collect: str) -> None:
    assert edge.post(collect, EVENT).status == 202
    made = Datastream.objects.create(environment=Environment.objects.earliest("id"), name="New")
    assert edge.post(f"/v1/events/{made.public_id}", {"a": 1}).status == 202


def test_datastream_disabled_in_the_admin_stops_without_a_restart(edge: Edge, collect: str) -> None:
    assert edge.post(collect, EVENT).status == 202
    Datastream.objects.update(enabled=False)
    eventually(lambda: edge.post(collect, EVENT).problem == "datastream-disabled")


def test_health_says_that_the_process_lives(make_edge: MakeEdge, relay: Relay) -> None:
    relay.cut()
    response = make_edge(relay.conninfo).request("GET", "/healthz")
    assert (response.status, response.json) == (200, {"status": "ok"})


def test_readiness_follows_the_database(make_edge: MakeEdge, relay: Relay) -> None:
    relay.cut()
    edge = make_edge(relay.conninfo)
    response = edge.request("GET", "/readyz")
    assert (response.status, response.problem) == (503, "unavailable")
    relay.restore()
    eventually(lambda: edge.request("GET", "/readyz").status == 200)


def test_collector_that_could_not_commit_is_not_ready(
    make_edge: MakeEdge, collect: str, relay: Relay
) -> None:
    edge = make_edge(relay.conninfo)
    assert edge.post(collect, EVENT).status == 202
    relay.cut()
    assert edge.post(collect, EVENT).status == 503
    assert edge.request("GET", "/readyz").status == 503
    relay.restore()
    eventually(lambda: edge.post(collect, EVENT).status == 202)
    assert edge.request("GET", "/readyz").status == 200
