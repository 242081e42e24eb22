"""Pause a destination by a person's hand, and let it go on.

Nothing tries a paused destination by itself. What waits for it grows too old all the same, and then
ends, so that every event still comes to an outcome.
"""

from __future__ import annotations

from delivery import finishing, holds
from delivery.models import Destination
from delivery.reasons import BY_HAND, REASONS


def pause(destination: Destination, why: str) -> None:
    """Hold a destination until a person resumes it. Its deliveries wait and spend nothing."""
    holds.hold_by_hand(destination.pk, BY_HAND, REASONS[BY_HAND].title, why)


def expire_paused() -> None:
    """End what became too old while its destination was paused."""
    paused = Destination.objects.filter(held_at__isnull=False, hold_until__isnull=True)
    for key in paused.values_list("pk", flat=True):
        finishing.expire_waiting(key)
