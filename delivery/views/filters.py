"""The filters of the Event Log as a form, and as chips that take them off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.db.models import QuerySet

from delivery.filtering import CONTAINS, IS, LONGEST, MOMENT, PAUSED, Filters, cursor
from delivery.models import Destination
from delivery.outcomes import EventOutcome
from delivery.views.words import title_of_code, unmarked
from rules.models import Build, Environment, Property, Rule

__all__ = ["Chip", "FilterForm", "Filters", "chips_of", "cursor"]

_MATCHES = [(CONTAINS, "contains"), (IS, "is exactly")]
_MOST_BUILDS = 50


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address without it."""

    label: str
    url: str


def chips_of(filters: Filters, property_: Property) -> list[Chip]:
    """Return every filter that is on, ready to be taken off."""
    return [*_usual(filters), *_further(filters, property_)]


def _usual(filters: Filters) -> Iterator[Chip]:
    for outcome in filters.outcomes:
        others = tuple(value for value in filters.outcomes if value != outcome)
        label = f"Outcome: {EventOutcome(outcome).label}"
        yield Chip(label, filters.without(outcomes=others))
    if filters.environment:
        yield Chip(f"Environment: {filters.environment}", filters.without(environment=None))
    if filters.name:
        words = dict(_MATCHES)[filters.match]
        yield Chip(f"Event {words} “{filters.name}”", filters.without(name=""))
    if filters.id:
        yield Chip(f"Id {filters.id}", filters.without(id=""))
    if filters.reason:
        yield Chip(f"Reason: {title_of_code(filters.reason)}", filters.without(reason=""))


def _further(filters: Filters, property_: Property) -> Iterator[Chip]:
    if filters.since:
        yield Chip(f"From {filters.since:%Y-%m-%d %H:%M} UTC", filters.without(since=None))
    if filters.until:
        yield Chip(f"Before {filters.until:%Y-%m-%d %H:%M} UTC", filters.without(until=None))
    if filters.destination:
        found = _destinations(property_).filter(pk=filters.destination).first()
        label = found.label if found else "deleted"
        yield Chip(f"Destination: {label}", filters.without(destination=0))
    if filters.rule:
        rule = property_.rules.filter(public_id=filters.rule).first()
        yield Chip(f"Rule: {rule.name if rule else 'deleted'}", filters.without(rule=""))
    if filters.build:
        build = property_.builds.filter(public_id=filters.build).first()
        yield Chip(
            f"Build: {build.library_name if build else 'deleted'}", filters.without(build="")
        )


class FilterForm(forms.Form):
    """The filters as a form that writes them into the address."""

    name = forms.CharField(label="Name or part of it", required=False, max_length=LONGEST)
    match = forms.ChoiceField(label="Event name", required=False, choices=_MATCHES)
    environment = forms.ChoiceField(label="Environment", required=False)
    id = forms.CharField(
        label="Id",
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"placeholder": "Event ID or the id its sender gave"}),
    )
    outcome = forms.MultipleChoiceField(
        label="Outcome",
        required=False,
        choices=EventOutcome.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.CharField(
        label="From (UTC)",
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )
    until = forms.CharField(
        label="Before (UTC)",
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )
    destination = forms.ChoiceField(label="Destination", required=False)
    rule = forms.ChoiceField(label="Rule", required=False)
    build = forms.ChoiceField(label="Build", required=False)
    reason = forms.CharField(required=False, widget=forms.HiddenInput)
    tail = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, filters: Filters, environments: list[Environment], property_: Property
    ) -> None:
        """Show what is on now."""
        chosen = filters.environment
        super().__init__(
            initial={
                "name": filters.name,
                "match": filters.match,
                "environment": chosen.public_id if chosen else "",
                "id": filters.id,
                "outcome": filters.outcomes,
                "since": filters.since.strftime(MOMENT) if filters.since else "",
                "until": filters.until.strftime(MOMENT) if filters.until else "",
                "destination": str(filters.destination or ""),
                "rule": filters.rule,
                "build": filters.build,
                "reason": filters.reason,
                "tail": PAUSED if filters.is_paused else "",
            }
        )
        names = {environment.pk: environment.name for environment in environments}
        self._offer("environment", ((one.public_id, one.name) for one in environments))
        self._offer("destination", _destination_choices(property_, names))
        self._offer("rule", _rule_choices(property_))
        self._offer("build", _build_choices(property_, names))

    def _offer(self, name: str, choices: Iterator[tuple[str, str]]) -> None:
        self.fields[name].choices = [("", "All"), *choices]  # type: ignore[attr-defined]


def _destinations(property_: Property) -> QuerySet[Destination]:
    found = Destination.objects.filter(environment__property=property_)
    return found.defer("sealed_address").order_by("label", "pk")


def _destination_choices(
    property_: Property, environments: dict[int, str]
) -> Iterator[tuple[str, str]]:
    for one in _destinations(property_):
        words = [unmarked(one.label, one.mark), one.mark, environments.get(one.environment_id, "")]
        yield str(one.pk), ", ".join(filter(None, words))


def _rule_choices(property_: Property) -> Iterator[tuple[str, str]]:
    heads = Rule.objects.filter(property=property_).order_by("name")
    yield from heads.values_list("public_id", "name")


def _build_choices(property_: Property, environments: dict[int, str]) -> Iterator[tuple[str, str]]:
    builds = Build.objects.filter(property=property_, status=Build.Status.SUCCEEDED)
    newest = builds.only("public_id", "library_name", "environment_id", "created_at")
    for one in newest.order_by("-id")[:_MOST_BUILDS]:
        where = environments.get(one.environment_id, "deleted environment")
        yield one.public_id, f"{one.library_name}, {where}, {one.created_at:%-d %b %H:%M}"
