"""Write what became of deliveries: one transaction, and only for those that are still ours.

The queue is asked first, by the claim's token. Whatever it does not give back belongs to another
worker now, or is erased, and nothing is written about it. What its rule waits for is kept for it.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson
import structlog
from django.db import connection

from delivery import answering, columns, holds, metrics
from delivery.attempts import close_attempt, still_ours
from delivery.backoff import retry_seconds
from delivery.batches import halves, is_late
from delivery.claims import DeliveryClaim, Key
from delivery.commits import batch_cursor, by_key
from delivery.outcomes import DeliveryOutcome
from delivery.reasons import REASONS
from delivery.settling import settle_delivered, settle_events
from delivery.storable import fit, notices
from extensions.contract import Answer, Notice, Verdict

logger = structlog.get_logger(__name__)

RETRY_WINDOW_HOURS = 72
MOST_ORPHANS = 5_000  # deliveries ended in one transaction

# A verdict of our own, where the extension could not make its request. As with a refusal, a batch
# is split until the culprit stands alone.
UNBUILDABLE = Verdict("rejected", "build_error", REASONS["build_error"].title)

LATE = Notice(
    "late",
    "",
    "It was sent more than an hour after the event came in, because it had to wait. An event that "
    "comes late is of less use for measuring and for showing ads.",
)

# Instead of a destination's words on a request that somebody was erased from meanwhile: they may
# quote that person.
_UNTOLD = "The destination's words on this request are not kept"

_OUTCOME_OF_CODE = {"too_old": DeliveryOutcome.EXPIRED}


def finish(claim: DeliveryClaim, verdict: Verdict, answer: Answer, duration_ms: int) -> None:
    """Finish a request by its verdict."""
    with by_key():
        # What was delivered leaves the queue whole, so that one statement locks and takes it.
        is_delivered = verdict.outcome == "delivered"
        ended = _take(claim) if is_delivered else []
        ours = ended if is_delivered else still_ours(claim)
        is_whole = len(ours) == len(claim.rows)
        if not is_whole:
            verdict = replace(verdict, title=_UNTOLD, explanation="", notices=())
        if is_delivered:
            touched = _delivered(ended, claim, verdict, answer)
        else:
            touched = _FINISH[verdict.outcome](claim, verdict, answer)
        close_attempt(claim.token, verdict, answer, duration_ms, keeps_words=is_whole)
        settle = settle_delivered if verdict.outcome == "delivered" else settle_events
        settle({key.event_id for key in touched})
        if touched:
            events = len(claim.rows)
            holds.note(claim.destination_id, verdict, is_probe=claim.is_probe, events=events)
    metrics.attempted(verdict, len(claim.rows), duration_ms)
    logger.info(
        "request_finished",
        attempt_id=claim.token.hex,
        destination_id=claim.destination_id,
        outcome=verdict.outcome,
        reason=fit(verdict.reason, 120),
        events=len(touched),
        lost=0 if touched else len(claim.rows),
        duration_ms=duration_ms,
    )


def hold_back(claim: DeliveryClaim, code: str) -> None:
    """Hold the destination for a reason of our own, before any request was made."""
    words = REASONS[code]
    verdict = Verdict("hold", code, words.title, words.explanation)
    with by_key():
        still_ours(claim)
        if _held(claim, verdict, None):
            holds.note(claim.destination_id, verdict, is_probe=claim.is_probe)


def put_off(claim: DeliveryClaim, keys: Sequence[Key], code: str, seconds: float) -> None:
    """Let deliveries wait for what this server lacks: no attempt, no part of the retry window."""
    words = REASONS[code]
    verdict = Verdict("retry", code, words.title, words.explanation)
    ours = [*columns.pairs(keys), claim.destination_id, claim.token]
    with by_key():
        still_ours(claim)
        _mark_live(_keys(_PUT_OFF, [seconds, *ours]), DeliveryOutcome.PENDING, verdict)
    logger.error("deliveries_put_off", reason=code, deliveries=len(keys))


def refuse_unbuildable(claim: DeliveryClaim) -> None:
    """Finish deliveries whose request the extension could not make: the single one fails."""
    with by_key():
        still_ours(claim)
        touched = _rejected(claim, UNBUILDABLE, None)
        settle_events({key.event_id for key in touched})


def give_up(claim: DeliveryClaim, keys: Sequence[Key], code: str) -> None:
    """End deliveries that are not sent any more; `code` is one of `delivery.reasons`."""
    with by_key():
        still_ours(claim)
        ended = _take(claim, keys)
        _give_up(ended, code)
        settle_events({key.event_id for key in ended})
    logger.info("deliveries_given_up", reason=code, deliveries=len(ended))


def expire_waiting(destination_id: int) -> None:
    """End what became too old while its destination was held."""
    with by_key():
        ended = _ended(_TAKE_EXPIRED, [destination_id, destination_id])
        _give_up(ended, "too_old")
        settle_events({key.event_id for key in ended})


def end_orphans() -> int:
    """End deliveries whose destination was deleted with its property; return how many."""
    with by_key():
        ended = _ended(_TAKE_ORPHANS, [MOST_ORPHANS])
        _give_up(ended, "property_deleted")
        settle_events({key.event_id for key in ended})
    return len(ended)


def _delivered(
    ended: Sequence[_Ended], claim: DeliveryClaim, verdict: Verdict, answer: Answer
) -> list[Key]:
    late: list[_Ended] = []
    in_time: list[_Ended] = []
    for one in ended:
        (late if is_late(one.event_id, claim.at) else in_time).append(one)
    too_late = replace(verdict, notices=(*verdict.notices, LATE))
    _mark(in_time, DeliveryOutcome.DELIVERED, verdict, answer)
    _mark(late, DeliveryOutcome.DELIVERED, too_late, answer)
    return _keys_of(ended)


def _rejected(claim: DeliveryClaim, verdict: Verdict, answer: Answer | None) -> list[Key]:
    if len(claim.rows) > 1:
        return _split(claim)
    ended = _take(claim)
    if verdict.reason == UNBUILDABLE.reason:
        _give_up(ended, verdict.reason)
    else:
        _mark(ended, DeliveryOutcome.REJECTED, verdict, answer)
    return _keys_of(ended)


def _split(claim: DeliveryClaim) -> list[Key]:
    """Put a refused batch back as two, each to be sent apart from all others, and at once.

    They go before everything else, the smaller ones first: what is sought is found before the next
    batch is begun, and a destination that refuses all is known by few requests.
    """
    put_back: list[Key] = []
    for half in halves([row.key for row in claim.rows]):
        ours = [*columns.pairs(half), claim.destination_id, claim.token]
        put_back += _keys(_PUT_BACK_HALF, [uuid.uuid4(), *ours])
    words = REASONS["split"]
    split = Verdict("rejected", "split", words.title, words.explanation)
    _mark_live(put_back, DeliveryOutcome.PENDING, split)
    return put_back


def _retry(claim: DeliveryClaim, verdict: Verdict, _answer: Answer | None) -> list[Key]:
    ours = [claim.destination_id, claim.token]
    ended = _ended(_TAKE_PAST_WINDOW, [*ours, RETRY_WINDOW_HOURS])
    _give_up(ended, "retry_window", f" The last answer: {verdict.title}")
    chance = random.random()  # noqa: S311 - it spreads load, it keeps no secret
    put_back: list[Key] = []
    for attempts in {row.attempts for row in claim.rows}:
        wait = retry_seconds(attempts + 1, chance, verdict.after_seconds)
        put_back += _keys(_PUT_BACK_LATER, [wait, verdict.ambiguous, *ours, attempts])
    _mark_live(put_back, DeliveryOutcome.PENDING, verdict)
    return _keys_of(ended) + put_back


def _held(claim: DeliveryClaim, verdict: Verdict, _answer: Answer | None) -> list[Key]:
    keys = _keys(_PUT_BACK, [claim.destination_id, claim.token])
    _mark_live(keys, DeliveryOutcome.HELD, verdict)
    return keys


_FINISH: dict[str, Callable[[DeliveryClaim, Verdict, Answer | None], list[Key]]] = {
    "rejected": _rejected,
    "retry": _retry,
    "hold": _held,
}


class _Ended(NamedTuple):
    """A delivery that has left the queue, and whether its rule waits for it."""

    event_id: uuid.UUID
    component: str
    awaited: bool


def _keys_of(ended: Iterable[_Ended]) -> list[Key]:
    return [Key(one.event_id, one.component) for one in ended]


def _take(claim: DeliveryClaim, keys: Sequence[Key] | None = None) -> list[_Ended]:
    """Remove deliveries of the claim from the queue, all by default; return those still ours."""
    ours = [claim.destination_id, claim.token]
    if keys is None:
        return _ended(_TAKE_ALL, [*ours, *ours])
    return _ended(_TAKE, [*columns.pairs(keys), *ours])


def _give_up(ended: Sequence[_Ended], code: str, more: str = "") -> None:
    words = REASONS[code]
    outcome = _OUTCOME_OF_CODE.get(code, DeliveryOutcome.FAILED)
    _mark(ended, outcome, Verdict("rejected", code, words.title, words.explanation + more))


def _mark(
    ended: Sequence[_Ended],
    outcome: DeliveryOutcome,
    verdict: Verdict,
    answer: Answer | None = None,
) -> None:
    """Give deliveries a final outcome, with the verdict's words."""
    keys = _keys_of(ended)
    found = orjson.dumps(notices(verdict.notices)).decode()
    _write([outcome.value, *_words(verdict), found, found, True], keys)
    answering.keep(ended, outcome, verdict, answer)
    metrics.deliveries_finished(outcome, [key.event_id for key in keys])


