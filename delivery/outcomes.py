"""The outcomes of events and deliveries, and the one function that derives the first from the
second."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models


class DeliveryOutcome(models.TextChoices):
    """How far one payload has come on its way to one destination."""

    PENDING = "pending", "Pending"
    IN_FLIGHT = "in_flight", "In flight"
    HELD = "held", "Held"
    DELIVERED = "delivered", "Delivered"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"
    FAILED = "failed", "Failed"
    ERASED = "erased", "Erased"


class EventOutcome(models.TextChoices):
    """How far one event has come."""

    RECEIVED = "received", "Received"
    EVALUATED = "evaluated", "Evaluated"
    DELIVERED = "delivered", "Delivered"
    PARTLY_DELIVERED = "partly_delivered", "Partly delivered"
    NOT_SENT = "not_sent", "Not sent"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"
    FAILED = "failed", "Failed"
    ERASED = "erased", "Erased"


LIVE_DELIVERY = frozenset(
    {DeliveryOutcome.PENDING, DeliveryOutcome.IN_FLIGHT, DeliveryOutcome.HELD}
)
# Final, and not delivered: what a person may send again.
LOST = frozenset({DeliveryOutcome.REJECTED, DeliveryOutcome.EXPIRED, DeliveryOutcome.FAILED})
LIVE_EVENT = frozenset({EventOutcome.RECEIVED, EventOutcome.EVALUATED})

# When nothing was delivered, the gravest outcome speaks for the event.
_GRAVEST_FIRST = (
    DeliveryOutcome.FAILED,
    DeliveryOutcome.REJECTED,
    DeliveryOutcome.EXPIRED,
    DeliveryOutcome.ERASED,
)


def event_outcome(deliveries: Sequence[str], refusals: int = 0) -> EventOutcome:
    """Return the outcome of an evaluated event.

    `deliveries` are the outcomes of its deliveries, `refusals` counts the actions that fired but
    might not send. An event without deliveries was not sent; its reason says why.
    """
    if not deliveries:
        return EventOutcome.NOT_SENT
    if any(outcome in LIVE_DELIVERY for outcome in deliveries):
        return EventOutcome.EVALUATED
    delivered = sum(outcome == DeliveryOutcome.DELIVERED for outcome in deliveries)
    if delivered == len(deliveries) and not refusals:
        return EventOutcome.DELIVERED
    if delivered:
        return EventOutcome.PARTLY_DELIVERED
    gravest = next(outcome for outcome in _GRAVEST_FIRST if outcome in deliveries)
    return EventOutcome(gravest.value)
