"""The record of requests: opened before one is made, closed with what it brought.

An attempt has the id of its claim's token. One that is still open when its lease has ended tells
that the worker died in between, so nobody knows whether the destination took the events.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

import vault
from delivery import columns
from delivery.claims import DeliveryClaim, Key
from delivery.models import Attempt
from delivery.models.sends import response_context
from delivery.storable import fit
from extensions.contract import Answer, Verdict

_HIDDEN = "•••••".encode()


def open_attempt(claim: DeliveryClaim, keys: list[Key]) -> None:
    """Record that a request is about to be made, in a commit of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        Attempt.objects.create(
            id=claim.token,
            destination_id=claim.destination_id,
            event_count=len(keys),
            started_at=timezone.now(),
        )
        events = columns.ids(key.event_id for key in keys)
        components = columns.texts(key.component for key in keys)
        cursor.execute(_IN_FLIGHT, [claim.token, events, components, events])


def close_attempt(token: uuid.UUID, verdict: Verdict, answer: Answer, duration_ms: int) -> None:
    """Record what a request brought, unless it has been given up in the meantime."""
    Attempt.objects.filter(pk=token, outcome=Attempt.Outcome.OPEN).update(
        outcome=Attempt.Outcome.UNKNOWN if verdict.ambiguous else verdict.outcome,
        reason=fit(verdict.reason, 120),
        title=fit(verdict.title, 255),
        trace_id=fit(verdict.trace_id, 120),
        http_status=answer.status or None,
        duration_ms=duration_ms,
        response=_sealed(token, answer.body),
    )


def without(credentials: Iterable[str], answer: Answer) -> Answer:
    """Return the answer with the credentials blotted out, should the destination repeat one."""
    body = answer.body
    # The longest first: what is left of one that holds another would still tell of it.
    found = sorted(filter(None, credentials), key=len, reverse=True)
    for credential in found:
        body = body.replace(credential.encode(), _HIDDEN)
        body = body.replace(orjson.dumps(credential)[1:-1], _HIDDEN)
    headers = {name: _blotted(value, found) for name, value in answer.headers.items()}
    return replace(answer, body=body, headers=headers)


def _blotted(text: str, credentials: Iterable[str]) -> str:
    for credential in credentials:
        text = text.replace(credential, _HIDDEN.decode())
    return text


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


_IN_FLIGHT = """
UPDATE delivery AS d SET outcome = 'in_flight', attempt_ids = d.attempt_ids || %s::uuid
FROM unnest(%s::uuid[], %s::text[]) AS k(event_id, component)
WHERE d.event_id = k.event_id AND d.component = k.component AND d.event_id = ANY(%s::uuid[])
  AND d.outcome IN ('pending', 'held', 'in_flight')
"""
