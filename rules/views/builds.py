"""A build: its progress while it runs, its outcome afterwards."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from rules.access import AdminRequest, in_property
from rules.models import Build, Property
from rules.pointing import pointed
from rules.views.pages import page
from rules.views.publishing import steps_for


@require_safe
@in_property(None)
def build(request: AdminRequest, property_: Property, build_id: str) -> HttpResponse:
    """Show a build; while it is pending the progress part asks for itself again."""
    builds = property_.builds.select_related("environment", "library", "created_by")
    found = get_object_or_404(builds, public_id=build_id)
    if request.htmx and found.status != Build.Status.PENDING:
        # The outcome shows all over the page, in the working library of the top bar too.
        return HttpResponseClientRefresh()
    context = {
        "build": found,
        "findings": pointed(property_, found.problems),
        "steps": _steps(found),
        "document": orjson.loads(bytes(found.document)) if found.document else None,
        "next_steps": steps_for(found.library, request.rights) if found.library else [],
    }
    return page(request, "rules/build.html", context, partial="build-progress")


def _steps(found: Build) -> list[dict[str, Any]]:
    names: list[Build.Step] = [step for step in Build.Step if step != Build.Step.DONE]
    here = len(names) if found.step == Build.Step.DONE else names.index(Build.Step(found.step))
    failed = found.status == Build.Status.FAILED
    states = []
    for position, step in enumerate(names):
        state = "done" if position < here else "waiting"
        if position == here:
            state = "failed" if failed else "active"
        states.append({"label": step.label, "state": state})
    return states
