"""A datastream, and a collector in front of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from collector.commit import Limits
from collector.database import conninfo
from collector.pressure import Marks
from rules.models import Datastream, Environment
from rules.provisioning import create_property
from tests.collector.edge import Edge, eventually, open_connections
from tests.collector.relay import Relay

MakeEdge = Callable[..., Edge]
Locking = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def datastream(transactional_db: None) -> Datastream:
    """A datastream of a development environment; committed, as another connection reads it."""
    environment = Environment.objects.filter(property=create_property("Shop", None)).earliest("id")
    return Datastream.objects.create(environment=environment, name="Site")


@pytest.fixture
def make_edge(transactional_db: None) -> Iterator[MakeEdge]:
    """Makes collectors on the test's database, and ends them with the test."""
    edges: list[Edge] = []
    before = open_connections()

    def make(
        address: str | None = None,
        *,
        proxies: tuple[str, ...] = (),
        limits: Limits | None = None,
        marks: Marks | None = None,
    ) -> Edge:
        edge = Edge(address or conninfo(), proxies, limits, marks)
        edges.append(edge)
        return edge

    yield make
    for edge in edges:
        edge.stop()
    # The test database cannot go before its connections. One that was just being opened when its
    # collector ended is closed by the garbage collector; its server process ends a moment later.
    gc.collect()
    eventually(lambda: open_connections() <= before, 30)


@pytest.fixture
def edge(datastream: Datastream, make_edge: MakeEdge) -> Edge:
    """A collector as it comes."""
    return make_edge()


@pytest.fixture
def collect(datastream: Datastream) -> str:
    """The address of `/ee/v2/collect` for the datastream."""
    return f"/ee/v2/collect?datastreamId={datastream.public_id}"


@pytest.fixture
def interact(datastream: Datastream) -> str:
    """The address of `/ee/v2/interact` for the datastream."""
    return f"/ee/v2/interact?datastreamId={datastream.public_id}"


@pytest.fixture
def native(datastream: Datastream) -> str:
    """The address of the native protocol for the datastream."""
    return f"/v1/events/{datastream.public_id}"


@pytest.fixture
def locked_log(transactional_db: None) -> Locking:
    """Holds every commit up while its block runs: somebody else has locked the log."""

    @contextmanager
    def locked() -> Iterator[None]:
        with psycopg.connect(conninfo()) as connection:
            connection.execute("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
            yield

    return locked


@pytest.fixture
def relay(transactional_db: None) -> Iterator[Relay]:
    """The way to the database, which a test can cut, freeze and restore."""
    relay = Relay(conninfo())
    yield relay
    relay.close()
