"""Whether a destination is open: its failures in a row, its holds, and their end.

A held destination costs its deliveries nothing: no attempt, no part of the retry window. When its
pause is over, one small request tries it. If that is taken, everything that waited is due at once.

A refusal shows that a destination is well, and costs its event alone. But one that refuses one
event after the other would cost as many requests as there are events, and more. It is held as well.
What is nearly found is still found; then every try takes what has not been refused yet, as that is
the likeliest to be taken.
"""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models.functions import Coalesce, Now

from delivery import columns, wakeups
from delivery.backoff import bounded, pause_seconds
from delivery.claims import Key
from delivery.commits import by_key
from delivery.destinations import sender_of
from delivery.models import Destination
from delivery.outcomes import DeliveryOutcome
from delivery.reasons import BY_HAND, REASONS, SYSTEMATIC
from delivery.storable import fit
from extensions.contract import Verdict

logger = structlog.get_logger(__name__)

MOST_FAILURES = 5
# A destination that fails now and then may never fail so often in a row.
FEWEST_REQUESTS = 10
MOST_FAILING = 0.5
MOST_REFUSALS = 16  # of single deliveries, with nothing taken in between
# Deliveries of refused batches that are taken apart to the end before others are tried: that takes
# about as long as a pause. More are set aside; a dozen batches are under way at most.
_FEW_PARTS = 64
_MOST_SET_ASIDE = 10_000
# Deliveries whose outcome is rewritten to say that they wait, or wait no longer. It is a label for
# people; a backlog beyond this is not worth the time it would take.
_MOST_LABELLED = 10_000
# Deliveries that change to a working credential in one go.
_MOST_MOVED = 5_000

_OPEN: dict[str, Any] = {
    "failures": 0,
    "minute_began_at": None,
    "minute_requests": 0,
    "minute_failures": 0,
    "held_at": None,
    "hold_until": None,
    "hold_reason": "",
    "hold_title": "",
    "hold_explanation": "",
    "hold_count": 0,
}


def note(destination_id: int, verdict: Verdict, *, is_probe: bool, events: int = 1) -> None:
    """Learn from the verdict on a request of so many events. Called in the transaction that
    finishes it.

    Requests that were already under way when a hold began say nothing about that hold, neither for
    nor against it: only a probe does. But whoever takes one of them does not refuse all.
    """
    is_plain = verdict.outcome == "delivered" and not verdict.after_seconds
    if is_plain and _taken(destination_id):
        return
    locked = Destination.objects.select_for_update(no_key=True)
    destination = locked.filter(pk=destination_id).first()
    if destination is None:  # deleted with its property while the request was under way
        return
    if verdict.after_seconds:
        _rest(destination, verdict.after_seconds)
    # Paused while the request was under way: no answer speaks against a person.
    if is_paused(destination):
        return
    if destination.is_held and not is_probe and not _is_refuted(destination, verdict):
        _set_aside(destination)
    elif verdict.outcome == "hold":
        _hold(destination, verdict.reason, verdict.title, verdict.explanation, verdict)
    elif verdict.outcome == "retry":
        _failed(destination, verdict, is_probe=is_probe)
    elif verdict.outcome == "delivered":
        _delivered(destination)
    else:
        _refused(destination, verdict, events)


def is_paused(destination: Destination) -> bool:
    """Whether a person holds it."""
    return destination.is_held and destination.hold_reason == BY_HAND


def release(destination: Destination, *, even_paused: bool = True) -> bool:
    """End a hold now. What waited is due at once.

    Returns:
        Whether it is open now: not so where a person paused it, unless that is to end too.
    """
    with by_key():
        locked = Destination.objects.select_for_update(no_key=True).get(pk=destination.pk)
        if is_paused(locked) and not even_paused:
            return False
        Destination.objects.filter(pk=locked.pk).update(rest_until=None, refusals=0)
        if locked.is_held:
            _free(locked)
        transaction.on_commit(lambda: wakeups.wake(wakeups.SEND_DUE))
    return True


def hold_by_hand(destination_id: int, reason: str, title: str, explanation: str) -> None:
    """Hold a destination until a person ends it: no probe tries it in between."""
    with by_key():
        locked = Destination.objects.select_for_update(no_key=True).get(pk=destination_id)
        was_held = locked.is_held
        Destination.objects.filter(pk=locked.pk).update(
            held_at=Coalesce("held_at", Now()),
            hold_until=None,
            hold_reason=fit(reason, 120),
            hold_title=fit(title, 255),
            hold_explanation=fit(explanation, 4000),
        )
        if not was_held:
            _label(locked, DeliveryOutcome.PENDING, DeliveryOutcome.HELD)


