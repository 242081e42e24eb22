"""What is counted from evaluation to answer: a few additions for each batch, none for each event.

Labels are short lists of ours, never something an event or a person brings.
"""

from __future__ import annotations

import time
import uuid
from bisect import bisect_left
from collections import Counter as Count
from collections.abc import Collection, Iterable, Mapping
from functools import partial

from django.db import transaction
from prometheus_client import Counter, Histogram

from delivery.ids import milliseconds_of
from delivery.outcomes import LIVE_EVENT, DeliveryOutcome
from extensions.contract import Verdict

_ANSWER_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 20)
_DELAY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600, 86_400)
_BATCH_EVENTS = (1, 2, 5, 10, 25, 50, 100, 200, 300, 400, 500, 1000)

EVENTS = Counter(
    "capi_events",
    "Events that left the queue of evaluation, by what came of it.",
    ["outcome"],
    registry=None,
)
EVENTS_FINISHED = Counter(
    "capi_events_finished",
    "Events that reached their final outcome.",
    ["outcome"],
    registry=None,
)
DELIVERIES_FINISHED = Counter(
    "capi_deliveries_finished",
    "Deliveries that reached their final outcome.",
    ["outcome"],
    registry=None,
)
ATTEMPTS = Counter(
    "capi_attempts",
    "Requests to destinations, by what came of them.",
    ["outcome"],
    registry=None,
)
ATTEMPT_SECONDS = Histogram(
    "capi_attempt_seconds",
    "Seconds from a request to its answer.",
    registry=None,
    buckets=_ANSWER_SECONDS,
)
BATCH_EVENTS = Histogram(
    "capi_batch_events",
    "Events in one request to a destination.",
    registry=None,
    buckets=_BATCH_EVENTS,
)
DELAY = Histogram(
    "capi_event_delay_seconds",
    "Seconds since an event was received, when it was evaluated and when a delivery of it was "
    "taken by the destination.",
    ["stage"],
    registry=None,
    buckets=_DELAY_SECONDS,
)
METRICS = (
    EVENTS,
    EVENTS_FINISHED,
    DELIVERIES_FINISHED,
    ATTEMPTS,
    ATTEMPT_SECONDS,
    BATCH_EVENTS,
    DELAY,
)


def evaluated(outcomes: Iterable[str], event_ids: Collection[uuid.UUID]) -> None:
    """Count events that were evaluated, once the transaction under way is committed."""
    counts = Count(outcomes)
    final = {outcome: count for outcome, count in counts.items() if outcome not in LIVE_EVENT}
    transaction.on_commit(partial(_add, EVENTS, counts))
    transaction.on_commit(partial(_add, EVENTS_FINISHED, final))
    transaction.on_commit(partial(_observe, DELAY.labels("evaluated"), _delays(event_ids)))


def events_finished(outcomes: Iterable[str]) -> None:
    """Count events that took their final outcome, once the transaction is committed."""
    transaction.on_commit(partial(_add, EVENTS_FINISHED, Count(outcomes)))


def deliveries_finished(outcome: str, event_ids: Collection[uuid.UUID]) -> None:
    """Count deliveries that took their final outcome, once the transaction is committed."""
    transaction.on_commit(partial(_add, DELIVERIES_FINISHED, {outcome: len(event_ids)}))
    if outcome == DeliveryOutcome.DELIVERED:
        transaction.on_commit(partial(_observe, DELAY.labels("delivered"), _delays(event_ids)))


def attempted(verdict: Verdict, events: int, milliseconds: int) -> None:
    """Count a request whose answer is known, or given up."""
    ATTEMPTS.labels("unknown" if verdict.ambiguous else verdict.outcome).inc()
    ATTEMPT_SECONDS.observe(milliseconds / 1000)
    BATCH_EVENTS.observe(events)


def _add(counter: Counter, counts: Mapping[str, int]) -> None:
    for label, count in counts.items():
        if count:
            counter.labels(label).inc(count)


def _observe(histogram: Histogram, amounts: Collection[float]) -> None:
    """Observe many amounts at once; the client library has only one at a time."""
    if not amounts:
        return
    bounds, buckets = histogram._upper_bounds, histogram._buckets
    for index, count in Count(bisect_left(bounds, amount) for amount in amounts).items():
        buckets[index].inc(count)
    histogram._sum.inc(sum(amounts))


def _delays(event_ids: Iterable[uuid.UUID]) -> list[float]:
    """Return how many seconds ago events came in, which their ids tell."""
    now = time.time() * 1000
    return [max(0.0, now - milliseconds_of(event_id)) / 1000 for event_id in event_ids]
