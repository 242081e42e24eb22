"""Says no before there is no room: when too much waits, for too long, or the disk fills up.

What was accepted is never dropped, so the only way out of too much is to accept less, and in time:
a database that cannot write any more does not answer at all. Everything is read once a second and
never for a request. Refusing begins at a high mark and ends at a lower one, so that it does not
flutter.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from collector.database import Connection
from collector.problems import BACKLOG, DISK_LOW, Problem, Refused
from delivery.sharing import OLDEST_EVENT

_log = structlog.get_logger(__name__)

_LOW = 0.8  # of the high mark
_HOUR = 3600
_OURS = "/proc/"  # a folder that each process sees differently


@dataclass(frozen=True, slots=True)
class Marks:
    """Where refusing begins; 0: nowhere.

    Args:
        events: events and deliveries that wait.
        hours: the wait of the one that is due longest.
        free_percent: the share of the database's disk that is still free.
        folder: a folder on that disk; empty: the database says.
        embedded: where the folder is if the database's own word for it cannot be used.
    """

    events: int = 0
    hours: int = 0
    free_percent: int = 0
    folder: str = ""
    embedded: str = ""


class Pressure:
    """Whether there is room for events."""

    def __init__(self, marks: Marks) -> None:
        """Take the high marks."""
        self._marks = marks
        self._folder: str | None = marks.folder or None
        self._problem: Problem | None = None

    def require_room(self) -> None:
        """Go on if there was room a second ago.

        Raises:
            Refused: there was not.
        """
        if self._problem is not None:
            raise Refused(self._problem)

    async def read(self, connection: Connection) -> None:
        """Look at the database and its disk.

        Raises:
            psycopg.Error: the database is away; what was known stays.
        """
        if self._folder is None:
            self._folder = await _folder_of(connection, self._marks.embedded)
        row = await (await connection.execute(_WAITING)).fetchone()
        waiting, seconds = row if row is not None else (0, 0)
        self.judge(waiting, seconds / _HOUR, _free_percent(self._folder))

    def judge(self, waiting: int, hours: float, free_percent: float | None) -> None:
        """Decide by what was seen; None when the disk cannot be."""
        before = self._problem
        crowded = before is BACKLOG
        low = before is DISK_LOW
        if _is_low(free_percent, self._marks.free_percent, was=low):
            self._problem = DISK_LOW
        elif _is_over(waiting, self._marks.events, was=crowded) or _is_over(
            hours, self._marks.hours, was=crowded
        ):
            self._problem = BACKLOG
        else:
            self._problem = None
        if self._problem is not before:
            _log.warning(
                "The collector refuses events" if self._problem else "The collector takes events",
                problem=self._problem.code if self._problem else None,
                waiting=waiting,
                oldest_hours=round(hours, 1),
                disk_free_percent=None if free_percent is None else round(free_percent, 1),
            )


def _is_over(value: float, high: int, *, was: bool) -> bool:
    return bool(high) and value >= high * (_LOW if was else 1)


def _is_low(free: float | None, least: int, *, was: bool) -> bool:
    return bool(least) and free is not None and free < least / (_LOW if was else 1)


async def _folder_of(connection: Connection, embedded: str) -> str:
    """Return the folder of the database's files if it is on this machine; else nothing."""
    # Only a superuser, or who may read all settings, is told; others get no row.
    query = "SELECT setting FROM pg_settings WHERE name = 'data_directory'"
    row = await (await connection.execute(query)).fetchone()
    is_here = connection.info.host.startswith("/")  # a socket: a server beside us
    if row is None or not is_here:
        return ""
    folder = embedded if row[0].startswith(_OURS) else row[0]
    return folder if Path(folder).is_dir() else ""


def _free_percent(folder: str) -> float | None:
    if not folder:
        return None
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    # Of what PostgreSQL may use; a part is often kept for the system.
    usable = disk.f_blocks - disk.f_bfree + disk.f_bavail
    return 100 * disk.f_bavail / usable if usable else None


# The statistics know how many rows there are, give or take the last second. Deliveries to a held
# destination are not late: they wait for a person, or for the destination to come back.
_WAITING = f"""
SELECT pg_stat_get_live_tuples('event_queue'::regclass)
     + pg_stat_get_live_tuples('delivery_queue'::regclass),
    COALESCE(EXTRACT(EPOCH FROM statement_timestamp() - LEAST(
        ({OLDEST_EVENT}),
        (SELECT min(oldest.next_at) FROM destination AS d CROSS JOIN LATERAL (
            SELECT next_at FROM delivery_queue
            WHERE destination_id = d.id AND lease_token IS NULL ORDER BY next_at LIMIT 1
         ) AS oldest WHERE d.held_at IS NULL)
    )), 0)::float8
"""  # noqa: S608 - our own text
