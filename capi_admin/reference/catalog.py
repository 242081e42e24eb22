"""The installed packages: their delegates and settings, from the schemas that make the forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from capi_admin.reference.markdown import code, sentences, table
from extensions import registry
from extensions.contract import Delegate, Package, Preset, Settings
from extensions.core.operators import OPERATORS
from extensions.meta.fields import USER_FIELDS
from rules.forms.fields import SettingField, setting_fields

_FEW = 3
_NEEDED = "(required)"
_RIGHT_OPERANDS = {
    "any": "text or a number, perhaps empty",
    "text": "text, not empty",
    "number": "a number",
    "none": "none",
}
_OF_WIDGET = {
    "list": "One or several values.",
    "switch": "Off, on, or a data element that says which.",
    "secret": "Kept encrypted.",
    "secret-reference": "One of the secrets of that environment, as its id and name.",
}
_SWITCH = {True: "on", False: "off"}
_FROM_REQUEST = {"ip": "the visitor's address", "userAgent": "the visitor's browser"}


def package(package_id: str) -> str:
    """Return the chapter of a package: what it is, its settings, its delegates."""
    return "\n\n".join(_chapter(registry.packages()[package_id]))


def customer_information() -> str:
    """Return the table from the Meta action's settings to the keys of `user_data`."""
    rows = (
        (
            code(field.setting),
            code(field.key),
            "SHA-256" if field.is_hashed else "as it is",
            "a list" if field.many else "one value",
            _filled_from(field.automatic),
        )
        for field in USER_FIELDS
    )
    return table(("Setting", "Meta's key", "Sent", "Meta takes", "If left empty"), rows)


def operators() -> str:
    """Return the table of Value Comparison's operators."""
    rows = (
        (
            code(each.key),
            each.label,
            _RIGHT_OPERANDS[each.right],
            "yes" if each.has_case else "",
        )
        for each in OPERATORS.values()
    )
    return table(("Operator", "Label", "Right operand", "Case insensitive"), rows)


def _filled_from(automatic: str) -> str:
    if not automatic:
        return ""
    return _FROM_REQUEST.get(automatic, f"the cookie {code(automatic)}")


def _chapter(described: Package) -> Iterator[str]:
    yield f"## {described.name}"
    installed = "Installed in every property." if described.preinstalled else ""
    yield sentences(
        described.promise,
        f"Package {code(described.id)}, version {described.version}.",
        installed,
    )
    yield from _settings(described.schema, "### Configuration")
    kinds = {
        "Condition": described.conditions,
        "Action": described.actions,
        "Data element type": described.data_elements,
    }
    for kind, delegates in kinds.items():
        for delegate in delegates:
            yield from _delegate(kind, delegate)


def _delegate(kind: str, delegate: Delegate) -> Iterator[str]:
    yield f"### {delegate.name}"
    yield sentences(f"{kind} {code(delegate.id)}.", delegate.description)
    yield from _settings(delegate.schema)
    if delegate.presets:
        yield "#### Presets"
        rows = (_preset(preset, delegate.schema) for preset in delegate.presets)
        yield table(("Preset", "For", "Fills", "Data elements"), rows)


def _settings(schema: Settings, heading: str = "") -> Iterator[str]:
    fields = setting_fields(schema)
    if fields and heading:
        yield heading
    sections = schema.get("ui", {}).get("sections", {})
    for section, group in groupby(fields, key=lambda field: field.section):
        if section:
            yield f"#### {section}"
            yield from _about_section(sections.get(section, {}))
        yield table(("Key", "Label", "Required", "Meaning"), map(_row, group))


def _about_section(hints: Settings) -> Iterator[str]:
    url = hints.get("help_url")
    link = f"[{hints.get('help_label', 'More')}]({url})" if url else ""
    words = sentences(
        str(hints.get("help", "")),
        _condition("Shown", hints.get("show_if")),
        _condition("Unfolded", hints.get("matters_if")),
        link,
    )
    if words:
        yield words


def _row(field: SettingField) -> Sequence[str]:
    title = str(field.schema.get("title", field.path))
    return (code(field.path), title, _needed(field), _meaning(field))


