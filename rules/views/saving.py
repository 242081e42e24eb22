"""What the three ways to save have in common, whatever is saved."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from rules import publishing
from rules.access import AdminRequest
from rules.models import Library, Property, Resource, WorkingLibrary

TO_LIBRARY, AND_BUILD = "library", "build"


def working_library(request: AdminRequest, property_: Property) -> Library | None:
    """Return the library the person works in, as long as it can still be edited."""
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
