"""Settings one by one, each with its path and under the label that people know it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from extensions.contract import Settings


class Leaf(NamedTuple):
    """One setting that is present. `path` is dotted; `schema` is empty for an unknown one."""

    path: str
    label: str
    schema: Settings
    value: Any

    @property
    def takes_tokens(self) -> bool:
        """Whether it may hold tokens; braces in the others mean nothing."""
        return bool(_ui(self.schema).get("picker", True))

    @property
    def is_secret(self) -> bool:
        """Whether its value is for nobody's eyes."""
        return _ui(self.schema).get("widget") == "secret"


def leaves(schema: Settings, settings: Settings) -> Iterator[Leaf]:
    """Yield every setting that is present, in the order of the schema, unknown ones last.

    An object with a schema of its own is opened, unless it is a single control of the form.
    """
    return _leaves(schema, settings, "", "")


def label_of(schema: Settings, path: str) -> str:
    """Return the label of the setting at a dotted path; the path where the schema has none.

    What lies deeper than the schema follows: a row by its number, a column by its title.
    """
    names = path.split(".")
    field, section, depth = schema, "", 0
    for name in names:
        inner = field.get("properties", {}).get(name)
        if inner is None:
            break
        field, section, depth = inner, _section(inner, section), depth + 1
    if not depth:
        return path
    label = _label(field, names[depth - 1], section if depth > 1 else "")
    return " › ".join([label, *_inside(field, names[depth:])])


def _leaves(schema: Settings, settings: Settings, prefix: str, above: str) -> Iterator[Leaf]:
    fields = schema.get("properties", {})
    known = [name for name in fields if name in settings]
    for name in (*known, *(name for name in settings if name not in fields)):
        field, value = fields.get(name, {}), settings[name]
        section = _section(field, above)
        if _is_opened(field) and isinstance(value, Mapping):
            yield from _leaves(field, value, f"{prefix}{name}.", section)
        else:
            label = _label(field, name, section if prefix else "")
            yield Leaf(f"{prefix}{name}", label, field, value)


def _is_opened(field: Settings) -> bool:
    return bool(field.get("properties")) and "widget" not in _ui(field)


def _label(field: Settings, name: str, section: str) -> str:
    """Return a field's title; that of a nested one means little without its section."""
    title = str(field.get("title", name))
    return f"{section} › {title}" if section else title


def _inside(field: Settings, names: Sequence[str]) -> Iterator[str]:
    columns = {column["key"]: column["title"] for column in _ui(field).get("columns", ())}
    for name in names:
        yield str(int(name) + 1) if name.isdecimal() else str(columns.get(name, name))


def _section(field: Settings, above: str) -> str:
    return str(_ui(field).get("section", above))


def _ui(field: Settings) -> Settings:
    hints: Settings = field.get("ui", {})
    return hints
