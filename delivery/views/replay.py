"""Send again: what would happen, the decision, and how far it has come."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Right
from delivery import limiting
from delivery import replay as replaying
from delivery.filtering import Filters, cursor
from delivery.models import Destination, Event, Replay
from delivery.replay import Plan, Selection
from delivery.views.filters import Chip, chips_of
from rules.access import AdminRequest, in_property
from rules.models import Property
from rules.views.pages import INVALID, page

RUN = "replay-run"
_SHOWN = 50

# By kind: one line, and what it means.
_LEFT_OUT = {
    replaying.TOO_OLD: ("Too old", "The destination does not take events of that age any more."),
    replaying.NO_PAYLOAD: ("Payload no longer stored", "It was removed after its time, or erased."),
    replaying.NO_EVENT: ("Event no longer stored", "Its content was removed after its time."),
    replaying.NO_DESTINATION: ("Destination deleted", "There is nowhere to send it to."),
    replaying.NO_BUILD: ("No build is live", "Its environment has no build to run."),
    replaying.TWICE: (
        "May count twice",
        "It may have arrived more than 48 hours ago. By now the destination may have forgotten its "
        "ID, and would count it once more.",
    ),
    replaying.TAKEN: ("Already under way", "Another replay had it first."),
}


@dataclass(frozen=True, slots=True)
class Left:
    """How many are not sent, and why."""

    title: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Target:
    """What goes to one destination."""

    label: str
    ready: int
    left_out: int


class ReplayForm(forms.Form):
    """How to send again."""

    choice = forms.ChoiceField(
        label="What to send",
        choices=Replay.Choice,
        widget=forms.RadioSelect,
        initial=Replay.Choice.RECORDED,
        help_text="As recorded sends exactly what was sent before. Run again judges each event by "
        "the build that is live now; deliveries may change, begin or end. Both keep the name and "
        "the ID under which an event may have arrived.",
    )
    with_delivered = forms.BooleanField(
        label="Run again: also send what was delivered before",
        required=False,
        help_text="Only with the current build. A destination that still knows the ID ignores it.",
    )


@require_http_methods(["GET", "POST"])
@in_property(Right.PUBLISH)
def replay(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show what would be sent again; on a post, begin."""
    selection = _selection(request, property_)
    # To look through the log costs much; a single event costs nothing.
    if not selection.event_id and not limiting.is_allowed(f"replay:{request.user.pk}"):
        return _too_often(request, selection)
    found = replaying.plan(selection, timezone.now())
    if request.method == "GET":
        return _shown(request, found)
    twice = "twice" in request.POST
    token = cursor(request.POST, "token")
    if token is None or not found.would_start(may_count_twice=twice):
        return _shown(request, found, is_empty=True, status=INVALID)
    begun = replaying.start(found, request.user, token, may_count_twice=twice)
    if selection.event_id:
        return _event_sent(request, begun, selection.event_id)
    if len(begun) > 1:
        return redirect("delivery:replays", property_.public_id)
    return redirect(begun[0])


@require_safe
@in_property(None)
def replays(request: AdminRequest, property_: Property) -> HttpResponse:
    """List the newest replays."""
    newest = Replay.objects.filter(property=property_).order_by("-id")[:_SHOWN]
    runs = [_told(run) for run in newest]
    return page(request, "delivery/replays.html", {"runs": runs, "most": _SHOWN})


@require_safe
@in_property(None)
def run(request: AdminRequest, property_: Property, replay_id: int) -> HttpResponse:
    """Show how far a replay has come."""
    found = get_object_or_404(Replay.objects.filter(property=property_), pk=replay_id)
    environments = list(property_.environments.all())
    filters = Filters.read(QueryDict(found.query), environments)
    context = _told(found) | {
        "waits_for": replaying.waits_for(found),
        "left": list(_left(found.left_out)),
        "chips": [chip.label for chip in chips_of(filters, property_)],
        "log_url": _log_url(property_, found),
        "may_stop": found.is_running and Right.PUBLISH in request.rights,
    }
    return page(request, "delivery/replay_run.html", context, partial=RUN)


@require_POST
@in_property(Right.PUBLISH)
def stop(request: AdminRequest, property_: Property, replay_id: int) -> HttpResponse:
    """Send no more than is on its way already."""
    found = get_object_or_404(Replay.objects.filter(property=property_), pk=replay_id)
    replaying.stop(found, request.user)
    messages.success(request, "The replay is stopped. What was sent already stays sent.")
    return redirect(found)


