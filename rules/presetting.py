"""Fill an action from a preset: what would go where, and the data elements that it takes.

`plan` only looks; `apply` creates the data elements that are missing and returns the settings for
the form. Nothing here keeps the settings: that is the person's own step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction

import vault
from accounts.models import User
from extensions.contract import JSON, Delegate, Preset, Settings
from extensions.tokens import TOKEN, names_in
from rules.defining import define
from rules.engine.document import canonical
from rules.forms.fields import SettingField, setting_fields
from rules.models import DataElement, Property

TRIES = 3  # of creating the data elements, when names are taken in the same moment
_SWITCH = {True: "On", False: "Off"}


@dataclass(frozen=True, slots=True)
class Element:
    """A data element that a preset needs. `wanted` is the preset's own name for it."""

    wanted: str
    name: str
    delegate: str
    settings: Settings
    held: DataElement | None  # the one that will do, if the property has one

    @property
    def is_new(self) -> bool:
        """Whether it has to be created."""
        return self.held is None

    @property
    def has_clash(self) -> bool:
        """Whether it gets another name because its own is taken by another definition."""
        return self.held is None and self.name != self.wanted


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the form: what stands there, and what the preset would put there."""

    path: tuple[str, ...]
    title: str
    section: str
    before: JSON
    after: JSON
    elements: tuple[Element, ...]  # each after those it is made of

    @property
    def field(self) -> str:
        """The dotted path, by which a row is chosen."""
        return ".".join(self.path)

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands there now; 0 and false are something."""
        return _is_empty(self.before)

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to do."""
        return _same(self.before, self.after)

    @property
    def now(self) -> str:
        """What stands there now, for people; a secret stays one."""
        return _words(self.before)

    @property
    def then(self) -> str:
        """What the preset puts there, for people."""
        return _words(self.after)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a preset would do to settings, decided and not done."""

    delegate: Delegate
    preset: Preset
    current: Settings
    rows: tuple[Row, ...]

    def suggested(self) -> set[str]:
        """Return the fields to fill unless the person says otherwise: the empty ones."""
        return {row.field for row in self.rows if row.is_empty}

    def elements(self, fields: Collection[str] | None = None) -> list[Element]:
        """Return what the chosen fields (None: all) need, each after those it is made of."""
        rows = [row for row in self.rows if fields is None or row.field in fields]
        return list({element.name: element for row in rows for element in row.elements}.values())

    def merged(self, fields: Collection[str]) -> dict[str, Any]:
        """Return the settings with the chosen fields filled; everything else stays."""
        settings = deepcopy(dict(self.current))
        for row in self.rows:
            if row.field in fields:
                _put(settings, row.path, row.after)
        return settings

    def fingerprint(self) -> str:
        """Return 64 hex digits that tell whether its fields still hold what the person saw."""
        seen = {row.field: row.before for row in self.rows}
        return hashlib.sha256(canonical(seen)).hexdigest()


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of a plan."""

    preset: Preset
    settings: dict[str, Any]
    fields: tuple[str, ...]
    created: tuple[DataElement, ...]


def setting_at(settings: Settings, path: str) -> JSON:
    """Return the setting at a dotted path; None where there is none."""
    return _get(settings, path.split("."))


# --- Looking ----------------------------------------------------------------------------------


def plan(property_: Property, delegate: Delegate, preset: Preset, current: Settings) -> Plan:
    """Return what the preset would do to these settings in the property as it is now."""
    return planned(delegate, preset, current, property_.data_elements.all())


def planned(
    delegate: Delegate, preset: Preset, current: Settings, present: Iterable[DataElement]
) -> Plan:
    """Return what the preset would do where these data elements are present. Pure."""
    elements = _elements(preset, list(present))
    names = {element.wanted: element.name for element in elements.values()}
    filled = preset.fill(current)
    rows = [
        Row(path, title, section, before, _with_names(after, names), _needed(after, elements))
        for path, title, section, before, after in _fields(delegate.schema, current, filled)
    ]
    return Plan(delegate, preset, current, tuple(rows))


def _fields(
    schema: Settings, current: Settings, filled: Settings
) -> Iterator[tuple[tuple[str, ...], str, str, JSON, JSON]]:
    """Yield path, title, section, before and after of each field that is filled, in form order.

    Of an object each key is a field of its own, so that keys that are there stay, unless
    something else stands in its place, such as one token for the whole of it.
    """
    for field in setting_fields(schema):
        path = tuple(field.path.split("."))
        before, after = _get(current, path), _get(filled, path)
        title = str(field.schema.get("title", field.path))
        if after is None:
            continue
        if not isinstance(after, Mapping) or not (_is_empty(before) or isinstance(before, Mapping)):
            yield path, title, field.section, before, after
            continue
        titles = _key_titles(field)
        for key, value in after.items():
            yield (*path, key), titles.get(key) or key, title, _get(before, (key,)), value


def _key_titles(field: SettingField) -> dict[str, str]:
    keys = field.ui.get("keys", ())
    return {str(known["key"]): str(known.get("title", known["key"])) for known in keys}


def _elements(preset: Preset, present: list[DataElement]) -> dict[str, Element]:
    """Return the preset's data elements by its own names, each after those it is made of."""
    taken = {element.name for element in present}
    found: dict[str, Element] = {}
    for wanted in _in_order(preset):
        spec = preset.elements[wanted]
        names = {element.wanted: element.name for element in found.values()}
        settings = _with_names(spec["settings"], names)
        held = _equal(present, wanted, spec["delegate"], settings)
        name = held.name if held else _free_name(wanted, taken)
        taken.add(name)
        found[wanted] = Element(wanted, name, spec["delegate"], settings, held)
    return found


