"""Claims: who works on what, for how long, on the database's clock.

A claim puts a fresh token and the end of a lease on rows that are due. It is committed before any
work is done on them, and every later write to those rows asks for the token. A worker that froze,
and whose rows went to another one, finds its token gone and changes nothing.

`claims` counts how often a row was taken without an outcome. A row that was taken three times may
be ending its workers, so it travels alone from then on; after five it is given up by those who
read it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from delivery import sharing
from delivery.commits import batch_cursor, unhurried
from delivery.ids import new_id
from delivery.sharing import Due

EVENT_LEASE_SECONDS = 60
# Twice the longest request (`delivery.sending`), for what comes before and after it.
DELIVERY_LEASE_SECONDS = 45
ALONE_AFTER = 3
MOST_CLAIMS = 5
# Claims of one delivery that are taken back although their request may have been sent.
MOST_SPARED = 10

# Requests per destination, over all workers: at half a second each, full ones are 12,000 events a
# second.
MOST_IN_FLIGHT = 12
MOST_IN_PROBE = 10  # events, when a held destination is tried


class Key(NamedTuple):
    """What identifies a delivery: its event and its action."""

    event_id: uuid.UUID
    component: str


@dataclass(frozen=True, slots=True)
class EventClaim:
    """Events to evaluate. `claims` has every claimed id with the number of its claims."""

    token: uuid.UUID
    at: dt.datetime
    claims: dict[uuid.UUID, int]


class QueuedRow(NamedTuple):
    """What the queue knows of one delivery."""

    event_id: uuid.UUID
    component: str
    expires_at: dt.datetime
    attempts: int
    ambiguous_at: dt.datetime | None
    claims: int

    @property
    def key(self) -> Key:
        """Its identity."""
        return Key(self.event_id, self.component)


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    """Deliveries to one destination, which may travel in one request.

    `token` is also the id of the attempt that is made with them.
    """

    token: uuid.UUID
    at: dt.datetime
    destination_id: int
    is_probe: bool
    rows: list[QueuedRow]


def seconds_to_gather(due: Sequence[Due], most: int, linger: float) -> float | None:
    """Return how long due events may go on gathering; 0 when `most` are there, or the first has
    waited for `linger` seconds. None when none is due.
    """
    if not due:
        return None
    if sum(each.events for each in due) >= most:
        return 0.0
    return max(0.0, linger - max(each.age for each in due))


def claim_events(limit: int, due: Sequence[Due] | None = None) -> EventClaim | None:
    """Claim up to `limit` due events of all environments that have some; None when none is due.

    One that may be ending its workers is claimed alone. Where other environments have events due,
    about every second claim is theirs, so that neither waits for the other.

    Args:
        due: what `delivery.sharing.look` found a moment ago; None to look now.
    """
    with unhurried(), batch_cursor() as cursor:
        due = sharing.look(limit) if due is None else due
        if not due:
            return None
        token = new_id()
        suspects = [each for each in due if each.claims >= ALONE_AFTER]
        alone = bool(suspects) and (len(suspects) == len(due) or token.int % 2 == 0)
        if alone:
            shares = {max(suspects, key=lambda each: each.age).environment_id: 1}
        else:
            shares = sharing.shares(due, limit)
        cursor.execute(
            _CLAIM_EVENTS,
            {
                "environments": list(shares),
                "shares": list(shares.values()),
                "alone_after": ALONE_AFTER,
                "alone": alone,
                "token": token,
                "lease": EVENT_LEASE_SECONDS,
            },
        )
        rows = cursor.fetchall()
    if not rows:  # another worker was faster
        return None
    at = dt.datetime.fromtimestamp(rows[0][2], dt.UTC)  # a number is read ten times faster
    return EventClaim(token, at, {event_id: claims for event_id, claims, _ in rows})


def claim_deliveries(
    most_events: Callable[[str], int], without: Collection[str] = ()
) -> DeliveryClaim | None:
    """Claim due deliveries of the destination that has been waiting longest to be served.

    `most_events` says how many events one request of a package may carry, `without` names packages
    whose destinations are left out. None when no destination has due work, or all that have are
    held or busy.
    """
    with unhurried(), connection.cursor() as cursor:
        cursor.execute(_PICK_DESTINATION, [list(without), MOST_IN_FLIGHT])
        picked = cursor.fetchone()
        if picked is None:
            return None
        destination_id, package, is_probe = picked
        cursor.execute(_SERVED, [[destination_id]])
        most = most_events(package)
        limit = min(MOST_IN_PROBE, most) if is_probe else most
        return _claim_of(destination_id, limit, is_probe)


def _claim_of(destination_id: int, limit: int, is_probe: bool) -> DeliveryClaim | None:
    token = new_id()
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DELIVERY, [destination_id])
        first = cursor.fetchone()
        if first is None:
            return None
        claims, hint, at = first
        alone = claims >= ALONE_AFTER
        cursor.execute(
            _CLAIM_DELIVERIES,
            {
                "destination": destination_id,
                "is_probe": is_probe,
                "hint": hint,
                "alone_after": ALONE_AFTER,
                "alone": alone,
                "limit": 1 if alone else limit,
                "token": token,
                "lease": DELIVERY_LEASE_SECONDS,
            },
        )
        rows = sorted(QueuedRow(*row) for row in cursor.fetchall())
    return DeliveryClaim(token, at, destination_id, is_probe, rows) if rows else None


def open_destinations(keys: Collection[int]) -> dict[int, tuple[int, dt.datetime]]:
    """Return how many more requests may be made to each of these destinations that is open, and
    when a lease for them would end.

    Nothing is locked: processes that ask in the same moment may together go a little beyond.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [MOST_IN_FLIGHT, DELIVERY_LEASE_SECONDS, list(keys)])
        return {key: (free, until) for key, free, until in cursor.fetchall() if free > 0}


