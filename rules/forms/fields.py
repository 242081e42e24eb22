"""From one property of a JSON Schema to one Django form field, and back to a setting.

The table `_WIDGETS` is the whole list of controls a schema may ask for by ``ui.widget``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django import forms

from extensions.core.javascript import is_number, to_number

MAX_DEPTH = 32  # of JSON that is typed in

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a form shows it. `path` is dotted, and is the field's HTML name too."""

    path: str
    schema: Schema
    required: bool

    @property
    def ui(self) -> Mapping[str, Any]:
        """The schema's hints for forms."""
        hints: Mapping[str, Any] = self.schema.get("ui", {})
        return hints

    @property
    def widget(self) -> str:
        """The control's name; text where the schema asks for nothing else."""
        if self.schema.get("type") == "boolean":
            return "checkbox"
        return str(self.ui.get("widget", "text"))

    @property
    def section(self) -> str:
        """The heading it stands under; empty for none."""
        return str(self.ui.get("section", ""))

    @property
    def takes_tokens(self) -> bool:
        """Whether a data element may be inserted."""
        return self.widget in {"text", "textarea", "json", "combo", "secret"} and bool(
            self.ui.get("picker", True)
        )


def setting_fields(schema: Schema, prefix: str = "") -> list[SettingField]:
    """Return the fields of an object schema in order; objects inside it are opened."""
    required = schema.get("required", ())
    fields: list[SettingField] = []
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        if inner.get("properties") and "widget" not in inner.get("ui", {}):
            fields += setting_fields(inner, f"{path}.")
        else:
            fields.append(SettingField(path, inner, name in required))
    return fields


def form_field(field: SettingField, choices: Sequence[tuple[str, str]] = ()) -> forms.Field:
    """Return the Django field of a setting. `choices` are a secret reference's secrets."""
    made = _WIDGETS[field.widget](field, choices)
    made.label = str(field.schema.get("title", field.path))
    made.help_text = str(field.schema.get("description", ""))
    made.required = False  # the schema decides, and has the words for it
    _describe(made, field)
    return made


def _describe(made: Any, field: SettingField) -> None:
    """Give the field the attributes that `components/field.html` reads."""
    ui = field.ui
    made.is_needed = field.required or bool(ui.get("required"))
    made.picker = field.takes_tokens
    made.help_url = ui.get("help_url", "")
    made.help_link = ui.get("help_label", "")
    made.hashed = bool(ui.get("hashed"))
    made.code = field.widget == "json"
    if field.widget == "combo":
        made.suggestions = [value for value, _label in ui.get("options", ())]
    made.wide = field.widget in {"json", "textarea"}
    if "placeholder" in ui:
        made.widget.attrs["placeholder"] = ui["placeholder"]
    made.widget.attrs["autocomplete"] = "off"
    if "show_if" in ui:
        made.shown_when = (ui["show_if"]["field"], "|".join(map(_html_value, ui["show_if"]["in"])))


def _html_value(value: Any) -> str:
    return "on" if value is True else str(value)


def _text(field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField(strip=field.widget != "textarea")


def _textarea(_field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField(strip=False, widget=forms.Textarea(attrs={"rows": 4}))


def _json(_field: SettingField, _choices: Any) -> forms.Field:
    attributes = {"rows": 8, "spellcheck": "false"}
    return forms.CharField(strip=True, widget=forms.Textarea(attrs=attributes))


def _checkbox(_field: SettingField, _choices: Any) -> forms.Field:
    return forms.BooleanField()


def _select(field: SettingField, _choices: Any) -> forms.Field:
    options = [tuple(option) for option in field.ui.get("options", ())]
    blank = [] if field.required or "default" in field.schema else [("", "—")]
    return forms.ChoiceField(choices=[*blank, *options])


def _combo(_field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField()


def _secret(_field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField(widget=forms.TextInput(attrs={"spellcheck": "false"}))


def _secret_reference(_field: SettingField, choices: Any) -> forms.Field:
    return forms.ChoiceField(choices=[("", "— none —"), *choices])


_WIDGETS: dict[str, Callable[[SettingField, Any], forms.Field]] = {
    "text": _text,
    "textarea": _textarea,
    "json": _json,
    "checkbox": _checkbox,
    "select": _select,
    "combo": _combo,
    "secret": _secret,
    "secret-reference": _secret_reference,
}


def to_form(field: SettingField, setting: Any) -> Any:
    """Return what the control shows for a stored setting."""
    if setting is None:
        return field.schema.get("default", "")
    if field.widget == "secret-reference":
        return setting.get("id", "")
    if field.widget == "json" and not isinstance(setting, str):
        return json.dumps(setting, indent=2, ensure_ascii=False)
    return setting


def to_setting(field: SettingField, entered: Mapping[str, Any], choices: Mapping[str, str]) -> Any:
    """Return the setting for what was entered; None means that it is left out.

    `entered` has the value of every field by its path, as other fields may decide about this
    one; `choices` gives the name of each secret by its id.
    """
    value: Any = entered.get(field.path)
    if field.widget == "checkbox":
        return True if value else None
    if value in ("", None) and not field.ui.get("keep_empty"):
        return None
    if field.widget == "secret-reference":
        return {"id": value, "name": choices.get(value, "")}
    if field.widget == "json":
        return _parsed(value)
    if _holds(field.ui.get("number_if"), entered):
        return _as_number(value)
    return value


def _holds(condition: Mapping[str, Any] | None, entered: Mapping[str, Any]) -> bool:
    return condition is not None and entered.get(condition["field"]) in condition["in"]


def _parsed(text: str) -> Any:
    """Return a JSON object as such; other text stays text, for the package's check to judge."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, dict) and _can_be_stored(value, MAX_DEPTH) else text


def _can_be_stored(value: Any, depth: int) -> bool:
    """Whether the database takes the JSON value, and nobody who walks it goes too deep."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    else:
        inner = value if isinstance(value, list) else []
    return depth > 0 and all(_can_be_stored(item, depth - 1) for item in inner)


def _as_number(text: str) -> Any:
    """Save number-looking text as a number, as the original does."""
    number = to_number(text) if text.strip() else None
    if number is None or not is_number(number):
        return text
    return int(number) if number.is_integer() else number
