"""Look at a rule's newest payloads together: what only many of them show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import structlog

import vault
from delivery.destinations import sender_of
from delivery.failures import described
from delivery.models import Delivery, DeliveryBody, Destination, Event
from extensions.contract import Notice
from rules.models import Environment, Property

logger = structlog.get_logger(__name__)

MOST_PAYLOADS = 500
SEARCHED = 20_000  # events of the property among which a rule's payloads are looked for


@dataclass(frozen=True, slots=True)
class Survey:
    """What the payloads of one rule to one destination show together."""

    label: str  # of the destination
    payloads: int
    notices: tuple[Notice, ...]


def survey(
    property_: Property, rule_id: str, environments: Collection[Environment]
) -> list[Survey]:
    """Survey the newest payloads of a rule in some environments, each destination's apart."""
    by_destination: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for destination_id, payload in _payloads(property_, rule_id, environments):
        by_destination[destination_id].append(payload)
    destinations = Destination.objects.defer("sealed_address").in_bulk(by_destination)
    return [
        _surveyed(destinations[destination_id], payloads)
        for destination_id, payloads in by_destination.items()
        if destination_id in destinations
    ]


def _surveyed(destination: Destination, payloads: list[dict[str, Any]]) -> Survey:
    sender = sender_of(destination.package)
    try:
        notices = tuple(sender.survey(payloads)) if sender else ()
    except Exception as error:  # noqa: BLE001 - a package's bug is no reason for an error page
        logger.error("payloads_not_surveyed", destination_id=destination.pk, **described(error))
        notices = ()
    return Survey(destination.label, len(payloads), notices)


def _payloads(
    property_: Property, rule_id: str, environments: Collection[Environment]
) -> Iterator[tuple[int, dict[str, Any]]]:
    deliveries = _newest(property_, rule_id, environments)
    bodies = DeliveryBody.objects.filter(event_id__in={found.event_id for found in deliveries})
    sealed = {(body.event_id, body.component): body for body in bodies}
    for delivery in deliveries:
        body = sealed.get((delivery.event_id, delivery.component))
        try:
            if body is not None:
                yield delivery.destination_id, body.open()
        except vault.CannotOpen:
            continue


def _newest(
    property_: Property, rule_id: str, environments: Collection[Environment]
) -> list[Delivery]:
    # Deliveries know no property, and no index leads from a rule to them: the log does, so far.
    newest = Event.objects.of(property_).values("id")[:SEARCHED]
    found = Delivery.objects.filter(
        rule=rule_id, event_id__in=newest, destination__environment__in=environments
    )
    return list(found.order_by("-event_id", "component")[:MOST_PAYLOADS])
