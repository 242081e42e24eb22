"""Looks at both ends, the log and the sandbox, and says what became of events."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import psycopg
import requests

from tests.faults.ledger import EVENT_NAMES
from tests.faults.places import Place
from tests.product import Product

_MOST_LISTED = 1000


class Oracle:
    """Knows a product's truth, from outside."""

    def __init__(self, product: Product) -> None:
        self._product = product

    def outcomes(self, client_ids: Iterable[str]) -> dict[str, list[tuple[uuid.UUID, str]]]:
        """Return id and outcome of every event in the log that has one of these client ids."""
        found: dict[str, list[tuple[uuid.UUID, str]]] = {}
        rows = self._rows(
            "SELECT client_id, id, outcome FROM event WHERE client_id = ANY(%s)", [*client_ids]
        )
        for client_id, event_id, outcome in rows:
            found.setdefault(client_id, []).append((event_id, outcome))
        return found

    def received(self, place: Place) -> dict[str, Counter[str]]:
        """Return how often the sandbox took each event id, by event name."""
        found: dict[str, Counter[str]] = {}
        for name in EVENT_NAMES:
            for event in self._received(place, name):
                found.setdefault(event["event_id"], Counter())[event["event_name"]] += 1
        return found

    def lost_answers(self, place: Place) -> Counter[str]:
        """Return in how many requests whose answer got lost each event of a place was sent."""
        rows = self._rows(
            """
            SELECT d.dedup_id FROM delivery AS d
            JOIN event AS e ON e.id = d.event_id
            JOIN attempt AS a ON a.id = ANY(d.attempt_ids)
            WHERE e.environment_id = %s AND a.outcome = 'unknown'
            """,
            place.environment_id,
        )
        return Counter(event_id for (event_id,) in rows)

    def is_in_flight(self, place: Place) -> bool:
        """Whether a request to the place's destination is under way."""
        return self._exists(
            "SELECT FROM attempt AS a JOIN destination AS d ON d.id = a.destination_id"
            " WHERE d.environment_id = %s AND a.outcome = 'open'",
            place.environment_id,
        )

    def outcome(self, event_id: uuid.UUID) -> str:
        """Return the outcome of one event."""
        return str(self._rows("SELECT outcome FROM event WHERE id = %s", event_id)[0][0])

    def is_live(self, place: Place) -> bool:
        """Whether the place's environment runs a build."""
        return self._exists(
            "SELECT FROM rules_environment WHERE id = %s AND active_build_id IS NOT NULL",
            place.environment_id,
        )

    def is_quiet(self) -> bool:
        """Whether nothing waits or is under way."""
        with suppress(psycopg.OperationalError, OSError):
            return self.waiting() == {"event_queue": 0, "delivery_queue": 0, "open attempts": 0}
        return False

    def waiting(self) -> dict[str, int]:
        """Count what is not over."""
        rows = self._rows(
            """
            SELECT 'event_queue', count(*) FROM event_queue
            UNION ALL SELECT 'delivery_queue', count(*) FROM delivery_queue
            UNION ALL SELECT 'open attempts', count(*) FROM attempt WHERE outcome = 'open'
            """
        )
        return dict(rows)

    def _received(self, place: Place, name: str) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self._product.sandbox}/received",
            params={"pixel": place.pixel, "event_name": name, "limit": str(_MOST_LISTED)},
            timeout=30,
        ).json()
        assert answer["total"] == len(answer["events"]), "the sandbox listed only a part"
        return [row["event"] for row in answer["events"]]

    def _exists(self, query: str, parameter: object) -> bool:
        return bool(self._rows(f"SELECT EXISTS ({query})", parameter)[0][0])

    def _rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._product.database_url, connect_timeout=5) as link:
            return link.execute(query, parameters).fetchall()
