"""The data element picker without JavaScript.

The stacked-disk button posts ``pick=<field>``: the form comes back with a list of data elements.
One of them posts ``insert=<field>|<name>``: the token is appended, as the original does. With
JavaScript a dialog does the same without a round trip.
"""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from rules.access import AdminRequest
from rules.models import Property


def is_picking(request: AdminRequest) -> bool:
    """Whether the form was posted to pick a data element, not to be saved."""
    return "pick" in request.POST or "insert" in request.POST


def with_insertion(data: QueryDict) -> QueryDict:
    """Return the posted data with the chosen token appended to its field."""
    field, _, name = data.get("insert", "").partition("|")
    if not name:
        return data
    changed = data.copy()
    changed[field] = f"{data.get(field, '')}{{{{{name}}}}}"
    return changed


def picker_context(request: AdminRequest, property_: Property) -> dict[str, Any]:
    """Return what the picker shows: the elements, and the field they would go into."""
    return {
        "data_elements": [
            {"name": element.name, "summary": element.delegate.rsplit("::", 1)[-1]}
            for element in property_.data_elements.all()
        ],
        "picking": request.POST.get("pick", ""),
        "focus_field": request.POST.get("insert", "").partition("|")[0],
    }
