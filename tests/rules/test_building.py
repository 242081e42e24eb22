"""Running a build: what it holds, what is live afterwards, and what happens when it cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError
from django.utils import timezone

import vault
from accounts.models import AuditEntry, User
from rules import building, publishing, tasks
from rules.engine import canonical
from rules.models import Build, Environment, Library, Property, Rule
from tests.rules.making import (
    again,
    approved,
    built,
    constant,
    document,
    element,
    environment,
    library,
    messages,
    meta,
    names,
    published,
    rule,
    secret,
    secret_element,
)

pytestmark = pytest.mark.django_db

HEADER = "core::dataElements::http-header"


def broken_library(property_: Property, name: str = "Broken") -> Library:
    """A library whose build fails: its rule asks for a data element that does not exist."""
    rule(property_, left="{{gone}}")
    return library(property_, name)


def during_build(act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen while a build is under way, just before it compiles."""
    real = building.Program

    def compiling(document: Any) -> Any:
        act()
        return real(document)

    monkeypatch.setattr(building, "Program", compiling)


# --- A build that succeeds ----------------------------------------------------------------------


def test_build_holds_the_librarys_resources_at_its_stage(property_: Property) -> None:
    element(property_)
    rule(property_)
    stored = document(built(library(property_)))
    assert (stored["property"], stored["stage"]) == (property_.public_id, "development")
    assert [
        [content["name"] for content in stored[kind]]
        for kind in ("extensions", "data_elements", "rules")
    ] == [["Core"], ["Event Type"], ["Rule"]]


def test_build_holds_what_is_upstream_too(property_: Property) -> None:
    constant(property_, "Live", "1")
    published(library(property_, "First"))
    constant(property_, "New", "2")
    assert names(built(library(property_, "Second"))) == ["Live", "New"]


def test_build_holds_revisions_and_never_heads(property_: Property) -> None:
    head = constant(property_, "A", "frozen")
    found = library(property_)
    head.settings = {"value": "edited since"}
    head.save()
    [content] = document(built(found))["data_elements"]
    assert content["settings"] == {"value": "frozen"}


def test_build_that_succeeds_is_done_and_live(property_: Property) -> None:
    build = built(library(property_))
    assert (build.status, build.step, build.problems) == ("succeeded", "done", [])
    assert build.is_live
    assert environment(property_, "development").activated_at == build.finished_at


def test_hash_is_that_of_the_stored_bytes(property_: Property) -> None:
    build = built(library(property_))
    stored = bytes(build.document or b"")
    assert build.content_hash == hashlib.sha256(stored).hexdigest()
    assert canonical(document(build)) == stored


def test_same_content_has_the_same_hash(property_: Property) -> None:
    found = library(property_)
    assert built(found).content_hash == built(found).content_hash


def test_changed_content_has_another_hash(property_: Property) -> None:
    found = library(property_)
    before = built(found).content_hash
    constant(property_, "A", "1")
    publishing.add_all_changed(found, None)
    assert built(found).content_hash != before


def test_warnings_are_kept_with_a_build_that_succeeds(property_: Property) -> None:
    Rule.objects.create(property=property_, name="Idle")
    build = built(library(property_))
    assert build.status == "succeeded"
    assert messages(build) == ["The rule has no action."]


def test_build_keeps_what_its_elements_need_of_a_request(property_: Property) -> None:
    element(property_, "Client", settings={"path": "arc.request.cookies._ga"})
    off = {"path": "arc.request.cookies.session"}
    element(property_, "Session", settings=off, enabled=False)
    build = built(library(property_))
    assert (build.status, build.needs) == ("succeeded", ["cookie:_ga"])


def test_build_warns_of_a_header_that_is_never_kept(property_: Property) -> None:
    found = element(property_, "Key", delegate=HEADER, settings={"name": "Authorization"})
    build = built(library(property_))
    assert (build.status, build.needs) == ("succeeded", [])
    [problem] = build.problems
    assert problem == {
        "severity": "warning",
        "resource": found.public_id,
        "name": "Key",
        "field": "name",
        "message": "The header Authorization is never kept. There will be no value.",
        "component": "",
        "label": "Header Name",
    }


def test_activation_is_in_the_audit_log_under_who_asked(property_: Property, admin: User) -> None:
    build = built(library(property_), admin)
    entry = AuditEntry.objects.get(action="build.activated")
    assert (entry.actor, entry.object_id, entry.object_name) == (
        admin.email,
        build.public_id,
        "Library → Development",
    )


def test_build_of_an_environment_leaves_the_others_alone(property_: Property) -> None:
    built(library(property_))
    live = property_.environments.filter(active_build__isnull=False)
    assert [found.stage for found in live] == ["development"]


