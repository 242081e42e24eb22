"""Group commit: concurrent requests share one transaction, and none is answered before it.

While one transaction is under way the next requests gather, so the load itself makes the groups.
Nothing is dropped after it was taken: what cannot be stored is refused, and the client told.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from django.conf import settings

from collector import bugs, metrics
from collector.database import Connection, Link, NotAnswering
from collector.problems import CANNOT_BE_STORED, OVERLOADED, UNAVAILABLE, Problem, Refused
from delivery.intake import (
    ENTER,
    Accepted,
    Entered,
    Keys,
    keys_in,
    parameters,
    told,
    unrepeated,
)
from delivery.recognising import window_at


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait, and for how long.

    Args:
        waiting_events, waiting_bytes: what may wait in memory, the group under way included.
        group_events, group_bytes: where a group ends; a request is never divided. With larger ones
            all clients would wait for one commit, and the processor for the next requests.
        linger_seconds: how long a group gathers more when several requests wait already.
        lull_seconds: it looks every so often, and stops where none came since: often all clients
            wait for their answers, and no more would come.
        fewest_events, enough_events: it stops, too, at most of the events that waited during the
            last commit, but never below the first number, and always at the second.
        commit_seconds: after this the outcome of a transaction counts as unknown.
        stop_seconds: how long the last groups may take when the process ends.
    """

    waiting_events: int = 10_000
    waiting_bytes: int = 32 * 1024 * 1024
    group_events: int = 200
    group_bytes: int = 4 * 1024 * 1024
    linger_seconds: float = 0.016
    lull_seconds: float = 0.003
    fewest_events: int = 4
    enough_events: int = 100
    commit_seconds: float = 2.0
    stop_seconds: float = 5.0


# Of the events that wait at a time. Clients that wait for their answers all stand in one group
# otherwise, and while it is written nobody prepares the next.
_GROUP_SHARE = 0.75
_TROUBLE_SECONDS = 5.0
# What a waiting request and each of its events hold beside the bodies: about so much.
_REQUEST_BYTES = 8 * 1024
_EVENT_BYTES = 1024
# Not our business alone: any number that nobody else locks.
_EDGE_LOCK = 0x4B455953


@dataclass(eq=False, slots=True)
class _Waiting:
    """The events of one request, and who waits for them."""

    events: Sequence[Accepted]
    size: int
    done: asyncio.Future[list[Entered]]

    def settle(self, entered: list[Entered]) -> None:
        """Tell the waiter what became of its events; it may be gone already."""
        if not self.done.done():
            self.done.set_result(entered)

    def fail(self, error: Exception) -> None:
        """Tell the waiter that none of its events was written, unless it knows more already."""
        if not self.done.done():
            self.done.set_exception(error)


