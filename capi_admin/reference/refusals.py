"""What a form may say of settings: found by trying wrong ones, so that no message is forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from capi_admin.reference.examples import example_of, put
from extensions.contract import Delegate, Package, Problem, Settings
from extensions.validation import problems_in
from rules import proofreading
from rules.engine.labels import label_of
from rules.forms.fields import SettingField, setting_fields

# What people leave in a field by mistake: nothing, text where a number or a data element belongs,
# two things at once, what is cut off, what is out of every range.
_TEXTS = (
    "", " ", "some text", "{{A}}", "{{A}} and more", "(", "{", "-1", "0", "1000000000", "%Q",
    "1999-01-01", "09:00", "Authorization",
)  # fmt: skip
_WRONG: dict[str, tuple[Any, ...]] = {
    "checkbox": (True,),
    "select": (),  # nothing else can be chosen
    "switch": (True, "some text"),
    "list": ([], "some text", ["(", "some text"]),
    "object": ({}, [], "some text", '{"a": 1}', {"a": "{{A}}"}),
    "json": ({}, [], "some text"),
    "secret-reference": (None,),
}
_NUMBERS = re.compile(r"\d+(?:, \d+)*")


class Told(NamedTuple):
    """What is said, and beside which field."""

    label: str
    message: str
    is_warning: bool


def told_by(described: Delegate | Package) -> list[Told]:
    """Return what the form of a delegate or package may say, each once, in the order of fields."""
    order = {field.path: place for place, field in enumerate(setting_fields(described.schema))}
    found: dict[tuple[str, str], tuple[int, Told]] = {}
    for problem in _tried(described):
        if any(path.startswith(f"{problem.field}.") for path in order):
            continue  # an object that a form always makes
        label = label_of(described.schema, _field(problem.field))
        # A row's number, or a character's, is another one each time.
        key = (label, _NUMBERS.sub("1", problem.message))
        told = Told(label, problem.message, problem.severity == "warning")
        place = max(order.get(path, -1) for path in _around(problem.field))
        found.setdefault(key, (place, told))
    return [told for _, told in sorted(found.values(), key=lambda pair: pair[0])]


def _around(path: str) -> Iterator[str]:
    """Yield the path, and those of all that it lies in."""
    names = path.split(".")
    yield from (".".join(names[:end]) for end in range(1, len(names) + 1))


def _field(path: str) -> str:
    """Return the path without the numbers of rows."""
    return ".".join(name for name in path.split(".") if not name.isdecimal())


def _tried(described: Delegate | Package) -> Iterator[Problem]:
    example = example_of(described)
    yield from problems_in(described, {})
    for base in _bases(described, example):
        yield from problems_in(described, base)
        for field in setting_fields(described.schema):
            for wrong in _wrong(field):
                yield from problems_in(described, _with(base, field.path, wrong))
    if isinstance(described, Delegate):
        for mistake in described.mistakes:
            settings: dict[str, Any] = deepcopy(example)
            for path, wrong in mistake.items():
                put(settings, path, wrong)
            yield from problems_in(described, settings)
        yield from proofreading.told_of(described)


def _bases(described: Delegate | Package, example: Settings) -> Iterator[Settings]:
    """Yield the example, with every choice that its form offers."""
    yield example
    for field in setting_fields(described.schema):
        if field.widget == "select":
            for value, _ in field.ui.get("options", ()):
                yield _with(example, field.path, value)


def _wrong(field: SettingField) -> Iterator[Any]:
    yield None
    if field.ui.get("columns"):
        yield from _rows(field.ui["columns"])
    yield from _WRONG.get(field.widget, () if field.ui.get("columns") else _TEXTS)


def _rows(columns: Any) -> Iterator[Any]:
    yield []
    for text in _TEXTS:
        cells = {column["key"]: text for column in columns}
        yield [cells]
        yield [cells, cells]
        yield [cells] * 201  # more patterns than there may be


def _with(settings: Settings, path: str, value: Any) -> dict[str, Any]:
    """Return the settings with one changed; None takes it away."""
    changed: dict[str, Any] = deepcopy(dict(settings))
    if value is not None:
        put(changed, path, value)
        return changed
    *parents, last = path.split(".")
    inside: Any = changed
    for parent in parents:
        inside = inside.get(parent, {})
    inside.pop(last, None)
    return changed
