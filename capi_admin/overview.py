"""A property's Overview: how far its set-up is, what happened of late, and what needs a hand.

It stands above the rooms because it looks into both of them: what is authored and what was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from delivery.models import Destination, Event, QueuedDelivery
from delivery.views.filters import Filters
from delivery.views.first_event import first_event
from delivery.views.rows import rows_of
from delivery.views.summary import last_day
from extensions import registry
from rules.access import AdminRequest, in_property
from rules.models import Build, Environment, Property
from rules.views.pages import page

LATEST = 5
_MOST_COUNTED = 10_000  # waiting deliveries of one destination


class _Step(NamedTuple):
    """One step of setting a property up."""

    title: str
    text: str
    address: str  # name of the screen where it is done
    is_done: Callable[[Property], bool]


def _has_destination(property_: Property) -> bool:
    installed = property_.extensions.values_list("package", flat=True)
    packages = registry.packages()
    return any(name in packages and packages[name].destination is not None for name in installed)


_STEPS = (
    _Step(
        "Install an extension",
        "It knows where events are sent, and how.",
        "rules:catalog",
        _has_destination,
    ),
    _Step(
        "Create data elements",
        "They name the values of an event that rules look at and actions send.",
        "rules:data_elements",
        lambda property_: property_.data_elements.exists(),
    ),
    _Step(
        "Create a rule",
        "It says which events are sent, and as what.",
        "rules:rules",
        lambda property_: property_.rules.exists(),
    ),
    _Step(
        "Build a library",
        "What is built to an environment is live there.",
        "rules:publishing",
        lambda property_: property_.builds.filter(status=Build.Status.SUCCEEDED).exists(),
    ),
    _Step(
        "Send an event",
        "It stands in the Event Log within two seconds.",
        "delivery:events",
        lambda property_: Event.objects.of(property_).exists(),
    ),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page shows it."""

    title: str
    text: str
    url: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A destination that takes nothing for now."""

    destination: Destination
    waiting: int
    is_more: bool  # more wait than were counted


@require_safe
@in_property(None)
def overview(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show the property at a glance."""
    steps = [_step(step, property_) for step in _STEPS]
    latest = list(Event.objects.of(property_)[:LATEST])
    context = {
        "property": property_,
        "steps": steps,
        "steps_left": sum(not step.is_done for step in steps),
        "summary": last_day(property_, Filters(), timezone.now()),
        "held": [_held(destination) for destination in _held_destinations(property_)],
        "environments": _environments(property_),
        "rows": rows_of(property_, latest),
        "command": first_event(property_),
        "events_url": reverse("delivery:events", args=[property_.public_id]),
    }
    return page(request, "overview.html", context)


def _step(step: _Step, property_: Property) -> Step:
    url = reverse(step.address, args=[property_.public_id])
    return Step(step.title, step.text, url, step.is_done(property_))


def _environments(property_: Property) -> list[Environment]:
    environments = property_.environments.select_related("active_build")
    return list(environments.defer("active_build__document", "active_build__problems"))


def _held_destinations(property_: Property) -> list[Destination]:
    held = Destination.objects.filter(environment__property=property_, held_at__isnull=False)
    return list(held.select_related("environment").defer("sealed_address").order_by("held_at"))


def _held(destination: Destination) -> Held:
    queued = QueuedDelivery.objects.filter(destination_id=destination.pk)
    waiting = queued[: _MOST_COUNTED + 1].count()
    return Held(destination, min(waiting, _MOST_COUNTED), waiting > _MOST_COUNTED)
