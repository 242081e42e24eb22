"""The record of requests: opened before one is made, closed with what it brought.

An attempt has the id of its claim's token. One that is still open when its lease has ended tells
that the worker died in between, so nobody knows whether the destination took the events.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.utils import timezone

import vault
from delivery import columns
from delivery.claims import DeliveryClaim, Key
from delivery.commits import by_key
from delivery.models import Attempt
from delivery.models.sends import response_context
from delivery.storable import fit
from extensions.contract import Answer, Verdict

_HIDDEN = "•••••".encode()
# In JSON within JSON the backslashes double with each level.
_ESCAPES = rb"\\{1,8}"
_SHORT_ESCAPES = {"\b": b"b", "\f": b"f", "\n": b"n", "\r": b"r", "\t": b"t"}


def open_attempt(claim: DeliveryClaim, keys: list[Key]) -> list[Key]:
    """Record that a request is about to be made, in a commit of its own.

    Returns:
        The deliveries that are still ours. Where one is not, since it was erased or its lease has
        ended, nothing is recorded: the request must be made anew, without it.
    """
    with by_key(), connection.cursor() as cursor:
        queued = still_ours(claim)
        ours = [key for key in keys if key in queued]
        if len(ours) < len(keys):
            return ours
        record_attempt(claim)
        cursor.execute(_IN_FLIGHT, [claim.token, *columns.keys(keys)])
    return ours


def record_attempt(claim: DeliveryClaim) -> None:
    """Write that a request with the deliveries of a claim is about to be made."""
    Attempt.objects.create(
        id=claim.token,
        destination_id=claim.destination_id,
        event_count=len(claim.rows),
        started_at=timezone.now(),
    )


def still_ours(claim: DeliveryClaim) -> set[Key]:
    """Lock the deliveries of a claim and return those that nobody has taken or erased."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_OURS, [claim.destination_id, claim.token])
        return {Key(*row) for row in cursor.fetchall()}


def close_attempt(
    token: uuid.UUID, verdict: Verdict, answer: Answer, duration_ms: int, *, keeps_words: bool
) -> None:
    """Record what a request brought, unless it has been given up in the meantime.

    Its words are kept only where they quote nobody who was erased meanwhile.
    """
    Attempt.objects.filter(pk=token, outcome=Attempt.Outcome.OPEN).update(
        outcome=Attempt.Outcome.UNKNOWN if verdict.ambiguous else verdict.outcome,
        reason=fit(verdict.reason, 120),
        title=fit(verdict.title, 255) if keeps_words else "",
        trace_id=fit(verdict.trace_id, 120),
        http_status=answer.status or None,
        duration_ms=duration_ms,
        response=_sealed(token, answer.body) if keeps_words else None,
    )


def without(credentials: Iterable[str], answer: Answer) -> Answer:
    """Return the answer with the credentials blotted out, should the destination repeat one."""
    # The longest first: what is left of one that holds another would still tell of it.
    spellings = [
        _spellings(credential)
        for credential in sorted(filter(None, credentials), key=len, reverse=True)
    ]
    headers = {name: _blotted_header(value, spellings) for name, value in answer.headers.items()}
    return replace(answer, body=_blotted(answer.body, spellings), headers=headers)


def _blotted(body: bytes, spellings: Iterable[re.Pattern[bytes]]) -> bytes:
    for spelling in spellings:
        body = spelling.sub(_HIDDEN, body)
    return body


def _blotted_header(text: str, spellings: Iterable[re.Pattern[bytes]]) -> str:
    try:
        given = text.encode("latin-1")  # as it came in: one character for each byte
    except UnicodeEncodeError:
        given = text.encode(errors="replace")
    left = _blotted(given, spellings)
    return text if left == given else left.decode(errors="replace")


@lru_cache(maxsize=64)
def _spellings(credential: str) -> re.Pattern[bytes]:
    """Return what finds a credential in bytes, however JSON spells each of its characters.

    The bytes are searched as they are, as an answer may be cut short, and be no JSON any more.
    """
    return re.compile(b"".join(map(_spelling, credential)))


def _spelling(character: str) -> bytes:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    numbers = (units[place : place + 4].encode() for place in range(0, len(units), 4))
    ways = [
        rb"\\{0,8}" + re.escape(character.encode(errors="replace")),
        b"".join(_ESCAPES + b"u(?i:" + number + b")" for number in numbers),
    ]
    if "\x7f" < character <= "\xff":
        ways.append(re.escape(character.encode("latin-1")))
    if character in _SHORT_ESCAPES:
        ways.append(_ESCAPES + _SHORT_ESCAPES[character])
    return b"(?:" + b"|".join(ways) + b")"


def _sealed(token: uuid.UUID, body: bytes) -> bytes | None:
    if not body:
        return None
    return vault.pack(settings.KEY_RING, _readable(body), response_context(token))


def _readable(body: bytes) -> Any:
    """Return the JSON a body holds, or its text where it holds none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode(errors="replace")


_LOCK_OURS = """
SELECT event_id, component FROM delivery_queue WHERE destination_id = %s AND lease_token = %s
ORDER BY event_id, component FOR UPDATE
"""

_IN_FLIGHT = f"""
UPDATE delivery AS d SET outcome = 'in_flight', attempt_ids = d.attempt_ids || %s::uuid
WHERE {columns.AMONG} AND d.outcome IN ('pending', 'held', 'in_flight')
"""  # noqa: S608 - our own text
