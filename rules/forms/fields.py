"""From one property of a JSON Schema to one Django form field, and back to a setting.

The table `_WIDGETS` is the whole list of controls a schema may ask for by ``ui.widget``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from extensions.core.javascript import is_number, to_number
from extensions.core.secret import listed
from rules.forms import conditions, objects
from rules.forms.object_field import ObjectField
from rules.forms.parts import ListField, PartsField, SwitchField
from rules.forms.tables import RowsField

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a form shows it. `path` is dotted, and is the field's HTML name too."""

    path: str
    schema: Schema
    required: bool
    environment: str = ""  # public id of the one it is for, where its stage has several

    @property
    def setting(self) -> str:
        """The path of the setting, which the fields of several environments share."""
        return self.path.removesuffix(f".{self.environment}")

    @property
    def ui(self) -> Mapping[str, Any]:
        """The schema's hints for forms."""
        hints: Mapping[str, Any] = self.schema.get("ui", {})
        return hints

    @property
    def widget(self) -> str:
        """The control's name; text where the schema asks for nothing else."""
        plain = "checkbox" if self.schema.get("type") == "boolean" else "text"
        return str(self.ui.get("widget", plain))

    @property
    def section(self) -> str:
        """The heading it stands under; empty for none."""
        return str(self.ui.get("section", ""))

    @property
    def takes_tokens(self) -> bool:
        """Whether a data element may be inserted."""
        return self.widget in _TOKENS and bool(self.ui.get("picker", True))

    @property
    def picks(self) -> str:
        """What may be picked: anything, only a ``secret``, or a ``single`` data element."""
        if self.widget == "secret":
            return "secret"
        return "single" if self.ui.get("single") else ""


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
    """Give the field the attributes that the templates of fields and sections read."""
    ui = field.ui
    made.is_needed = made.always_needed = field.required or bool(ui.get("required"))
    made.picker, made.picks = field.takes_tokens, field.picks
    made.help_url, made.help_link = ui.get("help_url", ""), ui.get("help_label", "")
    made.hashed = bool(ui.get("hashed"))
    made.code = field.widget == "json" or "language" in field.ui
    if field.widget in {"combo", "list"}:
        made.suggestions = [value for value, _label in ui.get("options", ())]
    made.wide = field.widget in {"json", "textarea", "rows", "object"}
    if "placeholder" in ui:
        made.widget.attrs["placeholder"] = ui["placeholder"]
    made.widget.attrs["autocomplete"] = "off"
    made.show_if = conditions.for_browser(ui.get("show_if"))
    made.required_if = conditions.for_browser(ui.get("required_if"))
    made.matters_if = conditions.for_browser(ui.get("matters_if"))


class DefaultOn(forms.CheckboxInput):
    """A checkbox that is ticked unless a form says otherwise: unticked, it posts ``false``."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        """Return whether it was ticked; a form that does not have it leaves it so."""
        return bool(super().value_from_datadict(data, files, name)) if name in data else True

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the checkbox after a hidden control that speaks for it while it is unticked."""
        unticked = format_html('<input type="hidden" name="{}" value="false">', name)
        return unticked + super().render(name, value, attrs, renderer)


def _text(field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField(strip=field.widget != "textarea")


def _textarea(field: SettingField, _choices: Any) -> forms.Field:
    language = field.ui.get("language")
    editor = {"rows": 12, "spellcheck": "false", "data-editor": language} if language else {}
    return forms.CharField(strip=False, widget=forms.Textarea(attrs={"rows": 4, **editor}))


def _json(_field: SettingField, _choices: Any) -> forms.Field:
    attributes = {"rows": 8, "spellcheck": "false", "data-editor": "json"}
    return forms.CharField(strip=True, widget=forms.Textarea(attrs=attributes))


def _checkbox(field: SettingField, _choices: Any) -> forms.Field:
    widget = DefaultOn if field.schema.get("default") is True else forms.CheckboxInput
    return forms.BooleanField(widget=widget)


def _select(field: SettingField, _choices: Any) -> forms.Field:
    options = [tuple(option) for option in field.ui.get("options", ())]
    blank = [] if field.required or "default" in field.schema else [("", "—")]
    return forms.ChoiceField(choices=[*blank, *options])


def _combo(_field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField()


def _secret(_field: SettingField, _choices: Any) -> forms.Field:
    return forms.CharField(widget=forms.TextInput(attrs={"spellcheck": "false"}))


def _secret_reference(_field: SettingField, choices: Any) -> forms.Field:
    return forms.ChoiceField(
        choices=[("", "— none —"), *choices],
        error_messages={
            "invalid_choice": "This secret is not there any more, or belongs to another "
            "environment. Please choose again."
        },
    )


_WIDGETS: dict[str, Callable[[SettingField, Any], forms.Field]] = {
    "text": _text,
    "textarea": _textarea,
    "json": _json,
    "checkbox": _checkbox,
    "select": _select,
    "combo": _combo,
    "secret": _secret,
    "secret-reference": _secret_reference,
    "list": lambda field, _choices: ListField(field.schema),
    "switch": lambda field, _choices: SwitchField(field.schema),
    "rows": lambda field, _choices: RowsField(field.schema),
    "object": lambda field, _choices: ObjectField(field.schema),
}
_TOKENS = {"text", "textarea", "json", "combo", "secret", "list", "switch", "rows", "object"}


def to_form(field: SettingField, made: forms.Field, setting: Any) -> Any:
    """Return what the field shows for a stored setting."""
    if isinstance(made, PartsField):
        return made.entry(field.schema.get("default") if setting is None else setting)
    if setting is None:
        return field.schema.get("default", "")
    if field.widget == "secret-reference":
        offered: Any = made
        ids = {value for value, _label in offered.choices}
        return next((one["id"] for one in listed(setting) if one["id"] in ids), "")
    if field.widget == "json" and not isinstance(setting, str):
        return objects.to_text(setting, indent=2)
    return setting


def to_setting(
    field: SettingField,
    made: forms.Field,
    entered: Mapping[str, Any],
    secret_name: Callable[[str], str],
) -> Any:
    """Return the setting for what was entered; None means that it is left out.

    `entered` has the value of every field by its path, as other fields may decide about this
    one; `secret_name` gives the name of a secret by its id.
    """
    value: Any = entered.get(field.path)
    if field.widget == "checkbox":
        return _ticked(field, value)
    if value in ("", None) and not field.ui.get("keep_empty"):
        return None
    if isinstance(made, PartsField):
        return made.setting(value)
    if field.widget == "secret-reference":
        return {"id": value, "name": secret_name(value)}
    if field.widget == "json":
        return _parsed(value)
    if "number_if" in field.ui and conditions.holds(field.ui["number_if"], entered.get):
        return _as_number(value)
    return value


def _ticked(field: SettingField, value: Any) -> bool | None:
    """Leave out what is the default anyway; false has to be said where true is."""
    is_default_on = field.schema.get("default") is True
    return None if bool(value) is is_default_on else bool(value)


def _parsed(text: str) -> Any:
    """Return a JSON object as such; other text stays text, for the package's check to judge."""
    try:
        return objects.parse_object(text)
    except objects.CannotParse:
        return text


def _as_number(text: str) -> Any:
    """Save number-looking text as a number, as the original does."""
    number = to_number(text) if text.strip() else None
    if number is None or not is_number(number):
        return text
    return int(number) if number.is_integer() else number
