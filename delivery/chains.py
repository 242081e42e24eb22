"""Send final deliveries on their way once more, and judge final events once more.

What had become of them is written down first, in the same transaction: history is added to, never
edited. Name and id of an event stay as they were, so that a destination can recognise it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from django.db import connection

from delivery import columns
from delivery.claims import Key
from delivery.models import Replay
from delivery.outcomes import EventOutcome
from delivery.owing import Owed
from delivery.reasons import REASONS

OTHER_ID = "replay_other_id"


class Verdict(Protocol):
    """What an evaluation made of one event, before it is written."""

    id: uuid.UUID
    outcome: EventOutcome
    reason: str
    owed: list[Owed]
    refusals: list[dict[str, Any]]


def resend(replay: Replay, keys: Collection[Key]) -> int:
    """Owe these deliveries again, with the payloads they have; return how many.

    Left alone is what is not final any more, what was delivered, what is erased, and what ended
    after the replay was asked for: another one had it first.
    """
    with connection.cursor() as cursor:
        # Events before deliveries, each in order, as all do who lock both.
        cursor.execute(_LOCK_JUDGED, [sorted({key.event_id for key in keys})])
        judged = dict(cursor.fetchall())
        there = [key for key in keys if key.event_id in judged]
        cursor.execute(_LOCK_DELIVERIES, [*columns.keys(there), replay.created_at])
        ours = sorted(Key(*row) for row in cursor.fetchall())
        if not ours:
            return 0
        these = columns.keys(ours)
        cursor.execute(_KEEP_DELIVERIES, [replay.pk, False, *these])
        events = {key.event_id for key in ours}
        final = {event_id for event_id in events if judged[event_id] != EventOutcome.EVALUATED}
        _reopen_events(replay, final, EventOutcome.EVALUATED)
        cursor.execute(_OWE_AGAIN, these)
        cursor.execute(_QUEUE_AGAIN, these)
    return len(ours)


def rerun(replay: Replay, event_ids: Collection[uuid.UUID]) -> int:
    """Let these events be judged again, by what is live then; return how many.

    What they delivered stays delivered, unless the replay is to send it again too.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_EVENTS, [list(event_ids), replay.created_at])
        ours = [event_id for (event_id,) in cursor.fetchall()]
        if not ours:
            return 0
        kept = [] if replay.with_delivered else ["delivered"]
        cursor.execute(_UNDELIVERED, [ours, kept])
        keys = [Key(*row) for row in cursor.fetchall()]
        these = columns.keys(keys)
        cursor.execute(_KEEP_DELIVERIES, [replay.pk, True, *these])
        _reopen_events(replay, set(ours), EventOutcome.RECEIVED)
        for table in ("delivery", "delivery_body", "delivery_answer"):
            cursor.execute(_FORGET.format(table=table), these)
        cursor.execute(_QUEUE_EVENTS, [ours])
    return len(ours)


def reconcile(judged: Sequence[Verdict]) -> list[uuid.UUID]:
    """Keep events that are judged again from sending twice what they sent before.

    Called in the transaction that writes what was judged, before it is written. Drops what is owed
    already, and refuses what may have arrived under another name or id, since that would count
    twice.

    Returns:
        Events that have deliveries from before: to be settled after all is written.
    """
    again = _judged_before([event.id for event in judged]) if judged else set()
    if not again:
        return []
    standing, arrived = _standing(again), _arrived(again)
    for event in judged:
        if event.id in again:
            _leave_out(event, standing[event.id], arrived)
    return [event_id for event_id in again if standing[event_id]]


def _leave_out(
    event: Verdict, standing: set[str], arrived: dict[Key, set[tuple[str, str]]]
) -> None:
    owed: list[Owed] = []
    for item in event.owed:
        before = arrived.get(Key(item.event_id, item.component))
        if item.component in standing:
            continue
        if before is None or (item.name, item.dedup_id) in before:
            owed.append(item)
        else:
            event.refusals.append(_refusal(item))
    event.owed[:] = owed
    if owed or standing:
        event.outcome, event.reason = EventOutcome.EVALUATED, ""
    elif event.outcome == EventOutcome.EVALUATED:
        event.outcome, event.reason = EventOutcome.NOT_SENT, OTHER_ID


def _refusal(item: Owed) -> dict[str, Any]:
    words = REASONS[OTHER_ID]
    return {
        "component": item.component,
        "rule": item.rule,
        "code": OTHER_ID,
        "message": f"{words.title}. {words.explanation}",
        "notices": [],
    }


def _judged_before(event_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    return {event_id for (event_id,) in _rows(_JUDGED_BEFORE, event_ids)}


def _standing(event_ids: Iterable[uuid.UUID]) -> defaultdict[uuid.UUID, set[str]]:
    found: defaultdict[uuid.UUID, set[str]] = defaultdict(set)
    for event_id, component in _rows(_STANDING, list(event_ids)):
        found[event_id].add(component)
    return found


def _arrived(event_ids: Iterable[uuid.UUID]) -> dict[Key, set[tuple[str, str]]]:
    found: dict[Key, set[tuple[str, str]]] = {}
    for event_id, component, name, dedup_id in _rows(_ARRIVED, list(event_ids)):
        found.setdefault(Key(event_id, component), set()).add((name, dedup_id))
    return found


def _rows(query: str, event_ids: list[uuid.UUID]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, [event_ids])
        return list(cursor.fetchall())


def _reopen_events(replay: Replay, event_ids: set[uuid.UUID], outcome: EventOutcome) -> None:
    """Write down what had become of final events, which are locked, and open them again."""
    final = list(event_ids)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_EVENTS, [replay.pk, replay.choice, final])
        cursor.execute(_REOPEN, [outcome.value, final])


