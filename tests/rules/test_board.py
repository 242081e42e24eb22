"""The Publishing Flow as people use it: which steps they are offered, and which they may take."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Grant, Right, User
from rules import building, publishing
from rules.models import Build, Library, Property
from rules.provisioning import create_environment, create_property
from rules.views.libraries import LibraryForm
from rules.views.publishing import STEPS, Step, steps_for
from tests.conftest import give
from tests.rules.making import (
    IN_STATE,
    again,
    built,
    constant,
    environment,
    library,
    names,
    published,
    rule,
)

pytestmark = pytest.mark.django_db

# As the original has them: state, label, rights.
OFFERED = [
    ("development", "Build to Development", {"develop"}),
    ("development", "Submit for Approval", {"develop"}),
    ("development", "Submit & Build to Staging", {"develop", "approve"}),
    ("submitted", "Build for Staging", {"approve"}),
    ("submitted", "Approve for Publishing", {"approve"}),
    ("submitted", "Approve & Publish to Production", {"approve", "publish"}),
    ("submitted", "Reject", {"approve"}),
    ("approved", "Build and Publish to Production", {"publish"}),
    ("approved", "Reject", {"publish"}),
]
EVERY_STEP = pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.state} {step.key}")


def ready(property_: Property, state: str) -> Library:
    """A library in a state, from which every step of that state can be taken."""
    found = IN_STATE[state](library(property_))
    if state == "development":
        built(found)
    return again(found)


def take(client: Client, found: Library, key: str) -> tuple[int, list[str]]:
    """Take a step; return the status and what the person is told."""
    arguments = [found.property.public_id, found.public_id, key]
    response = client.post(reverse("rules:library_step", args=arguments))
    return response.status_code, [str(message) for message in get_messages(response.wsgi_request)]


def trace(found: Library) -> tuple[str, int]:
    return again(found).state, Build.objects.filter(library=found).count()


def test_steps_are_those_of_the_original() -> None:
    assert [(step.state, step.label, set(step.rights)) for step in STEPS] == OFFERED


@pytest.mark.parametrize("state", IN_STATE)
@pytest.mark.parametrize("count", range(4))
def test_person_is_offered_the_steps_their_rights_allow(state: str, count: int) -> None:
    for rights in combinations(("develop", "approve", "publish"), count):
        offered = [step.label for step in steps_for(Library(state=state), frozenset(rights))]
        assert offered == [
            label for in_state, label, needed in OFFERED
            if in_state == state and needed <= set(rights)
        ]  # fmt: skip


@EVERY_STEP
def test_step_is_taken_with_its_rights(
    property_: Property, editor_client: Client, grant: Grant, step: Step
) -> None:
    give(grant, *step.rights)
    found = ready(property_, step.state)
    before = trace(found)
    status, _ = take(editor_client, found, step.key)
    assert status == 302
    assert trace(found) != before


@EVERY_STEP
def test_step_is_refused_without_one_of_its_rights(
    property_: Property, editor_client: Client, grant: Grant, step: Step
) -> None:
    found = ready(property_, step.state)
    before = trace(found)
    for missing in step.rights:
        give(grant, *(right for right in Right if right != missing))
        assert take(editor_client, found, step.key)[0] == 403
    assert trace(found) == before


@EVERY_STEP
def test_step_of_another_state_is_told_and_not_taken(
    property_: Property, admin_client: Client, step: Step
) -> None:
    found = published(library(property_))
    before = trace(found)
    assert take(admin_client, found, step.key) == (302, ["The library is in Published now."])
    assert trace(found) == before


def test_step_that_does_not_exist_is_not_found(property_: Property, admin_client: Client) -> None:
    assert take(admin_client, library(property_), "teleport")[0] == 404


def test_step_that_cannot_be_taken_says_why(property_: Property, admin_client: Client) -> None:
    found = library(property_)
    assert take(admin_client, found, "submit") == (
        302,
        ["Build the library to Development first, with success."],
    )


def test_build_leads_to_the_page_of_the_build(property_: Property, admin_client: Client) -> None:
    found = library(property_)
    arguments = [property_.public_id, found.public_id, "build"]
    response = admin_client.post(reverse("rules:library_step", args=arguments))
    assert response["Location"] == Build.objects.get().get_absolute_url()


def test_library_travels_all_the_way(property_: Property, admin_client: Client) -> None:
    constant(property_, "A", "1")
    found = library(property_)
    for key in ("build", "submit", "build", "approve", "publish"):
        assert take(admin_client, found, key)[0] == 302
        for build_id in building.unfinished():
            building.run(build_id)
    live = environment(property_, "production").active_build
    assert live is not None
    assert (again(found).state, names(live)) == ("published", ["A"])


@pytest.mark.parametrize("state", ["submitted", "approved", "published"])
@pytest.mark.parametrize(
    "posted", [{"build": "yes"}, {"add_all": "yes"}, {"remove": "DE0"}, {"name": "New"}]
)
def test_librarys_own_page_changes_nothing_beyond_development(
    property_: Property, editor_client: Client, grant: Grant, state: str, posted: dict[str, str]
) -> None:
    give(grant, Right.DEVELOP)
    found = ready(property_, state)
    before = (trace(found), Library.objects.values().get(), found.entries.count())
    response = editor_client.post(found.get_absolute_url(), posted)
    assert response.status_code == 302
    assert (trace(found), Library.objects.values().get(), found.entries.count()) == before


# --- The board --------------------------------------------------------------------------------


def columns(client: Client, property_: Property) -> dict[str, list[str]]:
    response = client.get(reverse("rules:publishing", args=[property_.public_id]))
    return {
        str(column["title"]): [card["library"].name for card in column["cards"]]
        for column in response.context["columns"]
    }


def test_board_has_four_columns(property_: Property, admin_client: Client) -> None:
    assert columns(admin_client, property_) == {
        "Development": [],
        "Submitted": [],
        "Approved": [],
        "Published": [],
    }


@pytest.mark.parametrize("state", IN_STATE)
def test_library_stands_in_the_column_of_its_state(
    property_: Property, admin_client: Client, state: str
) -> None:
    ready(property_, state)
    shown = columns(admin_client, property_)
    assert [title for title, cards in shown.items() if cards] == [state.capitalize()]


def test_newest_of_the_published_stands_first(property_: Property, admin_client: Client) -> None:
    published(library(property_, "First"))
    constant(property_, "A", "1")
    published(library(property_, "Second"))
    assert columns(admin_client, property_)["Published"] == ["Second", "First"]


def test_board_says_where_a_library_is_live(property_: Property, admin_client: Client) -> None:
    published(library(property_))
    response = admin_client.get(reverse("rules:publishing", args=[property_.public_id]))
    [card] = response.context["columns"][3]["cards"]
    assert {str(live) for live in card["live_in"]} == {"Development", "Production"}


# --- A library's page -------------------------------------------------------------------------


def test_new_library_becomes_the_working_library(property_: Property, admin_client: Client) -> None:
    url = reverse("rules:new_library", args=[property_.public_id])
    response = admin_client.post(url, {"name": "Spring", "environment": ""}, follow=True)
    made = Library.objects.get()
    assert made.name == "Spring"
    assert response.context["shell"]["library"] == made


def test_library_needs_a_name(property_: Property, admin_client: Client) -> None:
    url = reverse("rules:new_library", args=[property_.public_id])
    response = admin_client.post(url, {"name": ""})
    assert (response.status_code, Library.objects.count()) == (422, 0)
    assert "Please specify a name." in response.content.decode()


def test_library_is_renamed_and_moved(
    property_: Property, admin: User, admin_client: Client
) -> None:
    found = library(property_)
    other = create_environment(property_, "Dev 2", "development")
    admin_client.post(found.get_absolute_url(), {"name": "Spring", "environment": other.pk})
    assert (again(found).name, again(found).environment) == ("Spring", other)
    entry = AuditEntry.objects.get(action="library.renamed")
    assert (entry.actor, entry.object_id) == (admin.email, found.public_id)


def test_renaming_a_library_that_was_published_meanwhile_changes_nothing(
    property_: Property, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    constant(property_, "A", "1")
    found = library(property_, "Spring")
    environment_id = found.environment_id
    monkeypatch.setattr(
        LibraryForm, "is_valid", lambda form: bool(published(found)) and not form.errors
    )
    url = found.get_absolute_url()
    response = admin_client.post(url, {"name": "Summer", "environment": environment_id})
    told = [str(message) for message in get_messages(response.wsgi_request)]
    assert told == ["The library is in Published now."]
    now = again(found)
    assert (now.name, now.state, now.environment) == ("Spring", "published", None)


def test_library_does_not_take_an_environment_that_another_took_meanwhile(
    property_: Property,
) -> None:
    other = create_environment(property_, "Dev 2", "development")
    found, holder = library(property_, "Spring"), library(property_, "Holder")
    assert holder.environment == other
    with pytest.raises(publishing.NotPossible, match="Another library took the environment"):
        publishing.rename(found, "Summer", other, None)
    assert (again(found).name, again(found).environment) == ("Spring", found.environment)


@pytest.mark.parametrize(
    "chosen",
    [
        lambda property_: environment(property_, "production"),
        lambda property_: environment(create_property("Other", None), "development"),
        lambda property_: library(property_, "Holder").environment,
    ],
    ids=["production", "another property's", "held by another library"],
)
def test_library_takes_only_a_free_development_environment_of_its_property(
    property_: Property, admin_client: Client, chosen: Callable[[Property], object]
) -> None:
    found: object = chosen(property_)
    url = reverse("rules:new_library", args=[property_.public_id])
    response = admin_client.post(url, {"name": "Mine", "environment": found.pk})  # type: ignore[attr-defined]
    assert response.status_code == 422
    assert not Library.objects.filter(name="Mine").exists()


def test_resources_are_added_one_by_one_or_all_at_once(
    property_: Property, admin_client: Client
) -> None:
    head = constant(property_, "A", "1")
    found = publishing.create_library(property_, "One", None)
    admin_client.post(found.get_absolute_url(), {"add": "yes", "resource": head.public_id})
    assert [entry.resource_id for entry in found.entries.all()] == [head.public_id]
    admin_client.post(found.get_absolute_url(), {"add_all": "yes"})
    assert found.entries.count() == 2


def test_resource_of_another_property_is_not_added(
    property_: Property, admin_client: Client
) -> None:
    foreign = constant(create_property("Other", None), "A", "1")
    found = publishing.create_library(property_, "One", None)
    admin_client.post(found.get_absolute_url(), {"add": "yes", "resource": foreign.public_id})
    assert found.entries.count() == 0


def test_library_moves_to_another_development_environment(
    property_: Property, admin_client: Client
) -> None:
    second = create_environment(property_, "Dev 2", "development")
    found = library(property_)
    admin_client.post(found.get_absolute_url(), {"name": "Renamed", "environment": second.pk})
    assert (again(found).name, again(found).environment) == ("Renamed", second)


def test_page_tells_what_a_build_would_say(property_: Property, admin_client: Client) -> None:
    rule(property_, left="{{gone}}")
    found = library(property_)
    shown = admin_client.get(found.get_absolute_url()).content.decode()
    assert "There is no data element gone. Create it, or take it out here." in shown


def test_page_tells_new_from_changed_and_inherited(
    property_: Property, admin_client: Client
) -> None:
    head = constant(property_, "A", "1")
    constant(property_, "B", "1")
    published(library(property_, "First"))
    head.settings = {"value": "2"}
    head.save()
    constant(property_, "C", "1")
    context = admin_client.get(library(property_, "Second").get_absolute_url()).context
    assert [(entry["revision"].name, entry["word"]) for entry in context["entries"]] == [
        ("A", "changed"),
        ("C", "new"),
    ]
    assert {revision.name for revision in context["inherited"]} == {"Core", "B"}


def test_deleting_asks_first(property_: Property, admin_client: Client) -> None:
    found = library(property_)
    url = reverse("rules:delete_library", args=[property_.public_id, found.public_id])
    assert "Delete “Library”?" in admin_client.get(url).content.decode()
    assert Library.objects.exists()
    admin_client.post(url)
    assert not Library.objects.exists()


def test_submitted_library_is_not_deleted(property_: Property, admin_client: Client) -> None:
    found = ready(property_, "submitted")
    admin_client.post(reverse("rules:delete_library", args=[property_.public_id, found.public_id]))
    assert Library.objects.filter(pk=found.pk).exists()


# --- The working library ----------------------------------------------------------------------


def pick(client: Client, property_: Property, **posted: str) -> str:
    url = reverse("rules:working_library", args=[property_.public_id])
    return str(client.post(url, posted)["Location"])


def test_working_library_is_picked_and_dropped(property_: Property, admin_client: Client) -> None:
    found = library(property_)
    page = reverse("rules:publishing", args=[property_.public_id])
    pick(admin_client, property_, library=found.public_id)
    assert admin_client.get(page).context["shell"]["library"] == found
    pick(admin_client, property_, library="")
    assert admin_client.get(page).context["shell"]["library"] is None


def test_working_library_is_each_persons_own(
    property_: Property, admin_client: Client, editor_client: Client, grant: Grant
) -> None:
    pick(admin_client, property_, library=library(property_).public_id)
    page = reverse("rules:publishing", args=[property_.public_id])
    assert editor_client.get(page).context["shell"]["library"] is None


@pytest.mark.parametrize("state", ["submitted", "approved", "published"])
def test_library_beyond_development_is_no_working_library(
    property_: Property, admin_client: Client, state: str
) -> None:
    pick(admin_client, property_, library=ready(property_, state).public_id)
    page = reverse("rules:publishing", args=[property_.public_id])
    assert admin_client.get(page).context["shell"]["library"] is None


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_picking_never_leads_to_another_site(
    property_: Property, admin_client: Client, back: str
) -> None:
    board = reverse("rules:publishing", args=[property_.public_id])
    assert pick(admin_client, property_, next=back) == board


def test_picking_leads_back_to_where_one_was(property_: Property, admin_client: Client) -> None:
    back = reverse("rules:rules", args=[property_.public_id])
    assert pick(admin_client, property_, next=back) == back


# --- A build's page ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "states"),
    [
        (False, ["active", "waiting", "waiting", "waiting", "waiting"]),
        (True, ["done", "done", "done", "done", "done"]),
    ],
)
def test_page_shows_how_far_the_build_is(
    property_: Property, admin_client: Client, run: bool, states: list[str]
) -> None:
    build = publishing.request_build(library(property_), None)
    if run:
        building.run(build.public_id)
    steps = admin_client.get(build.get_absolute_url()).context["steps"]
    assert [step["state"] for step in steps] == states


def test_page_shows_where_a_build_failed_and_why(property_: Property, admin_client: Client) -> None:
    rule(property_, left="{{gone}}")
    response = admin_client.get(built(library(property_)).get_absolute_url())
    assert [step["state"] for step in response.context["steps"]] == [
        "done", "done", "failed", "waiting", "waiting",
    ]  # fmt: skip
    shown = re.sub(r"\s+", " ", response.content.decode())
    assert "There is no data element gone. Create it, or take it out here." in shown


def test_pending_build_asks_for_its_progress_only(
    property_: Property, admin_client: Client
) -> None:
    build = publishing.request_build(library(property_), None)
    headers = {"HX-Request": "true", "HX-Target": "build-progress"}
    shown = admin_client.get(build.get_absolute_url(), headers=headers).content.decode()
    assert "<html" not in shown
    assert 'id="build-progress"' in shown
