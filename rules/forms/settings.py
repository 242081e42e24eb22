"""A form generated from a delegate's or package's schema.

Secrets that are typed in are sealed before anything else happens with them. A form that has to
be shown again carries the sealed text along in a hidden field, so that nothing typed is lost and
no token ever travels back to the browser. A stored secret stays on the server: a page that was
opened before it was replaced has nothing to bring it back with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings as django_settings
from django.http import QueryDict

import vault
from extensions.contract import Delegate, Package, Problem, Settings
from extensions.core.custom_code import is_code
from extensions.core.secret import listed
from extensions.tokens import names_in, whole_token
from extensions.validation import problems_in
from rules import proofreading
from rules.forms.conditions import Condition, holds
from rules.forms.fields import SettingField, form_field, to_form, to_setting
from rules.forms.parts import PartsField
from rules.forms.revisiting import focused
from rules.forms.secret_references import SecretReferences
from rules.forms.sections import Section, sections_of
from rules.forms.tables import MOST_TOLD
from rules.models import Property

KEPT = ".sealed"
_MIXED = "Please enter either a secret or one data element, not both."


def fault_in_token(text: str) -> str:
    """Return what keeps the text from being a token that can be sent; empty for nothing."""
    if any(map(str.isspace, text)):
        return "A token has no spaces or line breaks in it. Please copy the token alone."
    if not (text.isascii() and text.isprintable()):
        return "A token has only plain letters, digits and signs. Please copy it again."
    return ""


class SettingsForm(forms.Form):
    """The settings of one delegate or package.

    With `data` it is bound and may be saved; `revisit` shows what was entered without judging
    it, as after inserting a data element without JavaScript.
    """

    def __init__(
        self,
        described: Delegate | Package,
        property_: Property,
        stored: Settings,
        data: QueryDict | None = None,
        *,
        revisit: bool = False,
        auto_id: str = "id_%s",
    ) -> None:
        self.described = described
        self.property = property_
        self.secrets = SecretReferences(property_)
        self.setting_fields = self.secrets.fields(described.schema)
        self.faults: dict[str, str] = {}  # by field: why what was typed is no secret
        self.carried: dict[str, str] = {}  # of `kept`, what was typed since the form was opened
        self.doubts: list[tuple[str, str]] = []  # about data elements; see `forms.doubts`
        self.is_held_back = False  # for those alone: everything else can be saved
        self.warnings: list[str] = []  # of settings that can be saved as they are
        self.untold: Counter[str] = Counter()  # by field: problems beyond those that are told
        self.part_errors: dict[str, dict[str, list[str]]] = {}  # by field and its part
        self.focus = focused(data) if data is not None and revisit else ""
        self.kept = self._sealed_values(stored, data)
        self.made = {
            field.path: form_field(field, self.secrets.choices(field))
            for field in self.setting_fields
        }
        entered = self._entered(data) if data is not None and revisit else None
        super().__init__(
            data=None if revisit else data,
            initial=entered or self._initial(stored),
            auto_id=auto_id,
        )
        self.fields.update(self.made)
        for path, sealed in self.kept.items():
            self._keep(path, sealed)
        for path in self.faults:
            self._forget(path)

    def settings(self) -> dict[str, Any]:
        """Return what was entered as settings: nested, empty fields left out, secrets sealed."""
        nested: dict[str, Any] = {}
        for field in self.setting_fields:
            value = self._secret(field) if field.widget == "secret" else None
            if value is None:
                value = to_setting(
                    field, self.made[field.path], self.cleaned_data, self.secrets.name
                )
            if value is not None:
                _put(nested, field.setting, value)
        return nested

    def clean(self) -> dict[str, Any]:
        """Check the settings by their schema and their package; name each problem's field."""
        # A copy: what an error is said of leaves the cleaned data.
        entered: dict[str, Any] = dict(super().clean() or self.cleaned_data)
        for path, fault in self.faults.items():
            self.add_error(path, fault)
        settings = self.settings()
        problems = problems_in(self.described, settings)
        problems += proofreading.problems_in(self.described, settings)
        self._say_faults(entered)
        for problem in problems:
            field, part = self._place(problem.field, entered)
            words = self._worded(field, problem, entered)
            if problem.severity == "warning":
                self.warnings.append(words)
            elif field not in self.faults:
                self._say(field, part, words)
        for path, count in self.untold.items():
            self.add_error(path, f"And {count} more like these.")
        return self.cleaned_data

    @property
    def is_code(self) -> bool:
        """Whether the settings are custom code, which may ask for what does not exist."""
        return is_code(self.described.id)

    @property
    def is_refused(self) -> bool:
        """Whether what was posted is shown again instead of being saved."""
        return self.is_bound and (bool(self.errors) or self.is_held_back)

    def sections(self) -> list[Section]:
        """Return the fields under their headings, those that matter first."""
        return sections_of(self)

    def current(self, path: str) -> Any:
        """Return the setting that stands in the form now, judged or not, else its default."""
        field = next((field for field in self.setting_fields if field.path == path), None)
        if field is None or path in self.kept:
            return self.kept.get(path)
        made, value = self.made[path], self[path].value()
        if isinstance(made, PartsField) and value not in ("", None):
            setting = made.judged(value)
        else:
            setting = to_setting(field, made, {path: value}, str)
        return field.schema.get("default") if setting is None else setting

    def matters(self, condition: Condition) -> bool:
        """Whether the condition holds; a data element may become any value, so it does."""
        return holds(condition, self.current, if_token=True)

    def needs(self, condition: Condition) -> bool:
        """Whether the condition holds for certain."""
        return holds(condition, self.current)

    def is_filled(self, field: SettingField) -> bool:
        """Whether the field says something else than its default."""
        return self.current(field.path) not in (None, "", field.schema.get("default"))

    def field_for(self, path: str) -> str | None:
        """Return the field of a setting, of what lies in it, or the first that lies in it."""
        around = [name for name in self.fields if f"{path}.".startswith(f"{name}.")]
        inside = (name for name in self.fields if name.startswith(f"{path}."))
        return max(around, key=len) if around else next(inside, None)

    def kept_fields(self) -> list[tuple[str, str]]:
        """Return name and value of the hidden fields that carry typed secrets along, sealed."""
        return [(f"{path}{KEPT}", sealed) for path, sealed in self.carried.items()]

    def _initial(self, stored: Settings) -> dict[str, Any]:
        return {
            field.path: ""
            if field.path in self.kept
            else to_form(field, self.made[field.path], _get(stored, field.setting))
            for field in self.setting_fields
        }

    def _entered(self, data: QueryDict) -> dict[str, Any]:
        return {field.path: self._value_in(data, field) for field in self.setting_fields}

    def _value_in(self, data: QueryDict, field: SettingField) -> Any:
        """Return what was posted; a form of another type posted nothing for this field."""
        path, made = field.path, self.made[field.path]
        if self._is_hidden(path):
            return ""
        if made.widget.value_omitted_from_data(data, {}, path):
            return to_form(field, made, None)
        return made.widget.value_from_datadict(data, {}, path)

    def _is_hidden(self, path: str) -> bool:
        return path in self.kept or path in self.faults

    def _sealed_values(self, stored: Settings, data: QueryDict | None) -> dict[str, str]:
        """Return the sealed secret of each secret field that has one: typed, carried or stored."""
        kept = {}
        for field in self.setting_fields:
            if field.widget == "secret":
                sealed = self._sealed_value(field.path, stored, data)
                if sealed:
                    kept[field.path] = sealed
        return kept

    def _sealed_value(self, path: str, stored: Settings, data: QueryDict | None) -> str:
        held = _get(stored, path)
        held = held if vault.is_sealed(held) else ""
        if data is None:
            return held
        typed = data.get(path, "").strip()
        if whole_token(typed) is not None:
            return ""
        fresh = self._typed(path, typed) if typed else ""
        fresh = fresh or self._ours(data.get(f"{path}{KEPT}", ""))
        if fresh:
            self.carried[path] = fresh
        return fresh or held

    def _typed(self, path: str, typed: str) -> str:
        """Return what was typed, sealed; nothing, and note the fault, when it is no secret."""
        is_mixed = next(names_in(typed), None) is not None
        fault = _MIXED if is_mixed else fault_in_token(typed)
        if fault:
            self.faults[path] = fault
            return ""
        return self._seal(typed)

    def _seal(self, value: str) -> str:
        return vault.seal_text(django_settings.KEY_RING, value, self.property.public_id)

    def _ours(self, sealed: str) -> str:
        """Return a carried secret if it was sealed for this property."""
        if not vault.is_sealed(sealed):
            return ""
        try:
            vault.open_text(django_settings.KEY_RING, sealed, self.property.public_id)
        except vault.CannotOpen:
            return ""
        return sealed

    def _secret(self, field: SettingField) -> str | None:
        return self.kept.get(field.path)

    def _keep(self, path: str, sealed: str) -> None:
        field: Any = self.fields[path]
        field.masked = vault.mask(sealed)
        field.is_unsaved = path in self.carried
        self._forget(path)

    def _forget(self, path: str) -> None:
        """Drop what was typed: it must not be shown again, not even by a refused form."""
        if self.is_bound:
            data: Any = self.data
            data = data.copy()
            data[path] = ""
            self.data = data

    def _say_faults(self, entered: Mapping[str, Any]) -> None:
        """Say what keeps the fields of several controls from being settings."""
        for path, made in self.made.items():
            if isinstance(made, PartsField) and path in entered:
                for part, told in made.faults(entered[path]).items():
                    self._say(path, part, told)
                    self.faults[path] = told

    def _say(self, path: str | None, part: str, message: str) -> None:
        if path and part:
            self.part_errors.setdefault(path, {}).setdefault(part, []).append(message)
        said = self.errors.get(path, ()) if path else ()
        if len(said) >= MOST_TOLD:
            self.untold[str(path)] += 1
        elif message not in said:
            self.add_error(path, message)

    def _worded(self, path: str | None, problem: Problem, entered: Mapping[str, Any]) -> str:
        made = self.made.get(path or "")
        if path is None or not isinstance(made, PartsField):
            return problem.message
        rest = problem.field.removeprefix(f"{path}.")
        return made.worded(entered.get(path), rest, problem.message)

    def _place(self, problem: str, entered: Mapping[str, Any]) -> tuple[str | None, str]:
        """Return the field a problem is about and its part; None is the form as a whole."""
        path = self.field_for(problem)
        made = self.made.get(path or "")
        if path is None or not isinstance(made, PartsField) or not problem.startswith(f"{path}."):
            return path, ""
        return path, made.part(entered.get(path), problem.removeprefix(f"{path}."))


def _get(settings: Settings, path: str) -> Any:
    value: Any = settings
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _put(settings: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        settings = settings.setdefault(parent, {})
    held = settings.get(last)  # by another environment's field of this setting
    settings[last] = value if held is None else [*listed(held), value]