def _mark_live(keys: Sequence[Key], outcome: DeliveryOutcome, verdict: Verdict) -> None:
    """Say why deliveries wait."""
    _write([outcome.value, *_words(verdict), "[]", "[]", False], keys)


def _words(verdict: Verdict) -> tuple[str, str, str, str]:
    return (
        fit(verdict.reason, 120),
        fit(verdict.title, 255),
        fit(verdict.explanation, 4000),
        fit(verdict.help_url, 255),
    )


def _write(words: list[Any], keys: Sequence[Key]) -> None:
    if not keys:
        return
    first = keys[0].component
    with batch_cursor() as cursor:
        if all(key.component == first for key in keys):
            cursor.execute(_MARK_OF_ONE, [*words, columns.ids(key.event_id for key in keys), first])
        else:
            cursor.execute(_MARK, [*words, *columns.keys(keys)])


def _keys(statement: str, parameters: Iterable[Any]) -> list[Key]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return [Key(*row) for row in cursor.fetchall()]


def _ended(statement: str, parameters: Iterable[Any]) -> list[_Ended]:
    with batch_cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return [_Ended(*row) for row in cursor.fetchall()]


_MARKS = """
UPDATE delivery AS d
SET outcome = %s, reason = %s, title = %s, explanation = %s, help_url = %s,
    notices = CASE WHEN %s = '[]' THEN d.notices ELSE d.notices || %s::jsonb END,
    finished_at = CASE WHEN %s THEN statement_timestamp() END
WHERE {which} AND d.outcome IN ('pending', 'in_flight', 'held')
"""
_MARK = _MARKS.replace("{which}", columns.AMONG)
# Most often all are of one action.
_MARK_OF_ONE = _MARKS.replace("{which}", "d.event_id = ANY(%s::uuid[]) AND d.component = %s")