class Committer:
    """Writes events of many requests together."""

    def __init__(
        self, link: Link, on_commit: Callable[[], None], limits: Limits | None = None
    ) -> None:
        """Take the connection to write by, and what to call after each commit."""
        self._link = link
        self._on_commit = on_commit
        self._limits = limits or Limits()
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._is_enough = asyncio.Event()
        self._events = self._bytes = 0  # taken and not yet settled
        self._enough = self._limits.fewest_events
        self._loop: asyncio.AbstractEventLoop
        self._task: asyncio.Task[None] | None = None
        self._failed_at: float | None = None

    async def commit(self, events: Sequence[Accepted]) -> list[Entered]:
        """Return what became of each event; all that are new are on disk then.

        Raises:
            Refused: too much waits already, the database cannot take them, or it cannot store
                what they hold. None of them is promised then.
        """
        size = _REQUEST_BYTES + sum(map(_held, events))
        self._require_room(len(events), size)
        waiting = _Waiting(events, size, self._loop.create_future())
        self._count(waiting, +1)
        self._queue.append(waiting)
        self._arrived.set()
        if self._events >= self._enough:
            self._is_enough.set()
        return await waiting.done

    def start(self) -> None:
        """Begin to take events."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._supervise())

    async def stop(self) -> None:
        """Take no more events, write those that wait, and answer everybody."""
        task, self._task = self._task, None
        if task is None:
            return
        self._arrived.set()
        await asyncio.wait({task}, timeout=self._limits.stop_seconds)
        task.cancel()
        await asyncio.wait({task})
        self._refuse_queue()

    def has_failed_lately(self) -> bool:
        """Whether the database refused a group in the last seconds and took none since."""
        return self._failed_at is not None and time.monotonic() - self._failed_at < _TROUBLE_SECONDS

    def _require_room(self, events: int, size: int) -> None:
        if self._task is None:
            raise Refused(UNAVAILABLE)
        if (
            self._events + events > self._limits.waiting_events
            or self._bytes + size > self._limits.waiting_bytes
        ):
            raise Refused(OVERLOADED)

    def _count(self, waiting: _Waiting, sign: int) -> None:
        self._events += sign * len(waiting.events)
        self._bytes += sign * waiting.size

    async def _supervise(self) -> None:
        while self._task is not None or self._queue:
            try:
                await self._write_on()
            except Exception as error:  # noqa: BLE001 - a bug in one group must not end the rest
                bugs.report(error)

    async def _write_on(self) -> None:
        if not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        if len(self._queue) > 1:
            await self._gather()
        group = self._take()
        try:
            if group:
                await self._store(group)
        finally:
            self._enough = self._share_of_waiting()
            for waiting in group:
                self._count(waiting, -1)
            _refuse(group, UNAVAILABLE)  # whoever is not answered yet

    def _share_of_waiting(self) -> int:
        share = int(_GROUP_SHARE * self._events)
        return max(self._limits.fewest_events, min(share, self._limits.enough_events))

    async def _gather(self) -> None:
        """Let a small group grow for a moment, as long as requests keep coming."""
        self._is_enough.clear()
        left, before = self._limits.linger_seconds, -1
        ends = time.monotonic() + left
        while left > 0 and before < self._events < self._enough:
            before = self._events
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._limits.lull_seconds)):
                    await self._is_enough.wait()
            left = ends - time.monotonic()

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        events = size = 0
        while self._queue:
            following = self._queue[0]
            events += len(following.events)
            size += following.size
            if group and (events > self._limits.group_events or size > self._limits.group_bytes):
                break
            group.append(self._queue.popleft())
        return group

    async def _store(self, group: Sequence[_Waiting]) -> None:
        events = [event for waiting in group for event in waiting.events]
        kept = unrepeated(events)
        began = time.monotonic()
        try:
            known = await self._link.run(
                lambda link: write(link, kept), self._limits.commit_seconds
            )
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            await self._divide(group, error)
        except (psycopg.Error, NotAnswering, OSError):
            self._failed_at = time.monotonic()
            self._refuse_queue()  # and the group itself is refused for want of an answer
        except Exception as error:  # noqa: BLE001 - told below to the one request it comes from
            await self._divide(group, error)
        else:
            self._failed_at = None
            ours: Keys = {}
            conflicts = 0
            for waiting in group:
                entered = told(waiting.events, known, ours)
                conflicts += sum(each.is_conflict for each in entered)
                waiting.settle(entered)
            new = len(kept) - len(known)
            repeated = len(events) - new - conflicts
            metrics.committed(new, repeated, conflicts, time.monotonic() - began)
            self._on_commit()

    async def _divide(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Something in the group cannot be written: find it by halves, and store the rest."""
        if len(group) > 1:
            middle = len(group) // 2
            await self._store(group[:middle])
            await self._store(group[middle:])
            return
        is_content = isinstance(error, psycopg.DataError | UnicodeError)
        group[0].fail(Refused(CANNOT_BE_STORED) if is_content else error)

    def _refuse_queue(self) -> None:
        """Those who wait would only find the same; they can try elsewhere or later."""
        for waiting in self._queue:
            self._count(waiting, -1)
        _refuse(self._queue, UNAVAILABLE)
        self._queue.clear()


def _refuse(group: Iterable[_Waiting], problem: Problem) -> None:
    for waiting in group:
        # Each its own: a shared exception would collect the frames of all who raise it.
        waiting.fail(Refused(problem))


def _held(event: Accepted) -> int:
    return _EVENT_BYTES + len(event.sealed_body)


async def write(connection: Connection, events: Sequence[Accepted]) -> Keys:
    """Write events in one transaction, except those that came before; return these.

    What is new is safe when this returns. The keys of the events are all different.
    """
    window = window_at(time.time_ns() // 1_000_000, settings.DUPLICATE_HOURS)
    values = parameters(events, window)
    if not window.is_at_edge:
        rows = await connection.execute(ENTER, values, prepare=True)
        return keys_in(await rows.fetchall())
    async with connection.transaction():
        # A statement of its own: the next one has to see what the last owner of the lock wrote.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_EDGE_LOCK])
        rows = await connection.execute(ENTER, values, prepare=True)
        return keys_in(await rows.fetchall())
