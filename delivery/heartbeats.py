"""Signs of life: every process writes down, again and again, that it does its work.

They are rows, not keys in Redis: whoever looks after workers must see them while Redis is away.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.db import Error, connection

from delivery.failures import described
from delivery.storable import fit

logger = structlog.get_logger(__name__)

KINDS = ("web", "collector", "worker", "beat")
INTERVAL_SECONDS = 5.0
# A process that is not seen for so long does not count any more. Workers are the slowest to be
# seen: all hands of one may be busy for as long as a task may take.
LATE_SECONDS = {"web": 30.0, "collector": 30.0, "worker": 120.0, "beat": 30.0}
KEPT_HOURS = 1  # the rows of processes that ended


class Sign(NamedTuple):
    """What the processes of one kind say together."""

    processes: int  # that were seen in time
    age_seconds: float  # of the newest sign, by the database's clock


class Pulse:
    """Writes the signs of this process from a thread of its own.

    Args:
        kind: one of `KINDS`.
        works_by_itself: whether to run is enough. Otherwise only a `touch` counts: a worker that
            runs and takes no task is of no use.
    """

    def __init__(self, kind: str, *, works_by_itself: bool = False) -> None:
        self.kind = kind
        self.name = fit(f"{socket.gethostname()}:{os.getpid()}", 120)
        self._works_by_itself = works_by_itself
        self._started_at = self._touched_at = time.monotonic()
        self._stopping = threading.Event()
        # A daemon: a database that does not answer keeps no process alive.
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; the row stays, and grows old."""
        self._stopping.set()

    def touch(self) -> None:
        """Note that the process did some of its work just now."""
        self._touched_at = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """How long ago the process last did some of its work."""
        return time.monotonic() - self._touched_at

    def write(self) -> None:
        """Write one sign, and remove those of processes that are long gone.

        Raises:
            django.db.Error: the database is away.
        """
        if self._works_by_itself:
            self.touch()
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [KEPT_HOURS])
            running = time.monotonic() - self._started_at
            ages = [running, self.idle_seconds]
            cursor.execute(_WRITE, [self.kind, self.name, settings.VERSION, *ages])

    def _run(self) -> None:
        is_failing = False
        while not self._stopping.is_set():
            is_failing = self._try(is_failing)
            self._stopping.wait(INTERVAL_SECONDS)

    def _try(self, was_failing: bool) -> bool:
        """Write, and say whether it failed; a database that is away is told once."""
        try:
            self.write()
        except Error as error:
            if not was_failing:
                logger.warning("heartbeat_not_written", kind=self.kind, **described(error))
            return True
        finally:
            connection.close()  # one more connection for each process would be a high price
        return False


def signs() -> dict[str, Sign]:
    """Return the signs of the kinds that have any.

    Raises:
        django.db.Error: the database is away.
    """
    limits: list[Any] = [list(LATE_SECONDS), list(LATE_SECONDS.values())]
    with connection.cursor() as cursor:
        cursor.execute(_SIGNS, limits)
        return {kind: Sign(count, float(age)) for kind, count, age in cursor.fetchall()}


_FORGET = "DELETE FROM heartbeat WHERE seen_at < statement_timestamp() - %s * interval '1 hour'"

_WRITE = """
INSERT INTO heartbeat (kind, name, version, started_at, seen_at)
VALUES (%s, %s, %s, statement_timestamp() - %s * interval '1 second',
    statement_timestamp() - %s * interval '1 second')
ON CONFLICT (kind, name) DO UPDATE
SET seen_at = EXCLUDED.seen_at, started_at = EXCLUDED.started_at, version = EXCLUDED.version
"""

_SIGNS = """
SELECT h.kind, count(*) FILTER (WHERE a.age <= l.late), min(a.age)
FROM heartbeat AS h
CROSS JOIN LATERAL (
    SELECT GREATEST(extract(epoch FROM statement_timestamp() - h.seen_at), 0) AS age
) AS a
JOIN unnest(%s::text[], %s::float8[]) AS l(kind, late) ON l.kind = h.kind
GROUP BY h.kind
"""
