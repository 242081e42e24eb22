"""Keep the log's day partitions: made ahead of time, each named for its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from delivery.failures import described, is_clash
from delivery.ids import first_id_at

logger = structlog.get_logger(__name__)

DAYS_AHEAD = 7
# To add a partition or to drop one waits for whoever uses the table, and everybody who comes then
# waits for that. So it must be over well before the collector gives a commit up, after two seconds.
LOCK_WAIT = "500ms"
# Table and its time-ordered key.
PARTITIONED = {
    "event": "id",
    "event_body": "event_id",
    "delivery": "event_id",
    "delivery_body": "event_id",
    "delivery_answer": "event_id",
    "attempt": "id",
    "replayed_event": "event_id",
    "replayed_delivery": "event_id",
}
# How full pages are at first, in per cent. What is left takes the later versions of their rows,
# which grow as outcomes are written: one that stays on its page needs no new entry in any index.
_FILLED = {"event": 22, "delivery": 45}
_LOCK = 0x43415049  # any number of our own: two callers must not make the same day at once


def keep_partitions(days: int = DAYS_AHEAD) -> list[str]:
    """Create the partitions of today and of `days` more; return the names of new ones.

    One that would have to wait is tried again at the next call. They are made days ahead.
    """
    today = timezone.now().date()
    return [
        name for offset in range(days + 1) for name in _make_day(today + dt.timedelta(days=offset))
    ]


def _make_day(day: dt.date) -> Iterator[str]:
    for table, key in PARTITIONED.items():
        name = f"{table}_{day:%Y%m%d}"
        try:
            with transaction.atomic():
                is_new = _make(table, key, name, day)
        except OperationalError as error:
            if not is_clash(error):
                raise
            logger.warning("day_not_made", partition=name, **described(error))
        else:
            if is_new:
                yield name


def _make(table: str, key: str, name: str, day: dt.date) -> bool:
    """Make a partition if there is none; return whether there was none."""
    start, end = bounds(day)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is not None:
            return False
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        # Rows that came before their day existed stand in the default partition. They are
        # moved, or the new partition could not be attached. All names are our own.
        filled = _FILLED.get(table, 100)
        cursor.execute(
            f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL) WITH (fillfactor = {filled})"
        )
        cursor.execute(
            f"WITH early AS (DELETE FROM {table}_default WHERE {key} >= %s AND {key} < %s "  # noqa: S608
            f"RETURNING *) INSERT INTO {name} SELECT * FROM early",
            [start, end],
        )
        cursor.execute(
            f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
            [start, end],
        )
    return True


def bounds(day: dt.date) -> tuple[str, str]:
    """Return the first id of a day, and of the next."""
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    start = int(midnight.timestamp() * 1000)
    return str(first_id_at(start)), str(first_id_at(start + 86_400_000))
