"""What is live and marked: the loud words of test events and the like, and where to end them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from rules.models import Build, Environment, Property
from rules.pointing import editor_url

MOST_SOURCES = 3  # named for each mark; the build's page has them all


@dataclass(frozen=True, slots=True)
class Source:
    """A rule or an extension whose settings call for a mark."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Loud:
    """One mark with what calls for it. `more` sources are left out."""

    words: str
    sources: list[Source]
    more: int


@dataclass(frozen=True, slots=True)
class Marked:
    """An environment that runs a build with marks."""

    name: str
    is_production: bool
    build_url: str
    marks: list[Loud]


def live(property_: Property) -> list[Marked]:
    """Return the environments that run a build with marks, production first. One query."""
    environments = (
        property_.environments.exclude(active_build=None)
        .exclude(active_build__marks=[])
        .select_related("active_build")
        .only("name", "stage", "active_build__public_id", "active_build__marks")
    )
    found = [
        _marked(property_, environment, environment.active_build)
        for environment in environments
        if environment.active_build is not None
    ]
    return sorted(found, key=lambda one: not one.is_production)


def _marked(property_: Property, environment: Environment, build: Build) -> Marked:
    return Marked(
        environment.name,
        environment.stage == Environment.Stage.PRODUCTION,
        reverse("rules:build", args=[property_.public_id, build.public_id]),
        [_loud(property_, build.marks, loud) for loud in build.loud_words],
    )


def _loud(property_: Property, marks: Iterable[Mapping[str, Any]], loud: str) -> Loud:
    first: dict[str, Mapping[str, Any]] = {}  # of each rule or extension
    for mark in marks:
        if mark["words"] == loud:
            first.setdefault(mark["resource"], mark)
    sources = [Source(mark["name"], editor_url(property_, mark)) for mark in first.values()]
    return Loud(loud, sources[:MOST_SOURCES], max(0, len(sources) - MOST_SOURCES))
