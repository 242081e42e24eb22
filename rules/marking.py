"""What is live and marked: the loud words of test events and the like, and where to end them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.urls import reverse

from rules.models import Build, Environment, Property
from rules.pointing import editor_url

MOST_SOURCES = 3  # named for each mark; the build's page has them all


@dataclass(frozen=True, slots=True)
class Link:
    """An environment, or a rule or extension whose settings call for a mark."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Loud:
    """One mark with what calls for it. `more` sources are left out."""

    words: str
    sources: list[Link]
    more: int


@dataclass(frozen=True, slots=True)
class Marked:
    """Environments that run builds with the same marks; each leads to its build."""

    environments: list[Link]
    is_production: bool  # one of them is
    marks: list[Loud]


def live(property_: Property) -> list[Marked]:
    """Return what runs with marks, production first. One query."""
    environments = (
        property_.environments.exclude(active_build=None)
        .exclude(active_build__marks=[])
        .select_related("active_build")
        .only("name", "stage", "active_build__public_id", "active_build__marks")
    )
    runs = [(one, one.active_build) for one in environments if one.active_build is not None]
    runs.sort(key=lambda run: not _is_production(run[0]))
    alike = groupby(runs, key=lambda run: run[1].marks)
    return [_marked(property_, list(those)) for _, those in alike]


def _marked(property_: Property, runs: list[tuple[Environment, Build]]) -> Marked:
    environment, build = runs[0]
    return Marked(
        [Link(one.name, _build_url(property_, running)) for one, running in runs],
        _is_production(environment),
        [_loud(property_, build, words) for words in build.loud_words],
    )


def _loud(property_: Property, build: Build, words: str) -> Loud:
    first: dict[str, Mapping[str, Any]] = {}  # of each rule or extension
    for mark in build.marks:
        if mark["words"] == words:
            first.setdefault(mark["resource"], mark)
    sources = [Link(mark["name"], editor_url(property_, mark)) for mark in first.values()]
    return Loud(words, sources[:MOST_SOURCES], max(0, len(sources) - MOST_SOURCES))


def _build_url(property_: Property, build: Build) -> str:
    return reverse("rules:build", args=[property_.public_id, build.public_id])


def _is_production(environment: Environment) -> bool:
    return environment.stage == Environment.Stage.PRODUCTION
