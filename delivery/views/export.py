"""The filtered log as a CSV file, for a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from delivery import limiting
from delivery.filtering import Filters
from delivery.models import Event
from delivery.views import paging
from delivery.views.rows import Row, rows_of
from rules.access import AdminRequest, in_property
from rules.models import Property

MOST_ROWS = 10_000
# Pages on which too little matched: a rare event is not looked for through the whole log.
_MOST_SHORT = 10
_HEAD = (
    "received_at", "event_id", "sender_id", "name", "environment", "outcome", "reason",
    "reason_in_words", "destinations",
)  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula, also after blanks and with the wide forms
# of these signs; and it may begin a cell after another separator. Events come from anybody.
_FORMULA = re.compile(r"(^|[;,|\t\r\n])(?=[ \u00a0\u3000\"']*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_CONTROL = ("\t", "\r", "\n")


@require_safe
@in_property(None)
def export(request: AdminRequest, property_: Property) -> HttpResponse:
    """Give the newest events that match as CSV."""
    if not limiting.is_allowed(f"export:{request.user.pk}"):
        words = f"Please wait a minute: you may download {limiting.MOST_PER_MINUTE} times a minute."
        return HttpResponse(words, status=429, content_type="text/plain; charset=utf-8")
    filters = Filters.read(request.GET, list(property_.environments.all()))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    writer = csv.writer(response)
    writer.writerows(map(plain, cells) for cells in _cells(property_, filters))
    name = f"events-{timezone.now():%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def plain(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    safe = _FORMULA.sub(r"\1'", value)
    return f"'{safe}" if safe.startswith(_CONTROL) else safe


def _cells(property_: Property, filters: Filters) -> Iterator[tuple[str, ...]]:
    yield _HEAD
    yield from map(_row, islice(_rows(property_, filters), MOST_ROWS))


def _rows(property_: Property, filters: Filters) -> Iterator[Row]:
    """Walk the log as its pages do, so that no question to the database is a long one."""
    log, condition = Event.objects.of(property_), filters.condition()
    event_id = filters.event_id()
    if event_id is not None and (found := list(log.filter(pk=event_id))):
        yield from rows_of(property_, found)
        return
    page = paging.newest(log, condition)
    short = 0
    while True:
        yield from rows_of(property_, page.events)
        short += page.stopped_short
        if page.older is None or short > _MOST_SHORT:
            return
        page = paging.before(log, condition, page.older)


def _row(row: Row) -> tuple[str, ...]:
    event = row.event
    return (
        event.received_at.isoformat(timespec="milliseconds"),
        event.id.hex,
        event.client_id,
        event.name,
        row.environment,
        event.get_outcome_display(),
        event.reason,
        row.words.title if event.reason else "",
        "; ".join(row.labels),
    )
