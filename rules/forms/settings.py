"""A form generated from a delegate's or package's schema.

Secrets that are typed in are sealed before anything else happens with them. A form that has to
be shown again carries the sealed text along in a hidden field, so that nothing typed is lost and
no token ever travels back to the browser. A stored secret stays on the server: a page that was
opened before it was replaced has nothing to bring it back with.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, NamedTuple

from django import forms
from django.conf import settings as django_settings
from django.http import QueryDict

import vault
from extensions.contract import Delegate, Package, Settings
from extensions.tokens import names_in, whole_token
from extensions.validation import problems_in
from rules.forms.fields import SettingField, form_field, setting_fields, to_form, to_setting
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


class Section(NamedTuple):
    """Fields that stand under one heading."""

    heading: str
    fields: list[forms.BoundField]


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
    ) -> None:
        self.described = described
        self.property = property_
        self.setting_fields = setting_fields(described.schema)
        self.secrets = _Secrets(property_)
        self.faults: dict[str, str] = {}  # by field: why what was typed is no secret
        self.carried: dict[str, str] = {}  # of `kept`, what was typed since the form was opened
        self.kept = self._sealed_values(stored, data)
        entered = self._entered(data) if data is not None and revisit else None
        super().__init__(
            data=None if revisit else data, initial=entered or self._initial(stored), prefix=None
        )
        for field in self.setting_fields:
            self.fields[field.path] = form_field(field, self.secrets.choices(field))
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
                value = to_setting(field, self.cleaned_data, self.secrets.names)
            if value is not None:
                _put(nested, field.path, value)
        return nested

    def clean(self) -> dict[str, Any]:
        """Check the settings by their schema and their package; name each problem's field."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        for path, fault in self.faults.items():
            self.add_error(path, fault)
        for problem in problems_in(self.described, self.settings()):
            if problem.severity == "error" and problem.field not in self.faults:
                self.add_error(self._field_for(problem.field), problem.message)
        return entered

    def sections(self) -> list[Section]:
        """Return the fields under their headings, in the schema's order."""
        grouped = groupby(self.setting_fields, key=lambda field: field.section)
        return [Section(heading, [self[field.path] for field in run]) for heading, run in grouped]

    def kept_fields(self) -> list[tuple[str, str]]:
        """Return name and value of the hidden fields that carry typed secrets along, sealed."""
        return [(f"{path}{KEPT}", sealed) for path, sealed in self.carried.items()]

    def _initial(self, stored: Settings) -> dict[str, Any]:
        return {
            field.path: "" if field.path in self.kept else to_form(field, _get(stored, field.path))
            for field in self.setting_fields
        }

    def _entered(self, data: QueryDict) -> dict[str, Any]:
        return {
            field.path: "" if self._is_hidden(field.path) else data.get(field.path, "")
            for field in self.setting_fields
        }

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
        self._forget(path)

    def _forget(self, path: str) -> None:
        """Drop what was typed: it must not be shown again, not even by a refused form."""
        if self.is_bound:
            self.data = dict(self.data.items()) | {path: ""}

    def _field_for(self, path: str) -> str | None:
        """Return the field a problem is about; None (the form as a whole) when there is none."""
        if path in self.fields:
            return path
        return next((name for name in self.fields if name.startswith(f"{path}.")), None)


class _Secrets:
    """The property's secrets, for fields that refer to one."""

    def __init__(self, property_: Property) -> None:
        self._all = list(property_.secrets.select_related("environment"))
        self.names = {secret.public_id: secret.name for secret in self._all}

    def choices(self, field: SettingField) -> list[tuple[str, str]]:
        if field.widget != "secret-reference":
            return []
        stage = field.ui["stage"]
        return [
            (secret.public_id, f"{secret.name} ({secret.environment.name})")
            for secret in self._all
            if secret.environment.stage == stage
        ]


def _get(settings: Settings, path: str) -> Any:
    value: Any = settings
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _put(settings: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        settings = settings.setdefault(parent, {})
    settings[last] = value
