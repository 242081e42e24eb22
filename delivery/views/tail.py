"""What an open page of the log does not show yet.

The page sends the ids it shows, each with how far it had come, so nothing is remembered here.
Ids are made a moment before their events are stored, and by several collectors, so an event may
turn up behind one that is shown already: the last seconds are looked at again and again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Self

from django.db.models import Q
from django.http import QueryDict

from delivery.filtering import cursor
from delivery.ids import first_id_at
from delivery.models import Event
from delivery.views import paging
from delivery.views.rows import Row, rows_of
from rules.models import Property

TARGET = "log-tail"  # id of the element that asks
KEPT = 100  # rows an open page holds; their ids travel in an address, so not many more
_LATE = dt.timedelta(seconds=10)
_START = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows."""

    rows: dict[uuid.UUID, str]  # id of the event, state of its row
    head: uuid.UUID  # the newest event there was, shown or not

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Read what the page says of itself; what cannot be read is left out."""
        rows: dict[uuid.UUID, str] = {}
        for value in query.getlist("row")[: 2 * KEPT]:
            text, _, state = value.partition(".")
            try:
                rows[uuid.UUID(text)] = state
            except ValueError:
                continue
        return cls(rows, cursor(query, "after") or _START)


@dataclass(frozen=True, slots=True)
class News:
    """What is new."""

    fresh: list[Row]  # newest first
    changed: list[Row]
    head: uuid.UUID
    is_nothing: bool
    is_flood: bool  # too much to be added one by one, or there is no table to add it to
    is_overfull: bool  # with this the page holds more rows than it should


def newest_id(property_: Property) -> uuid.UUID:
    """Return the id of the newest event; before any there was one, an id older than all."""
    ids = Event.objects.of(property_).values_list("id", flat=True)
    return ids.first() or _START


def look(property_: Property, condition: Q, shown: Shown, now: dt.datetime) -> News:
    """Find what came since, and what has changed of what is shown."""
    head = newest_id(property_)
    fresh = _fresh(property_, condition, shown, now)
    changed = _changed(property_, shown)
    is_flood = bool(fresh) and (not shown.rows or len(fresh) >= paging.PAGE)
    return News(
        [] if is_flood else rows_of(property_, fresh),
        changed,
        head,
        is_nothing=head == shown.head and not fresh and not changed,
        is_flood=is_flood,
        is_overfull=len(shown.rows) + len(fresh) > KEPT,
    )


def _fresh(property_: Property, condition: Q, shown: Shown, now: dt.datetime) -> list[Event]:
    late = first_id_at(int((now - _LATE).timestamp() * 1000))
    floor = max(min(shown.head, late), min(shown.rows, default=_START))
    log = Event.objects.of(property_).newer_than(floor)
    return [event for event in paging.newest(log, condition).events if event.id not in shown.rows]


def _changed(property_: Property, shown: Shown) -> list[Row]:
    live = [event_id for event_id, state in shown.rows.items() if state]
    if not live:
        return []
    rows = rows_of(property_, list(Event.objects.of(property_).filter(id__in=live)))
    return [row for row in rows if row.state != shown.rows[row.event.id]]
