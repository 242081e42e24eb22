"""The one way an event enters the log: body, row and queue entry in one transaction.

Written for the collector, which has no ORM in its path: it COPYs rows made here over its own
asynchronous connection. `accept` is the same for a plain connection (tests, commands).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg
from django.conf import settings

import vault
from delivery.models.events import body_context

COPY_EVENTS = (
    "COPY event (id, property_id, environment_id, datastream_id, client_id, name, received_at) "
    "FROM STDIN"
)
COPY_BODIES = "COPY event_body (event_id, body) FROM STDIN (FORMAT BINARY)"
COPY_QUEUE = "COPY event_queue (event_id, environment_id, next_at, claims) FROM STDIN"


class Stream(NamedTuple):
    """What an event inherits from its datastream: database keys, not public ids."""

    datastream_id: int
    environment_id: int
    property_id: int


class Accepted(NamedTuple):
    """An event ready to be written."""

    id: uuid.UUID
    stream: Stream
    client_id: str
    name: str
    received_at: dt.datetime
    sealed_body: bytes


def prepare(
    event_id: uuid.UUID, stream: Stream, received_at: dt.datetime, body: dict[str, Any]
) -> Accepted:
    """Seal the body and read from it what the log shows.

    `body` is ``{"event": {"xdm": …, "data": …}, "request": {…}}`` without NUL characters.
    """
    event = body["event"]
    sealed = vault.pack(settings.KEY_RING, body, body_context(event_id))
    return Accepted(
        event_id, stream, client_id_of(event)[:255], name_of(event)[:255], received_at, sealed
    )


def accept(connection: psycopg.Connection[Any], events: Iterable[Accepted]) -> None:
    """Write events in one transaction. They are safe when this returns."""
    events = list(events)
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(COPY_EVENTS) as copy:
            for event in events:
                copy.write_row(event_row(event))
        with cursor.copy(COPY_BODIES) as copy:
            copy.set_types(BODY_TYPES)
            for event in events:
                copy.write_row((event.id, event.sealed_body))
        with cursor.copy(COPY_QUEUE) as copy:
            for event in events:
                copy.write_row(queue_row(event))


BODY_TYPES = ("uuid", "bytea")


def event_row(event: Accepted) -> tuple[Any, ...]:
    """The columns of `COPY_EVENTS`."""
    stream = event.stream
    return (
        event.id,
        stream.property_id,
        stream.environment_id,
        stream.datastream_id,
        event.client_id,
        event.name,
        event.received_at,
    )


def queue_row(event: Accepted) -> tuple[Any, ...]:
    """The columns of `COPY_QUEUE`: due at once."""
    return (event.id, event.stream.environment_id, event.received_at, 0)


# Not data.name: it may be a person's, and the log shows this in clear.
_NAME_PATHS = (
    ("xdm", "eventType"),
    ("data", "event"),
    ("data", "eventName"),
    ("data", "event_name"),
)
_ID_PATHS = (("xdm", "_id"), ("data", "eventId"), ("data", "event_id"), ("data", "messageId"))


def name_of(event: dict[str, Any]) -> str:
    """Return what the log calls the event: its XDM type, or what its sender named it."""
    return _first_text(event, _NAME_PATHS)


def client_id_of(event: dict[str, Any]) -> str:
    """Return the id its sender gave the event; empty when it gave none."""
    return _first_text(event, _ID_PATHS)


def _first_text(event: dict[str, Any], paths: tuple[tuple[str, str], ...]) -> str:
    for part, key in paths:
        value = event.get(part)
        found = value.get(key) if isinstance(value, dict) else None
        if isinstance(found, str | int) and found != "" and not isinstance(found, bool):
            return str(found)
    return ""