# --- Production ---------------------------------------------------------------------------------


def test_production_build_publishes_the_library_and_goes_live(property_: Property) -> None:
    found = approved(library(property_))
    build = built(found)
    assert environment(property_, "production").active_build == build
    assert again(found).state == "published"


def test_next_production_build_takes_over(property_: Property) -> None:
    published(library(property_, "First"))
    constant(property_, "A", "1")
    published(library(property_, "Second"))
    live = environment(property_, "production").active_build
    assert live is not None
    assert (live.library_name, names(live)) == ("Second", ["A"])


def test_going_live_and_publishing_happen_together_or_not_at_all(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_library: Library) -> None:
        raise RuntimeError("the worker dies here")

    found = approved(library(property_))
    monkeypatch.setattr(publishing, "publish", fail)
    build = publishing.request_build(found, None)
    with pytest.raises(RuntimeError), transaction.atomic():
        building.run(build.public_id)
    assert environment(property_, "production").active_build is None
    assert (again(build).status, again(found).state) == ("pending", "approved")


def test_failed_production_build_publishes_nothing(property_: Property) -> None:
    secret_element(property_, secret(property_))
    found = approved(library(property_))
    build = built(found)
    assert messages(build) == ["No secret is chosen for production."]
    assert (again(found).state, build.is_live) == ("approved", False)


# --- A build that fails -------------------------------------------------------------------------


def test_failed_build_says_what_is_wrong_and_where(property_: Property) -> None:
    build = built(broken_library(property_))
    [problem] = [problem for problem in build.problems if problem["severity"] == "error"]
    assert build.status == "failed"
    assert problem == {
        "severity": "error",
        "resource": Rule.objects.get().public_id,
        "name": "Rule › Compare",
        "field": "leftOperand",
        "message": "There is no data element gone. Create it, or take it out here.",
        "component": Rule.objects.get().components.get().public_id,
        "label": "Left Operand",
    }


def test_failed_build_shows_the_step_it_failed_at(property_: Property) -> None:
    build = built(broken_library(property_))
    assert (build.step, build.document, build.content_hash) == ("checking", None, "")
    assert build.finished_at is not None


def test_failed_build_leaves_the_live_one(property_: Property) -> None:
    found = library(property_)
    live = built(found)
    rule(property_, left="{{gone}}")
    publishing.add_all_changed(found, None)
    assert built(found).status == "failed"
    assert environment(property_, "development").active_build == live


def test_failed_build_may_be_tried_again(property_: Property) -> None:
    found = broken_library(property_)
    built(found)
    constant(property_, "gone", "here again")
    publishing.add_all_changed(found, None)
    assert built(found).status == "succeeded"


