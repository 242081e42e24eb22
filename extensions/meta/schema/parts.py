"""What the fields of every group are made with."""

from __future__ import annotations

from collections.abc import Sequence

from extensions.contract import JSON
from extensions.meta import vocabulary as meta

# Required settings are marked by ``ui.required`` and not by the schema: what is missing is said
# by the checks of this package, in the original's words.
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Condition = dict[str, JSON]
Field = dict[str, JSON]
Options = Sequence[Sequence[str]]


def when_source(*sources: str) -> Condition:
    """Return the condition that the action source is one of these."""
    return {"field": "actionSource", "in": list(sources)}


def when_event(*names: str) -> Condition:
    """Return the condition that the event is one of these."""
    return {"field": "eventName", "in": list(names)}


def text(title: str, description: str, section: str, **ui: JSON) -> Field:
    """Return a field of one text. Hints without a value are left out."""
    return _field("string", title, description, section, ui)


def text_or_number(title: str, description: str, section: str, **ui: JSON) -> Field:
    """Return a field of one text that may be saved as a number, too."""
    return _field(["string", "number"], title, description, section, ui)


def combo(title: str, description: str, section: str, options: Options, **ui: JSON) -> Field:
    """Return a field of one text that offers some; a data element may stand in it."""
    ui = {"widget": "combo", "options": _listed(options), **ui}
    return _field("string", title, description, section, ui)


def select(title: str, description: str, section: str, options: Options, **ui: JSON) -> Field:
    """Return a field of one of these texts and no other."""
    ui = {"widget": "select", "options": _listed(options), **ui}
    field = _field("string", title, description, section, ui)
    return field | {"enum": [value for value, _ in options]}


def several(title: str, description: str, section: str, **ui: JSON) -> Field:
    """Return a field of one or several texts."""
    field = _field(["string", "array"], title, description, section, {"widget": "list", **ui})
    return field | {"items": {"type": "string"}}


def checkbox(title: str, description: str, section: str, *, default: bool, **ui: JSON) -> Field:
    """Return a field that is on or off."""
    field = _field("boolean", title, description, section, {"widget": "checkbox", **ui})
    return field | {"default": default}


def switch(title: str, description: str, section: str, **ui: JSON) -> Field:
    """Return a field that is off, on, or decided by a data element."""
    ui = {"widget": "switch", **ui}
    return _field(["boolean", "string"], title, description, section, ui)


def secret(title: str, description: str, section: str, **ui: JSON) -> Field:
    """Return a field of a secret."""
    return _field("string", title, description, section, {"widget": "secret", **ui})


def an_object(
    title: str, description: str, section: str, keys: Sequence[Field], **ui: JSON
) -> Field:
    """Return a field of a JSON object, perhaps as text, or of one data element that gives one."""
    ui = {"widget": "object", "keys": list(keys), **ui}
    return _field(["object", "string"], title, description, section, ui)


def group(title: str, fields: dict[str, Field]) -> Field:
    """Return the object that holds the settings of some fields."""
    return {
        "type": "object",
        "title": title,
        "properties": fields,
        "additionalProperties": False,
    }


def key(name: str, title: str, kind: str = "text", **hints: JSON) -> Field:
    """Return a key that is suggested in an object."""
    return {"key": name, "title": title, "type": kind, **_given(hints)}


def _field(kind: JSON, title: str, description: str, section: str, ui: dict[str, JSON]) -> Field:
    hints = {"section": section, **_given(ui)}
    return {"type": kind, "title": title, "description": description, "ui": hints}


def _given(hints: dict[str, JSON]) -> dict[str, JSON]:
    return {hint: value for hint, value in hints.items() if value not in (None, "", ())}


def _listed(options: Options) -> list[list[str]]:
    return [list(option) for option in options]


MESSAGING = when_source(meta.BUSINESS_MESSAGING)
