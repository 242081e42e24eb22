"""Looks at the product from outside, and says what became of a place's events."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg

from tests.faults.admin import Admin
from tests.faults.meta import Answered, Copy, Meta
from tests.faults.places import Place
from tests.product import Product

_FINAL_EVENTS = {
    "delivered", "partly_delivered", "not_sent", "rejected", "expired", "failed", "erased",
}  # fmt: skip
_MOST_TURNED = 5_000  # events whose pages are turned
_MOST_ASKED = 300  # of those before them, about so many are asked for one by one
_EVENT_LINK = re.compile(r'href="/properties/\w+/events/([0-9a-f]{32})/')
_OLDER_LINK = re.compile(r'href="(?:/properties/\w+/events/)?(\?[^"]*older=[0-9a-f]{32}[^"]*)"')


class LoggedEvent(NamedTuple):
    """An event's row in the log."""

    id: uuid.UUID
    client_id: str
    outcome: str
    reason: str
    build_id: int | None
    seconds: float | None  # from its arrival until its last delivery was over

    @property
    def is_final(self) -> bool:
        """Whether it is over."""
        return self.outcome in _FINAL_EVENTS


class LoggedDelivery(NamedTuple):
    """A delivery's row, with how its requests ended."""

    client_id: str
    dedup_id: str
    name: str
    pixel: str
    outcome: str
    reason: str
    seconds: float | None  # from the event's arrival until it was over
    attempts: list[str]  # their outcomes, in order
    gaps: list[float]  # seconds between a request that asked to be repeated and the next one


@dataclass(slots=True)
class Sight:
    """What is known of a place at one moment.

    Args:
        events: its rows in the log, by the id their sender gave them.
        copies: what Meta took, by pixel and by event id.
        requests: every request Meta got, by pixel.
        unseen: the ids that a person looks for in the Event Log and does not find.
        waiting: how many rows of each queue are left, and open attempts.
    """

    events: dict[str, list[LoggedEvent]] = field(default_factory=dict)
    deliveries: list[LoggedDelivery] = field(default_factory=list)
    copies: dict[str, dict[str, list[Copy]]] = field(default_factory=dict)
    requests: dict[str, list[Answered]] = field(default_factory=dict)
    unseen: set[uuid.UUID] = field(default_factory=set)
    waiting: dict[str, int] = field(default_factory=dict)

    @property
    def sent_twice(self) -> set[str]:
        """The events that Meta took more than once at one pixel."""
        found = (journal.items() for journal in self.copies.values())
        return {key for items in found for key, copies in items if len(copies) > 1}


class Oracle:
    """Knows a product's truth."""

    def __init__(self, product: Product, meta: Meta) -> None:
        self._product = product
        self._meta = meta

    def look(self, place: Place, admin: Admin, told: Mapping[str, uuid.UUID]) -> Sight:
        """Say all that is known of a place.

        Args:
            told: the ids that clients were told. An event that was erased has lost its sender's.
        """
        client_ids = {event_id: client_id for client_id, event_id in told.items()}
        events: dict[str, list[LoggedEvent]] = {}
        for row in self.rows(_EVENTS, place.environment_id):
            event = LoggedEvent(*row)
            client_id = event.client_id or client_ids.get(event.id, "")
            events.setdefault(client_id, []).append(event)
        return Sight(
            events,
            [LoggedDelivery(*row) for row in self.rows(_DELIVERIES, place.environment_id)],
            {pixel: self._meta.copies(pixel) for pixel in place.pixels},
            {pixel: self._meta.requests(pixel) for pixel in place.pixels},
            unseen_in_log(admin, place, [one.id for same in events.values() for one in same]),
            self.waiting(place),
        )

    def is_in_flight(self, place: Place) -> bool:
        """Whether a request to a destination of the place is under way."""
        return self.waiting(place)["open attempts"] > 0

    def outcome(self, event_id: uuid.UUID) -> str:
        """Return the outcome of one event; "" where there is no such event."""
        rows = self.rows("SELECT outcome FROM event WHERE id = %s", event_id)
        return str(rows[0][0]) if rows else ""

    def is_live(self, place: Place) -> bool:
        """Whether the place's environment runs a build."""
        query = "SELECT active_build_id IS NOT NULL FROM rules_environment WHERE id = %s"
        return bool(self.rows(query, place.environment_id)[0][0])

    def is_quiet(self, place: Place | None = None) -> bool:
        """Whether nothing of a place, or of any, waits or is under way."""
        with suppress(psycopg.Error, OSError):
            return not any(self.waiting(place).values())
        return False

    def waiting(self, place: Place | None = None) -> dict[str, int]:
        """Count what is not over, of one place or of all."""
        key = place.environment_id if place else None
        return dict(self.rows(_WAITING, *[key] * 5))

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self._product.database_url, connect_timeout=5) as link:
            return link.execute(query, parameters).fetchall()

    def change(self, statement: str, *parameters: object) -> None:
        """Change something in the database."""
        with psycopg.connect(self._product.database_url, connect_timeout=5) as link:
            link.execute(statement, parameters)


