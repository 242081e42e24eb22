"""Walk the log by id, a page at a time, at a cost that does not grow with the log.

The log has one index, by property and id. Without filters a page is read straight from it. With
filters a page looks at a bounded number of events; when that is too few to fill it, the page says
so and the next one goes on from there.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q

from delivery.models import Event
from delivery.models.events import EventQuerySet

PAGE = 50
SEARCHED = 20_000  # events one filtered page looks at


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, newest first, with the cursors of the pages beside it."""

    events: list[Event]
    newer: uuid.UUID | None = None
    older: uuid.UUID | None = None
    stopped_short: bool = False  # looked at as many events as one page may


def newest(log: EventQuerySet, condition: Q) -> Page:
    """Return the first page."""
    return _older_part(log, condition)


def before(log: EventQuerySet, condition: Q, event_id: uuid.UUID) -> Page:
    """Return the page of what came before an event."""
    page = _older_part(log.older_than(event_id), condition)
    just_before = page.events[0].id if page.events else event_id
    return Page(page.events, just_before, page.older, page.stopped_short)


def after(log: EventQuerySet, condition: Q, event_id: uuid.UUID) -> Page:
    """Return the page of what came after an event; the first page when that is not full."""
    found, cursor, stopped_short = _search(log.newer_than(event_id).order_by("id"), condition)
    if cursor is None:
        return newest(log, condition)
    just_after = found[0].id if found else event_id
    return Page(found[::-1], cursor, just_after, stopped_short)


def _older_part(log: EventQuerySet, condition: Q) -> Page:
    found, cursor, stopped_short = _search(log, condition)
    return Page(found, None, cursor, stopped_short)


def _search(log: EventQuerySet, condition: Q) -> tuple[list[Event], uuid.UUID | None, bool]:
    """Return a page's events in the order of `log`, where to go on, and whether it is full."""
    edge = _edge(log) if condition else None
    within = log.filter(condition)
    if edge is not None:
        within = within.filter(id__lte=edge) if _ascends(log) else within.filter(id__gte=edge)
    found = list(within[: PAGE + 1])
    if len(found) > PAGE:
        return found[:PAGE], found[PAGE - 1].id, False
    return found, edge, edge is not None


def _edge(log: EventQuerySet) -> uuid.UUID | None:
    """Return the last id that may be looked at. Read from the index alone, a constant far in."""
    ids = log.values_list("id", flat=True)[SEARCHED : SEARCHED + 1]
    return next(iter(ids), None)


def _ascends(log: EventQuerySet) -> bool:
    return log.query.order_by == ("id",)
