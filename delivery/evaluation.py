"""Evaluate what came in: claim events, judge them, and write what they owe.

One claim is one transaction at its end: the events leave the queue, take their outcome, and their
deliveries appear, all or none.

An event whose rule waited for an answer comes back when that is there, and only what it does not
owe yet is written.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
import structlog

from delivery import (
    advising,
    answering,
    chains,
    claims,
    columns,
    destinations,
    metrics,
    owing,
    programs,
)
from delivery.commits import batch_cursor, by_key, hurry, unhurried
from delivery.departing import Departures
from delivery.failures import described, is_clash, is_database_trouble, renew_connection
from delivery.judging import (
    Judged,
    Received,
    judge_all,
    refuse_without_place,
    with_builds_of_before,
)
from delivery.settling import settle_events
from delivery.sharing import Due

logger = structlog.get_logger(__name__)

MOST_EVENTS = 500
# After an error nobody foresaw: long enough not to spin, short enough not to be noticed.
_WAIT_AFTER_ERROR_SECONDS = 2


def evaluate_due(
    departures: Departures | None = None, due: Sequence[Due] | None = None
) -> int | None:
    """Claim and evaluate one batch of due events.

    Args:
        departures: takes the requests that may leave at once. None: all deliveries are queued.
        due: what `delivery.sharing.look` found a moment ago; None to look now.

    Returns:
        How many deliveries it made; None when nothing was due, or others had it first.
    """
    claim = claims.claim_events(MOST_EVENTS, due)
    if claim is None:
        return None
    try:
        return _evaluate(claim, departures)
    except Exception as error:  # noqa: BLE001 - the events must go back, whatever it was
        logger.error("events_not_evaluated", events=len(claim.claims), **described(error))
        waits = dict.fromkeys(claim.claims, float(_WAIT_AFTER_ERROR_SECONDS))
        at_fault = not (is_database_trouble(error) or is_clash(error))
        renew_connection()
        claims.release_events(claim, waits, at_fault=at_fault)
        return 0


def _evaluate(claim: claims.EventClaim, departures: Departures | None = None) -> int:
    departures = departures or Departures(0, 0)
    now = claim.at.replace(microsecond=0)
    received = _load(claim)
    evaluated = {event.id for event in received if event.evaluated_at}
    judged, waits = judge_all(received, now)
    # Made before the transaction: two workers that bring up the same one must not wait for each
    # other, and one that no delivery needs does no harm.
    found = destinations.find_or_create(owed.place for event in judged for owed in event.owed)
    for event in judged:
        refuse_without_place(event, found)
    with unhurried():
        claims.release_events(claim, waits)
        owned = _take_from_queue(claim)
        judged = [event for event in judged if event.id in owned]
        # Only what has been evaluated before can have been judged before.
        again = chains.reconcile([event for event in judged if event.id in evaluated])
        resumed = _write_resumed([event for event in judged if event.is_resumed])
        first = _write_events([event for event in judged if not event.is_resumed], now)
        kept = [event for event in judged if event.id in (resumed if event.is_resumed else first)]
        owed = [item for event in kept for item in event.owed]
        # An event whose worker died may owe something that ends workers: then claims of deliveries
        # tell which of them it is, and the others are sent.
        unsuspected = [item for item in owed if claim.claims[item.event_id] == 1]
        leaving = departures.board(unsuspected, found, claim.at)
        owing.write(owed, found, claim.at, leaving)
        settle_events(resumed.union(again))
        fresh = [event for event in kept if not event.is_resumed]
        metrics.evaluated([event.outcome for event in fresh], [event.id for event in fresh])
        if leaving:
            hurry()  # no request is made that a database which ended may forget
        advising.add_up(owed, claim.at.date())
    departures.set_out()
    logger.info("events_evaluated", events=len(kept), deliveries=len(owed))
    return len(owed)


def _load(claim: claims.EventClaim) -> list[Received]:
    ids = columns.ids(claim.claims)
    with batch_cursor() as cursor:
        cursor.execute(_LOAD, [ids])
        rows = cursor.fetchall()
        cursor.execute(_BODIES, [ids])
        bodies = dict(cursor.fetchall())
    live = programs.live_in(row[1] for row in rows)
    received = [
        Received(
            id=row[0],
            environment_id=row[1],
            received_at=row[2],
            sealed_body=bodies.get(row[0]),
            outcome=row[3],
            build_id=row[4],
            evaluated_at=row[5],
            claims=claim.claims[row[0]],
            refusals=orjson.loads(row[6]),
            live=live.get(row[1]),
        )
        for row in rows
    ]
    return _with_what_was_before(received)


def _with_what_was_before(received: list[Received]) -> list[Received]:
    """Add the deliveries and the builds of the first time. A fresh event is not asked about."""
    before = [event.id for event in received if event.evaluated_at]
    if not before:
        return received
    with by_key():
        standing = answering.standing(before)
    told = [
        event._replace(standing=tuple(standing[event.id])) if event.id in standing else event
        for event in received
    ]
    return with_builds_of_before(told)


def _take_from_queue(claim: claims.EventClaim) -> set[uuid.UUID]:
    """Remove the claim's events from the queue; return those that were still ours."""
    with batch_cursor() as cursor:
        cursor.execute(_TAKE, [columns.ids(claim.claims), claim.token])
        return {event_id for (event_id,) in cursor.fetchall()}


