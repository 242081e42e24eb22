"""One database connection: opened when it is needed, thrown away at the first doubt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg
from django.db import connections
from psycopg.conninfo import make_conninfo

from delivery import arrays

Result = TypeVar("Result")
Connection = psycopg.AsyncConnection[tuple[Any, ...]]

_APPLICATION = "capi_admin collector"
_CONNECT_SECONDS = 2
_CLOSE_SECONDS = 1  # for what was given up to let go of its connection
_PAUSE_SECONDS = 0.25  # after a failed attempt, so that a dead server is not hammered
_SESSION = (
    # 2xx means "on disk": a server or role set to answer sooner is overruled.
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'",
    # What was given up here must not go on there for long.
    "SET statement_timeout = '10s'",
    # A table that was small when it was last looked at may have grown by millions since.
    "SET enable_seqscan = off",
    # The one statement of the hot path has the same plan whatever is in it: to plan it for each
    # group took nearly as long as to run it.
    "SET plan_cache_mode = force_generic_plan",
)


class NotAnswering(Exception):
    """The database did not answer in time, or was found dead a moment ago."""


def conninfo() -> str:
    """Return how to reach the database of Django's settings."""
    database = connections["default"].settings_dict
    options: dict[str, Any] = {**database["OPTIONS"], "application_name": _APPLICATION}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}
    options |= {key: database[name] for key, name in names.items() if database[name]}
    return make_conninfo(**options, port=database["PORT"] or None, connect_timeout=_CONNECT_SECONDS)


class Link:
    """Runs work on its connection, one piece after the other."""

    def __init__(self, conninfo: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._conninfo = conninfo
        self._clock = clock
        self._connection: Connection | None = None
        self._used_at = self._retry_at = 0.0
        self._opening = asyncio.Lock()
        self._abandoned: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[[Connection], Awaitable[Result]], seconds: float) -> Result:
        """Return what `work` does with the connection.

        Late work is cancelled and its connection given up, but not waited for: a frozen server
        does not even take a cancellation. Whether it took effect is then unknown.

        Raises:
            NotAnswering: it took longer than `seconds`, or the last attempt to connect failed
                just now.
            psycopg.Error: as `work` or connecting raised it.
        """
        task = asyncio.create_task(self._run(work))
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                self._abandon(task)
        if task in self._abandoned:
            raise NotAnswering
        return task.result()

    async def keep_alive(self, seconds: float) -> None:
        """Use the connection if nobody did for so long, so that who comes next finds a good one.

        Raises:
            as `run`.
        """
        if self._clock() - self._used_at >= seconds:
            await self.run(_ask_nothing, seconds)

    async def close(self) -> None:
        """Close the connection, and give up what still runs."""
        connection, self._connection = self._connection, None
        if self._abandoned:
            # Each asks the server to forget its statement; a second word would cut that off.
            _, stuck = await asyncio.wait(self._abandoned, timeout=_CLOSE_SECONDS)
            for task in stuck:
                task.cancel()
        if connection is not None:
            await connection.close()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        self._connection = None
        self._abandoned.add(task)
        task.add_done_callback(self._forget)
        task.cancel()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # seen: nobody waits for it any more

    async def _run(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        connection = await self._ready()
        self._used_at = self._clock()
        try:
            return await work(connection)
        finally:
            if connection is not self._connection or connection.closed:
                await self._drop(connection)

    async def _ready(self) -> Connection:
        async with self._opening:
            if self._connection is None:
                self._connection = await self._open()
            return self._connection

    async def _open(self) -> Connection:
        if self._clock() < self._retry_at:
            raise NotAnswering
        try:
            return await self._connect()
        except Exception:  # being given up is none: it tells nothing of the server
            self._retry_at = self._clock() + _PAUSE_SECONDS
            raise

    async def _connect(self) -> Connection:
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        try:
            arrays.teach(connection)
            for statement in _SESSION:
                await connection.execute(statement)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _drop(self, connection: Connection) -> None:
        if self._connection is connection:
            self._connection = None
        await connection.close()


async def _ask_nothing(connection: Connection) -> None:
    await connection.execute("SELECT")
