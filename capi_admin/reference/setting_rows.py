"""The settings of a schema as tables: what the form asks for, and what it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from capi_admin.reference.markdown import code, sentences, table
from extensions.contract import Settings
from rules.forms.fields import SettingField, setting_fields

HEADS = ("Label", "Key", "Takes", "Required", "Default", "Data elements", "Meaning")

_FEW = 4  # options that stand in the cell; more have a list of their own
_FEW_VALUES = 3
_NEEDED = "(required)"
_SWITCH = {True: "on", False: "off"}
_TYPES = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
_OF_WIDGET = {
    "checkbox": "on or off",
    "json": "a JSON object",
    "list": "one or several values",
    "object": "an object, as keys and values or as JSON",
    "secret": "a secret, kept encrypted",
    "secret-reference": "one of the secrets of that environment",
    "switch": "off, on, or a data element that says which",
    "textarea": "text of several lines",
}


def settings(schema: Settings) -> Iterator[str]:
    """Yield the tables of a schema's settings, under the headings of their sections."""
    sections = schema.get("ui", {}).get("sections", {})
    for section, group in groupby(setting_fields(schema), key=lambda field: field.section):
        fields = list(group)
        if section:
            yield f"### {section}"
            yield from _about_section(sections.get(section, {}))
        yield table(HEADS, map(row, fields))
        for field in fields:
            yield from _long_choices(field, "####" if section else "###")


def row(field: SettingField) -> Sequence[str]:
    """Return the cells of one setting."""
    return (
        title(field),
        code(field.path),
        _takes(field),
        _needed(field),
        _default(field.schema.get("default")),
        _elements(field),
        _meaning(field),
    )


def title(field: SettingField) -> str:
    """Return what the form calls the setting."""
    return str(field.schema.get("title", field.path))


def where(condition: Any) -> str:
    """Return a condition between settings in words; empty for none."""
    if not condition:
        return ""
    parts = [condition] if isinstance(condition, Mapping) else condition
    return ", and ".join(map(_part, parts))


def _about_section(hints: Settings) -> Iterator[str]:
    words = sentences(
        str(hints.get("help", "")),
        _condition("Shown", hints.get("show_if")),
        _condition("Unfolded", hints.get("matters_if")),
        _link(hints),
    )
    if words:
        yield words


def _link(hints: Settings) -> str:
    url = hints.get("help_url")
    return f"[{hints.get('help_label') or 'More'}]({url})" if url else ""


def _takes(field: SettingField) -> str:
    if field.ui.get("language"):
        return "JavaScript"
    if field.ui.get("options") and field.widget in {"select", "combo"}:
        return _choices(field)
    if field.ui.get("columns"):
        return _columns(field.ui["columns"])
    if field.widget == "secret-reference" and "items" in field.schema:
        return f"{_OF_WIDGET[field.widget]}; where there are several, a list with one of each"
    if field.widget in _OF_WIDGET:
        return _OF_WIDGET[field.widget]
    such = field.ui.get("placeholder")
    kinds = _plain(field.schema.get("type", "string"))
    return f"{kinds}, such as {code(such)}" if such else kinds


def _plain(names: str | Sequence[str]) -> str:
    listed = [names] if isinstance(names, str) else names
    return _either(_TYPES.get(name, name) for name in listed)


def _choices(field: SettingField) -> str:
    options = field.ui["options"]
    start = "text, such as" if field.widget == "combo" else "one of"
    if len(options) > _FEW:
        link = _anchor(_heading(field))
        return f"{start} [these](#{link})"
    return f"{start} {', '.join(map(_option, options))}"


def _long_choices(field: SettingField, level: str) -> Iterator[str]:
    options = field.ui.get("options", ())
    if field.widget not in {"select", "combo", "list"} or len(options) <= _FEW:
        return
    yield f"{level} {_heading(field)}"
    if all(value == label for value, label in options):
        yield f"{', '.join(code(value) for value, _ in options)}."
    else:
        yield table(("Value", "Label"), ((code(str(value)), label) for value, label in options))


def _heading(field: SettingField) -> str:
    return f"Values of {title(field)}"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _option(option: Sequence[str]) -> str:
    value, label = option
    if not label.startswith(value):
        return f"{code(value)} {label}"
    rest = label.removeprefix(value).strip(" ,()")
    return f"{code(value)} ({rest})" if rest else code(value)


def _columns(columns: Sequence[Settings]) -> str:
    shown = (
        sentences(code(column["key"]), column["title"], _NEEDED if column.get("required") else "")
        for column in columns
    )
    return f"a table with the columns {', '.join(shown)}"


def _needed(field: SettingField) -> str:
    if field.required or field.ui.get("required"):
        return "yes"
    return where(field.ui.get("required_if"))


def _default(value: Any) -> str:
    return "" if value is None else _shown(value)


def _elements(field: SettingField) -> str:
    if not field.takes_tokens:
        return "no"
    if field.widget == "secret":
        return "one, a Secret"
    return "one" if field.ui.get("single") or field.widget == "switch" else "yes"


def _meaning(field: SettingField) -> str:
    return sentences(
        str(field.schema.get("description", "")),
        _keys(field.ui.get("keys", ())),
        _condition("Shown", field.ui.get("show_if")),
        _condition("Stands first", field.ui.get("matters_if")),
        _condition("Text that spells a number is kept as one", field.ui.get("number_if")),
        "Leaves only as a hash." if field.ui.get("hashed") else "",
        _link(field.ui),
    )


def _keys(keys: Sequence[Settings]) -> str:
    return f"Offers the keys {', '.join(map(_key, keys))}." if keys else ""


def _key(key: Settings) -> str:
    kind = key.get("type", "text")
    needed = where(key.get("required_if"))
    about = filter(None, ("" if kind == "text" else kind, needed and f"required {needed}"))
    joined = ", ".join(about)
    return f"{code(key['key'])} ({joined})" if joined else code(key["key"])


def _condition(what: str, condition: Any) -> str:
    return f"{what} {where(condition)}." if condition else ""


def _part(condition: Settings) -> str:
    place, values = code(condition["field"]), condition["in"]
    if len(values) > _FEW_VALUES:
        return f"with some values of {place}"
    return f"where {place} is {_either(map(_shown, values))}"


def _either(values: Iterable[str]) -> str:
    """Join values by "or"; those that look the same, as 1 and "1" do, once."""
    *others, last = dict.fromkeys(values)
    return f"{', '.join(others)} or {last}" if others else last


def _shown(value: Any) -> str:
    if value in ("", None):
        return "empty"
    return code(_SWITCH[value] if isinstance(value, bool) else str(value))
