"""Where a finding or a mark points: the editor of its resource, at the component or the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from rules.engine import Finding
from rules.models import DataElement, Extension, Property, Resource, Rule

_HEADS: dict[str, type[Resource]] = {"EX": Extension, "DE": DataElement, "RL": Rule}


def editor_url(property_: Property, place: Mapping[str, Any]) -> str:
    """Return the editor's address for the `resource`, `component` and `field` of a place.

    Empty where the place is about no resource.
    """
    head = _HEADS.get(place["resource"][:2])
    if head is None:
        return ""
    address = reverse(f"rules:{head.KIND}", args=[property_.public_id, place["resource"]])
    return f"{address}{_fragment(place)}"


def pointed(
    property_: Property, findings: Iterable[Finding | Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the findings, each with the address of what it is about; empty if that is gone."""
    places = [asdict(one) if isinstance(one, Finding) else dict(one) for one in findings]
    there = _existing(property_, {place["resource"] for place in places})
    return [
        place | {"url": editor_url(property_, place) if place["resource"] in there else ""}
        for place in places
    ]


def _fragment(place: Mapping[str, Any]) -> str:
    component, field = place.get("component"), place.get("field")
    if not component:
        return f"#id_{field}" if field else ""
    # The rule's page shows the card; its Edit then goes on to the field.
    at = urlencode({"at": f"{component}.{field}"})
    return f"?{at}#{component}" if field else f"#{component}"


def field_of(at: str, component: str) -> str:
    """Return the field of a component's form that an address asks for; empty for none."""
    asked, _, field = at.partition(".")
    return field if asked == component else ""


def _existing(property_: Property, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    for prefix, head in _HEADS.items():
        ids = [public_id for public_id in wanted if public_id.startswith(prefix)]
        if ids:
            heads: Any = head
            there = heads.objects.filter(property=property_, public_id__in=ids)
            found |= set(there.values_list("public_id", flat=True))
    return found
