"""How much a datastream takes: events a second with bursts, and events a day.

Each collector process counts for itself. Once a second it writes down what it counted and reads
what the others did, so that all of them together keep close to a datastream's limits: the rate is
shared out by what each was asked to take a second ago, and the day's count is everybody's.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collector.database import Connection
from collector.http import retry_after
from collector.problems import DAILY_CAP, RATE_LIMITED, Problem, Refused
from collector.streams import Datastream, Limits

_LEAST_SHARE = 0.05  # so that a process to which nobody came yet lets the first ones in
_LONGEST_WAIT = 60  # seconds until another try, however deep in debt
_KEPT_DAYS = 7


@dataclass(slots=True)
class _Meter:
    """What this process knows of one datastream today."""

    tokens: float = math.inf  # events that may come at once; full until a limit says what full is
    refilled_at: float = 0.0
    share: float = 1.0  # of the datastream's rate
    taken: int = 0  # on disk
    asked: int = 0
    reserved: int = 0  # on their way to the disk
    others_taken: int = 0
    others_asked: int = 0
    asked_before: int = 0  # at the last exchange
    written: tuple[int, int] = (0, 0)

    def refill(self, limits: Limits, now: float) -> tuple[float, float]:
        """Add what the time since brought; return the rate here and the most at once."""
        rate = (limits.rate or 0) * self.share
        most = max(1.0, (limits.burst or limits.rate or 0) * self.share)
        self.tokens = min(most, self.tokens + (now - self.refilled_at) * rate)
        self.refilled_at = now
        return rate, most


class Quotas:
    """Admits events within their datastream's limits, and counts them."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        """Take a steady clock in seconds, and one that knows the day in UTC."""
        self._clock = clock
        self._now = today
        self._collector = uuid.uuid4()
        self._day = today().date()
        self._meters: dict[int, _Meter] = {}
        self._is_tidied = False

    def reserve(self, datastream: Datastream, count: int) -> None:
        """Take so many events into account. Follow it with `settle`, whatever becomes of them.

        Raises:
            Refused: they are more than the datastream takes now.
        """
        self._turn_day()
        meter = self._meter(datastream)
        meter.asked += count
        limits = datastream.limits
        if limits.daily is not None:
            self._require_day(meter, limits.daily, count)
        if limits.rate is not None:
            self._require_rate(meter, limits, count)
        meter.reserved += count

    def settle(self, datastream: Datastream, count: int, taken: int) -> None:
        """Say how many of the reserved events were taken."""
        meter = self._meter(datastream)
        meter.reserved = max(0, meter.reserved - count)  # the day may have changed in between
        meter.taken += taken

    async def exchange(self, connection: Connection, limited: Iterable[Datastream]) -> None:
        """Write down what was counted here, and read what was counted elsewhere.

        Raises:
            psycopg.Error, NotAnswering: the database is away. Nothing that was counted is lost.
        """
        self._turn_day()
        day = self._day
        await self._write(connection, day)
        await self._tidy(connection, day)
        ids = [each.stream.datastream_id for each in limited if each.limits != Limits()]
        rows = await connection.execute(_READ, [day, self._collector, ids]) if ids else None
        if rows is not None and day == self._day:
            for datastream_id, taken, asked in await rows.fetchall():
                self._learn(self._meters.setdefault(datastream_id, _Meter()), taken, asked)

    def _meter(self, datastream: Datastream) -> _Meter:
        key = datastream.stream.datastream_id
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = _Meter(refilled_at=self._clock())
        return meter

    def _require_day(self, meter: _Meter, most: int, count: int) -> None:
        if meter.others_taken + meter.taken + meter.reserved + count > most:
            now = self._now()
            midnight = dt.datetime.combine(self._day, dt.time(), dt.UTC) + dt.timedelta(days=1)
            raise _later(DAILY_CAP, (midnight - now).total_seconds())

    def _require_rate(self, meter: _Meter, limits: Limits, count: int) -> None:
        rate, most = meter.refill(limits, self._clock())
        # A request larger than a burst is let in by a full bucket, and paid off afterwards.
        needed = min(count, most)
        if meter.tokens < needed:
            wait = (needed - meter.tokens) / rate if rate else _LONGEST_WAIT
            raise _later(RATE_LIMITED, min(wait, _LONGEST_WAIT))
        meter.tokens -= count

    def _turn_day(self) -> None:
        day = self._now().date()
        if day != self._day:
            self._day = day
            self._is_tidied = False
            for meter in self._meters.values():
                meter.taken = meter.asked = meter.asked_before = 0
                meter.others_taken = meter.others_asked = 0
                meter.written = (0, 0)

    async def _write(self, connection: Connection, day: dt.date) -> None:
        counts = {
            key: (meter.taken, meter.asked)
            for key, meter in self._meters.items()
            if (meter.taken, meter.asked) != meter.written
        }
        if not counts:
            return
        taken, asked = zip(*counts.values(), strict=True)
        values = [day, self._collector, list(counts), list(taken), list(asked)]
        await connection.execute(_WRITE, values)
        if day == self._day:
            for key, written in counts.items():
                self._meters[key].written = written

    async def _tidy(self, connection: Connection, day: dt.date) -> None:
        if not self._is_tidied:
            await connection.execute(_TIDY, [day - dt.timedelta(days=_KEPT_DAYS)])
            self._is_tidied = True

    def _learn(self, meter: _Meter, taken: int, asked: int) -> None:
        here = meter.asked - meter.asked_before
        elsewhere = max(0, asked - meter.others_asked)
        # The first look at the others' count says how many came today, not in the last second.
        is_first = meter.others_asked == 0
        meter.others_taken, meter.others_asked = taken, asked
        meter.asked_before = meter.asked
        if here + elsewhere and not is_first:
            meter.share = max(_LEAST_SHARE, here / (here + elsewhere))


def _later(problem: Problem, seconds: float) -> Refused:
    # Spread out, so that clients refused together do not come back together.
    wait = max(1, math.ceil(seconds)) + secrets.randbelow(2)
    return Refused(problem, headers=(retry_after(wait),))


_WRITE = """
INSERT INTO datastream_count AS c (datastream_id, day, collector, events, asked)
SELECT i.datastream_id, %s, %s, i.events, i.asked
FROM unnest(%s::int8[], %s::int8[], %s::int8[]) AS i (datastream_id, events, asked)
ON CONFLICT (datastream_id, day, collector)
DO UPDATE SET events = excluded.events, asked = excluded.asked
"""

_READ = """
SELECT datastream_id, sum(events)::int8, sum(asked)::int8 FROM datastream_count
WHERE day = %s AND collector <> %s AND datastream_id = ANY(%s)
GROUP BY datastream_id
"""

_TIDY = "DELETE FROM datastream_count WHERE day < %s"
