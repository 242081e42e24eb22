"""How the events of one claim are divided among the environments that have some due.

Whoever posts much fills the queue, and must not keep the new events of others waiting behind it.
So a claim takes from every environment that has due events: all of what is less than an even share,
and of the others evenly as much as still fits. Within an environment the oldest goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection


class Due(NamedTuple):
    """What an environment has due.

    Args:
        environment_id: its key.
        events: how many are due, up to the limit that was asked for.
        age: for how many seconds the oldest of them has been due.
        claims: how often that one was claimed.
    """

    environment_id: int
    events: int
    age: float
    claims: int


def look(most: int) -> list[Due]:
    """Return what is due in each environment, counted up to `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [most])
        return [Due(*row) for row in cursor.fetchall()]


def shares(due: Sequence[Due], most: int) -> dict[int, int]:
    """Return how many events a claim of up to `most` takes from each environment.

    Where there are more environments than it may take events, those that have waited longest
    give one each.
    """
    if len(due) > most:
        longest = sorted(due, key=lambda each: (-each.age, each.environment_id))
        return {each.environment_id: 1 for each in longest[:most]}
    taken: dict[int, int] = {}
    left = most
    for place, each in enumerate(sorted(due, key=lambda each: (each.events, each.environment_id))):
        even = -(-left // (len(due) - place))
        taken[each.environment_id] = min(each.events, even)
        left -= taken[each.environment_id]
    return taken


# Steps through the index from one environment to the next.
_ENVIRONMENTS = """
WITH RECURSIVE environments AS (
    (SELECT q.environment_id AS id FROM event_queue AS q WHERE q.lease_token IS NULL
     ORDER BY q.environment_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT q.environment_id FROM event_queue AS q
        WHERE q.lease_token IS NULL AND q.environment_id > e.id
        ORDER BY q.environment_id LIMIT 1)
    FROM environments AS e WHERE e.id IS NOT NULL
)
"""

_LOOK = f"""
{_ENVIRONMENTS}
SELECT e.id, due.count, extract(epoch FROM statement_timestamp() - head.next_at)::float8,
    head.claims
FROM environments AS e
CROSS JOIN LATERAL (
    SELECT q.next_at, q.claims FROM event_queue AS q
    WHERE q.environment_id = e.id AND q.lease_token IS NULL
      AND q.next_at <= statement_timestamp()
    ORDER BY q.next_at, q.event_id LIMIT 1
) AS head
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM (
        SELECT FROM event_queue AS q
        WHERE q.environment_id = e.id AND q.lease_token IS NULL
          AND q.next_at <= statement_timestamp()
        ORDER BY q.next_at, q.event_id LIMIT %s
    ) AS few
) AS due
"""  # noqa: S608 - our own text

# When the event that waits longest was or will be due; no row for none.
OLDEST_EVENT = f"""
{_ENVIRONMENTS}
SELECT head.next_at FROM environments AS e
CROSS JOIN LATERAL (
    SELECT q.next_at FROM event_queue AS q
    WHERE q.environment_id = e.id AND q.lease_token IS NULL
    ORDER BY q.next_at, q.event_id LIMIT 1
) AS head
ORDER BY head.next_at LIMIT 1
"""  # noqa: S608 - our own text
