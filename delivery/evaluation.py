"""Evaluate what came in: claim events, judge them, and write what they owe.

One claim is one transaction at its end: the events leave the queue, take their outcome, and their
deliveries appear, all or none.

An event whose rule waited for an answer comes back when that is there, and only what it does not
owe yet is written.
"""

from __future__ import annotations

import datetime as dt
import uuid

import orjson
import structlog
from django.db import connection

from delivery import advising, answering, chains, claims, columns, destinations, metrics, owing
from delivery.commits import hurry, unhurried
from delivery.departing import Departures
from delivery.failures import described, is_clash, is_database_trouble, renew_connection
from delivery.judging import Judged, Received, judge_all, lives_of, refuse_without_place
from delivery.settling import settle_events

logger = structlog.get_logger(__name__)

MOST_EVENTS = 500
# After an error nobody foresaw: long enough not to spin, short enough not to be noticed.
_WAIT_AFTER_ERROR_SECONDS = 2


def evaluate_due(departures: Departures | None = None) -> int | None:
    """Claim and evaluate one batch of due events.

    Args:
        departures: takes the requests that may leave at once. None: all deliveries are queued.

    Returns:
        How many deliveries it made; None when nothing was due.
    """
    claim = claims.claim_events(MOST_EVENTS)
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
    judged, waits = judge_all(received, lives_of(received), now)
    # Made before the transaction: two workers that bring up the same one must not wait for each
    # other, and one that no delivery needs does no harm.
    found = destinations.find_or_create(owed.place for event in judged for owed in event.owed)
    for event in judged:
        refuse_without_place(event, found)
    with unhurried():
        claims.release_events(claim, waits)
        owned = _take_from_queue(claim)
        judged = [event for event in judged if event.id in owned]
        again = chains.reconcile(judged)
        resumed = _write_resumed([event for event in judged if event.is_resumed])
        kept = resumed | _write_events([one for one in judged if not one.is_resumed], now)
        owed = [item for event in judged if event.id in kept for item in event.owed]
        # An event whose worker died may owe something that ends workers: then claims of deliveries
        # tell which of them it is, and the others are sent.
        unsuspected = [item for item in owed if claim.claims[item.event_id] == 1]
        leaving = departures.board(unsuspected, found, claim.at)
        owing.write(owed, found, claim.at, leaving)
        settle_events(resumed.union(again))
        first = [event for event in judged if event.id in kept - resumed]
        metrics.evaluated([event.outcome for event in first], [event.id for event in first])
        if leaving:
            hurry()  # no request is made that a database which ended may forget
        advising.add_up(owed, claim.at.date())
    departures.set_out()
    logger.info("events_evaluated", events=len(kept), deliveries=len(owed))
    return len(owed)


def _load(claim: claims.EventClaim) -> list[Received]:
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, [columns.ids(claim.claims)])
        received = [
            Received(*[*row, claim.claims[row[0]], orjson.loads(refusals)])
            for *row, refusals in cursor.fetchall()
        ]
    # A fresh event has sent nothing yet, and is not asked about.
    standing = answering.standing([event.id for event in received if event.evaluated_at])
    return [
        event._replace(standing=tuple(standing[event.id])) if event.id in standing else event
        for event in received
    ]


def _take_from_queue(claim: claims.EventClaim) -> set[uuid.UUID]:
    """Remove the claim's events from the queue; return those that were still ours."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [columns.ids(claim.claims), claim.token])
        return {event_id for (event_id,) in cursor.fetchall()}


def _write_events(judged: list[Judged], now: dt.datetime) -> set[uuid.UUID]:
    """Give events their outcome; return those that took it. An erased event takes none."""
    if not judged:
        return set()
    ids = columns.ids(event.id for event in judged)
    written = [
        columns.texts(event.outcome.value for event in judged),
        columns.texts(event.reason for event in judged),
        columns.numbers(event.build_id for event in judged),
        columns.texts(orjson.dumps(event.refusals).decode() for event in judged),
        columns.texts(_array(event.person_hashes) for event in judged),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [now, ids, *written, ids])
        return {event_id for (event_id,) in cursor.fetchall()}


def _write_resumed(judged: list[Judged]) -> set[uuid.UUID]:
    """Write what came of evaluating events further; return those that took it."""
    if not judged:
        return set()
    ids = [event.id for event in judged]
    refusals = [orjson.dumps(event.refusals).decode() for event in judged]
    hashes = [_array(event.person_hashes) for event in judged]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_RESUMED, [ids, refusals, hashes, ids])
        return {event_id for (event_id,) in cursor.fetchall()}


def _array(hashes: set[bytes]) -> str:
    """Write hashes as the text of an array: arrays of arrays cannot be unnested by row."""
    return "{" + ",".join(f'"\\\\x{found.hex()}"' for found in sorted(hashes)) + "}"


_LOAD = """
SELECT e.id, e.environment_id, extract(epoch FROM e.received_at)::float8, b.body, e.outcome,
    e.build_id, e.evaluated_at, e.refusals::text
FROM event AS e LEFT JOIN event_body AS b ON b.event_id = e.id
WHERE e.id = ANY(%s::uuid[]) AND e.outcome IN ('received', 'evaluated') ORDER BY e.id
"""

_TAKE = """
DELETE FROM event_queue WHERE event_id = ANY(%s::uuid[]) AND lease_token = %s RETURNING event_id
"""

_WRITE = """
UPDATE event AS e
SET evaluated_at = %s, outcome = j.outcome, reason = j.reason, build_id = j.build_id,
    refusals = j.refusals::jsonb,
    person_hashes = e.person_hashes || j.person_hashes::bytea[]
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[])
    AS j(id, outcome, reason, build_id, refusals, person_hashes)
WHERE e.id = j.id AND e.id = ANY(%s::uuid[]) AND e.outcome = 'received'
RETURNING e.id
"""

_WRITE_RESUMED = """
UPDATE event AS e
SET refusals = j.refusals::jsonb, person_hashes = ARRAY(
    SELECT DISTINCT h FROM unnest(e.person_hashes || j.person_hashes::bytea[]) AS h)
FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS j(id, refusals, person_hashes)
WHERE e.id = j.id AND e.id = ANY(%s) AND e.outcome = 'evaluated'
RETURNING e.id
"""