def unseen_in_log(admin: Admin, place: Place, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Look for events in the Event Log as a person does; return those that do not stand there.

    The pages with the newest are turned. Of hundreds of thousands before them, which would take
    hours, a part is asked for by its ids.
    """
    ordered = sorted(ids, reverse=True)
    newest, others = ordered[:_MOST_TURNED], ordered[_MOST_TURNED:]
    asked = others[:: max(1, len(others) // _MOST_ASKED)]
    top = f"/properties/{place.property_id}/events/"
    missing = {each for each in asked if each not in _ids_in(admin.read(f"{top}?id={each.hex}"))}
    left, path = set(newest), top
    while path and left:
        page = admin.read(path)
        left -= _ids_in(page)
        older = _OLDER_LINK.search(page)
        path = top + older[1].replace("&amp;", "&") if older else ""
    return missing | left


def _ids_in(page: str) -> set[uuid.UUID]:
    return {uuid.UUID(key) for key in _EVENT_LINK.findall(page)}


_EVENTS = """
SELECT e.id, e.client_id, e.outcome, e.reason, e.build_id,
    EXTRACT(EPOCH FROM d.over_at - e.received_at)::float
FROM event AS e CROSS JOIN LATERAL (
    SELECT max(finished_at) AS over_at FROM delivery WHERE event_id = e.id) AS d
WHERE e.environment_id = %s
"""

_DELIVERIES = """
SELECT e.client_id, d.dedup_id, d.name, substring(t.label FROM 'Pixel ([0-9]+)'),
    d.outcome, d.reason, EXTRACT(EPOCH FROM d.finished_at - e.received_at)::float,
    ARRAY(
        SELECT a.outcome::text FROM attempt AS a
        WHERE a.id = ANY(d.attempt_ids) ORDER BY a.started_at),
    ARRAY(
        SELECT gap FROM (
            SELECT EXTRACT(EPOCH FROM lead(a.started_at) OVER (ORDER BY a.started_at)
                - a.started_at)::float - a.duration_ms / 1000.0 AS gap, a.outcome
            FROM attempt AS a WHERE a.id = ANY(d.attempt_ids)) AS g
        WHERE g.outcome = 'retry' AND g.gap IS NOT NULL)
FROM delivery AS d JOIN event AS e ON e.id = d.event_id
LEFT JOIN destination AS t ON t.id = d.destination_id
WHERE e.environment_id = %s
"""

_WAITING = """
SELECT 'event_queue', count(*) FROM event_queue
    WHERE environment_id = COALESCE(%s, environment_id)
UNION ALL
SELECT 'delivery_queue', count(*) FROM delivery_queue AS q
    WHERE %s::bigint IS NULL
       OR q.destination_id IN (SELECT id FROM destination WHERE environment_id = %s)
UNION ALL
SELECT 'open attempts', count(*) FROM attempt AS a
    WHERE a.outcome = 'open' AND (%s::bigint IS NULL
       OR a.destination_id IN (SELECT id FROM destination WHERE environment_id = %s))
"""
