"""What became of the last 24 hours: a few numbers, each leading to the events behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q

from delivery.filtering import Filters
from delivery.ids import first_id_at
from delivery.models import Event
from delivery.outcomes import EventOutcome
from rules.models import Property

CAP = 10_000  # events that are counted: the newest ones
_DAY = dt.timedelta(hours=24)

_ERASED = (EventOutcome.ERASED,)
_STAGES: tuple[tuple[str, tuple[EventOutcome, ...]], ...] = (
    ("Received", ()),
    ("On its way", (EventOutcome.RECEIVED, EventOutcome.EVALUATED)),
    ("Delivered", (EventOutcome.DELIVERED, EventOutcome.PARTLY_DELIVERED)),
    ("Not sent", (EventOutcome.NOT_SENT,)),
    ("Rejected", (EventOutcome.REJECTED,)),
    ("Expired or failed", (EventOutcome.EXPIRED, EventOutcome.FAILED)),
    ("Erased", _ERASED),
)


@dataclass(frozen=True, slots=True)
class Number:
    """How many events came to one stage."""

    label: str
    count: int
    query: str  # address of the events behind it
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of the last 24 hours."""

    numbers: list[Number]
    looked_at: int
    is_capped: bool  # there were more events than were looked at


def last_day(property_: Property, filters: Filters, now: dt.datetime) -> Summary:
    """Count the newest events of the last 24 hours, in the environment that is chosen."""
    since = first_id_at(int((now - _DAY).timestamp() * 1000))
    # Cut off before they are looked at, so that a rare environment costs no more than a busy one.
    counted = Event.objects.of(property_).filter(id__gt=since)[:CAP]
    here = Q(environment=filters.environment) if filters.environment else Q()
    totals = counted.aggregate(
        looked_at=Count("id"),
        **{f"stage_{number}": _count(here, outcomes) for number, (_, outcomes) in _numbered()},
    )
    numbers = [
        Number(
            label,
            totals[f"stage_{number}"],
            filters.without(outcomes=tuple(outcome.value for outcome in outcomes)),
            set(filters.outcomes) == set(outcomes),
        )
        for number, (label, outcomes) in _numbered()
        # Rare, and told only where the other numbers would not add up without it.
        if outcomes != _ERASED or totals[f"stage_{number}"] or set(filters.outcomes) == set(_ERASED)
    ]
    return Summary(numbers, totals["looked_at"], totals["looked_at"] == CAP)


def _numbered() -> enumerate[tuple[str, tuple[EventOutcome, ...]]]:
    return enumerate(_STAGES)


def _count(here: Q, outcomes: tuple[EventOutcome, ...]) -> Count:
    return Count("id", filter=here & Q(outcome__in=outcomes or EventOutcome.values))
