"""The installed packages: their delegates and settings, from the schemas that make the forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from capi_admin.reference.markdown import code, sentences, table
from extensions import registry
from extensions.contract import Delegate, Package, Settings
from extensions.core.operators import OPERATORS
from extensions.meta.fields import USER_FIELDS
from rules.forms.fields import SettingField, setting_fields

_FEW = 3
_RIGHT_OPERANDS = {
    "any": "text or a number, perhaps empty",
    "text": "text, not empty",
    "number": "a number",
    "none": "none",
}
_OF_WIDGET = {
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


def _settings(schema: Settings, heading: str = "") -> Iterator[str]:
    fields = setting_fields(schema)
    if fields and heading:
        yield heading
    for section, group in groupby(fields, key=lambda field: field.section):
        if section:
            yield f"**{section}**"
        yield table(("Key", "Label", "Required", "Meaning"), map(_row, group))


def _row(field: SettingField) -> Sequence[str]:
    is_needed = field.required or field.ui.get("required")
    title = str(field.schema.get("title", field.path))
    return (code(field.path), title, "yes" if is_needed else "", _meaning(field))


def _meaning(field: SettingField) -> str:
    return sentences(
        str(field.schema.get("description", "")),
        _choices(field),
        _condition("Shown", field.ui.get("show_if")),
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
    return code(value) if label == value else f"{code(value)} {label}"


def _condition(what: str, condition: Any) -> str:
    if not condition:
        return ""
    place, values = code(condition["field"]), condition["in"]
    if len(values) > _FEW:
        return f"{what} with some values of {place} only."
    return f"{what} where {place} is {' or '.join(map(_shown, values))}."


def _default(value: Any) -> str:
    return "" if value is None else f"Default: {_shown(value)}."


def _shown(value: Any) -> str:
    return code(_SWITCH[value] if isinstance(value, bool) else str(value))


CHAPTERS = {f"package {name}": partial(package, name) for name in registry.packages()}
