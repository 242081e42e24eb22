"""What stands in an editor's form, in the form of a resource's content, though nothing is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.http import Http404

from rules import drafting, ids
from rules.access import AdminRequest
from rules.forms.delegates import Kind, chosen_delegate
from rules.forms.settings import SettingsForm
from rules.models import DataElement, Property
from rules.views.components import EXCEPTION, ComponentForm
from rules.views.data_elements import DataElementForm


@dataclass(frozen=True, slots=True)
class Entered:
    """The content, or what is wrong with its settings, in words."""

    content: dict[str, Any] | None
    problems: list[str]


def data_element(request: AdminRequest, property_: Property) -> Entered:
    """Return the data element in the posted form; its name may be one that cannot be saved."""
    form = DataElementForm(request.POST, instance=DataElement(property=property_))
    form.is_valid()
    entered = _settings(request, property_, "data_elements")
    if entered.content is None:
        return entered
    name = request.POST.get("name", "").strip()
    plain = "" if set(name) & set("{}") else name
    return Entered(form.instance.content() | {"name": plain} | entered.content, entered.problems)


def component(request: AdminRequest, property_: Property, kind: str) -> Entered:
    """Return the condition or action in the posted form.

    Raises:
        Http404: there is no such kind.
    """
    if kind not in drafting.KINDS:
        raise Http404("There are conditions and actions.")
    form = ComponentForm(kind, request.POST)
    form.is_valid()
    entered = _settings(request, property_, cast(Kind, f"{kind}s"))
    if entered.content is None:
        return entered
    head = {
        "id": ids.component_id(),
        "kind": kind,
        "name": form.cleaned_data.get("name") or "This one",
        "negate": form.cleaned_data.get("logic") == EXCEPTION,
    }
    return Entered(head | entered.content, entered.problems)


def _settings(request: AdminRequest, property_: Property, kind: Kind) -> Entered:
    delegate = chosen_delegate(request, property_, kind, "")
    if delegate is None:
        return Entered(None, [])
    form = SettingsForm(delegate, property_, {}, request.POST)
    form.is_valid()
    problems = [
        f"{form.fields[name].label}: {problem}" if name in form.fields else str(problem)
        for name, told in form.errors.items()
        for problem in told
    ]
    return Entered({"delegate": delegate.id, "settings": form.settings()}, problems)