def _write_events(judged: list[Judged], now: dt.datetime) -> set[uuid.UUID]:
    """Give events their outcome; return those that took it. An erased event takes none."""
    if not judged:
        return set()
    alike: dict[tuple[str, str, int | None, bool], list[Judged]] = defaultdict(list)
    for event in sorted(judged, key=_by_id):
        alike[event.outcome.value, event.reason, event.build_id, bool(event.refusals)].append(event)
    written: set[uuid.UUID] = set()
    with batch_cursor() as cursor:
        for (outcome, reason, build_id, is_refused), events in alike.items():
            same = {"now": now, "outcome": outcome, "reason": reason, "build": build_id}
            values: dict[str, Any] = {**same, **_columns(events)}
            if is_refused:
                cursor.execute(_WRITE_REFUSED, {**values, "refusals": _refusals(events)})
            else:
                cursor.execute(_WRITE, values)
            written.update(event_id for (event_id,) in cursor.fetchall())
    return written


def _write_resumed(judged: list[Judged]) -> set[uuid.UUID]:
    """Write what came of evaluating events further; return those that took it."""
    if not judged:
        return set()
    with batch_cursor() as cursor:
        judged = sorted(judged, key=_by_id)
        cursor.execute(_WRITE_RESUMED, {"refusals": _refusals(judged), **_columns(judged)})
        return {event_id for (event_id,) in cursor.fetchall()}


def _by_id(event: Judged) -> int:
    return event.id.int


def _columns(judged: Sequence[Judged]) -> dict[str, str]:
    """Return what differs from event to event; they are in the order of their ids."""
    hashes = columns.texts(_array(event.person_hashes) for event in judged)
    return {"ids": columns.ids(event.id for event in judged), "hashes": hashes}


def _refusals(judged: Sequence[Judged]) -> str:
    return columns.texts(orjson.dumps(event.refusals).decode() for event in judged)


def _array(hashes: set[bytes]) -> str:
    """Write hashes as the text of an array: arrays of arrays cannot be unnested by row."""
    return "{" + ",".join(f'"\\\\x{found.hex()}"' for found in sorted(hashes)) + "}"


_LOAD = """
SELECT id, environment_id, date_part('epoch', received_at), outcome, build_id,
    evaluated_at, refusals::text
FROM event WHERE id = ANY(%s::uuid[]) AND outcome IN ('received', 'evaluated') ORDER BY id
"""

# Not joined: for each event a join would ask every day's partition.
_BODIES = "SELECT event_id, body FROM event_body WHERE event_id = ANY(%s::uuid[])"

_TAKE = """
DELETE FROM event_queue WHERE event_id = ANY(%s::uuid[]) AND lease_token = %s RETURNING event_id
"""

# Where an event stands among the ids `width_bucket` finds by halving: they must be in order.
# https://www.postgresql.org/docs/current/functions-math.html
_REFUSALS = "(%(refusals)s::text[])[width_bucket(id, %(ids)s::uuid[])]::jsonb"
_HASHES = "(%(hashes)s::text[])[width_bucket(id, %(ids)s::uuid[])]::bytea[]"
_WRITES = """
UPDATE event
SET evaluated_at = %(now)s, outcome = %(outcome)s, reason = %(reason)s, build_id = %(build)s,
    refusals = {refusals}, person_hashes = person_hashes || {hashes}
WHERE id = ANY(%(ids)s::uuid[]) AND outcome = 'received'
RETURNING id
"""
_WRITES = _WRITES.replace("{hashes}", _HASHES)
_WRITE_REFUSED = _WRITES.replace("{refusals}", _REFUSALS)
# Nearly every event: its text is shorter, and parsed in half the time.
_WRITE = _WRITES.replace("{refusals}", "'[]'")

_WRITE_RESUMED = f"""
UPDATE event
SET refusals = {_REFUSALS}, person_hashes = ARRAY(
    SELECT DISTINCT h FROM unnest(person_hashes || {_HASHES}) AS h)
WHERE id = ANY(%(ids)s::uuid[]) AND outcome = 'evaluated'
RETURNING id
"""  # noqa: S608 - our own text
