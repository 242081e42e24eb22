"""Compiled builds, kept per process: compiling costs milliseconds, and a build never changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.db import DatabaseError, connection

from delivery.failures import described
from rules.engine import Program, load_build
from rules.models import Build

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
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [list(set(environment_ids))])
        rows = cursor.fetchall()
    return {
        environment_id: Live(property_id, build_id, _program(name, hash_) if build_id else None)
        for environment_id, property_id, build_id, name, hash_ in rows
    }


def recorded(build_ids: Iterable[int]) -> dict[int, Program | None]:
    """Return builds as `Live` has them, by key: those that events were evaluated with before."""
    wanted = set(build_ids)
    if not wanted:
        return {}
    builds = Build.objects.filter(pk__in=wanted).values_list("pk", "public_id", "content_hash")
    return {key: _program(public_id, content_hash) for key, public_id, content_hash in builds}


def _program(public_id: str, content_hash: str) -> Program | None:
    try:
        return _compiled(content_hash)
    except DatabaseError:
        raise  # says nothing about the build: the events are tried again
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop other environments
        logger.error("build_not_compiled", build=public_id, **described(error))
        return None


@lru_cache(maxsize=_KEPT)
def _compiled(content_hash: str) -> Program:
    # Builds of one hash have the same document, so any of them will do.
    documents = Build.objects.filter(content_hash=content_hash, document__isnull=False)
    document = documents.values_list("document", flat=True)[0]
    return load_build(bytes(document or b""))


# Asked for each batch of events.
_LIVE = """
SELECT e.id, p.public_id, b.id, b.public_id, b.content_hash
FROM rules_environment AS e JOIN rules_property AS p ON p.id = e.property_id
LEFT JOIN rules_build AS b ON b.id = e.active_build_id
WHERE e.id = ANY(%s)
"""
