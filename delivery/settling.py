"""Bring the outcome of events up to date with their deliveries, in the transaction that changes
those.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from delivery import columns, metrics
from delivery.commits import batch_cursor
from delivery.outcomes import DeliveryOutcome, EventOutcome, event_outcome


class _Delivery(NamedTuple):
    outcome: str
    reason: str


def settle_events(event_ids: Collection[uuid.UUID]) -> int:
    """Give each of these events the outcome that its deliveries add up to; return how many changed.

    The rows are locked first, in order. Without that, two deliveries of one event that finish at
    the same moment would each find the other one still under way. Only then the queue is asked: an
    event that waits there to be evaluated further is not at its end.
    """
    if not event_ids:
        return 0
    with batch_cursor() as cursor:
        cursor.execute(_LOCK_EVENTS, [columns.ids(event_ids)])
        refusals = dict(cursor.fetchall())
        cursor.execute(_TO_BE_RESUMED, [columns.ids(refusals)])
        for (event_id,) in cursor.fetchall():
            del refusals[event_id]
        cursor.execute(_DELIVERIES, [columns.ids(refusals)])
        deliveries: dict[uuid.UUID, list[_Delivery]] = defaultdict(list)
        for event_id, outcome, reason in cursor.fetchall():
            deliveries[event_id].append(_Delivery(outcome, reason))
        alike: dict[tuple[str, str], list[uuid.UUID]] = defaultdict(list)
        for event_id, found in deliveries.items():
            alike[_settled(found, refusals[event_id])].append(event_id)
        settled = 0
        for (outcome, reason), ids in alike.items():
            if outcome != EventOutcome.EVALUATED:
                cursor.execute(_SETTLE, [outcome, reason, columns.ids(ids)])
                metrics.events_finished([outcome] * len(ids))
                settled += len(ids)
    return settled


def settle_delivered(event_ids: Collection[uuid.UUID]) -> int:
    """Do the same after deliveries were delivered, which most often is all there is to an event.

    Where that shows, one statement does it, and no row has to be locked first: of two deliveries
    that finish at the same moment neither sees the other one delivered.
    """
    if not event_ids:
        return 0
    with batch_cursor() as cursor:
        cursor.execute(_SETTLE_DELIVERED, {"ids": columns.ids(event_ids)})
        delivered = {event_id for (event_id,) in cursor.fetchall()}
    metrics.events_finished([EventOutcome.DELIVERED.value] * len(delivered))
    return len(delivered) + settle_events(set(event_ids) - delivered)


def _settled(deliveries: Sequence[_Delivery], refusal_codes: list[str]) -> tuple[str, str]:
    outcome = event_outcome([delivery.outcome for delivery in deliveries], len(refusal_codes))
    if outcome in {EventOutcome.DELIVERED, EventOutcome.EVALUATED}:
        return outcome.value, ""
    # Why it is not simply delivered: the word of the delivery that decided, else of a refusal.
    decided = [d.reason for d in deliveries if d.outcome == outcome.value]
    others = [d.reason for d in deliveries if d.outcome != DeliveryOutcome.DELIVERED]
    return outcome.value, next(iter(decided + others + refusal_codes), "")


_LOCK_EVENTS = """
SELECT id, CASE WHEN refusals = '[]' THEN '{}'
    ELSE ARRAY(SELECT r->>'code' FROM jsonb_array_elements(refusals) AS r) END
FROM event WHERE id = ANY(%s::uuid[]) AND outcome = 'evaluated' ORDER BY id FOR UPDATE
"""

_TO_BE_RESUMED = "SELECT event_id FROM event_queue WHERE event_id = ANY(%s::uuid[])"

_DELIVERIES = "SELECT event_id, outcome, reason FROM delivery WHERE event_id = ANY(%s::uuid[])"

_SETTLE = """
UPDATE event SET outcome = %s, reason = %s WHERE id = ANY(%s::uuid[]) AND outcome = 'evaluated'
"""

_SETTLE_DELIVERED = """
UPDATE event AS e SET outcome = 'delivered', reason = ''
WHERE e.id = ANY(%(ids)s::uuid[]) AND e.outcome = 'evaluated' AND e.refusals = '[]'
  AND e.id <> ALL(ARRAY(
      SELECT d.event_id FROM delivery AS d
      WHERE d.event_id = ANY(%(ids)s::uuid[]) AND d.outcome <> 'delivered'))
  AND e.id <> ALL(ARRAY(
      SELECT q.event_id FROM event_queue AS q WHERE q.event_id = ANY(%(ids)s::uuid[])))
RETURNING e.id
"""