def _too_often(request: AdminRequest, selection: Selection) -> HttpResponse:
    messages.warning(
        request,
        f"Nothing was sent. Please wait a minute: you may look {limiting.MOST_PER_MINUTE} times a "
        "minute at what would be sent again.",
    )
    return redirect(_back(selection))


def _event_sent(request: AdminRequest, begun: list[Replay], event_id: uuid.UUID) -> HttpResponse:
    """Take a single event at once: a person waits for it."""
    for one in begun:
        replaying.step(one.pk)
    messages.success(request, "It is on its way again. What had become of it is kept below.")
    return redirect("delivery:event", request.property.public_id, event_id.hex)


def _selection(request: AdminRequest, property_: Property) -> Selection:
    given = request.POST if request.method == "POST" else request.GET
    is_again = given.get("choice") == Replay.Choice.AGAIN
    selection = Selection(
        property_,
        Filters.read(request.GET, list(property_.environments.all())),
        Replay.Choice.AGAIN if is_again else Replay.Choice.RECORDED,
        cursor(request.GET, "event"),
        request.GET.get("component", "")[:34].replace("\0", "") if not is_again else "",
        is_again and "with_delivered" in given,
    )
    floor, until = cursor(request.POST, "floor"), cursor(request.POST, "until")
    if floor is None or until is None or selection.event_id:
        return selection
    return replace(selection, floor=floor, until=until)


def _shown(
    request: AdminRequest, found: Plan, *, is_empty: bool = False, status: int = 200
) -> HttpResponse:
    selection = found.selection
    form = ReplayForm(
        initial={"choice": selection.choice, "with_delivered": selection.with_delivered}
    )
    one = None
    if selection.event_id:
        log = Event.objects.of(selection.property)
        one = get_object_or_404(log, pk=selection.event_id)
    kinds = found.kinds
    context = {
        "plan": found,
        "selection": selection,
        "form": form,
        "event": one,
        "chips": _chips(found),
        "carried": _carried(request),
        "here": f"?{request.GET.urlencode()}",
        "ready": kinds[replaying.READY],
        "twice": kinds[replaying.TWICE],
        "left": list(_left(kinds)),
        "targets": list(_targets(found)),
        "token": uuid.uuid4(),
        "is_empty": is_empty,
        "may_send": Right.PUBLISH in request.rights,
        "most": replaying.MOST_EVENTS,
        "cancel_url": one.get_absolute_url() if one else _back(selection),
    }
    return page(request, "delivery/replay.html", context, status=status)


def _back(selection: Selection) -> str:
    log = reverse("delivery:events", args=[selection.property.public_id])
    return log + selection.filters.address()


def _chips(found: Plan) -> list[str]:
    if found.selection.event_id:
        return []
    chips: list[Chip] = chips_of(found.selection.filters, found.selection.property)
    return [chip.label for chip in chips]


def _carried(request: AdminRequest) -> list[tuple[str, str]]:
    """Return what the address says beside the choice, for the form that changes the choice."""
    own = {"choice", "with_delivered"}
    return [
        (name, value)
        for name, values in request.GET.lists()
        if name not in own
        for value in values
        if isinstance(value, str)
    ]


def _left(kinds: dict[str, int]) -> Iterator[Left]:
    for kind, (title, text) in _LEFT_OUT.items():
        if kinds.get(kind):
            yield Left(title, text, kinds[kind])


def _targets(found: Plan) -> Iterator[Target]:
    labels = dict(Destination.objects.filter(pk__in=found.counts).values_list("pk", "label"))
    for key, kinds in sorted(found.counts.items()):
        if key:
            ready = kinds[replaying.READY]
            yield Target(labels.get(key, "Deleted destination"), ready, kinds.total() - ready)


def _told(found: Replay) -> dict[str, Any]:
    destination = Destination.objects.filter(pk=found.destination_id or 0).first()
    return {
        "run": found,
        "destination": destination,
        "url": found.get_absolute_url(),
        "left_count": sum(found.left_out.values()),
    }


def _log_url(property_: Property, found: Replay) -> str:
    if found.event_id:
        return reverse("delivery:event", args=[property_.public_id, found.event_id.hex])
    return f"{reverse('delivery:events', args=[property_.public_id])}?{found.query}"
