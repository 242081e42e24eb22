"""The verbs of the Publishing Flow: each legal step, and each one that is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.db import IntegrityError, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEntry, User
from rules import building, publishing
from rules.models import Build, Library, Property
from rules.provisioning import create_environment, create_property
from rules.publishing import NotPossible
from tests.rules.making import (
    IN_STATE,
    again,
    approved,
    built,
    constant,
    environment,
    library,
    published,
    rule,
    submitted,
)

pytestmark = pytest.mark.django_db

# What can be done with a library, and the states in which it can.
VERBS: dict[str, tuple[Callable[[Library], Any], set[str]]] = {
    "add": (lambda it: publishing.add(it, [], None), {"development"}),
    "add all changed": (lambda it: publishing.add_all_changed(it, None), {"development"}),
    "remove": (lambda it: publishing.remove(it, "DE0", None), {"development"}),
    "submit": (lambda it: publishing.submit(it, None), {"development"}),
    "approve": (lambda it: publishing.approve(it, None), {"submitted"}),
    "reject": (lambda it: publishing.reject(it, None), {"submitted", "approved"}),
    "delete": (lambda it: publishing.delete(it, None), {"development"}),
    "build": (
        lambda it: publishing.request_build(it, None),
        {"development", "submitted", "approved"},
    ),
    "publish": (publishing.publish, {"approved"}),
}
REFUSED = [(verb, state) for verb in VERBS for state in IN_STATE if state not in VERBS[verb][1]]
ALLOWED = [(verb, state) for verb in VERBS for state in IN_STATE if state in VERBS[verb][1]]


def in_state(property_: Property, state: str) -> Library:
    """A library that has been built in development and brought into the state."""
    found = IN_STATE[state](library(property_))
    if state == "development":
        built(found)
    return again(found)


@pytest.mark.parametrize(("verb", "state"), ALLOWED)
def test_legal_step_is_taken(property_: Property, verb: str, state: str) -> None:
    found = in_state(property_, state)
    before = AuditEntry.objects.count()
    VERBS[verb][0](found)
    assert AuditEntry.objects.count() == before + 1


@pytest.mark.parametrize(("verb", "state"), REFUSED)
def test_step_in_another_state_is_refused_and_names_the_state(
    property_: Property, verb: str, state: str
) -> None:
    found = in_state(property_, state)
    with pytest.raises(NotPossible, match=rf"^The library is in {state.capitalize()} now\.$"):
        VERBS[verb][0](found)


@pytest.mark.parametrize(("verb", "state"), REFUSED)
def test_refused_step_changes_nothing(property_: Property, verb: str, state: str) -> None:
    found = in_state(property_, state)
    before = (Library.objects.values().get(), Build.objects.count(), AuditEntry.objects.count())
    with pytest.raises(NotPossible):
        VERBS[verb][0](found)
    after = (Library.objects.values().get(), Build.objects.count(), AuditEntry.objects.count())
    assert after == before


@pytest.mark.parametrize("verb", VERBS)
def test_library_that_was_deleted_meanwhile_is_refused(property_: Property, verb: str) -> None:
    found = publishing.create_library(property_, "Gone", None)
    Library.objects.all().delete()
    with pytest.raises(NotPossible, match=r"^The library has been deleted\.$"):
        VERBS[verb][0](found)


# --- Create, add, remove ------------------------------------------------------------------------


def test_new_library_takes_the_free_development_environment(property_: Property) -> None:
    found = publishing.create_library(property_, "One", None)
    assert found.environment == environment(property_, "development")


def test_second_library_has_no_environment_while_the_only_one_is_held(property_: Property) -> None:
    publishing.create_library(property_, "One", None)
    assert publishing.create_library(property_, "Two", None).environment is None


def test_second_library_takes_the_next_free_environment(property_: Property) -> None:
    publishing.create_library(property_, "One", None)
    second = create_environment(property_, "Dev 2", "development")
    assert publishing.create_library(property_, "Two", None).environment == second


def test_environment_of_another_property_is_not_taken(property_: Property, admin: User) -> None:
    create_property("Other", admin)
    publishing.create_library(property_, "One", None)
    assert publishing.create_library(property_, "Two", None).environment is None


def test_adding_freezes_the_resource_as_it_is_now(property_: Property) -> None:
    head = constant(property_, "A", "1")
    found = publishing.create_library(property_, "One", None)
    [revision] = publishing.add(found, [head], None)
    head.settings = {"value": "2"}
    head.save()
    assert [entry.revision for entry in found.entries.all()] == [revision]
    assert revision.content["settings"] == {"value": "1"}


def test_add_all_changed_adds_everything_that_differs(property_: Property) -> None:
    constant(property_, "A", "1")
    found = publishing.create_library(property_, "One", None)
    assert [revision.name for revision in publishing.add_all_changed(found, None)] == ["Core", "A"]


def test_add_all_changed_adds_nothing_twice(property_: Property) -> None:
    assert publishing.add_all_changed(library(property_), None) == []


def test_removed_resource_shows_what_is_upstream_again(property_: Property) -> None:
    head = constant(property_, "A", "1")
    published(library(property_, "First"))
    head.settings = {"value": "2"}
    head.save()
    found = library(property_, "Second")
    publishing.remove(found, head.public_id, None)
    assert not found.entries.filter(resource_id=head.public_id).exists()
    assert again(head).settings == {"value": "2"}


# --- Submit, approve, reject, publish -----------------------------------------------------------


def test_empty_library_cannot_be_submitted(property_: Property) -> None:
    found = publishing.create_library(property_, "Empty", None)
    with pytest.raises(NotPossible, match=r"^The library is empty\. Add a resource first\.$"):
        publishing.submit(found, None)


def test_library_without_a_build_cannot_be_submitted(property_: Property) -> None:
    with pytest.raises(NotPossible, match="Build the library to Development first, with success"):
        publishing.submit(library(property_), None)


def test_library_whose_last_build_failed_cannot_be_submitted(property_: Property) -> None:
    found = library(property_)
    built(found)
    rule(property_, left="{{gone}}")
    publishing.add_all_changed(found, None)
    assert built(found).status == Build.Status.FAILED
    with pytest.raises(NotPossible, match="Build the library to Development first"):
        publishing.submit(found, None)


def test_library_changed_after_its_build_cannot_be_submitted(property_: Property) -> None:
    found = library(property_)
    built(found)
    constant(property_, "A", "1")
    publishing.add_all_changed(found, None)
    with pytest.raises(NotPossible, match="Build the library to Development first"):
        publishing.submit(found, None)


def test_library_whose_build_is_under_way_cannot_be_submitted(property_: Property) -> None:
    found = library(property_)
    publishing.request_build(found, None)
    with pytest.raises(NotPossible, match="Build the library to Development first"):
        publishing.submit(found, None)


def test_library_built_in_another_environment_cannot_be_submitted(property_: Property) -> None:
    found = library(property_)
    built(found)
    found.environment = create_environment(property_, "Dev 2", "development")
    found.save()
    with pytest.raises(NotPossible, match="Build the library to Development first"):
        publishing.submit(found, None)


def test_submitting_frees_the_development_environment(property_: Property) -> None:
    found = submitted(library(property_))
    assert (found.state, found.environment) == ("submitted", None)
    other = publishing.create_library(property_, "Next", None)
    assert other.environment == environment(property_, "development")


def test_approving_frees_staging(property_: Property) -> None:
    found = submitted(library(property_))
    built(found)
    assert again(found).environment == environment(property_, "staging")
    assert publishing.approve(found, None).environment is None


def test_library_may_be_approved_without_a_build_to_staging(property_: Property) -> None:
    assert approved(library(property_)).state == "approved"


@pytest.mark.parametrize("state", ["submitted", "approved"])
def test_rejected_library_is_in_development_with_an_environment_again(
    property_: Property, state: str
) -> None:
    found = publishing.reject(IN_STATE[state](library(property_)), None)
    assert (found.state, found.environment) == (
        "development",
        environment(property_, "development"),
    )


def test_rejected_library_has_no_environment_while_another_holds_it(property_: Property) -> None:
    found = submitted(library(property_))
    publishing.create_library(property_, "Other", None)
    assert publishing.reject(found, None).environment is None


def test_rejected_library_must_be_built_anew(property_: Property) -> None:
    found = submitted(library(property_))
    built(found)
    rejected = publishing.reject(found, None)
    with pytest.raises(NotPossible, match="Build the library to Development first"):
        publishing.submit(rejected, None)


def test_published_library_has_its_time_and_holds_no_environment(property_: Property) -> None:
    found = published(library(property_))
    assert (found.state, found.environment) == ("published", None)
    assert found.published_at is not None


def test_database_refuses_a_published_library_without_a_time(property_: Property) -> None:
    found = library(property_)
    with pytest.raises(IntegrityError, match="published_library_has_time"), transaction.atomic():
        Library.objects.filter(pk=found.pk).update(state="published")


def test_deleted_library_leaves_its_builds_and_what_is_live(property_: Property) -> None:
    found = library(property_, "Short-lived")
    build = built(found)
    publishing.delete(found, None)
    left = again(build)
    assert (left.library, left.library_name) == (None, "Short-lived")
    assert environment(property_, "development").active_build == build


# --- Building -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "stage"),
    [("development", "development"), ("submitted", "staging"), ("approved", "production")],
)
def test_library_is_built_to_the_stage_of_its_state(
    property_: Property, state: str, stage: str
) -> None:
    build = publishing.request_build(IN_STATE[state](library(property_)), None)
    assert (build.environment.stage, build.status, build.step) == (stage, "pending", "queued")


def test_build_keeps_who_asked_for_it_and_the_librarys_name(
    property_: Property, admin: User
) -> None:
    build = publishing.request_build(library(property_, "Spring"), admin)
    assert (build.created_by, build.library_name, str(build)) == (
        admin,
        "Spring",
        "Spring → Development",
    )


def test_library_is_built_once_at_a_time(property_: Property) -> None:
    found = library(property_)
    publishing.request_build(found, None)
    with pytest.raises(NotPossible, match="A build of this library is already under way"):
        publishing.request_build(found, None)


def test_empty_library_is_not_built(property_: Property) -> None:
    found = publishing.create_library(property_, "Empty", None)
    with pytest.raises(NotPossible, match="The library is empty"):
        publishing.request_build(found, None)


def test_library_takes_an_environment_that_has_become_free(property_: Property) -> None:
    first = library(property_, "First")
    second = library(property_, "Second")
    publishing.delete(first, None)
    assert publishing.request_build(second, None).environment.stage == "development"


def test_build_without_a_free_development_environment_is_refused(property_: Property) -> None:
    library(property_, "First")
    second = library(property_, "Second")
    with pytest.raises(
        NotPossible, match=r"^Every development environment is held by another library\.$"
    ):
        publishing.request_build(second, None)


@pytest.mark.parametrize(("state", "stage"), [("submitted", "Staging"), ("approved", "Production")])
def test_environment_held_by_another_library_is_named_with_its_holder(
    property_: Property, state: str, stage: str
) -> None:
    first = IN_STATE[state](library(property_, "First"))
    constant(property_, "A", "1")
    second = IN_STATE[state](library(property_, "Second"))
    publishing.request_build(first, None)
    with pytest.raises(NotPossible, match=rf"^{stage} is held by the library “First”\.$"):
        publishing.request_build(second, None)


def test_database_refuses_two_open_libraries_in_one_environment(property_: Property) -> None:
    first, second = library(property_, "First"), library(property_, "Second")
    with (
        pytest.raises(IntegrityError, match="environment_held_by_one_library"),
        transaction.atomic(),
    ):
        Library.objects.filter(pk=second.pk).update(environment=first.environment)


@pytest.mark.parametrize("seen", ["development", "submitted"])
def test_build_is_refused_when_the_library_has_left_the_state_the_caller_saw(
    property_: Property, seen: str
) -> None:
    found = approved(library(property_))
    found.state = seen
    with pytest.raises(NotPossible, match="The library is in Approved now"):
        publishing.request_build(found, None)


def test_build_wakes_a_worker_after_the_commit_with_its_id_only(
    property_: Property,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda *message, **_: sent.append(message))
    with django_capture_on_commit_callbacks(execute=True):
        build = publishing.request_build(library(property_), None)
        assert sent == []
    assert sent == [("rules.run_build", [build.public_id])]


def test_build_is_queued_though_the_broker_is_away(
    property_: Property,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    with django_capture_on_commit_callbacks(execute=True):
        build = publishing.request_build(library(property_), None)
    assert building.unfinished() == [build.public_id]
    assert "build.wake_up_lost" in caplog.text


def test_build_is_current_until_the_library_changes(property_: Property) -> None:
    found = library(property_)
    built(found)
    assert publishing.has_current_build(again(found))
    publishing.remove(found, "DE0", None)
    assert not publishing.has_current_build(again(found))


def test_every_step_of_a_library_is_in_the_audit_log(property_: Property, admin: User) -> None:
    found = library(property_, "Spring", admin)
    built(found, admin)
    built(publishing.submit(found, admin), admin)
    built(publishing.approve(found, admin), admin)
    told = AuditEntry.objects.filter(object_name__startswith="Spring").order_by("id")
    assert list(told.values_list("action", flat=True)) == [
        "library.created", "library.changed",
        "build.requested", "build.activated",
        "library.submitted", "build.requested", "build.activated",
        "library.approved", "build.requested", "library.published", "build.activated",
    ]  # fmt: skip
