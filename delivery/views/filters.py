"""What the Event Log is narrowed to: read from the address, and written back into it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from django.http import QueryDict

from delivery.outcomes import EventOutcome
from delivery.views.words import title_of_code
from rules.models import Environment

CONTAINS, IS = "contains", "is"
_MATCHES = [(CONTAINS, "contains"), (IS, "is exactly")]
_LONGEST = 255  # of the columns that are compared
PAUSED = "off"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Everything the address says, with what makes no sense left out."""

    outcomes: tuple[str, ...] = ()
    environment: Environment | None = None
    name: str = ""
    match: str = CONTAINS
    id: str = ""
    reason: str = ""
    is_paused: bool = False

    @classmethod
    def read(cls, query: QueryDict, environments: list[Environment]) -> Self:
        """Read the address. `environments` are those of the property."""
        by_id = {environment.public_id: environment for environment in environments}
        return cls(
            tuple(value for value in EventOutcome.values if value in query.getlist("outcome")),
            by_id.get(query.get("environment", "")),
            _text(query, "name"),
            IS if query.get("match") == IS else CONTAINS,
            _text(query, "id"),
            _text(query, "reason"),
            query.get("tail") == PAUSED,
        )

    @property
    def is_on(self) -> bool:
        """Whether anything is left out of the log."""
        return bool(self.outcomes or self.environment or self.name or self.id or self.reason)

    def address(self, **cursor: str) -> str:
        """Return the query of these filters, with a cursor when there is one."""
        return f"?{urlencode([*self._pairs(), *cursor.items()])}"

    def without(self, **changes: Any) -> str:
        """Return the query with some filters changed."""
        return replace(self, **changes).address()

    def chips(self) -> list[Chip]:
        """Return every filter that is on, ready to be taken off."""
        return list(self._chips())

    def _chips(self) -> Iterator[Chip]:
        for outcome in self.outcomes:
            others = tuple(value for value in self.outcomes if value != outcome)
            label = f"Outcome: {EventOutcome(outcome).label}"
            yield Chip(label, self.without(outcomes=others))
        if self.environment:
            yield Chip(f"Environment: {self.environment}", self.without(environment=None))
        if self.name:
            words = dict(_MATCHES)[self.match]
            yield Chip(f"Event {words} “{self.name}”", self.without(name=""))
        if self.id:
            yield Chip(f"Id {self.id}", self.without(id=""))
        if self.reason:
            yield Chip(f"Reason: {title_of_code(self.reason)}", self.without(reason=""))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        yield from (("outcome", outcome) for outcome in self.outcomes)
        if self.environment:
            yield "environment", self.environment.public_id
        if self.name:
            yield "name", self.name
            yield "match", self.match
        if self.id:
            yield "id", self.id
        if self.reason:
            yield "reason", self.reason
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
        return found

    def event_id(self) -> uuid.UUID | None:
        """Return the id searched for, if it can be one of ours."""
        try:
            return uuid.UUID(self.id)
        except ValueError:
            return None


class FilterForm(forms.Form):
    """The filters as a form that writes them into the address."""

    name = forms.CharField(label="Name or part of it", required=False, max_length=_LONGEST)
    match = forms.ChoiceField(label="Event name", required=False, choices=_MATCHES)
    environment = forms.ChoiceField(label="Environment", required=False)
    id = forms.CharField(
        label="Id",
        required=False,
        max_length=_LONGEST,
        widget=forms.TextInput(attrs={"placeholder": "Event ID or the id its sender gave"}),
    )
    outcome = forms.MultipleChoiceField(
        label="Outcome",
        required=False,
        choices=EventOutcome.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(required=False, widget=forms.HiddenInput)
    tail = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, filters: Filters, environments: list[Environment]) -> None:
        """Show what is on now."""
        chosen = filters.environment
        super().__init__(
            initial={
                "name": filters.name,
                "match": filters.match,
                "environment": chosen.public_id if chosen else "",
                "id": filters.id,
                "outcome": filters.outcomes,
                "reason": filters.reason,
                "tail": PAUSED if filters.is_paused else "",
            }
        )
        choices = [(environment.public_id, environment.name) for environment in environments]
        self.fields["environment"].choices = [("", "All"), *choices]  # type: ignore[attr-defined]


def cursor(query: QueryDict, name: str) -> uuid.UUID | None:
    """Return the event id under this name of the address, if it is one."""
    try:
        return uuid.UUID(query.get(name, ""))
    except ValueError:
        return None


def _text(query: QueryDict, name: str) -> str:
    # PostgreSQL has no NUL in text, and so no event has one.
    return query.get(name, "").replace("\0", "").strip()[:_LONGEST]
