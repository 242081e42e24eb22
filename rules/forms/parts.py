"""Fields made of several controls: what stands in them, and the setting that it means.

A field reads its controls into an entry, which is kept as it was typed until it is a setting
without a fault. Faults, errors and controls are named by their part: what follows the field's
name in the control's name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from extensions.contract import JSON, Settings
from extensions.tokens import whole_token
from rules.forms import objects, revisiting
from rules.forms.drawing import BLANK, Cell, Drawn, errors_of, hint
from rules.forms.revisiting import TOKEN


class Parts(forms.Widget):
    """Reads the controls of a field. They are drawn by a template of the field's layout."""

    def __init__(self, read: Callable[[QueryDict, str], Any]) -> None:
        super().__init__()
        self._read = read

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what stands in the controls."""
        return self._read(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Return False: no controls mean an empty field."""
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Return nothing: the template draws the controls from `PartsField.drawn`."""
        return ""


class PartsField(forms.Field):
    """A field of several controls; `layout` names its template."""

    layout: ClassVar[str]

    def __init__(self, schema: Settings) -> None:
        self.schema = schema
        self.ui: Settings = schema.get("ui", {})
        super().__init__(required=False, widget=Parts(self.read))

    @abstractmethod
    def read(self, data: QueryDict, name: str) -> Any:
        """Return the entry that was posted."""

    @abstractmethod
    def entry(self, setting: JSON) -> Any:
        """Return the entry that shows a stored setting; None is one that was left out."""

    @abstractmethod
    def setting(self, entry: Any) -> JSON:
        """Return the setting that an entry means; None means that it is left out."""

    def worded(self, entry: Any, path: str, message: str) -> str:
        """Return what is said about the member of the setting, as it reads beside the field."""
        return message

    @abstractmethod
    def drawn(self, bound: BoundField) -> Drawn:
        """Return what the template draws."""

    def judged(self, entry: Any) -> JSON:
        """Return the setting as conditions see it while it is being entered."""
        return self.setting(entry)

    def faults(self, entry: Any) -> dict[str, str]:
        """Return what keeps the entry from being a setting, by part."""
        return {}

    def part(self, entry: Any, path: str) -> str:
        """Return the part that shows the member of the setting; empty for the whole field."""
        return ""


class ListField(PartsField):
    """One or several values. All controls have the field's name."""

    layout = "list"

    def read(self, data: QueryDict, name: str) -> list[str]:
        """Return the values, empty ones too: their controls stay where they are."""
        return [str(value) for value in data.getlist(name)]

    def entry(self, setting: JSON) -> list[str]:
        """Return the values of a list, or the one that stands for itself."""
        if setting is None:
            return []
        values = setting if isinstance(setting, list) else [setting]
        return [value if isinstance(value, str) else objects.to_text(value) for value in values]

    def setting(self, entry: list[str]) -> JSON:
        """Return the one value, else the list of them."""
        values = [value.strip() for value in entry if value.strip()]
        if len(values) > 1:
            return values
        return values[0] if values else None

    def faults(self, entry: list[str]) -> dict[str, str]:
        """Refuse more values than may be saved, and what the database cannot hold."""
        told = revisiting.too_many(sum(bool(value.strip()) for value in entry))
        at_field = {"": told} if told else {}
        return at_field | {f"[{n}]": _NUL for n, value in enumerate(entry) if "\0" in value}

    def part(self, entry: list[str], path: str) -> str:
        """Return the control of the n-th value that is not empty."""
        filled = [number for number, value in enumerate(entry) if value.strip()]
        head = path.partition(".")[0]
        if not head.isdecimal() or int(head) >= len(filled):
            return ""
        return f"[{filled[int(head)]}]"

    def drawn(self, bound: BoundField) -> Drawn:
        """Return one control for each value, at least one."""
        values = bound.value() or [""]
        cells = [self._cell(bound, str(number), value) for number, value in enumerate(values)]
        return Drawn(
            errors=errors_of(bound, ""), cells=tuple(cells), blank=self._cell(bound, BLANK, "")
        )

    def _cell(self, bound: BoundField, number: str, value: str) -> Cell:
        is_first = number == "0"
        part = f"[{number}]"
        return Cell(
            name=bound.html_name,
            id=bound.auto_id if is_first else f"{bound.auto_id}_{number}",
            value=value,
            label=f"{bound.label}, value",
            address=f"{bound.html_name}{part}" if hint(bound, "picker") else "",
            part=part,
            errors=errors_of(bound, part),
            placeholder=str(self.ui.get("placeholder", "")) if is_first else "",
            suggestions=f"{bound.auto_id}_options" if hint(bound, "suggestions") else "",
            is_needed=is_first and bool(hint(bound, "is_needed", default=False)),
        )


@dataclass(frozen=True, slots=True)
class Switch:
    """What stands in a switch. `choice` is ``true``, ``false``, or empty for a data element."""

    choice: str
    token: str = ""


class SwitchField(PartsField):
    """Off, on, or by a data element, whose token stands in a control of its own."""

    layout = "switch"
    _LABELS = ((False, "Off"), (True, "On"), ("", "By a data element"))
    _CHOICES: ClassVar = {"true": "true", "on": "true", "false": "false", "": ""}

    @property
    def _default(self) -> str:
        return "true" if self.schema.get("default") is True else "false"

    def read(self, data: QueryDict, name: str) -> Switch:
        """Return the choice and the token; a token as the choice itself is one, too."""
        posted = data.get(name, self._default)
        if posted in self._CHOICES:
            return Switch(self._CHOICES[posted], data.get(f"{name}{TOKEN}", ""))
        return Switch("", posted)

    def entry(self, setting: JSON) -> Switch:
        """Return the choice for a setting; one left out is the default."""
        if setting is None:
            return Switch(self._default)
        text = str(setting).lower()
        return Switch(text) if text in {"true", "false"} else Switch("", str(setting))

    def setting(self, entry: Switch) -> JSON:
        """Return false, true or the token; None for what is the default."""
        if entry.choice == "":
            return entry.token.strip() or None
        return None if entry.choice == self._default else entry.choice == "true"

    def judged(self, entry: Switch) -> JSON:
        """Return a token for the third choice even before there is one: it will be."""
        return _SOME_TOKEN if entry.choice == "" else self.setting(entry)

    def faults(self, entry: Switch) -> dict[str, str]:
        """Refuse a text that is not one data element."""
        if entry.choice != "" or whole_token(entry.token) is not None:
            return {}
        return {TOKEN: "Please choose one data element, such as {{Consent}}."}

    def drawn(self, bound: BoundField) -> Drawn:
        """Return the three choices and the control of the token."""
        entry: Switch = bound.value()
        labels = self.ui.get("options") or self._LABELS
        choices = [
            Cell(
                name=bound.html_name,
                id=f"{bound.auto_id}_{number}",
                value=str(value).lower(),
                label=label,
                is_needed=str(value).lower() == entry.choice,
            )
            for number, (value, label) in enumerate(labels)
        ]
        token = Cell(
            name=f"{bound.html_name}{TOKEN}",
            id=f"{bound.auto_id}_token",
            value=entry.token,
            label=f"{bound.label}: data element",
            address=f"{bound.html_name}{TOKEN}" if hint(bound, "picker") else "",
            picks="single",
            part=TOKEN,
            errors=errors_of(bound, TOKEN),
            placeholder="{{Consent}}",
        )
        return Drawn(errors=errors_of(bound, ""), cells=tuple(choices), raw=token)


_SOME_TOKEN = "{{…}}"  # noqa: S105 - the token of a data element
_NUL = "A NUL character cannot be stored."