_OURS = "q.destination_id = %s AND q.lease_token = %s"
_GIVING = "RETURNING q.event_id, q.component"
_ENDING = "RETURNING q.event_id, q.component, q.awaited"
_FREED = "lease_token = NULL, lease_until = NULL, claims = 0"

# The rows are locked first, in the order in which all others lock them.
_TAKE_IN_ORDER = f"""
DELETE FROM delivery_queue AS q WHERE {{these}} AND 0 < (
    SELECT count(*) FROM (
        SELECT FROM delivery_queue AS q WHERE {{these}} ORDER BY q.event_id, q.component FOR UPDATE
    ) AS locked)
{_ENDING}
"""  # noqa: S608 - our own text

_TAKE_ALL = _TAKE_IN_ORDER.format(these=_OURS)

_WAITING = "q.destination_id = %s AND q.lease_token IS NULL"
_TAKE_EXPIRED = _TAKE_IN_ORDER.format(these=f"{_WAITING} AND q.expires_at <= statement_timestamp()")

_TAKE = f"""
DELETE FROM delivery_queue AS q WHERE {columns.CHOSEN} AND {_OURS} {_ENDING}
"""  # noqa: S608 - our own text

_TAKE_PAST_WINDOW = f"""
DELETE FROM delivery_queue AS q WHERE {_OURS}
  AND q.first_attempt_at < statement_timestamp() - %s * interval '1 hour' {_ENDING}
"""  # noqa: S608 - our own text

