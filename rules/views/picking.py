"""The data element picker without JavaScript.

The stacked-disk button posts ``pick=<control>``: the form comes back with a list of data
elements. One of them posts ``insert=<control>|<name>`` (the token is appended, as the original
does) or ``replace=<control>|<name>``. With JavaScript a dialog does the same without a round trip.

What a control takes follows its name after a bar: ``pick=<control>|secret`` offers those that
give a secret first, ``pick=<control>|single`` puts one reference in place of the text.
"""

from __future__ import annotations

from typing import Any

from extensions.core.secret import SECRET
from rules.access import AdminRequest
from rules.models import Property


def picker_context(request: AdminRequest, property_: Property) -> dict[str, Any]:
    """Return what the picker shows: the elements, and the control they would go into."""
    control, _, kind = request.POST.get("pick", "").partition("|")
    elements = [
        {
            "name": element.name,
            "summary": element.delegate.rsplit("::", 1)[-1],
            "is_secret": element.delegate == SECRET.id,
        }
        for element in property_.data_elements.all()
    ]
    return {
        "data_elements": elements,
        "picking": control,
        "picks_secret": kind == "secret",
        "picker_elements": sorted(elements, key=lambda e: kind == "secret" and not e["is_secret"]),
        "picker_action": "replace" if kind else "insert",
    }