def _in_order(preset: Preset) -> Iterable[str]:
    made_of = {
        name: [inner for inner in names_in(spec["settings"]) if inner in preset.elements]
        for name, spec in preset.elements.items()
    }
    return TopologicalSorter(made_of).static_order()


def _equal(
    present: list[DataElement], wanted: str, delegate: str, settings: Settings
) -> DataElement | None:
    """Return a data element that gives the same value, whatever its name; best the same name."""
    equal = [
        element
        for element in present
        if element.delegate == delegate and _is_plain(element) and _same(element.settings, settings)
    ]
    return min(equal, key=lambda element: (element.name != wanted, element.name), default=None)


def _is_plain(element: DataElement) -> bool:
    """Whether the value comes out as its type gives it."""
    altered = element.force_lower_case or element.clean_text or element.default_value is not None
    return element.enabled and not altered


def _free_name(wanted: str, taken: Collection[str]) -> str:
    if wanted not in taken:
        return wanted
    numbered = (f"{wanted} ({number})" for number in count(2))
    return next(name for name in numbered if name not in taken)


def _needed(setting: JSON, elements: Mapping[str, Element]) -> tuple[Element, ...]:
    """Return the elements in a setting of the preset, each after those it is made of."""
    needed: dict[str, Element] = {}
    own = {element.name: element for element in elements.values()}

    def add(element: Element) -> None:
        for name in names_in(element.settings):
            if name in own:
                add(own[name])
        needed[element.name] = element

    for name in names_in(setting):
        if name in elements:
            add(elements[name])
    return tuple(needed.values())


# --- Writing ----------------------------------------------------------------------------------


def apply(property_: Property, planned_: Plan, fields: Collection[str], user: User) -> Filled:
    """Create the data elements that the chosen fields miss; return the settings filled.

    The plan is made anew under the property's lock, so what somebody created since it was shown
    is used and not doubled.
    """
    for _ in range(TRIES - 1):
        try:
            return _apply(property_, planned_, fields, user)
        except IntegrityError:  # a name was taken in the same moment: another plan has another
            continue
    return _apply(property_, planned_, fields, user)


@transaction.atomic
def _apply(property_: Property, planned_: Plan, fields: Collection[str], user: User) -> Filled:
    Property.objects.select_for_update(no_key=True).get(pk=property_.pk)
    now = plan(property_, planned_.delegate, planned_.preset, planned_.current)
    created = [
        _create(property_, element, user) for element in now.elements(fields) if element.is_new
    ]
    filled = [row.field for row in now.rows if row.field in fields and not row.is_same]
    return Filled(now.preset, now.merged(fields), tuple(filled), tuple(created))


def _create(property_: Property, element: Element, user: User) -> DataElement:
    made = DataElement(
        property=property_,
        name=element.name,
        delegate=element.delegate,
        settings=dict(element.settings),
    )
    return define(made, user)


# --- Settings ---------------------------------------------------------------------------------


def _with_names(value: JSON, names: Mapping[str, str]) -> JSON:
    """Return a setting with the names in its tokens replaced, all at once."""
    if isinstance(value, str):
        return TOKEN.sub(lambda match: _token(match[0], names.get(match[1].strip())), value)
    if isinstance(value, Mapping):
        return {key: _with_names(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_names(item, names) for item in value]
    return value


def _token(as_it_is: str, name: str | None) -> str:
    return as_it_is if name is None else f"{{{{{name}}}}}"


def _get(settings: JSON, path: Iterable[str]) -> JSON:
    for key in path:
        settings = settings.get(key) if isinstance(settings, Mapping) else None
    return settings


def _put(settings: dict[str, Any], path: tuple[str, ...], value: JSON) -> None:
    *parents, last = path
    for parent in parents:
        if _is_empty(settings.get(parent)):
            settings[parent] = {}
        settings = settings[parent]
    settings[last] = value


def _same(one: JSON, other: JSON) -> bool:
    # Not ==: for Python, true is 1.
    return canonical({"": one}) == canonical({"": other})


def _is_empty(value: JSON) -> bool:
    return value is None or (isinstance(value, str | list | Mapping) and not value)


def _words(value: JSON) -> str:
    if vault.is_sealed(value):
        return "a stored secret"
    if isinstance(value, bool):
        return _SWITCH[value]
    if _is_empty(value) or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return canonical(value).decode()
