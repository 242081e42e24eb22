"""What is read from the database when metrics are scraped, or when somebody asks how it stands.

Every question costs the same however much waits: counts stop at a bound, and ages come from the
first row of an index.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from prometheus_client.core import GaugeMetricFamily

from delivery import heartbeats
from delivery.partitions import PARTITIONED
from delivery.reasons import BY_HAND
from delivery.sharing import OLDEST_EVENT

MOST_COUNTED = 100_000  # above, the planner's estimate is shown
MOST_DESTINATIONS = 100  # named one by one; all are counted
DESTINATION_STATES = ("open", "held", "paused", "resting")
_KEPT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number, or one for each value of its label."""

    name: str
    help: str
    read: Callable[[], Mapping[Any, float] | float]
    labels: tuple[str, ...] = field(default=())

    def family(self) -> GaugeMetricFamily:
        """Return what is shown of it now.

        Raises:
            django.db.Error: the database is away.
        """
        shown = GaugeMetricFamily(self.name, self.help, labels=self.labels)
        found = self.read()
        for values, number in found.items() if isinstance(found, Mapping) else [((), found)]:
            shown.add_metric([str(each) for each in values], number)
        return shown


def queued_events() -> dict[tuple[str], float]:
    """Return how many events wait to be evaluated and how many are being."""
    return {
        ("pending",): _count("event_queue", "lease_token IS NULL"),
        ("in_flight",): _count("event_queue", "lease_token IS NOT NULL"),
    }


def queued_deliveries() -> dict[tuple[str], float]:
    """Return how many deliveries wait, are under way, and wait for a held destination."""
    found: dict[tuple[str], float] = {
        ("pending",): _count("delivery_queue", "lease_token IS NULL"),
        ("in_flight",): _count("delivery_queue", "lease_token IS NOT NULL"),
    }
    held = _number(_HELD_DELIVERIES, [MOST_COUNTED])
    return {**found, ("held",): held, ("pending",): max(0.0, found[("pending",)] - held)}


def oldest_due() -> dict[tuple[str], float]:
    """Return how many seconds the event and the delivery that are longest due have been."""
    return {("event",): _number(_OLDEST_EVENT), ("delivery",): _number(_OLDEST_DELIVERY)}


def destinations() -> dict[tuple[str], float]:
    """Return how many destinations are open, held, paused by hand, and at rest."""
    states = dict.fromkeys(((state,) for state in DESTINATION_STATES), 0.0)
    return {**states, **{(state,): count for state, count in _rows(_DESTINATIONS)}}


def closed_destinations() -> dict[tuple[Any, ...], float]:
    """Return the destinations that are not open, by id, state and reason."""
    return dict.fromkeys(_rows(_CLOSED_DESTINATIONS, [MOST_DESTINATIONS]), 1.0)


def heartbeat_ages() -> dict[tuple[str], float]:
    """Return how many seconds ago each kind of process was last seen at work."""
    return {(kind,): sign.age_seconds for kind, sign in heartbeats.signs().items()}


def processes() -> dict[tuple[str], float]:
    """Return how many processes of each kind were seen in time."""
    return {(kind,): float(sign.processes) for kind, sign in heartbeats.signs().items()}


def days_ahead() -> float:
    """Return for how many days, today included, every table of the log has its partition."""
    return _number(_DAYS_AHEAD, [len(PARTITIONED), list(PARTITIONED)])


def clock_difference() -> float:
    """Return how many seconds this server's clock is ahead of the database's."""
    asked = time.time()
    theirs = _number("SELECT extract(epoch FROM clock_timestamp())")
    return (asked + time.time()) / 2 - theirs


