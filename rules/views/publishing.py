"""The Publishing Flow: the board, and the steps a library takes on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Right, User
from rules import publishing
from rules.access import AdminRequest, in_property, require_right
from rules.models import Build, Library, Property
from rules.views.pages import page

State = Library.State


@transaction.atomic
def _submit_and_build(library: Library, user: User) -> Build:
    return publishing.request_build(publishing.submit(library, user), user)


@transaction.atomic
def _approve_and_publish(library: Library, user: User) -> Build:
    return publishing.request_build(publishing.approve(library, user), user)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a card's menu: from which state, with which rights, to do what."""

    key: str
    label: str
    state: str
    rights: tuple[Right, ...]
    take: Callable[[Library, User], Any]
    is_main: bool = False


STEPS = (
    Step(
        "build", "Build to Development", State.DEVELOPMENT, (Right.DEVELOP,),
        publishing.request_build, is_main=True,
    ),
    Step("submit", "Submit for Approval", State.DEVELOPMENT, (Right.DEVELOP,), publishing.submit),
    Step(
        "submit-and-build", "Submit & Build to Staging", State.DEVELOPMENT,
        (Right.DEVELOP, Right.APPROVE), _submit_and_build,
    ),
    Step(
        "build", "Build for Staging", State.SUBMITTED, (Right.APPROVE,),
        publishing.request_build, is_main=True,
    ),
    Step(
        "approve", "Approve for Publishing", State.SUBMITTED, (Right.APPROVE,), publishing.approve
    ),
    Step(
        "approve-and-publish", "Approve & Publish to Production", State.SUBMITTED,
        (Right.APPROVE, Right.PUBLISH), _approve_and_publish,
    ),
    Step("reject", "Reject", State.SUBMITTED, (Right.APPROVE,), publishing.reject),
    Step(
        "publish", "Build and Publish to Production", State.APPROVED, (Right.PUBLISH,),
        publishing.request_build, is_main=True,
    ),
    Step("reject", "Reject", State.APPROVED, (Right.PUBLISH,), publishing.reject),
)  # fmt: skip


# What the board shows of builds. Their documents are large, and none of its business.
_BUILDS = Build.objects.defer("document", "problems").select_related("environment")


def steps_for(library: Library, rights: frozenset[str]) -> list[Step]:
    """Return the steps the person may take with the library now."""
    return [
        step for step in STEPS if step.state == library.state and rights.issuperset(step.rights)
    ]


@require_safe
@in_property(None)
def board(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show the four columns."""
    libraries = (
        property_.libraries.select_related("environment", "created_by")
        .prefetch_related("entries", Prefetch("builds", _BUILDS))
        .order_by("-published_at", "-id")
    )
    environments = property_.environments.filter(active_build__isnull=False)
    live = set(environments.values_list("active_build_id", flat=True))
    cards = [_card(library, request.rights, live) for library in libraries]
    columns = [
        {"title": state.label, "cards": [card for card in cards if card["state"] == state]}
        for state in State
    ]
    context = {"columns": columns, "is_empty": not cards, "is_building": _any_pending(property_)}
    return page(request, "rules/publishing.html", context, partial="publishing-board")


@require_POST
@in_property(Right.DEVELOP, Right.APPROVE, Right.PUBLISH)
def step(request: AdminRequest, property_: Property, library_id: str, step: str) -> HttpResponse:
    """Take a step; each asks for rights of its own."""
    library = get_object_or_404(property_.libraries, public_id=library_id)
    found = next((one for one in STEPS if (one.key, one.state) == (step, library.state)), None)
    if found is None:
        if not any(one.key == step for one in STEPS):
            raise Http404("There is no such step.")
        messages.error(request, f"The library is in {library.get_state_display()} now.")
        return redirect("rules:publishing", property_.public_id)
    for right in found.rights:
        require_right(request, right)
    try:
        outcome = found.take(library, request.user)
    except publishing.NotPossible as error:
        messages.error(request, str(error))
        return redirect(library)
    if isinstance(outcome, Build):
        return redirect(outcome)
    messages.success(request, f"{found.label}: done.")
    return redirect("rules:publishing", property_.public_id)


def _any_pending(property_: Property) -> bool:
    return property_.builds.filter(status=Build.Status.PENDING).exists()


def _card(library: Library, rights: frozenset[str], live: set[int]) -> dict[str, Any]:
    builds = sorted(library.builds.all(), key=lambda build: -build.pk)
    shown = [build for build in builds if build.pk in live or build is builds[0]]
    return {
        "library": library,
        "state": library.state,
        "count": len(library.entries.all()),
        "build": builds[0] if builds else None,
        "marks": list(dict.fromkeys(words for build in shown for words in build.loud_words)),
        "live_in": [build.environment for build in builds if build.pk in live],
        "steps": steps_for(library, rights),
    }