def _needed(field: SettingField) -> str:
    if field.required or field.ui.get("required"):
        return "yes"
    return _where(field.ui.get("required_if"))


def _meaning(field: SettingField) -> str:
    return sentences(
        str(field.schema.get("description", "")),
        _choices(field),
        _columns(field.ui.get("columns", ())),
        _keys(field.ui.get("keys", ())),
        _condition("Shown", field.ui.get("show_if")),
        _condition("Stands first", field.ui.get("matters_if")),
        _condition("Text that spells a number is kept as one", field.ui.get("number_if")),
        "Leaves only as a hash." if field.ui.get("hashed") else "",
        _OF_WIDGET.get(field.widget, ""),
        "No data elements." if not field.takes_tokens and field.widget == "text" else "",
        _default(field.schema.get("default")),
    )


def _choices(field: SettingField) -> str:
    options = field.ui.get("options", ())
    if not options:
        return ""
    listed = ", ".join(map(_option, options))
    return f"{'Offers' if field.widget == 'combo' else 'One of'} {listed}."


def _option(option: Sequence[str]) -> str:
    value, label = option
    if not label.startswith(value):
        return f"{code(value)} {label}"
    rest = label.removeprefix(value).strip(" ,()")
    return f"{code(value)} ({rest})" if rest else code(value)


def _columns(columns: Sequence[Settings]) -> str:
    if not columns:
        return ""
    shown = (
        sentences(code(column["key"]), column["title"], _NEEDED if column.get("required") else "")
        for column in columns
    )
    return f"A table with the columns {', '.join(shown)}."


def _keys(keys: Sequence[Settings]) -> str:
    if not keys:
        return ""
    return f"Offers the keys {', '.join(map(_key, keys))}."


def _key(key: Settings) -> str:
    kind = key.get("type", "text")
    needed = _where(key.get("required_if"))
    about = filter(None, ("" if kind == "text" else kind, needed and f"required {needed}"))
    joined = ", ".join(about)
    return f"{code(key['key'])} ({joined})" if joined else code(key["key"])


def _preset(preset: Preset, schema: Settings) -> Sequence[str]:
    name = f"[{preset.name}]({preset.docs_url})" if preset.docs_url else preset.name
    fills = ", ".join(map(code, _filled(preset, schema)))
    return (name, preset.description, fills, ", ".join(preset.elements))


def _filled(preset: Preset, schema: Settings) -> list[str]:
    """Return the settings that the preset fills, for any choice the form may hold."""
    fields = setting_fields(schema)
    choices: list[Settings] = [
        {field.path: value} for field in fields for value, _ in field.ui.get("options", ())
    ]
    filled = {path for form in [{}, *choices] for path in _paths(preset.fill(form))}
    in_order = [field.path for field in fields if field.path in filled]
    return in_order + sorted(filled.difference(in_order))


def _paths(settings: Settings, prefix: str = "") -> Iterator[str]:
    """Yield the settings by their dotted paths; an object as the paths inside it."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _condition(what: str, condition: Any) -> str:
    return f"{what} {_where(condition)}." if condition else ""


def _where(condition: Any) -> str:
    if not condition:
        return ""
    parts = [condition] if isinstance(condition, Mapping) else condition
    return ", and ".join(map(_part, parts))


def _part(condition: Settings) -> str:
    place, values = code(condition["field"]), condition["in"]
    if len(values) > _FEW:
        return f"with some values of {place}"
    return f"where {place} is {_either(map(_shown, values))}"


def _either(values: Iterable[str]) -> str:
    """Join values by "or"; those that look the same, as 1 and "1" do, once."""
    *others, last = dict.fromkeys(values)
    return f"{', '.join(others)} or {last}" if others else last


def _default(value: Any) -> str:
    return "" if value is None else f"Default: {_shown(value)}."


def _shown(value: Any) -> str:
    if value in ("", None):
        return "empty"
    return code(_SWITCH[value] if isinstance(value, bool) else str(value))


CHAPTERS = {f"package {name}": partial(package, name) for name in registry.packages()}
