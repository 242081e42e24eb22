"""Deliveries as an evaluation leaves them: sealed, ready to be written, and written."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import orjson
from django.db import connection

import vault
from delivery import arrays, destinations
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
    now = _moment_of(created_at)
    _copy("delivery", _DELIVERY, [_delivery(*row, now) for row in rows])
    _copy("delivery_body", _BODY, [_body(item) for item in owed])
    _copy("delivery_queue", _QUEUE, [_queued(*row, now) for row in rows])


# The columns that are copied, and as what the driver writes the values given for them. PostgreSQL
# takes the bytes that come: a moment is eight of them, counting microseconds since 2000. It reads
# them several times faster than text.
# https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY-FORMAT
_DELIVERY = {
    "event_id": "bytea",
    "component": "text",
    "rule": "text",
    "destination_id": "int8",
    "name": "text",
    "dedup_id": "text",
    "outcome": "text",
    "notices": "bytea",
    "attempt_ids": "bytea",
    "created_at": "int8",
    "expires_at": "int8",
}
_BODY = {"event_id": "bytea", "component": "text", "payload": "bytea"}
_QUEUE = {
    "event_id": "bytea",
    "component": "text",
    "destination_id": "int8",
    "next_at": "int8",
    "expires_at": "int8",
    "attempts": "int2",
    "claims": "int2",
    "awaited": "bool",
    "lease_token": "bytea",
    "lease_until": "int8",
}
_Row = tuple[bytes | str | int | bool | None, ...]
_JSONB = b"\x01"  # its version, before the text
_NO_NOTICES = _JSONB + b"[]"
_NO_ATTEMPTS = arrays.uuids([])


def _delivery(item: Owed, destination: Destination, lease: Lease | None, now: int) -> _Row:
    outcome = DeliveryOutcome.HELD if destination.is_held else DeliveryOutcome.PENDING
    return (
        item.event_id.bytes,
        item.component,
        item.rule,
        destination.id,
        item.name,
        item.dedup_id,
        (DeliveryOutcome.IN_FLIGHT if lease else outcome).value,
        _JSONB + orjson.dumps(item.notices) if item.notices else _NO_NOTICES,
        _attempts(lease.token) if lease else _NO_ATTEMPTS,
        now,
        _moment_of(item.expires_at),
    )


def _body(item: Owed) -> _Row:
    return item.event_id.bytes, item.component, item.sealed_payload


def _queued(item: Owed, destination: Destination, lease: Lease | None, now: int) -> _Row:
    ends = _moment_of(item.expires_at)
    place = (item.event_id.bytes, item.component, destination.id, now, ends, 0)
    if lease is None:
        return (*place, 0, item.awaited, None, None)
    return (*place, 1, item.awaited, lease.token.bytes, _moment_of(lease.until))


@lru_cache(maxsize=64)
def _attempts(token: uuid.UUID) -> bytes:
    return arrays.uuids([token.bytes])


@lru_cache(maxsize=1024)
def _moment_of(value: dt.datetime) -> int:
    """Return microseconds since 2000. Many rows have the same moments."""
    return arrays.microseconds(value)


def _copy(table: str, types: Mapping[str, str], rows: Iterable[_Row]) -> None:
    connection.ensure_connection()
    statement = f"COPY {table} ({', '.join(types)}) FROM STDIN (FORMAT BINARY)"
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(types.values()))
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=1024)
def _moment(seconds: int) -> dt.datetime:
    bounded = min(max(seconds, 0), _LATEST)
    return dt.datetime.fromtimestamp(bounded, dt.UTC)
