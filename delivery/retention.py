"""Forget what is old enough: days of the log are dropped whole, and destinations nobody sends to.

A day goes only when nothing live refers to it. The partition is locked before the queues are asked,
so whoever brings an old event back has either done so, and the day stays, or finds it gone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from delivery.failures import described
from delivery.partitions import LOCK_WAIT, PARTITIONED, bounds

logger = structlog.get_logger(__name__)

# What was in events, payloads and answers. The rest of the log tells of them, and is kept longer.
BODIES = frozenset({"event_body", "delivery_body", "delivery_answer"})
_DAY = re.compile(r"_(\d{8})$")


def drop_old_days() -> list[str]:
    """Drop the partitions that are old enough; return the names of those that are gone.

    One that is in use, or that something live refers to, is tried again at the next call.
    """
    today = timezone.now().date()
    return [
        name
        for table in PARTITIONED
        for name, day in _days(table)
        if day < today - dt.timedelta(days=_kept_days(table)) and _drop(table, name, day)
    ]


def rows_without_a_day() -> list[str]:
    """Return the tables with rows in their default partition, which no retention ever drops.

    Rows come there only when their day was not made ahead in time.
    """
    return [table for table in PARTITIONED if _holds(f"SELECT FROM {table}_default")]


def remove_idle_destinations() -> int:
    """Remove destinations that the log does not tell of any more; return how many.

    One that is held is kept: somebody may have paused it, and it must not come back open.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE_IDLE, [settings.RETENTION_LOG_DAYS + 1] * 2)
        return int(cursor.rowcount)


def _kept_days(table: str) -> int:
    log, bodies = int(settings.RETENTION_LOG_DAYS), int(settings.RETENTION_BODY_DAYS)
    return min(log, bodies) if table in BODIES else log


def _days(table: str) -> Iterator[tuple[str, dt.date]]:
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, [table])
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        if found := _DAY.search(name):
            yield name, dt.datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=dt.UTC).date()


def _drop(table: str, name: str, day: dt.date) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {name}")
            if _is_live(table, day):
                transaction.set_rollback(True)
                logger.warning("old_day_is_live", partition=name)
                return False
            cursor.execute(f"DROP TABLE {name}")
    except OperationalError as error:
        logger.warning("old_day_in_use", partition=name, **described(error))
        return False
    logger.info("old_day_dropped", partition=name)
    return True


def _is_live(table: str, day: dt.date) -> bool:
    """Whether an event or a delivery of the day is under way. An attempt may also belong to a
    delivery of an earlier day.
    """
    start, end = bounds(day)
    first = "00000000-0000-0000-0000-000000000000" if table == "attempt" else start
    return any(
        _holds(f"SELECT FROM {queue} WHERE event_id >= %s AND event_id < %s", first, end)
        for queue in ("event_queue", "delivery_queue")
    )


def _holds(query: str, *values: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({query})", values)
        [[found]] = cursor.fetchall()
    return bool(found)


_PARTITIONS = """
SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass ORDER BY c.relname
"""

_REMOVE_IDLE = """
DELETE FROM destination AS d
WHERE d.held_at IS NULL
  AND COALESCE(d.last_served_at, d.created_at) < statement_timestamp() - %s * interval '1 day'
  AND d.created_at < statement_timestamp() - %s * interval '1 day'
  AND NOT EXISTS (SELECT FROM delivery_queue AS q WHERE q.destination_id = d.id)
"""