def _rest(destination: Destination, asked_seconds: int) -> None:
    """Leave a destination alone as it asked, such as at the edge of a rate limit.

    Answers come back in any order: a short rest never ends a long one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REST, [bounded(asked_seconds), destination.pk])


def _failed(destination: Destination, verdict: Verdict, *, is_probe: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [destination.pk])
        [(destination.failures, destination.minute_requests, destination.minute_failures)] = (
            cursor.fetchall()
        )
    if is_probe or _fails_often(destination):
        explanation = f"{REASONS['failing'].explanation} The last answer: {verdict.title}"
        _hold(destination, "failing", REASONS["failing"].title, explanation, verdict)


def _fails_often(destination: Destination) -> bool:
    if destination.failures >= MOST_FAILURES:
        return True
    requests = destination.minute_requests
    return requests >= FEWEST_REQUESTS and destination.minute_failures >= MOST_FAILING * requests


def _hold(
    destination: Destination, reason: str, title: str, explanation: str, verdict: Verdict
) -> None:
    first = not destination.is_held
    destination.hold_count += 1
    pause = pause_seconds(destination.hold_count, verdict.after_seconds)
    destination.hold_reason = fit(reason, 120)
    destination.hold_title = fit(title, 255)
    destination.hold_explanation = fit(explanation, 4000)
    destination.save(update_fields=["hold_count", "hold_reason", "hold_title", "hold_explanation"])
    with connection.cursor() as cursor:
        cursor.execute(_PAUSE, [pause, destination.pk])
    if first:
        _label(destination, DeliveryOutcome.PENDING, DeliveryOutcome.HELD)
    logger.warning(
        "destination_held", destination_id=destination.pk, reason=reason, pause_seconds=pause
    )


def _is_refuted(destination: Destination, verdict: Verdict) -> bool:
    return destination.hold_reason == SYSTEMATIC and verdict.outcome == "delivered"


def _delivered(destination: Destination) -> None:
    if destination.is_held:
        _free(destination)
    _taken(destination.pk)


def _taken(destination_id: int) -> bool:
    """Count a request that was taken; False where the destination is held, or gone."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [destination_id])
        if not cursor.rowcount:
            return False
        cursor.execute(_BROKEN, [destination_id])
        broken = cursor.fetchall()
    for (other_id,) in broken:
        _take_over(destination_id, other_id)
    return True


def _refused(destination: Destination, verdict: Verdict, events: int) -> None:
    if destination.hold_reason == SYSTEMATIC:
        _set_aside(destination)
        if not _is_part_left(destination):
            _hold_as_systematic(destination, verdict)
        return
    if destination.is_held:
        _free(destination)
    counts = events == 1 and _sends_batches(destination)
    if counts or destination.failures:
        destination.failures = 0
        destination.refusals += counts
        destination.save(update_fields=["failures", "refusals"])
    if counts and destination.refusals >= MOST_REFUSALS:
        _hold_as_systematic(destination, verdict)


def _sends_batches(destination: Destination) -> bool:
    """Whether one request carries several events, so that refusals cost more than deliveries do.

    Where each event is a request of its own, a refusal is an answer like any other.
    """
    sender = sender_of(destination.package)
    return sender is not None and sender.max_events > 1


def _hold_as_systematic(destination: Destination, verdict: Verdict) -> None:
    words = REASONS[SYSTEMATIC]
    explanation = f"{words.explanation} The last answer: {verdict.title}"
    _hold(destination, SYSTEMATIC, words.title, explanation, verdict)
    _set_aside(destination)
    if _is_part_left(destination):
        with connection.cursor() as cursor:
            cursor.execute(_GO_ON, [destination.pk])


def _set_aside(destination: Destination) -> None:
    """Let what has been refused before wait behind everything else, unless it is little."""
    if destination.hold_reason == SYSTEMATIC:
        with connection.cursor() as cursor:
            cursor.execute(_SET_ASIDE, [destination.pk, _MOST_SET_ASIDE, uuid.uuid4(), _FEW_PARTS])
        _label(destination, DeliveryOutcome.PENDING, DeliveryOutcome.HELD)


def _is_part_left(destination: Destination) -> bool:
    """Whether a refused batch is still to be taken apart. The pause comes after that."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_PART_LEFT, [destination.pk])
        found = cursor.fetchone()
    return bool(found and found[0])


def _free(destination: Destination) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DUE_AT_ONCE, [destination.held_at, destination.pk])
    for name, value in _OPEN.items():
        setattr(destination, name, value)
    destination.save(update_fields=list(_OPEN))
    _label(destination, DeliveryOutcome.HELD, DeliveryOutcome.PENDING)
    logger.info("destination_released", destination_id=destination.pk)


def _take_over(destination_id: int, other_id: int) -> None:
    """Send what waits for a broken credential of the same place with this one, which works.

    This is how held deliveries flow after a build with a new access token.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [other_id, _MOST_MOVED, destination_id])
        moved = cursor.fetchall()
        cursor.execute(_MOVE_ROWS, [destination_id, *columns.keys([Key(*row) for row in moved])])
    if len(moved) < _MOST_MOVED:
        Destination.objects.filter(pk=other_id).update(**_OPEN)
    logger.info(
        "deliveries_moved", destination_id=destination_id, of=other_id, deliveries=len(moved)
    )


