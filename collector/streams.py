"""The datastreams, kept in memory: the hot path asks no database who is posting.

All of them are read again every second, each with what the live build of its environment needs, so
that a change in the admin shows at once. While the database is away, the last known ones go on;
whether an event can be stored is not decided here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import psycopg

from collector import bugs
from collector.database import Connection, Link, NotAnswering
from collector.enrich import Bounds, bounds_for
from collector.problems import (
    DATASTREAM_DISABLED,
    MISSING_DATASTREAM,
    OVERLOADED,
    UNAVAILABLE,
    UNKNOWN_DATASTREAM,
    Refused,
)
from delivery.intake import Stream

_REFRESH_SECONDS = 1.0
_FRESH_SECONDS = 5.0
_QUERY_SECONDS = 2.0
_MISSING = 10_000  # unknown ids remembered until the next refresh
_LOOKUPS = 64  # unknown ids looked up at the same time
_ID = re.compile(r"[A-Za-z0-9_-]{1,34}")
_ALL = """
    SELECT stream.public_id, stream.id, stream.environment_id, environment.property_id,
           stream.enabled, stream.allowed_origins, build.needs, stream.requires_key,
           ARRAY(SELECT key.digest FROM rules_serverkey AS key
                 WHERE key.datastream_id = stream.id ORDER BY key.id),
           stream.rate_limit, stream.burst, stream.daily_cap
    FROM rules_datastream AS stream
    JOIN rules_environment AS environment ON environment.id = stream.environment_id
    LEFT JOIN rules_build AS build ON build.id = environment.active_build_id
"""
_ONE = _ALL + "WHERE stream.public_id = %s"


class Limits(NamedTuple):
    """How much a datastream takes; None: as much as comes.

    Args:
        rate: events a second in the long run.
        burst: events at once.
        daily: events on a day in UTC.
    """

    rate: int | None = None
    burst: int | None = None
    daily: int | None = None


class Datastream(NamedTuple):
    """What the edge knows of a datastream."""

    public_id: str
    stream: Stream
    enabled: bool
    allowed_origins: frozenset[str]
    bounds: Bounds  # of what is kept of a visitor's request
    requires_key: bool
    keys: frozenset[bytes]  # SHA-256 of the server keys
    limits: Limits

    def require_enabled(self) -> None:
        """Raise `Refused` when it takes no events."""
        if not self.enabled:
            raise Refused(DATASTREAM_DISABLED)


class Datastreams:
    """Finds datastreams by their public id."""

    def __init__(self, link: Link, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._known: dict[str, Datastream] = {}
        self._rows: list[tuple[Any, ...]] = []
        self._missing: set[str] = set()
        self._lookups: dict[str, asyncio.Task[Datastream]] = {}
        self._read_at: float | None = None

    async def find(self, public_id: str) -> Datastream:
        """Return the datastream.

        Raises:
            Refused: there is none, or an id not seen before cannot be looked up now.
        """
        found = self._known.get(public_id)
        return found if found is not None else await self._look_up(public_id)

    def known(self) -> Iterable[Datastream]:
        """Return all that are in memory."""
        return self._known.values()

    def is_fresh(self) -> bool:
        """Whether they were read from the database in the last seconds."""
        return self._read_at is not None and self._clock() - self._read_at < _FRESH_SECONDS

    async def keep_fresh(self) -> None:
        """Read them again and again; runs until it is cancelled."""
        while True:
            try:
                # A database that is away is told by `is_fresh`, and asked again in the next round.
                with suppress(psycopg.Error, NotAnswering, OSError):
                    await self.refresh()
            except Exception as error:  # noqa: BLE001 - nobody would restart this loop
                bugs.report(error)
            await asyncio.sleep(_REFRESH_SECONDS)

    async def refresh(self) -> None:
        """Read all datastreams.

        Raises:
            psycopg.Error, NotAnswering: the database is away; nothing changes.
        """
        rows = await self._link.run(_fetch_all, _QUERY_SECONDS)
        if rows != self._rows:
            self._known = {row[0]: _datastream(row) for row in rows}
            self._rows = rows
        self._missing.clear()
        self._read_at = self._clock()

    async def _look_up(self, public_id: str) -> Datastream:
        if not public_id:
            raise Refused(MISSING_DATASTREAM)
        if public_id in self._missing or not _ID.fullmatch(public_id):
            raise Refused(UNKNOWN_DATASTREAM)
        task = self._lookups.get(public_id) or self._start_lookup(public_id)
        return await asyncio.shield(task)

    def _start_lookup(self, public_id: str) -> asyncio.Task[Datastream]:
        if len(self._lookups) >= _LOOKUPS:
            raise Refused(OVERLOADED)
        task = asyncio.create_task(self._fetch(public_id))
        self._lookups[public_id] = task
        task.add_done_callback(lambda _: self._lookups.pop(public_id))
        return task

    async def _fetch(self, public_id: str) -> Datastream:
        async def one(connection: Connection) -> tuple[Any, ...] | None:
            return await (await connection.execute(_ONE, [public_id])).fetchone()

        try:
            row = await self._link.run(one, _QUERY_SECONDS)
        except (psycopg.Error, NotAnswering, OSError):
            raise Refused(UNAVAILABLE) from None
        if row is None:
            if len(self._missing) < _MISSING:
                self._missing.add(public_id)
            raise Refused(UNKNOWN_DATASTREAM)
        self._known[public_id] = found = _datastream(row)
        return found


async def _fetch_all(connection: Connection) -> list[tuple[Any, ...]]:
    return await (await connection.execute(_ALL)).fetchall()


def _datastream(row: tuple[Any, ...]) -> Datastream:
    public_id, key, environment, property_, enabled, origins, needs, requires_key, digests = row[:9]
    return Datastream(
        public_id,
        Stream(key, environment, property_),
        enabled,
        frozenset(normal_origin(origin) for origin in origins),
        bounds_for(needs or ()),
        requires_key,
        frozenset(map(bytes, digests)),
        Limits(*row[9:]),
    )


def normal_origin(origin: str) -> str:
    """Return an origin as a browser writes it, whatever a person typed."""
    return origin.strip().rstrip("/").lower()
