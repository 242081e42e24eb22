"""Data elements that a form's settings name, and that look like a mistake.

One that does not exist may be created later, and a token may come out of an event where no Secret
data element gives it. So these are no faults of the form: it is held back once, with what was
entered, and says so beside the fields; saved again with the same names, it is saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from extensions.contract import Settings
from extensions.core.secret import SECRET
from rules.engine.checks import circle_from, elements_named, in_circle, takes_secrets
from rules.forms.settings import SettingsForm
from rules.models import DataElement, Property

SEEN = "doubts_seen"  # the names that the form told of when it was shown


def opened(form: SettingsForm, stored: Settings, data: QueryDict | None) -> None:
    """Tell what is missing in the stored settings, or keep in mind what was told before."""
    if data is None:
        _tell(form, stored)
    else:
        form.doubts = [_read(each) for each in data.getlist(SEEN)]


def hold_back(form: SettingsForm, data: QueryDict) -> bool:
    """Whether valid settings name elements that nobody was told are missing; tell of them."""
    form.doubts = []
    _tell(form, form.settings())
    form.is_held_back = not set(form.doubts) <= {_read(each) for each in data.getlist(SEEN)}
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


def _read(seen: str) -> tuple[str, str]:
    mark, _, name = seen.partition("|")
    return mark, name


def _tell(form: SettingsForm, settings: Settings) -> None:
    """Mark the fields whose settings name elements that do not exist."""
    named = elements_named(form.described, settings)
    types = _types(form.property, {name for names in named.values() for name in names})
    secret = {field.path for field in form.setting_fields if field.widget == "secret"}
    for path, names in named.items():
        _mark(form, path, "missing", [name for name in names if name not in types])
        if path in secret:
            open_ones = [name for name in names if types.get(name, SECRET.id) != SECRET.id]
            _mark(form, path, "open_secrets", open_ones)
        if not takes_secrets(form.described.schema, path):
            shown = [name for name in names if types.get(name) == SECRET.id]
            _mark(form, path, "shown_secrets", shown)


def _types(property_: Property, wanted: Iterable[str]) -> dict[str, str]:
    """Return the type of each data element that exists, by name."""
    found = property_.data_elements.filter(name__in=wanted)
    return dict(found.values_list("name", "delegate"))


def _mark(form: SettingsForm, path: str, mark: str, names: list[str]) -> None:
    field: Any = form.fields.get(form.field_for(path) or "")
    if field is None:
        return
    marked = [*getattr(field, mark, []), *names]
    setattr(field, mark, list(dict.fromkeys(marked)))
    form.doubts += [(mark, name) for name in names if (mark, name) not in form.doubts]