# Steps through the index from one destination to the next: it costs as much as there are
# destinations with something to send, however long the queue is.
_TAKE_ORPHANS = f"""
WITH RECURSIVE waiting AS (
    SELECT min(destination_id) AS id FROM delivery_queue WHERE lease_token IS NULL
    UNION ALL
    SELECT (
        SELECT min(n.destination_id) FROM delivery_queue AS n
        WHERE n.lease_token IS NULL AND n.destination_id > w.id)
    FROM waiting AS w WHERE w.id IS NOT NULL
), orphans AS MATERIALIZED (
    SELECT o.event_id, o.component FROM delivery_queue AS o JOIN waiting AS w
      ON o.destination_id = w.id
    WHERE o.lease_token IS NULL
      AND NOT EXISTS (SELECT FROM destination AS d WHERE d.id = w.id)
    LIMIT %s FOR UPDATE OF o SKIP LOCKED
)
DELETE FROM delivery_queue AS q USING orphans AS k
WHERE q.event_id = k.event_id AND q.component = k.component {_ENDING}
"""  # noqa: S608 - our own text

_PUT_BACK = f"""
UPDATE delivery_queue AS q SET {_FREED}, next_at = statement_timestamp() WHERE {_OURS} {_GIVING}
"""  # noqa: S608 - our own text

_PUT_OFF = f"""
UPDATE delivery_queue AS q
SET {_FREED}, next_at = statement_timestamp() + %s * interval '1 second'
WHERE {columns.CHOSEN} AND {_OURS} {_GIVING}
"""  # noqa: S608 - our own text

_PUT_BACK_HALF = f"""
UPDATE delivery_queue AS q
SET {_FREED}, batch_hint = %s,
    next_at = LEAST(q.next_at, statement_timestamp()) - interval '1 second'
WHERE {columns.CHOSEN} AND {_OURS} {_GIVING}
"""  # noqa: S608 - our own text

_PUT_BACK_LATER = f"""
UPDATE delivery_queue AS q
SET {_FREED}, next_at = statement_timestamp() + %s * interval '1 second',
    attempts = q.attempts + 1,
    first_attempt_at = COALESCE(q.first_attempt_at, statement_timestamp()),
    ambiguous_at = CASE WHEN %s THEN COALESCE(q.ambiguous_at, statement_timestamp())
        ELSE q.ambiguous_at END
WHERE {_OURS} AND q.attempts = %s {_GIVING}
"""  # noqa: S608 - our own text
