"""The panel of the editors that shows a recent event: which ones there are, and the chosen one.

An editor's whole form is posted here and nothing of it is saved. With htmx the panel comes back
and goes into the form; without JavaScript it is a page that carries the form's fields along and
posts them back to the editor, which shows them as they were.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from delivery.models import Event, EventBody
from delivery.views.first_event import first_event
from delivery.views.opening import Opened, opened
from delivery.views.rows import environment_names
from rules.access import AdminRequest
from rules.models import Environment, Property
from rules.trying import Happened
from rules.views.pages import page

PANEL = "recent-events"  # id of the panel, and what htmx asks for
FEW = 25
# Fields of the panel and of the request, which are no business of the editor.
_OWN = {"csrfmiddlewaretoken", "recent_event", "back", "browse", "change_type"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An event that may be chosen."""

    event: Event
    environment: str

    @property
    def name(self) -> str:
        """What it is called in the list."""
        return self.event.name or "Unnamed event"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The events on offer, newest first, and the one that is looked at."""

    choices: list[Choice]
    event: Event | None
    body: Opened

    def happened(self) -> Happened | None:
        """Return the event as the engine takes it; None where it cannot be read."""
        if self.event is None or self.body.problem:
            return None
        environment = Environment.objects.filter(pk=self.event.environment_id).first()
        received_at = int(self.event.received_at.timestamp())
        evaluated = self.event.evaluated_at
        return Happened(
            self.body.value["event"],
            self.body.value["request"],
            self.event.id.hex,
            received_at,
            int(evaluated.timestamp()) if evaluated else received_at,
            environment.stage if environment else "development",
        )


def chosen(request: AdminRequest, property_: Property) -> Chosen:
    """Return the newest events, and the one that was chosen, else the newest."""
    log = Event.objects.of(property_)
    events = list(log[:FEW])
    asked = _asked(request)
    event = next((event for event in events if event.id == asked), None)
    if event is None and asked is not None:
        event = log.filter(pk=asked).first()  # newer ones came in since it was chosen
        events += [event] if event else []
    event = event or next(iter(events), None)
    names = environment_names(property_)
    choices = [Choice(one, names.get(one.environment_id, "Deleted environment")) for one in events]
    row = EventBody.objects.filter(pk=event.id).first() if event else None
    return Chosen(choices, event, opened(row))


def panel(
    request: AdminRequest, property_: Property, found: Chosen, context: Mapping[str, Any]
) -> HttpResponse:
    """Show the panel: alone for htmx, else as a page that leads back to the editor."""
    told = {
        "found": found,
        "panel_url": request.path,
        "back": _back(request, property_),
        "browse": request.POST.get("browse", ""),
        "command": "" if found.choices else first_event(property_),
        **context,
    }
    if request.htmx and request.htmx.target == PANEL:
        return page(request, "delivery/_recent.html", told | {"is_panel": True})
    return page(request, "delivery/recent.html", told | {"carried": _carried(request)})


def _asked(request: AdminRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=request.POST.get("recent_event", ""))
    except ValueError:
        return None


def _back(request: AdminRequest, property_: Property) -> str:
    """Return the address of the editor; only one inside the property is taken."""
    asked = request.POST.get("back", "")
    home = reverse("rules:data_elements", args=[property_.public_id])
    inside = home.removesuffix("data-elements/")
    return asked if asked.startswith(inside) else home


def _carried(request: AdminRequest) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in _OWN
    ]