def note_served(keys: Collection[int]) -> None:
    """Write that requests to these destinations are made now."""
    with connection.cursor() as cursor:
        cursor.execute(_SERVED, [sorted(keys)])


def release_events(
    claim: EventClaim, waits: Mapping[uuid.UUID, float], *, at_fault: bool = False
) -> None:
    """Give events back, each to be looked at again after so many seconds.

    The claim counts only where the events may be `at_fault`.
    """
    if not waits:
        return
    uncounted = 0 if at_fault else 1
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE_EVENTS, [uncounted, list(waits), list(waits.values()), claim.token])


def spare_deliveries(claim: DeliveryClaim, seconds: float) -> None:
    """Take back what this claim counts against its deliveries, whoever has them now.

    If no request was opened with it they are also given back, to be looked at after `seconds`.
    Otherwise nobody knows whether it was taken, and the end of the lease brings them back; and only
    so many such claims are taken back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SPARE_DELIVERIES,
            {
                "token": claim.token,
                "wait": seconds,
                "most": MOST_SPARED,
                "events": [row.event_id for row in claim.rows],
                "components": [row.component for row in claim.rows],
            },
        )


def release_deliveries(claim: DeliveryClaim, keys: Sequence[Key]) -> None:
    """Give these deliveries back as if they had never been claimed."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RELEASE_DELIVERIES,
            {
                "destination": claim.destination_id,
                "token": claim.token,
                "events": [key.event_id for key in keys],
                "components": [key.component for key in keys],
            },
        )


# statement_timestamp(), not now(): the clock must not stand still inside a transaction.

_CLAIM_EVENTS = """
WITH due AS MATERIALIZED (
    SELECT few.event_id
    FROM unnest(%(environments)s::bigint[], %(shares)s::int[]) AS s(environment_id, share)
    CROSS JOIN LATERAL (
        SELECT q.event_id FROM event_queue AS q
        WHERE q.environment_id = s.environment_id AND q.lease_token IS NULL
          AND q.next_at <= statement_timestamp() AND (q.claims >= %(alone_after)s) = %(alone)s
        ORDER BY q.next_at, q.event_id LIMIT s.share FOR UPDATE SKIP LOCKED
    ) AS few
)
UPDATE event_queue AS q
SET lease_token = %(token)s, claims = q.claims + 1,
    lease_until = statement_timestamp() + %(lease)s * interval '1 second'
WHERE q.event_id = ANY(ARRAY(SELECT event_id FROM due))
RETURNING q.event_id, q.claims, date_part('epoch', statement_timestamp())
"""

_RELEASE_EVENTS = """
UPDATE event_queue AS q
SET lease_token = NULL, lease_until = NULL, claims = q.claims - %s,
    next_at = statement_timestamp() + w.seconds * interval '1 second'
FROM unnest(%s::uuid[], %s::float8[]) AS w(event_id, seconds)
WHERE q.event_id = w.event_id AND q.lease_token = %s
"""

# How many requests to destination d are under way. Steps through the index from one to the next.
_UNDER_WAY = """(
    WITH RECURSIVE taken AS (
        (SELECT q.lease_token FROM delivery_queue AS q
         WHERE q.destination_id = d.id AND q.lease_token IS NOT NULL
         ORDER BY q.lease_token LIMIT 1)
        UNION ALL
        SELECT (
            SELECT q.lease_token FROM delivery_queue AS q
            WHERE q.destination_id = d.id AND q.lease_token > t.lease_token
            ORDER BY q.lease_token LIMIT 1)
        FROM taken AS t WHERE t.lease_token IS NOT NULL
    )
    SELECT count(lease_token) FROM taken
  )"""

