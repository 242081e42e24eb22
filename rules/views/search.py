"""Search by name or public id, over everything the person may see."""

from __future__ import annotations

from itertools import chain

from django.db.models import Q
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from rules.access import AdminRequest, for_anyone_signed_in
from rules.models import DataElement, Extension, Library, Property, Rule
from rules.views.pages import page

LIMIT = 20  # of each kind


@require_safe
@for_anyone_signed_in
def search(request: AdminRequest) -> HttpResponse:
    """List what matches."""
    query = request.GET.get("q", "").strip()
    visible = Property.objects.visible_to(request.user)
    wanted = Q(name__icontains=query) | Q(public_id=query)
    kinds = (
        ("Rule", Rule),
        ("Data Element", DataElement),
        ("Extension", Extension),
        ("Library", Library),
    )
    found = [
        [
            {"kind": label, "name": hit.name, "url": hit.get_absolute_url(), "in": hit.property}
            for hit in model.objects.filter(wanted, property__in=visible).select_related(
                "property"
            )[:LIMIT]
        ]
        for label, model in kinds
    ]
    properties = [
        {"kind": "Property", "name": hit.name, "url": hit.get_absolute_url(), "in": None}
        for hit in visible.filter(wanted)[:LIMIT]
    ]
    hits = [*properties, *chain.from_iterable(found)] if query else []
    return page(request, "rules/search.html", {"query": query, "hits": hits})
