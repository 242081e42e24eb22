"""The Event Log: newest first, narrowed by the address, growing by itself while one looks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Right
from delivery.filtering import NEEDS_ATTENTION, Filters, cursor
from delivery.models import Destination, Event
from delivery.views import paging, tail
from delivery.views.filters import FilterForm, chips_of
from delivery.views.first_event import first_event
from delivery.views.lasting_tests import lasting_tests
from delivery.views.paging import Page
from delivery.views.rows import rows_of
from delivery.views.summary import last_day
from rules.access import AdminRequest, in_property
from rules.models import Property
from rules.views.pages import page

TEMPLATE = "delivery/events.html"
_MOST_HELD = 3  # that the log tells of


@require_safe
@in_property(None)
def events(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show a page of the log, or what a page that is open already does not show yet."""
    environments = list(property_.environments.all())
    filters = Filters.read(request.GET, environments)
    if "" in request.GET.values():
        return redirect(request.path + filters.address())  # a form sends its empty fields too
    if request.htmx and request.htmx.target == tail.TARGET:
        return _news(request, property_, filters)
    context = {
        **_list(request, property_, filters),
        "filters": filters,
        "form": FilterForm(filters, environments, property_),
        "chips": chips_of(filters, property_),
        "summary": last_day(property_, filters, timezone.now()),
        "lasting_tests": lasting_tests(
            [filters.environment] if filters.environment else environments, timezone.now()
        ),
        "held": list(
            Destination.objects.filter(environment__in=environments, held_at__isnull=False).defer(
                "sealed_address"
            )[:_MOST_HELD]
        ),
        "pause_url": filters.without(is_paused=True),
        "resume_url": filters.without(is_paused=False),
        "clear_url": "?",
        "attention_url": Filters(outcomes=NEEDS_ATTENTION).address(),
        "needs_attention": filters.outcomes == NEEDS_ATTENTION,
        "replay_query": filters.without(is_paused=False) if _may_replay(request) else "",
    }
    return page(request, TEMPLATE, context)


def _list(request: AdminRequest, property_: Property, filters: Filters) -> dict[str, Any]:
    """Return what the list of events needs: rows, the pages beside them, and whether it grows."""
    # Read before the rows: what comes in between is shown by the tail, and not twice.
    head = tail.newest_id(property_)
    found = _page(request, property_, filters)
    grows = found.newer is None and not filters.is_paused
    return {
        "rows": rows_of(property_, found.events),
        "older_url": filters.address(older=found.older.hex) if found.older else "",
        "newer_url": filters.address(newer=found.newer.hex) if found.newer else "",
        "stopped_short": found.stopped_short,
        "searched": paging.SEARCHED,
        "tail_url": filters.address(after=head.hex) if grows else "",
        "is_filtered": filters.is_on,
        "is_newest": found.newer is None,
        "command": first_event(property_) if not found.events and not filters.is_on else "",
    }


def _may_replay(request: AdminRequest) -> bool:
    return Right.PUBLISH in request.rights


def _page(request: AdminRequest, property_: Property, filters: Filters) -> Page:
    log = Event.objects.of(property_)
    event_id = filters.event_id()
    if event_id is not None and (found := list(log.filter(pk=event_id))):
        return Page(found)
    older, newer = cursor(request.GET, "older"), cursor(request.GET, "newer")
    if older is not None:
        return paging.before(log, filters.condition(), older)
    if newer is not None:
        return paging.after(log, filters.condition(), newer)
    return paging.newest(log, filters.condition())


def _news(request: AdminRequest, property_: Property, filters: Filters) -> HttpResponse:
    """Answer a page that asks what is new since it was made."""
    shown = tail.Shown.read(request.GET)
    news = tail.look(property_, filters.condition(), shown, timezone.now())
    if news.is_nothing:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {
        "news": news,
        "tail_url": filters.address(after=news.head.hex),
        "first_too_many": tail.KEPT + 1,
    }
    if news.is_flood or news.fresh or news.changed:
        context["summary"] = last_day(property_, filters, timezone.now())
    if not news.is_flood:
        return page(request, TEMPLATE, context, partial=tail.TARGET)
    # The list is made anew, and its tail with it: where focus keeps the old list, the old tail
    # stays too and asks again.
    context |= _list(request, property_, filters)
    response = page(request, "delivery/_redrawn.html", context)
    response["HX-Reswap"] = "none"
    return response
