"""Bring back what dead workers left, and say whether anything is due."""

from __future__ import annotations

import uuid

import structlog
from django.db import connection

from delivery import columns
from delivery.claims import MAY_BE_TRIED, MOST_IN_FLIGHT, Key
from delivery.commits import by_key
from delivery.models import Attempt
from delivery.reasons import REASONS

logger = structlog.get_logger(__name__)


def reap_events() -> int:
    """Give back events whose worker's lease has ended; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REAP_EVENTS)
        return len(cursor.fetchall())


def reap_deliveries() -> int:
    """Give back deliveries whose worker's lease has ended; return how many.

    If their request had been opened, nobody knows whether it was taken: it is sent again with the
    same ids, and that is on record.
    """
    with by_key(), connection.cursor() as cursor:
        cursor.execute(_EXPIRED_LEASES)
        rows = cursor.fetchall()
        if not rows:
            return 0
        keys = [Key(event_id, component) for event_id, component, _ in rows]
        unknown = _close_attempts({token for _, _, token in rows})
        cursor.execute(_REAP_DELIVERIES, [unknown, *columns.pairs(keys)])
        words = REASONS["answer_lost"]
        cursor.execute(_PENDING_AGAIN, [words.title, words.explanation, *columns.keys(keys)])
    logger.warning("leases_ended", deliveries=len(keys), attempts=len(unknown))
    return len(keys)


def has_due_events() -> bool:
    """Whether an event waits to be evaluated."""
    return _is_true(_DUE_EVENTS, [])


def has_due_deliveries() -> bool:
    """Whether a delivery waits to be sent to a destination that may be tried."""
    return _is_true(_DUE_DELIVERIES, [MOST_IN_FLIGHT])


def _close_attempts(tokens: set[uuid.UUID]) -> list[uuid.UUID]:
    opened = Attempt.objects.filter(pk__in=tokens, outcome=Attempt.Outcome.OPEN)
    unknown = list(opened.values_list("pk", flat=True))
    Attempt.objects.filter(pk__in=unknown).update(
        outcome=Attempt.Outcome.UNKNOWN,
        reason="answer_lost",
        title=REASONS["answer_lost"].title,
    )
    return unknown


def _is_true(query: str, values: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return bool(row and row[0])


_REAP_EVENTS = """
UPDATE event_queue SET lease_token = NULL, lease_until = NULL
WHERE lease_token IS NOT NULL AND lease_until < statement_timestamp()
RETURNING event_id
"""

_EXPIRED_LEASES = """
SELECT event_id, component, lease_token FROM delivery_queue
WHERE lease_token IS NOT NULL AND lease_until < statement_timestamp() FOR UPDATE SKIP LOCKED
"""

_REAP_DELIVERIES = """
UPDATE delivery_queue AS q
SET lease_token = NULL, lease_until = NULL, next_at = statement_timestamp(),
    ambiguous_at = CASE WHEN q.lease_token = ANY(%s::uuid[])
        THEN COALESCE(q.ambiguous_at, statement_timestamp()) ELSE q.ambiguous_at END
FROM unnest(%s::uuid[], %s::text[]) AS k(event_id, component)
WHERE q.event_id = k.event_id AND q.component = k.component
"""

_PENDING_AGAIN = f"""
UPDATE delivery AS d
SET outcome = 'pending', reason = 'answer_lost', title = %s, explanation = %s
WHERE {columns.AMONG} AND d.outcome = 'in_flight'
"""  # noqa: S608 - our own text

_DUE_EVENTS = """
SELECT EXISTS (
    SELECT FROM event_queue WHERE lease_token IS NULL AND next_at <= statement_timestamp())
"""

_DUE_DELIVERIES = f"SELECT EXISTS (SELECT FROM destination AS d WHERE {MAY_BE_TRIED})"  # noqa: S608 - our own text
