"""The collector's memory of datastreams: quick, current, and useful while the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from collector import streams
from collector.problems import Refused
from collector.streams import Datastreams
from delivery.intake import Stream
from rules import publishing
from rules.models import DataElement, Datastream, Environment
from tests.collector.conftest import MakeEdge
from tests.collector.edge import Edge, eventually, stored_body
from tests.collector.relay import Relay
from tests.rules.making import built, element, library

EVENT = {"event": {"xdm": {"eventType": "x"}}}
PLAIN = (False, [], None, None, None)  # no key asked for, none made, no limits
ROW: tuple[Any, ...] = ("DS1", 1, 2, 3, True, [], None, *PLAIN)


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
async def test_what_the_live_build_needs_goes_on_while_the_database_is_away() -> None:
    table = Table((*ROW[:6], ["cookie:_ga"], *PLAIN))
    datastreams = _over(table)
    await datastreams.refresh()
    table.is_away = True
    with pytest.raises(psycopg.OperationalError):
        await datastreams.refresh()
    assert "_ga" in (await datastreams.find("DS1")).bounds.cookies


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


@pytest.mark.asyncio
@pytest.mark.parametrize("is_away", [False, True], ids=["at once", "when the database is back"])
async def test_change_is_known_after_less_than_two_seconds_of_waiting(
    monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    """Counts what the loop sleeps, so that a busy machine changes nothing."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    async def turns(number: int) -> None:
        wanted = len(slept) + number
        while len(slept) < wanted:
            await asyncio.sleep(0)

    monkeypatch.setattr(streams, "asyncio", SimpleNamespace(sleep=sleep))
    table = Table(ROW)
    datastreams = _over(table)
    loop = asyncio.create_task(datastreams.keep_fresh())
    await turns(2)
    assert (await datastreams.find("DS1")).enabled
    table.is_away = is_away
    await turns(2)
    table.is_away = False
    table.rows[:] = [(*ROW[:4], False, *ROW[5:])]
    slept.clear()
    while (await datastreams.find("DS1")).enabled:
        await turns(1)
    loop.cancel()
    assert sum(slept) < 2


def test_datastream_made_a_moment_ago_takes_events(edge: Edge, collect: str) -> None:
    assert edge.post(collect, EVENT).status == 202
    made = Datastream.objects.create(environment=Environment.objects.earliest("id"), name="New")
    assert edge.post(f"/v1/events/{made.public_id}", {"a": 1}).status == 202


def test_datastream_disabled_in_the_admin_stops_without_a_restart(edge: Edge, collect: str) -> None:
    assert edge.post(collect, EVENT).status == 202
    Datastream.objects.update(enabled=False)
    eventually(lambda: edge.post(collect, EVENT).problem == "datastream-disabled")


def cookie_element(datastream: Datastream, name: str) -> DataElement:
    """A data element that reads a cookie."""
    property_ = datastream.environment.property
    settings = {"name": name}
    return element(property_, name, delegate="core::dataElements::cookie", settings=settings)


def kept(edge: Edge, address: str, body: Any, **headers: str) -> dict[str, Any]:
    """What is kept of a visitor's cookies and headers now."""
    request = stored_body(*edge.post(address, body, **headers).event_ids)["request"]
    return {name: request[name] for name in ("cookies", "headers") if name in request}


def test_new_build_changes_what_is_kept_without_a_restart(
    edge: Edge, native: str, collect: str, datastream: Datastream
) -> None:
    cookies = {"_ga": "G", "theme": "dark", "session": "s"}
    browser = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    server = {"data": {"a": 1}, "request": {"cookies": cookies, "headers": {"X-Shop": "DE"}}}
    assert kept(edge, collect, EVENT, **browser) == {"cookies": {}}
    assert kept(edge, native, server) == {"cookies": {}}

    first = cookie_element(datastream, "_ga")
    held = library(datastream.environment.property)
    assert built(held).is_live
    eventually(lambda: kept(edge, collect, EVENT, **browser) == {"cookies": {"_ga": "G"}})
    assert kept(edge, native, server) == {"cookies": {"_ga": "G"}}

    DataElement.objects.filter(pk=first.pk).update(settings={"name": "theme"})
    path = {"path": 'arc.request.headers["X-Shop"]'}
    element(datastream.environment.property, "Shop", settings=path)
    publishing.add_all_changed(held, None)
    assert built(held).is_live
    expected = {"cookies": {"theme": "dark"}, "headers": {"x-shop": "DE"}}
    eventually(lambda: kept(edge, collect, EVENT, X_Shop="DE", **browser) == expected)
    assert kept(edge, native, server) == expected


def test_build_of_another_environment_changes_nothing_here(
    edge: Edge, collect: str, datastream: Datastream
) -> None:
    other = Environment.objects.exclude(pk=datastream.environment.pk).earliest("id")
    elsewhere = Datastream.objects.create(environment=other, name="Elsewhere")
    cookie_element(datastream, "_ga")
    assert built(library(datastream.environment.property)).is_live
    browser = {"Cookie": "_ga=G"}
    eventually(lambda: kept(edge, collect, EVENT, **browser) == {"cookies": {"_ga": "G"}})
    there = f"/ee/v2/collect?datastreamId={elsewhere.public_id}"
    assert kept(edge, there, EVENT, **browser) == {"cookies": {}}


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
