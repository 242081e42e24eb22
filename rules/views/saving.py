"""What the three ways to save have in common, whatever is saved."""

from __future__ import annotations

from typing import TypeVar

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts import audit
from accounts.models import Right
from rules import publishing
from rules.access import AdminRequest
from rules.forms.settings import SettingsForm
from rules.models import Library, Property, Resource, WorkingLibrary

TO_LIBRARY, AND_BUILD = "library", "build"
_MOST_TOLD = 3  # warnings of one form: nobody reads on

R = TypeVar("R", bound=Resource)


def working_library(request: AdminRequest, property_: Property) -> Library | None:
    """Return the library the person works in, as long as it can still be edited, by them too."""
    if Right.DEVELOP not in request.rights:
        return None
    picked = (
        WorkingLibrary.objects.filter(user=request.user, property=property_)
        .select_related("library")
        .first()
    )
    return picked.library if picked and picked.library.is_editable else None


def saved(request: AdminRequest, resource: Resource, next_url: str) -> HttpResponse:
    """Do what the pressed button says beyond Save, tell about it, and go on to `next_url`.

    Save to Library puts a revision into the working library; Save to Library and Build goes to
    the build's page. The resource itself is saved already, so nothing is lost when they cannot.
    """
    choice = request.POST.get("save", "")
    library = working_library(request, request.property)
    if choice not in {TO_LIBRARY, AND_BUILD} or library is None:
        messages.success(request, f"“{resource}” is saved.")
        return redirect(next_url)
    try:
        publishing.add(library, [resource], request.user)
        messages.success(request, f"“{resource}” is saved and in the library “{library}”.")
        if choice == AND_BUILD:
            return redirect(publishing.request_build(library, request.user))
    except publishing.NotPossible as error:
        messages.warning(request, f"“{resource}” is saved. {error}")
    return redirect(next_url)


def warn_of(request: AdminRequest, form: SettingsForm) -> None:
    """Tell what is odd about settings that were saved, or kept, all the same."""
    told = form.warnings[:_MOST_TOLD]
    untold = len(form.warnings) - len(told)
    if untold:
        told = [*told, f"And {untold} more like these."]
    if told:
        messages.warning(request, f"Please look at this again. {' '.join(told)}")


def overtaken(resource: Resource) -> str:
    """Return what to tell a person whose form was opened on an older save of the resource."""
    return (
        f"{resource.updated_by or 'Somebody'} saved this {resource.KIND_LABEL.lower()} while you "
        "were editing it. Save again to put your version in its place."
    )


@transaction.atomic
def switch(request: AdminRequest, found: QuerySet[R], public_id: str) -> R:
    """Enable or disable a resource as posted; what somebody else saved meanwhile stays.

    Raises:
        Http404: `found` has no resource of this id.
    """
    resource = get_object_or_404(found.select_for_update(), public_id=public_id)
    resource.enabled = request.POST.get("enabled") == "yes"
    resource.lock_version += 1
    resource.updated_by = request.user
    resource.save(update_fields=["enabled", "lock_version", "updated_by", "updated_at"])
    audit.record(
        request.user, f"{resource.KIND}.updated", property_id=request.property.public_id,
        object_id=resource.public_id, name=resource.name,
    )  # fmt: skip
    word = "enabled" if resource.enabled else "disabled"
    messages.success(request, f"“{resource}” is {word} with the next build.")
    return resource