_IS_RESTED = "(d.rest_until IS NULL OR d.rest_until <= statement_timestamp())"

# Whether destination d has work and may be tried now, given the most requests at a time. A held one
# is tried by one request at a time, as soon as its pause is over, whatever its deliveries' own
# times say.
MAY_BE_TRIED = f"""
(d.held_at IS NULL OR d.hold_until <= statement_timestamp())
  AND {_IS_RESTED}
  AND CASE WHEN d.held_at IS NULL THEN EXISTS (
      SELECT FROM delivery_queue AS q WHERE q.destination_id = d.id
        AND q.lease_token IS NULL AND q.next_at <= statement_timestamp())
    ELSE EXISTS (
      SELECT FROM delivery_queue AS q WHERE q.destination_id = d.id AND q.lease_token IS NULL)
    END
  AND {_UNDER_WAY} < CASE WHEN d.held_at IS NULL THEN %s ELSE 1 END
"""  # noqa: S608 - our own text

_OPEN = f"""
SELECT d.id, %s - {_UNDER_WAY}, statement_timestamp() + %s * interval '1 second'
FROM destination AS d WHERE d.id = ANY(%s) AND d.held_at IS NULL AND {_IS_RESTED}
"""  # noqa: S608 - our own text

# Only who holds the lock on a destination claims for it, and nobody waits for that lock.
_PICK_DESTINATION = f"""
SELECT d.id, d.package, d.held_at IS NOT NULL FROM destination AS d
WHERE d.package <> ALL(%s::text[]) AND {MAY_BE_TRIED}
ORDER BY d.last_served_at NULLS FIRST, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
"""  # noqa: S608 - our own text

_SERVED = "UPDATE destination SET last_served_at = statement_timestamp() WHERE id = ANY(%s)"

_FIRST_DELIVERY = """
SELECT claims, batch_hint, statement_timestamp() FROM delivery_queue
WHERE destination_id = %s AND lease_token IS NULL ORDER BY next_at LIMIT 1
"""

_CLAIM_DELIVERIES = """
WITH due AS MATERIALIZED (
    SELECT event_id, component FROM delivery_queue
    WHERE destination_id = %(destination)s AND lease_token IS NULL
      AND (next_at <= statement_timestamp() OR %(is_probe)s)
      AND batch_hint IS NOT DISTINCT FROM %(hint)s
      AND (claims >= %(alone_after)s) = %(alone)s
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE delivery_queue AS q
SET lease_token = %(token)s, claims = q.claims + 1,
    lease_until = statement_timestamp() + %(lease)s * interval '1 second'
WHERE q.event_id = ANY(ARRAY(SELECT event_id FROM due))
  AND (q.event_id, q.component) IN (SELECT event_id, component FROM due)
RETURNING q.event_id, q.component, q.expires_at, q.attempts, q.ambiguous_at, q.claims
"""

_SPARE_DELIVERIES = """
WITH ours AS MATERIALIZED (
    SELECT q.event_id, q.component, a.is_open,
        q.lease_token IS NOT DISTINCT FROM %(token)s AND NOT a.is_open AS is_free
    FROM (SELECT EXISTS (SELECT FROM attempt WHERE id = %(token)s) AS is_open) AS a
    CROSS JOIN delivery_queue AS q
    JOIN unnest(%(events)s::uuid[], %(components)s::text[]) AS k(event_id, component)
      ON q.event_id = k.event_id AND q.component = k.component
    ORDER BY q.event_id, q.component FOR UPDATE OF q
)
UPDATE delivery_queue AS q
SET claims = GREATEST(q.claims - CASE WHEN o.is_open AND q.spared >= %(most)s THEN 0 ELSE 1 END, 0),
    spared = LEAST(q.spared + CASE WHEN o.is_open THEN 1 ELSE 0 END, %(most)s),
    lease_token = CASE WHEN o.is_free THEN NULL ELSE q.lease_token END,
    lease_until = CASE WHEN o.is_free THEN NULL ELSE q.lease_until END,
    next_at = CASE WHEN o.is_free
        THEN statement_timestamp() + %(wait)s * interval '1 second' ELSE q.next_at END
FROM ours AS o WHERE q.event_id = o.event_id AND q.component = o.component
"""

_RELEASE_DELIVERIES = """
UPDATE delivery_queue AS q
SET lease_token = NULL, lease_until = NULL, claims = q.claims - 1
FROM (
    SELECT event_id, component FROM delivery_queue
    WHERE destination_id = %(destination)s AND lease_token = %(token)s
      AND ((event_id, component) IN (
        SELECT * FROM unnest(%(events)s::uuid[], %(components)s::text[]))) IS TRUE
    ORDER BY event_id, component FOR UPDATE
) AS ours
WHERE q.event_id = ours.event_id AND q.component = ours.component
"""
