"""What the Event Log is narrowed to: read from an address, and written back into it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict

from delivery.ids import first_id_at
from delivery.models import Delivery
from delivery.outcomes import EventOutcome
from rules.models import Build, Environment

CONTAINS, IS = "contains", "is"
LONGEST = 255  # of the columns that are compared
PAUSED = "off"
MOMENT = "%Y-%m-%dT%H:%M"  # as a form's date and time writes it; in UTC
# The saved view of what a person should look at, and may be able to send again.
NEEDS_ATTENTION = (
    EventOutcome.PARTLY_DELIVERED.value,
    EventOutcome.REJECTED.value,
    EventOutcome.EXPIRED.value,
    EventOutcome.FAILED.value,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Everything the address says, with what makes no sense left out."""

    outcomes: tuple[str, ...] = ()
    environment: Environment | None = None
    name: str = ""
    match: str = CONTAINS
    id: str = ""
    reason: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    destination: int = 0  # its key; 0 for any
    rule: str = ""  # public ids
    build: str = ""
    is_paused: bool = False

    @classmethod
    def read(cls, query: QueryDict, environments: list[Environment]) -> Self:
        """Read the address. `environments` are those of the property."""
        by_id = {environment.public_id: environment for environment in environments}
        return cls(
            outcomes=tuple(
                value for value in EventOutcome.values if value in query.getlist("outcome")
            ),
            environment=by_id.get(query.get("environment", "")),
            name=_text(query, "name"),
            match=IS if query.get("match") == IS else CONTAINS,
            id=_text(query, "id"),
            reason=_text(query, "reason"),
            since=_moment(query, "since"),
            until=_moment(query, "until"),
            destination=_key(query, "destination"),
            rule=_text(query, "rule"),
            build=_text(query, "build"),
            is_paused=query.get("tail") == PAUSED,
        )

    @property
    def is_on(self) -> bool:
        """Whether anything is left out of the log."""
        return bool(
            self.outcomes or self.environment or self.name or self.id or self.reason
        ) or bool(self.further)

    @property
    def further(self) -> int:
        """How many of the less usual filters are on."""
        return sum(map(bool, (self.since, self.until, self.destination, self.rule, self.build)))

    def address(self, **cursor: str) -> str:
        """Return the query of these filters, with a cursor when there is one."""
        return f"?{urlencode([*self._pairs(), *cursor.items()])}"

    def without(self, **changes: Any) -> str:
        """Return the query with some filters changed."""
        return replace(self, **changes).address()

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield from (("outcome", outcome) for outcome in self.outcomes)
        if self.environment:
            yield "environment", self.environment.public_id
        if self.name:
            yield "name", self.name
            yield "match", self.match
        for key in ("id", "reason", "rule", "build"):
            if value := getattr(self, key):
                yield key, value
        for key, moment in (("since", self.since), ("until", self.until)):
            if moment:
                yield key, moment.strftime(MOMENT)
        if self.destination:
            yield "destination", str(self.destination)
        if self.is_paused:
            yield "tail", PAUSED

    def condition(self) -> Q:
        """Return what an event must be; our own id is looked up by `event_id`."""
        found = Q()
        if self.outcomes:
            found &= Q(outcome__in=self.outcomes)
        if self.environment:
            found &= Q(environment=self.environment)
        if self.name:
            found &= Q(name=self.name) if self.match == IS else Q(name__icontains=self.name)
        if self.id:
            found &= Q(client_id=self.id)
        if self.reason:
            found &= Q(reason=self.reason)
        if self.build:
            found &= Q(build__in=Build.objects.filter(public_id=self.build))
        # Ids follow time, so a time is a place in the log.
        if self.since:
            found &= Q(id__gte=first_id_at(_milliseconds(self.since)))
        if self.until:
            found &= Q(id__lt=first_id_at(_milliseconds(self.until)))
        return found & self._of_deliveries()

    def of_delivery(self) -> Q:
        """Return what a delivery must be."""
        found = Q(destination=self.destination) if self.destination else Q()
        return found & Q(rule=self.rule) if self.rule else found

    def _of_deliveries(self) -> Q:
        if not (self.destination or self.rule):
            return Q()
        owed = Q(Exists(Delivery.objects.filter(self.of_delivery(), event_id=OuterRef("id"))))
        if self.destination:
            return owed
        return owed | Q(refusals__contains=[{"rule": self.rule}])

    def event_id(self) -> uuid.UUID | None:
        """Return the id searched for, if it can be one of ours."""
        try:
            return uuid.UUID(self.id)
        except ValueError:
            return None


def cursor(query: QueryDict, name: str) -> uuid.UUID | None:
    """Return the event id under this name of the address, if it is one."""
    try:
        return uuid.UUID(query.get(name, ""))
    except ValueError:
        return None


def _text(query: QueryDict, name: str) -> str:
    # PostgreSQL has no NUL in text, and so no event has one.
    return query.get(name, "").replace("\0", "").strip()[:LONGEST]


def _key(query: QueryDict, name: str) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**63)) else 0


def _moment(query: QueryDict, name: str) -> dt.datetime | None:
    try:
        found = dt.datetime.strptime(query.get(name, "")[:16], MOMENT).replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    return found if 1970 <= found.year < 9999 else None


def _milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
