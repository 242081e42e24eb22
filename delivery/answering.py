"""The answers that rules wait for: kept with their events, which are then evaluated further.

An answer is written in the transaction that gives its delivery a final outcome, whatever that is,
so a rule never waits for what will not come. In the same transaction the event is put back into the
queue. A worker that has begun on it without this answer loses its lease and writes nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import connection

import vault
from delivery.claims import Key
from delivery.models.sends import answer_context
from delivery.outcomes import LIVE_DELIVERY, DeliveryOutcome
from delivery.storable import fit
from extensions.contract import Answer, Answered, Verdict

# What a rule may want of an answer, and nothing that lets anybody in.
HEADERS = (
    "content-language",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "link",
    "location",
    "retry-after",
    "x-request-id",
)
_LONGEST_HEADER = 1_000
NOT_KEPT = "Its answer was not kept when it was sent."
UNREADABLE = "Its answer was sealed with a key that this server no longer has."


class Ended(Protocol):
    """A delivery that has left the queue."""

    @property
    def event_id(self) -> uuid.UUID: ...
    @property
    def component(self) -> str: ...
    @property
    def awaited(self) -> bool: ...


class Standing(NamedTuple):
    """A delivery of an event that is evaluated further, or once more."""

    key: Key
    rule: str
    outcome: str
    sealed: bytes | None  # what it brought back; None where no rule waited for it


def keep(
    ended: Iterable[Ended], outcome: DeliveryOutcome, verdict: Verdict, answer: Answer | None
) -> None:
    """Keep what awaited deliveries brought back, and have their events evaluated further."""
    keys = [Key(one.event_id, one.component) for one in ended if one.awaited]
    if not keys:
        return
    kept = _kept(outcome, verdict, answer)
    rows = [
        (*key, vault.pack(settings.KEY_RING, kept, answer_context(*key)), key.event_id)
        for key in keys
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP, rows)
        cursor.execute(_RESUME, [sorted({key.event_id for key in keys})])


def standing(event_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Standing]]:
    """Return the deliveries of these events, with what they brought back still sealed."""
    found: dict[uuid.UUID, list[Standing]] = defaultdict(list)
    if event_ids:
        with connection.cursor() as cursor:
            cursor.execute(_STANDING, [list(event_ids)] * 2)
            for event_id, *row in cursor.fetchall():
                found[event_id].append(Standing(Key(event_id, row[0]), *row[1:]))
    return found


def opened(deliveries: Iterable[Standing]) -> dict[str, Answered]:
    """Return what the deliveries of one event brought back, by component.

    Of one that has ended without an answer for its rule, that says so.

    Raises:
        vault.UnknownKey: the key of an answer is not in the ring.
    """
    return {
        one.key.component: _opened(one) for one in deliveries if one.outcome not in LIVE_DELIVERY
    }


def _kept(outcome: DeliveryOutcome, verdict: Verdict, answer: Answer | None) -> dict[str, Any]:
    if outcome != DeliveryOutcome.DELIVERED or answer is None:
        return {"failure": fit(verdict.title, 255).rstrip(".") + "."}
    return {
        "status": answer.status,
        "headers": _safe(answer.headers),
        "text": answer.body.decode(errors="replace").replace("\0", "\ufffd"),
    }


def _safe(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: fit(headers[name], _LONGEST_HEADER) for name in HEADERS if name in headers}


def _opened(one: Standing) -> Answered:
    if one.sealed is None:
        return Answered(failure=NOT_KEPT)
    try:
        return Answered(**vault.unpack(settings.KEY_RING, one.sealed, answer_context(*one.key)))
    except vault.UnknownKey:
        raise
    except vault.CannotOpen:
        return Answered(failure=UNREADABLE)


# Of an event that is stored no longer nothing is kept; its day may have no partition any more.
_KEEP = """
INSERT INTO delivery_answer (event_id, component, answer)
SELECT %s, %s, %s WHERE EXISTS (SELECT FROM event WHERE id = %s)
ON CONFLICT (event_id, component) DO UPDATE SET answer = EXCLUDED.answer
"""

# One that is under way loses its lease: it is evaluated without this answer. That is no fault of
# the event, so its claims start anew.
_RESUME = """
INSERT INTO event_queue (event_id, environment_id, next_at, claims)
SELECT id, environment_id, statement_timestamp(), 0 FROM event
WHERE id = ANY(%s) AND outcome = 'evaluated' ORDER BY id
ON CONFLICT (event_id) DO UPDATE
SET lease_token = NULL, lease_until = NULL, next_at = statement_timestamp(), claims = 0
"""

_STANDING = """
SELECT d.event_id, d.component, d.rule, d.outcome, a.answer
FROM delivery AS d LEFT JOIN delivery_answer AS a
  ON a.event_id = d.event_id AND a.component = d.component AND a.event_id = ANY(%s)
WHERE d.event_id = ANY(%s) ORDER BY d.event_id, d.created_at, d.component
"""
