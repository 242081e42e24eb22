"""Events as rows of a table, with the names of what they refer to.

The log has no foreign keys, so an environment or destination may be gone. Names are looked up
apart and never joined: a join would hide the event.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from delivery.models import Delivery, Destination, Event
from delivery.views import words
from delivery.views.words import Owed, Words
from rules.models import Environment, Property


@dataclass(frozen=True, slots=True)
class Row:
    """One event of the log."""

    event: Event
    environment: str
    owed: list[Owed]
    url: str

    @property
    def words(self) -> Words:
        """Why it stands where it stands."""
        return words.of_event(self.event, self.owed)

    @property
    def labels(self) -> list[str]:
        """The destinations, each once."""
        return list(dict.fromkeys(one.label for one in self.owed))

    @property
    def marks(self) -> list[str]:
        """Loud words of the destinations, each once."""
        return marks_of(self.owed)

    @property
    def state(self) -> str:
        """A word that changes whenever a row that is still live looks different."""
        return state(self.event, [one.delivery for one in self.owed])


def marks_of(owed: Iterable[Owed]) -> list[str]:
    """Return the loud words of the destinations of deliveries, each once."""
    found = (one.destination.mark for one in owed if one.destination)
    return list(dict.fromkeys(filter(None, found)))


def state(event: Event, deliveries: Iterable[Delivery]) -> str:
    """Return a word for how far a live event has come; "" for a final one."""
    if not event.is_live:
        return ""
    deliveries = list(deliveries)
    attempts = sum(len(delivery.attempt_ids) for delivery in deliveries)
    outcomes = sorted({delivery.outcome for delivery in deliveries})
    return "-".join([event.outcome, *outcomes, str(attempts)])


def rows_of(property_: Property, events: list[Event]) -> list[Row]:
    """Return the events as rows, in their order, with three queries for all of them."""
    names = environment_names(property_)
    owed = owed_by(events)
    return [
        Row(
            event,
            names.get(event.environment_id, "Deleted environment"),
            owed[event.id],
            reverse("delivery:event", args=[property_.public_id, event.id.hex]),
        )
        for event in events
    ]


def environment_names(property_: Property) -> dict[int, str]:
    """Return the names of a property's environments by key."""
    return dict(Environment.objects.filter(property=property_).values_list("pk", "name"))


def owed_by(events: Iterable[Event]) -> defaultdict[uuid.UUID, list[Owed]]:
    """Return the deliveries of events, each with its destination."""
    deliveries = list(
        Delivery.objects.filter(event_id__in=[event.id for event in events]).order_by(
            "event_id", "created_at", "component"
        )
    )
    destinations = Destination.objects.defer("sealed_address").in_bulk(
        {delivery.destination_id for delivery in deliveries}
    )
    found: defaultdict[uuid.UUID, list[Owed]] = defaultdict(list)
    for delivery in deliveries:
        found[delivery.event_id].append(Owed(delivery, destinations.get(delivery.destination_id)))
    return found