def _label(destination: Destination, before: str, after: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LABEL, [destination.pk, _MOST_LABELLED, after, before])


# A minute begins with the first request after the one before. A refusal is not counted: it says
# something about its events alone.
_IS_OVER = "(minute_began_at > statement_timestamp() - interval '1 minute') IS NOT TRUE"
_COUNTED = f"""
minute_began_at = CASE WHEN {_IS_OVER} THEN statement_timestamp() ELSE minute_began_at END,
minute_requests = CASE WHEN {_IS_OVER} THEN 0 ELSE minute_requests END + 1,
minute_failures = CASE WHEN {_IS_OVER} THEN 0 ELSE minute_failures END"""

_FAILED = f"""
UPDATE destination SET failures = failures + 1, {_COUNTED} + 1
WHERE id = %s RETURNING failures, minute_requests, minute_failures
"""  # noqa: S608 - our own text

_TAKEN = f"""
UPDATE destination
SET failures = 0, refusals = 0, last_delivered_at = statement_timestamp(), {_COUNTED}
WHERE id = %s AND held_at IS NULL
"""  # noqa: S608 - our own text

# Those of the same place that are held, but by no person: these keep what is their own.
_BROKEN = """
SELECT o.id FROM destination AS d
JOIN destination AS o ON o.environment_id = d.environment_id AND o.place = d.place
WHERE d.id = %s AND o.id <> d.id AND o.hold_until IS NOT NULL
ORDER BY o.id FOR UPDATE OF o SKIP LOCKED
"""

_REST = """
UPDATE destination
SET rest_until = GREATEST(rest_until, statement_timestamp() + %s * interval '1 second')
WHERE id = %s
"""

_PAUSE = """
UPDATE destination
SET held_at = COALESCE(held_at, statement_timestamp()),
    hold_until = statement_timestamp() + %s * interval '1 second'
WHERE id = %s
"""

# The time of the hold is given back: it is no part of the retry window.
_DUE_AT_ONCE = """
UPDATE delivery_queue
SET next_at = LEAST(next_at, statement_timestamp()),
    first_attempt_at = first_attempt_at + (statement_timestamp() - %s)
WHERE destination_id = %s AND lease_token IS NULL
  AND (next_at > statement_timestamp() OR first_attempt_at IS NOT NULL)
"""

# Parts of refused batches go before everything else, unless they were set aside.
_IS_PART_LEFT = """
SELECT batch_hint IS NOT NULL AND next_at <= statement_timestamp() FROM delivery_queue
WHERE destination_id = %s AND lease_token IS NULL ORDER BY next_at LIMIT 1
"""

# Until they would be too old, or the hold ends. They travel together from then on, as each part by
# itself would cost a try.
_SET_ASIDE = """
WITH parts AS MATERIALIZED (
    SELECT f.event_id, f.component FROM (
        SELECT event_id, component, batch_hint, next_at FROM delivery_queue
        WHERE destination_id = %s AND lease_token IS NULL ORDER BY next_at LIMIT %s
    ) AS f WHERE f.batch_hint IS NOT NULL AND f.next_at <= statement_timestamp()
)
UPDATE delivery_queue AS q SET next_at = q.expires_at, batch_hint = %s
FROM parts AS p
WHERE q.event_id = p.event_id AND q.component = p.component AND q.lease_token IS NULL
  AND (SELECT count(*) FROM parts) > %s
"""

# The hold has begun; its first pause is still to come.
_GO_ON = """
UPDATE destination SET hold_until = statement_timestamp(), hold_count = hold_count - 1
WHERE id = %s
"""

_LABEL = """
WITH waiting AS (
    SELECT event_id, component FROM delivery_queue
    WHERE destination_id = %s AND lease_token IS NULL LIMIT %s
)
UPDATE delivery AS d SET outcome = %s
FROM waiting AS w WHERE d.event_id = w.event_id AND d.component = w.component AND d.outcome = %s
"""

_MOVE = """
WITH waiting AS (
    SELECT event_id, component FROM delivery_queue
    WHERE destination_id = %s AND lease_token IS NULL LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE delivery_queue AS q
SET destination_id = %s, next_at = statement_timestamp(), batch_hint = NULL, attempts = 0,
    first_attempt_at = NULL
FROM waiting AS w WHERE q.event_id = w.event_id AND q.component = w.component
RETURNING q.event_id, q.component
"""

_MOVE_ROWS = f"""
UPDATE delivery AS d
SET destination_id = %s, outcome = CASE d.outcome WHEN 'held' THEN 'pending' ELSE d.outcome END
WHERE {columns.AMONG}
"""  # noqa: S608 - our own text
