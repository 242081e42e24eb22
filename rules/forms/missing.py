"""Data elements that a form's settings name, and that the property does not have.

They are no fault of the form: the element may be created later. So the form is held back once,
with what was entered, and says so beside the fields; saved again with the same names, it is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from extensions.contract import Settings
from rules.engine.checks import circle_from, elements_named, in_circle
from rules.forms.settings import SettingsForm
from rules.models import DataElement, Property

SEEN = "missing_seen"  # the names that the form told of when it was shown


def opened(form: SettingsForm, stored: Settings, data: QueryDict | None) -> None:
    """Tell what is missing in the stored settings, or keep in mind what was told before."""
    if data is None:
        _tell(form, stored)
    else:
        form.missing = list(data.getlist(SEEN))


def hold_back(form: SettingsForm, data: QueryDict) -> bool:
    """Whether valid settings name elements that nobody was told are missing; tell of them."""
    form.missing = []
    _tell(form, form.settings())
    form.is_held_back = not set(form.missing) <= set(data.getlist(SEEN))
    return form.is_held_back


def refuse_circle(form: SettingsForm, element: DataElement, name: str) -> None:
    """Refuse valid settings with which a data element of this name would ask for itself."""
    own = {"delegate": form.described.id, "settings": form.settings()}
    contents: dict[str, Mapping[str, Any]] = {}
    names = [name]
    for other in form.property.data_elements.all():
        contents[other.name] = own if other.pk == element.pk else other.content()
        # Until it is saved, the others ask for it by its old name.
        names += [other.name] if other.pk == element.pk else []
    contents[name] = own
    chain = next(filter(None, (circle_from(each, contents) for each in names)), None)
    if chain is not None:
        named = elements_named(form.described, form.settings())
        path = next(path for path, asked in named.items() if chain[1] in asked)
        form.add_error(form.field_for(path), in_circle(chain))


def _tell(form: SettingsForm, settings: Settings) -> None:
    """Mark the fields whose settings name elements that do not exist."""
    named = elements_named(form.described, settings)
    there = _names(form.property, {name for names in named.values() for name in names})
    for path, names in named.items():
        _mark(form, path, [name for name in names if name not in there])


def _names(property_: Property, wanted: Iterable[str]) -> set[str]:
    found = property_.data_elements.filter(name__in=wanted)
    return set(found.values_list("name", flat=True))


def _mark(form: SettingsForm, path: str, missing: list[str]) -> None:
    field: Any = form.fields.get(form.field_for(path) or "")
    if field is not None and missing:
        field.missing = list(dict.fromkeys([*getattr(field, "missing", []), *missing]))
        form.missing += [name for name in missing if name not in form.missing]