_LOCK_DELIVERIES = f"""
SELECT d.event_id, d.component FROM delivery AS d
WHERE {columns.AMONG} AND d.outcome IN ('rejected', 'expired', 'failed')
  AND COALESCE(d.finished_at, d.created_at) <= %s
ORDER BY d.event_id, d.component FOR UPDATE OF d
"""  # noqa: S608 - our own text

_LOCK_EVENTS = """
SELECT id FROM event WHERE id = ANY(%s) AND outcome NOT IN ('received', 'evaluated', 'erased')
  AND COALESCE(evaluated_at, received_at) <= %s
ORDER BY id FOR UPDATE
"""

# One that is not at its end has another delivery under way, and needs not be opened again.
_LOCK_JUDGED = """
SELECT id, outcome FROM event WHERE id = ANY(%s) AND outcome NOT IN ('received', 'erased')
ORDER BY id FOR UPDATE
"""

_UNDELIVERED = """
SELECT event_id, component FROM delivery
WHERE event_id = ANY(%s) AND outcome <> ALL(%s) ORDER BY event_id, component FOR UPDATE
"""

_KEEP_DELIVERIES = f"""
INSERT INTO replayed_delivery (event_id, component, number, replay_id, rule, destination_id, name,
    dedup_id, outcome, reason, title, explanation, help_url, notices, attempt_ids, created_at,
    expires_at, finished_at, payload)
SELECT d.event_id, d.component,
    1 + (SELECT count(*) FROM replayed_delivery AS r
         WHERE r.event_id = d.event_id AND r.component = d.component),
    %s, d.rule, d.destination_id, d.name, d.dedup_id, d.outcome, d.reason, d.title, d.explanation,
    d.help_url, d.notices, d.attempt_ids, d.created_at, d.expires_at, d.finished_at,
    CASE WHEN %s THEN (SELECT b.payload FROM delivery_body AS b
        WHERE b.event_id = d.event_id AND b.component = d.component) END
FROM delivery AS d WHERE {columns.AMONG}
"""  # noqa: S608 - our own text

_KEEP_EVENTS = """
INSERT INTO replayed_event (event_id, number, replay_id, choice, outcome, reason, build_id,
    evaluated_at, refusals)
SELECT e.id, 1 + (SELECT count(*) FROM replayed_event AS r WHERE r.event_id = e.id),
    %s, %s, e.outcome, e.reason, e.build_id, e.evaluated_at, e.refusals
FROM event AS e WHERE e.id = ANY(%s)
"""

_REOPEN = "UPDATE event SET outcome = %s, reason = '' WHERE id = ANY(%s)"

# What the destination said last is no word about what comes. Advice on the payload stays.
_OWE_AGAIN = f"""
UPDATE delivery AS d
SET outcome = CASE WHEN EXISTS (
        SELECT FROM destination AS o WHERE o.id = d.destination_id AND o.held_at IS NOT NULL)
        THEN 'held' ELSE 'pending' END,
    reason = '', title = '', explanation = '', help_url = '', attempt_ids = '{{}}',
    notices = jsonb_path_query_array(d.notices, '$[*] ? (@.code != "late")'),
    created_at = statement_timestamp(), finished_at = NULL
WHERE {columns.AMONG}
"""  # noqa: S608 - our own text

# Its rule waits again if it waited before. Whether an earlier answer was lost is carried over, so
# that nothing is sent on by itself for longer than a destination remembers its id. Beyond that a
# person has confirmed it.
_QUEUE_AGAIN = f"""
INSERT INTO delivery_queue (event_id, component, destination_id, next_at, expires_at, attempts,
    claims, awaited, ambiguous_at)
SELECT d.event_id, d.component, d.destination_id, statement_timestamp(), d.expires_at, 0, 0,
    EXISTS (SELECT FROM delivery_answer AS a
        WHERE a.event_id = d.event_id AND a.component = d.component),
    (SELECT min(a.started_at) FROM replayed_delivery AS r
     JOIN attempt AS a ON a.id = ANY(r.attempt_ids)
     WHERE r.event_id = d.event_id AND r.component = d.component AND a.outcome = 'unknown'
     HAVING min(a.started_at) > statement_timestamp() - interval '48 hours')
FROM delivery AS d WHERE {columns.AMONG}
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own text

_FORGET = f"DELETE FROM {{table}} AS d WHERE {columns.AMONG}"  # noqa: S608 - our own text

_QUEUE_EVENTS = """
INSERT INTO event_queue (event_id, environment_id, next_at, claims)
SELECT id, environment_id, statement_timestamp(), 0 FROM event WHERE id = ANY(%s)
ON CONFLICT DO NOTHING
"""

_JUDGED_BEFORE = """
SELECT DISTINCT event_id FROM replayed_event WHERE event_id = ANY(%s) AND choice = 'again'
"""

_STANDING = "SELECT event_id, component FROM delivery WHERE event_id = ANY(%s)"

_ARRIVED = """
SELECT r.event_id, r.component, r.name, r.dedup_id FROM replayed_delivery AS r
WHERE r.event_id = ANY(%s) AND (r.outcome = 'delivered' OR EXISTS (
    SELECT FROM attempt AS a WHERE a.id = ANY(r.attempt_ids) AND a.outcome = 'unknown'))
"""
