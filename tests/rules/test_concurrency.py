"""Two people, or two workers, at the same thing in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from rules import building, drafting, publishing, usage
from rules.models import Build, DataElement, Library, Property, Resource, Revision
from rules.publishing import NotPossible
from rules.revising import freeze
from tests.locks import is_waited_for
from tests.rules.making import CONSTANT, again, constant, library, meta, rule, submitted

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


def overtaken_by(change: Callable[[], object], act: Callable[[], T]) -> T:
    """Do `act` while `change` is made but not committed yet; return what came of it."""

    def run() -> T:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change()
            outcome = pool.submit(run)
            while not outcome.done() and not is_waited_for():
                sleep(0.01)
        return outcome.result(timeout=10)


def post_new_name(client: Client, found: DataElement, name: str) -> int:
    posted = {"name": name, "delegate": CONSTANT, "lock_version": str(found.lock_version)}
    return client.post(
        found.get_absolute_url(), posted | {"value": found.settings["value"]}
    ).status_code


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


@pytest.mark.parametrize("kind", ["data element", "extension"])
def test_form_posted_while_somebody_saves_does_not_overwrite_it(
    property_: Property, admin_client: Client, editor: User, kind: str
) -> None:
    made = {
        "data element": lambda: constant(property_, "A", "old"),
        "extension": lambda: meta(property_, pixelId="0", accessToken="{{A}}"),
    }
    found = made[kind]()
    theirs = {"value": "theirs", "pixelId": "111", "accessToken": "{{B}}"}
    saves = type(found).objects.filter(pk=found.pk)
    posted = {"name": "A", "delegate": CONSTANT, "value": "mine", "pixelId": "222"}
    posted |= {"accessToken": "{{A}}", "lock_version": "1"}
    response = overtaken_by(
        lambda: saves.update(settings=theirs, lock_version=2, updated_by=editor),
        lambda: admin_client.post(found.get_absolute_url(), posted),
    )
    assert response.status_code == 422
    assert f"Edi Editor saved this {kind} while you" in response.content.decode()
    assert again(found).settings == theirs


def test_rule_saved_while_somebody_saves_it_tells_who_did(
    property_: Property, admin: User, editor: User
) -> None:
    found = rule(property_)
    mine, theirs = (drafting.draft_of(found, user) for user in (admin, editor))
    with pytest.raises(drafting.Overtaken, match=r"^Edi Editor saved"):
        overtaken_by(lambda: drafting.save(theirs, editor), lambda: drafting.save(mine, admin))


@pytest.mark.parametrize("kind", ["rule", "extension"])
def test_switch_keeps_what_somebody_saves_meanwhile(
    property_: Property, admin_client: Client, kind: str
) -> None:
    found = {"rule": rule, "extension": meta}[kind](property_)
    url = reverse(f"rules:enable_{kind}", args=[property_.public_id, found.public_id])
    saves = type(found).objects.filter(pk=found.pk)
    overtaken_by(
        lambda: saves.update(name="Theirs", lock_version=2),
        lambda: admin_client.post(url, {"enabled": "no"}),
    )
    now = again(found)
    assert (now.name, now.enabled, now.lock_version) == ("Theirs", False, 3)


def test_new_name_keeps_what_somebody_saves_meanwhile(property_: Property) -> None:
    renamed, holder = constant(property_, "B", "1"), constant(property_, "Other", "{{A}}")
    saves = type(holder).objects.filter(pk=holder.pk)
    overtaken_by(
        lambda: saves.update(settings={"value": "theirs {{A}}"}, lock_version=2),
        lambda: usage.rename_data_element(renamed, "A"),
    )
    assert again(holder).settings == {"value": "theirs {{B}}"}
    assert again(holder).lock_version == 3


def test_new_name_keeps_what_is_drafted_meanwhile(property_: Property, admin: User) -> None:
    renamed = constant(property_, "B", "1")
    draft = drafting.draft_of(rule(property_, left="{{A}}"), admin)
    draft.save()

    def keep() -> None:
        [part] = draft.content["components"]
        drafting.keep(draft, part | {"name": "Theirs"})
        draft.save()

    overtaken_by(keep, lambda: usage.rename_data_element(renamed, "A"))
    [kept] = again(draft).content["components"]
    assert (kept["name"], kept["settings"]["leftOperand"]) == ("Theirs", "{{B}}")


def test_two_elements_are_renamed_at_once(property_: Property, admin: User) -> None:
    pair = [constant(property_, "A", "{{B}}"), constant(property_, "B", "x")]
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(admin)

    outcomes = at_once(*[
        lambda client=client, found=found: post_new_name(client, found, f"{found}2")
        for client, found in zip(clients, pair, strict=True)
    ])  # fmt: skip
    # B's new name makes A's page an old one, unless A was saved before.
    assert outcomes in ([302, 302], [422, 302])
    assert again(pair[0]).settings == {"value": "{{B2}}"}


def test_new_name_and_a_library_that_is_filled_do_not_wait_for_each_other(
    property_: Property, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    meta(property_, pixelId="{{A}}")
    found, holder = constant(property_, "A", "x"), rule(property_, left="{{A}}")
    filled = publishing.create_library(property_, "Library", None)
    real, renaming = freeze, []

    def run() -> int:
        try:
            return post_new_name(admin_client, found, "B")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:

        def freeze_while_renamed(head: Resource, user: User | None) -> Revision:
            """Freeze the first head, an extension, and let the rename come up to that lock."""
            frozen = real(head, user)
            if not renaming:
                renaming.append(pool.submit(run))
                while not renaming[0].done() and not is_waited_for():
                    sleep(0.01)
            return frozen

        monkeypatch.setattr(publishing, "freeze", freeze_while_renamed)
        frozen = publishing.add_all_changed(filled, None)
        assert renaming[0].result(timeout=10) == 302
    assert [revision.name for revision in frozen if revision.kind == "data_element"] == ["A"]
    assert (again(found).name, holder.components.get().settings["leftOperand"]) == ("B", "{{B}}")


def test_library_that_is_filled_during_a_rename_has_all_of_it(
    property_: Property, admin_client: Client
) -> None:
    found = constant(property_, "A", "x")
    holder = rule(property_, left="{{A}}")
    filled = library(property_)
    frozen = overtaken_by(
        lambda: post_new_name(admin_client, found, "B"),
        lambda: publishing.add_all_changed(filled, None),
    )
    assert {revision.resource_id for revision in frozen} == {found.public_id, holder.public_id}


def test_rejecting_and_publishing_at_once_end_in_one_of_the_two(property_: Property) -> None:
    found = publishing.approve(submitted(library(property_)), None)
    build = publishing.request_build(found, None)
    at_once(lambda: building.run(build.public_id), lambda: publishing.reject(found, None))
    ended = (again(found).state, again(build).status, again(build).is_live)
    assert ended in [("published", "succeeded", True), ("development", "failed", False)]
