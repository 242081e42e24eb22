"""Libraries: what is in one, and which one a person works in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Right
from rules import proofreading, publishing
from rules.access import AdminRequest, in_property
from rules.engine import assemble, check_document
from rules.models import Build, Environment, Library, Property, WorkingLibrary
from rules.pointing import pointed
from rules.revising import changed_heads, composition, heads, upstream
from rules.views.pages import INVALID, page


class LibraryForm(forms.ModelForm[Library]):
    """Name and development environment of a library."""

    class Meta:
        model = Library
        fields = ["name", "environment"]
        error_messages = {"name": {"required": "Please specify a name."}}
        help_texts = {"environment": "One environment holds one library at a time."}

    def __init__(self, property_: Property, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = Library.objects.open().exclude(pk=self.instance.pk)
        held = held.filter(environment__isnull=False)
        environment: Any = self.fields["environment"]
        environment.queryset = property_.environments.filter(
            stage=Environment.Stage.DEVELOPMENT
        ).exclude(pk__in=held.values("environment"))
        environment.empty_label = "Choose later"
        if not self.instance.pk:
            environment.initial = environment.queryset.first()


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def new(request: AdminRequest, property_: Property) -> HttpResponse:
    """Create a library and make it the working library."""
    form = LibraryForm(property_, request.POST or None)
    if request.method == "POST" and form.is_valid():
        library = publishing.create_library(
            property_, form.cleaned_data["name"], request.user, form.cleaned_data["environment"]
        )
        _work_in(request, property_, library)
        messages.success(request, f"You are working in “{library}” now.")
        return redirect(library)
    status = INVALID if form.errors else 200
    return page(request, "rules/library_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def library(request: AdminRequest, property_: Property, library_id: str) -> HttpResponse:
    """Show a library; in Development also take changes to what is in it."""
    found = get_object_or_404(
        property_.libraries.select_related("environment"), public_id=library_id
    )
    form = LibraryForm(property_, instance=found) if found.is_editable else None
    if request.method == "POST":
        try:
            return _change(request, property_, found)
        except publishing.NotPossible as error:
            messages.error(request, str(error))
            return redirect(found)
    return page(request, "rules/library.html", _context(property_, found, form))


def _change(request: AdminRequest, property_: Property, found: Library) -> HttpResponse:
    # Beyond Development a library is built by the steps of the board, each with rights of its own.
    if not found.is_editable:
        raise publishing.NotPossible(f"The library is in {found.get_state_display()} now.")
    posted = request.POST
    if "add_all" in posted:
        added = publishing.add_all_changed(found, request.user)
        messages.success(request, f"Added: {len(added)}." if added else "Nothing has changed.")
    elif "add" in posted:
        chosen = [head for head in heads(property_) if head.public_id == posted.get("resource")]
        publishing.add(found, chosen, request.user)
    elif "remove" in posted:
        publishing.remove(found, posted["remove"], request.user)
    else:
        form = LibraryForm(property_, posted, instance=found)
        if not form.is_valid():
            context = _context(property_, found, form)
            return page(request, "rules/library.html", context, status=INVALID)
        entered = form.cleaned_data
        publishing.rename(found, entered["name"], entered["environment"], request.user)
        messages.success(request, "The library is saved.")
    if "build" in posted:
        return redirect(publishing.request_build(found, request.user))
    return redirect(found)


def _context(property_: Property, found: Library, form: LibraryForm | None) -> dict[str, Any]:
    below = upstream(found)
    entries = list(found.entries.select_related("revision").order_by("revision__kind", "id"))
    return {
        "library": found,
        "form": form,
        "entries": [
            {"revision": entry.revision, "word": _word(entry.revision, below)} for entry in entries
        ],
        "inherited": [
            revision
            for revision in below.values()
            if revision.resource_id not in {entry.resource_id for entry in entries}
        ],
        "changed": changed_heads(found) if found.is_editable else [],
        "findings": _findings(property_, found),
        "builds": _latest(found),
        "can_submit": publishing.has_current_build(found),
    }


def _word(revision: Any, below: dict[str, Any]) -> str:
    return "changed" if revision.resource_id in below else "new"


def _latest(found: Library) -> QuerySet[Build]:
    builds = found.builds.select_related("environment", "created_by")
    return builds.defer("document", "problems")[:5]


def _findings(property_: Property, found: Library) -> list[dict[str, Any]]:
    """Return what a build would say now, so that nobody has to build to find out."""
    stage = publishing.STAGE_OF[Library.State(found.state)]
    contents = [(revision.kind, revision.content) for revision in composition(found)]
    if not contents:
        return []
    document = assemble(property_.public_id, stage, contents)
    existing = set(property_.data_elements.values_list("name", flat=True))
    checked = check_document(document, timezone.now().date(), existing)
    return pointed(property_, [*checked, *proofreading.findings_in(document)])


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def delete(request: AdminRequest, property_: Property, library_id: str) -> HttpResponse:
    """Delete a library that is in Development."""
    found = get_object_or_404(property_.libraries, public_id=library_id)
    if request.method == "POST":
        try:
            publishing.delete(found, request.user)
        except publishing.NotPossible as error:
            messages.error(request, str(error))
            return redirect(found)
        messages.success(request, f"“{found.name}” is deleted.")
        return redirect("rules:publishing", property_.public_id)
    context = {
        "title": f"Delete “{found}”?",
        "text": "The resources stay as they are, and so does what was built.",
        "label": "Delete",
        "cancel_url": found.get_absolute_url(),
        "danger": True,
    }
    return page(request, "confirm.html", context)


@require_POST
@in_property(Right.DEVELOP)
def pick(request: AdminRequest, property_: Property) -> HttpResponse:
    """Select a working library, or none."""
    chosen = property_.libraries.editable().filter(public_id=request.POST.get("library"))
    _work_in(request, property_, chosen.first())
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("rules:publishing", args=[property_.public_id])
    return redirect(back)


def _work_in(request: AdminRequest, property_: Property, library: Library | None) -> None:
    mine = WorkingLibrary.objects.filter(user=request.user, property=property_)
    if library is None:
        mine.delete()
        return
    WorkingLibrary.objects.update_or_create(
        user=request.user, property=property_, defaults={"library": library}
    )