def test_fault_of_ours_fails_the_build_without_quoting_it(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> None:
        raise ValueError("canary-of-the-settings")

    monkeypatch.setattr(building, "Program", fail)
    build = built(library(property_))
    assert (build.status, build.step) == ("failed", "compiling")
    assert messages(build) == ["The build broke off by a fault of ours."]


# --- What happens meanwhile ---------------------------------------------------------------------


def test_resource_added_during_the_build_is_in_the_next_one(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library(property_)

    def add() -> None:
        constant(property_, "Late", "1")
        publishing.add_all_changed(found, None)

    during_build(add, monkeypatch)
    build = built(found)
    assert (build.status, names(build)) == ("succeeded", [])
    assert not publishing.has_current_build(again(found))


def test_library_deleted_during_the_build_does_not_go_live(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = library(property_)
    build = publishing.request_build(found, None)
    during_build(lambda: publishing.delete(found, None), monkeypatch)
    building.run(build.public_id)
    assert messages(again(build)) == ["The library has moved on."]
    assert environment(property_, "development").active_build is None


def test_library_rejected_during_the_build_does_not_reach_production(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = approved(library(property_))
    build = publishing.request_build(found, None)
    during_build(lambda: publishing.reject(found, None), monkeypatch)
    building.run(build.public_id)
    assert (again(build).status, again(found).state) == ("failed", "development")
    assert environment(property_, "production").active_build is None


def test_library_deleted_before_the_build_fails_it(property_: Property) -> None:
    found = library(property_)
    build = publishing.request_build(found, None)
    publishing.delete(found, None)
    building.run(build.public_id)
    assert messages(again(build)) == ["The library is deleted."]


# --- Once, and in spite of lost wake-ups --------------------------------------------------------


def test_build_that_is_run_twice_is_built_once(property_: Property) -> None:
    build = publishing.request_build(library(property_), None)
    tasks.run_build(build.public_id)
    first = again(build)
    tasks.run_build(build.public_id)
    assert again(build).finished_at == first.finished_at
    assert AuditEntry.objects.filter(action="build.activated").count() == 1


def test_build_that_never_existed_is_no_error(property_: Property) -> None:
    tasks.run_build("BL" + "0" * 32)
    assert not Build.objects.exists()


def test_build_that_somebody_runs_is_left_to_them(property_: Property) -> None:
    build = publishing.request_build(library(property_), None)
    Build.objects.update(started_at=timezone.now())
    building.run(build.public_id)
    assert again(build).status == "pending"


def test_build_whose_wake_up_was_lost_is_run_by_the_sweep(property_: Property) -> None:
    build = publishing.request_build(library(property_), None)
    tasks.sweep_builds()
    assert again(build).status == "succeeded"


def test_build_whose_worker_died_is_run_by_the_sweep(property_: Property) -> None:
    build = publishing.request_build(library(property_), None)
    long_ago = timezone.now() - building.STALE_AFTER - timedelta(seconds=1)
    Build.objects.update(started_at=long_ago, step=Build.Step.COMPILING)
    tasks.sweep_builds()
    assert again(build).status == "succeeded"


@pytest.mark.parametrize(
    ("started", "waits"),
    [
        (None, True),
        (timedelta(0), False),
        (building.STALE_AFTER - timedelta(seconds=1), False),
        (building.STALE_AFTER + timedelta(seconds=1), True),
    ],
)
def test_unfinished_are_those_nobody_works_on(
    property_: Property, started: timedelta | None, waits: bool
) -> None:
    now = timezone.now()
    build = publishing.request_build(library(property_), None)
    Build.objects.update(started_at=None if started is None else now - started)
    assert building.unfinished(now) == [build.public_id] * waits


def test_finished_builds_are_not_unfinished(property_: Property) -> None:
    built(library(property_))
    assert building.unfinished() == []


# --- What the database keeps --------------------------------------------------------------------

FINISHED: dict[str, Callable[[Property], Library]] = {
    "succeeded": library,
    "failed": broken_library,
}


@pytest.mark.parametrize("status", FINISHED)
@pytest.mark.parametrize(
    "changes",
    [
        {"document": b"{}"},
        {"content_hash": "0" * 64},
        {"status": "pending"},
    ],
    ids=["document", "hash", "status"],
)
def test_database_refuses_to_change_a_finished_build(
    property_: Property, status: str, changes: dict[str, Any]
) -> None:
    build = built(FINISHED[status](property_))
    assert build.status == status
    with pytest.raises(IntegrityError, match="finished build never changes"), transaction.atomic():
        Build.objects.filter(pk=build.pk).update(**changes)


def test_database_refuses_to_move_a_finished_build(property_: Property) -> None:
    build = built(library(property_))
    with pytest.raises(IntegrityError, match="finished build never changes"), transaction.atomic():
        Build.objects.filter(pk=build.pk).update(environment=environment(property_, "production"))


def test_database_refuses_success_without_a_document(property_: Property) -> None:
    build = publishing.request_build(library(property_), None)
    with (
        pytest.raises(IntegrityError, match="succeeded_build_has_document"),
        transaction.atomic(),
    ):
        Build.objects.filter(pk=build.pk).update(status="succeeded")


def test_live_build_cannot_be_deleted(property_: Property) -> None:
    build = built(library(property_))
    with pytest.raises(RestrictedError):
        build.delete()


def test_environment_points_at_one_build_at_a_time(property_: Property) -> None:
    found = library(property_)
    first, second = built(found), built(found)
    live = Environment.objects.filter(active_build__in=[first, second])
    assert [environment_.active_build for environment_ in live] == [second]


def test_meta_build_keeps_the_token_sealed(property_: Property) -> None:

    sealed = vault.seal_text(settings.KEY_RING, "EAAB-canary-1234", property_.public_id)
    meta(property_, pixelId="1234567890", accessToken=sealed)
    build = built(library(property_))
    assert build.status == "succeeded"
    assert b"canary" not in bytes(build.document or b"")


def test_worker_that_lost_its_build_puts_nothing_live(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_over() -> None:
        Build.objects.update(started_at=timezone.now() + timedelta(seconds=1))

    during_build(take_over, monkeypatch)
    build = built(library(property_))
    assert build.status == Build.Status.PENDING
    assert environment(property_, "development").active_build is None


def test_worker_that_lost_its_build_does_not_fail_it(
    property_: Property, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_over() -> None:
        Build.objects.update(started_at=timezone.now() + timedelta(seconds=1))
        raise ValueError

    during_build(take_over, monkeypatch)
    assert built(library(property_)).status == Build.Status.PENDING
