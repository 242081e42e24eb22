"""Two people, or two workers, at the same thing in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection

from accounts.models import AuditEntry, User
from rules import building, drafting, publishing
from rules.models import Build, Library, Property, Revision
from rules.publishing import NotPossible
from rules.revising import freeze
from tests.rules.making import again, constant, library, rule, submitted

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


def at_once(*acts: Callable[[], T]) -> list[T | Exception]:
    """Do all of it at the same time, each over a connection of its own; return what came of it."""
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Exception:
        start.wait(timeout=10)
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(outcomes: list[Any]) -> list[str]:
    return [str(outcome) for outcome in outcomes if isinstance(outcome, NotPossible)]


def test_head_frozen_twice_at_once_is_one_revision(property_: Property) -> None:
    head = constant(property_, "A", "1")
    outcomes = at_once(*[lambda: freeze(head, None)] * 4)
    assert outcomes == [Revision.objects.get()] * 4


def test_build_is_run_by_one_of_two_workers(property_: Property) -> None:
    build = publishing.request_build(library(property_), None)
    outcomes = at_once(*[lambda: building.run(build.public_id)] * 3)
    assert outcomes == [None] * 3
    assert again(build).status == "succeeded"
    assert AuditEntry.objects.filter(action="build.activated").count() == 1


def test_library_is_queued_once_by_two_people(property_: Property) -> None:
    found = library(property_)
    outcomes = at_once(*[lambda: publishing.request_build(found, None)] * 2)
    assert refusals(outcomes) == ["A build of this library is already under way."]
    assert Build.objects.count() == 1


def test_staging_is_taken_by_one_of_two_libraries(property_: Property) -> None:
    first = submitted(library(property_, "First"))
    constant(property_, "A", "1")
    second = submitted(library(property_, "Second"))
    outcomes = at_once(
        lambda: publishing.request_build(first, None),
        lambda: publishing.request_build(second, None),
    )
    [refusal] = refusals(outcomes)
    assert refusal.startswith("Staging is held by the library")
    assert Library.objects.filter(environment__stage="staging").count() == 1


def test_library_is_submitted_by_one_of_two_people(property_: Property) -> None:
    found = library(property_)
    building.run(publishing.request_build(found, None).public_id)
    outcomes = at_once(*[lambda: publishing.submit(found, None)] * 2)
    assert refusals(outcomes) == ["The library is in Submitted now."]


def test_rule_is_saved_by_one_of_two_people(property_: Property, admin: User, editor: User) -> None:
    found = rule(property_)
    mine, theirs = drafting.draft_of(found, admin), drafting.draft_of(found, editor)
    outcomes = at_once(lambda: drafting.save(mine, admin), lambda: drafting.save(theirs, editor))
    assert sum(isinstance(outcome, drafting.Overtaken) for outcome in outcomes) == 1
    assert (again(found).lock_version, found.components.count()) == (2, 1)


def test_rejecting_and_publishing_at_once_end_in_one_of_the_two(property_: Property) -> None:
    found = publishing.approve(submitted(library(property_)), None)
    build = publishing.request_build(found, None)
    at_once(lambda: building.run(build.public_id), lambda: publishing.reject(found, None))
    ended = (again(found).state, again(build).status, again(build).is_live)
    assert ended in [("published", "succeeded", True), ("development", "failed", False)]
