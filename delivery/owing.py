"""Deliveries as an evaluation leaves them: sealed, ready to be written, and written."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from django.db import connection

import vault
from delivery import destinations
from delivery.claims import Key
from delivery.destinations import Place
from delivery.models import Destination
from delivery.models.sends import payload_context
from delivery.outcomes import DeliveryOutcome
from delivery.storable import fit, notices
from extensions.contract import Send
from rules.engine import ActionResult


class Lease(NamedTuple):
    """Whose deliveries are, and until when."""

    token: uuid.UUID
    until: dt.datetime


_LATEST = int(dt.datetime(9999, 1, 1, tzinfo=dt.UTC).timestamp())


class Owed(NamedTuple):
    """One payload that an event owes to one place."""

    event_id: uuid.UUID
    component: str
    rule: str
    place: Place
    name: str
    dedup_id: str
    expires_at: dt.datetime
    notices: list[dict[str, str]]
    payload: bytes
    sealed_payload: bytes
    awaited: bool = False  # its rule waits for the answer

    def __repr__(self) -> str:
        """Keep the payload out of whatever may be logged."""
        return f"Owed({self.event_id}, {self.component})"

    @property
    def key(self) -> Key:
        """What identifies the delivery."""
        return Key(self.event_id, self.component)


def owe(
    ring: vault.KeyRing,
    event_id: uuid.UUID,
    action: ActionResult,
    send: Send,
    place: Place,
    *,
    awaited: bool = False,
) -> Owed:
    """Seal a payload. From here on it stays the same to the byte, however often it is sent.

    Raises:
        TypeError: the payload has no form in JSON.
    """
    payload = orjson.dumps(dict(send.payload))
    return Owed(
        event_id,
        action.component,
        action.rule,
        place,
        fit(send.name, 255),
        fit(send.dedup_id, 255),
        _moment(send.expires_at),
        notices(send.notices) if send.notices else [],
        payload,
        vault.pack(ring, payload, payload_context(event_id, action.component)),
        awaited,
    )


def write(
    owed: Sequence[Owed],
    found: Mapping[tuple[int, bytes], Destination],
    created_at: dt.datetime,
    leaving: Mapping[Key, Lease] = MappingProxyType({}),
) -> None:
    """Write deliveries with their payloads and their places in the queue, in one transaction.

    Those that are `leaving` stand there as claimed, with their request under way.
    """
    if not owed:
        return
    rows = [(item, found[item.place.identity], leaving.get(item.key)) for item in owed]
    destinations.keep({destination.id for _, destination, _ in rows})
    created = str(created_at)
    _copy(
        "COPY delivery (event_id, component, rule, destination_id, name, dedup_id, outcome, "
        "notices, attempt_ids, created_at, expires_at) FROM STDIN",
        [_delivery(*row, created) for row in rows],
    )
    _copy(
        "COPY delivery_body (event_id, component, payload) FROM STDIN (FORMAT BINARY)",
        [(item.event_id, item.component, item.sealed_payload) for item in owed],
        ("uuid", "text", "bytea"),
    )
    _copy(
        "COPY delivery_queue (event_id, component, destination_id, next_at, expires_at, attempts, "
        "claims, awaited, lease_token, lease_until) FROM STDIN",
        [_queued(*row, created) for row in rows],
    )


def _delivery(
    item: Owed, destination: Destination, lease: Lease | None, created_at: str
) -> tuple[Any, ...]:
    outcome = DeliveryOutcome.HELD if destination.is_held else DeliveryOutcome.PENDING
    return (
        item.event_id.hex,
        item.component,
        item.rule,
        destination.id,
        item.name,
        item.dedup_id,
        (DeliveryOutcome.IN_FLIGHT if lease else outcome).value,
        orjson.dumps(item.notices).decode() if item.notices else "[]",
        _array(lease.token) if lease else "{}",
        created_at,
        _text(item.expires_at),
    )


def _queued(
    item: Owed, destination: Destination, lease: Lease | None, created_at: str
) -> tuple[Any, ...]:
    ends = _text(item.expires_at)
    place = (item.event_id.hex, item.component, destination.id, created_at, ends, 0)
    if lease is None:
        return (*place, 0, item.awaited, None, None)
    return (*place, 1, item.awaited, _text(lease.token), _text(lease.until))


@lru_cache(maxsize=64)
def _array(token: uuid.UUID) -> str:
    return f"{{{token}}}"


@lru_cache(maxsize=1024)
def _text(value: uuid.UUID | dt.datetime) -> str:
    """Return what `COPY` reads. Leases and moments are the same for many rows."""
    return str(value)


def _copy(statement: str, rows: Sequence[tuple[Any, ...]], types: Sequence[str] = ()) -> None:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=1024)
def _moment(seconds: int) -> dt.datetime:
    bounded = min(max(seconds, 0), _LATEST)
    return dt.datetime.fromtimestamp(bounded, dt.UTC)
