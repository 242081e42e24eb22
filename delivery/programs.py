"""Compiled builds, kept per process: compiling costs milliseconds, and a build never changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.db import DatabaseError

from delivery.failures import described
from rules.engine import Program, load_build
from rules.models import Build, Environment

logger = structlog.get_logger(__name__)

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Live:
    """What an environment runs now.

    Without a build both are None; one that cannot be compiled here has no program.
    """

    property_id: str  # public id
    build_id: int | None
    program: Program | None


def live_in(environment_ids: Iterable[int]) -> dict[int, Live]:
    """Return what each environment runs, by its key. One that was deleted is left out."""
    environments = (
        Environment.objects.filter(pk__in=set(environment_ids))
        .select_related("property", "active_build")
        .defer("active_build__document", "active_build__problems")
    )
    return {environment.pk: _live(environment) for environment in environments}


def recorded(build_ids: Iterable[int]) -> dict[int, Program | None]:
    """Return builds as `Live` has them, by key: those that events were evaluated with before."""
    wanted = set(build_ids)
    if not wanted:
        return {}
    builds = Build.objects.filter(pk__in=wanted).defer("document", "problems")
    return {build.pk: _program(build) for build in builds}


def _live(environment: Environment) -> Live:
    build = environment.active_build
    if build is None:
        return Live(environment.property.public_id, None, None)
    return Live(environment.property.public_id, build.pk, _program(build))


def _program(build: Build) -> Program | None:
    try:
        return _compiled(build.content_hash)
    except DatabaseError:
        raise  # says nothing about the build: the events are tried again
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop other environments
        logger.error("build_not_compiled", build=build.public_id, **described(error))
        return None


@lru_cache(maxsize=_KEPT)
def _compiled(content_hash: str) -> Program:
    # Builds of one hash have the same document, so any of them will do.
    documents = Build.objects.filter(content_hash=content_hash, document__isnull=False)
    document = documents.values_list("document", flat=True)[0]
    return load_build(bytes(document or b""))