GAUGES = (
    Gauge(
        "capi_version",
        "Always 1; the label names the version of this process.",
        lambda: {(settings.VERSION,): 1.0},
        ("version",),
    ),
    Gauge("capi_queued_events", "Events to be evaluated.", queued_events, ("state",)),
    Gauge("capi_queued_deliveries", "Deliveries to be sent.", queued_deliveries, ("state",)),
    Gauge(
        "capi_oldest_due_seconds",
        "Seconds since the oldest of those that are due was. What waits for its own time or for a "
        "held destination is not due.",
        oldest_due,
        ("of",),
    ),
    Gauge("capi_destinations", "Destinations, by whether they are open.", destinations, ("state",)),
    Gauge(
        "capi_destination_closed",
        f"1 for each destination that is not open now; {MOST_DESTINATIONS} at most.",
        closed_destinations,
        ("destination", "state", "reason"),
    ),
    Gauge(
        "capi_heartbeat_age_seconds",
        "Seconds since a process of this kind was last seen at work.",
        heartbeat_ages,
        ("kind",),
    ),
    Gauge("capi_processes", "Processes that were seen at work in time.", processes, ("kind",)),
    Gauge(
        "capi_partition_days",
        "Days from today on for which the log has its partitions.",
        days_ahead,
    ),
    Gauge(
        "capi_clock_difference_seconds",
        "Seconds that the clock of this process is ahead of the database's.",
        clock_difference,
    ),
)


class Gauges:
    """All of them, read once a second at most, however many scrape."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._families: list[GaugeMetricFamily] = []
        self._read_at: float | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield what is shown; the client library calls it.

        Raises:
            django.db.Error: the database is away.
        """
        with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= _KEPT_SECONDS:
                self._families = [gauge.family() for gauge in GAUGES]
                self._read_at = self._clock()
            yield from self._families


def _count(table: str, condition: str) -> float:
    """Count rows as far as the bound, then trust the planner's estimate of the table."""
    limited = f"SELECT FROM {table} WHERE {condition} LIMIT %s"
    counted = _number(f"SELECT count(*) FROM ({limited}) AS found", [MOST_COUNTED])  # noqa: S608 - our own names
    if counted < MOST_COUNTED:
        return counted
    estimate = _number("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
    return max(counted, estimate)


def _number(query: str, values: list[Any] | None = None) -> float:
    rows = _rows(query, values)
    return float(rows[0][0] or 0) if rows else 0.0


def _rows(query: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or [])
        return list(cursor.fetchall())


_OLDEST_EVENT = f"""
SELECT extract(epoch FROM statement_timestamp() - next_at) FROM ({OLDEST_EVENT}) AS oldest
WHERE next_at <= statement_timestamp()
"""  # noqa: S608 - our own text

_STATE = f"""
CASE WHEN d.held_at IS NOT NULL AND d.hold_reason = '{BY_HAND}' THEN 'paused'
     WHEN d.held_at IS NOT NULL THEN 'held'
     WHEN d.rest_until > statement_timestamp() THEN 'resting' ELSE 'open' END
"""

# One step into the index for each destination that is open.
_OLDEST_DELIVERY = f"""
SELECT max(GREATEST(extract(epoch FROM statement_timestamp() - q.next_at), 0))
FROM destination AS d CROSS JOIN LATERAL (
    SELECT next_at FROM delivery_queue
    WHERE destination_id = d.id AND lease_token IS NULL AND next_at <= statement_timestamp()
    ORDER BY next_at LIMIT 1
) AS q
WHERE {_STATE} = 'open'
"""  # noqa: S608 - our own text

_HELD_DELIVERIES = """
SELECT count(*) FROM (
    SELECT FROM delivery_queue AS q JOIN destination AS d ON d.id = q.destination_id
    WHERE d.held_at IS NOT NULL AND q.lease_token IS NULL LIMIT %s
) AS found
"""

_DESTINATIONS = f"SELECT {_STATE}, count(*) FROM destination AS d GROUP BY 1"  # noqa: S608

_CLOSED_DESTINATIONS = f"""
SELECT d.id, {_STATE}, d.hold_reason FROM destination AS d
WHERE {_STATE} <> 'open' ORDER BY d.id LIMIT %s
"""  # noqa: S608 - our own text

_DAYS_AHEAD = """
SELECT count(*) FROM (
    SELECT day, bool_and(is_there) OVER (ORDER BY day) AS is_so_far FROM (
        SELECT day, count(to_regclass(t || to_char(day, '_YYYYMMDD'))) = %s AS is_there
        FROM unnest(%s::text[]) AS t CROSS JOIN generate_series(
            (statement_timestamp() AT TIME ZONE 'UTC')::date,
            (statement_timestamp() AT TIME ZONE 'UTC')::date + 30, interval '1 day') AS day
        GROUP BY day
    ) AS days
) AS so_far WHERE is_so_far
"""
