"""A field that is a JSON object, edited as rows or as raw JSON.

Which of the two is shown follows from what is held: rows, unless they cannot show it. The form
carries the shown view in a hidden control; a button of the other view posts the form back, and
the content is converted here, or stays with a word on why it cannot be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from django.forms.boundfield import BoundField
from django.http import QueryDict

from extensions.contract import JSON
from extensions.tokens import whole_token
from rules.forms import conditions, objects, revisiting
from rules.forms.drawing import BLANK, Cell, Column, Drawn, DrawnRow, Table, errors_of, hint
from rules.forms.objects import Row
from rules.forms.parts import PartsField

ROWS, RAW = "rows", "raw"
VIEW = "[view]"  # the part that carries the view

_COLUMNS = (Column("Key"), Column("Type"), Column("Value"))
_TOKEN_IS_RAW = "A data element stands for the whole object here. Only raw JSON can show that."  # noqa: S105
_HINTS = {"boolean": "true or false", "list": '["a", "b"]', "object": '{"key": "value"}'}
_BOOLEANS = [("true", "true"), ("false", "false")]
_FAULTY_ROWS = "Please correct the marked rows first."


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the field. `refusal` says why the other view was not possible."""

    view: str = ROWS
    rows: tuple[Row, ...] = ()
    text: str = ""
    refusal: str = ""
    note: str = ""


class ObjectField(PartsField):
    """A JSON object; one data element may stand for the whole of it."""

    layout = "object"

    @property
    def suggested(self) -> dict[str, Mapping[str, Any]]:
        """The keys that the schema suggests, with their hints."""
        return {hints["key"]: hints for hints in self.ui.get("keys", ())}

    def read(self, data: QueryDict, name: str) -> Entry:
        """Return what stands in the view that was shown, in the view that was asked for."""
        view = data.get(f"{name}{VIEW}") or (RAW if name in data else ROWS)
        entry = Entry(RAW if view == RAW else ROWS, self._rows(data, name), data.get(name, ""))
        field, _, wanted = data.get("view", "").partition("|")
        return self._in_view(entry, wanted) if field == name else entry

    def entry(self, setting: JSON) -> Entry:
        """Return rows where they can show the setting, else its JSON text."""
        if setting is None:
            return Entry()
        value = _as_object(setting)
        if value is None:
            text = setting if isinstance(setting, str) else objects.to_text(setting, indent=2)
            return Entry(RAW, text=text)
        try:
            return Entry(ROWS, tuple(objects.to_rows(value, self._types)))
        except objects.CannotShow as reason:
            return Entry(RAW, text=objects.to_text(value, indent=2), note=str(reason))

    def setting(self, entry: Entry) -> JSON:
        """Return the object; text that spells none stays text, so that nothing is lost."""
        if entry.view == ROWS:
            return objects.from_rows(entry.rows).value or None
        text = entry.text.strip()
        if not text:
            return None
        try:
            return objects.parse_object(text)
        except objects.CannotParse:
            return text

    def faults(self, entry: Entry) -> dict[str, str]:
        """Return what is wrong with the rows, or where the raw text stops being JSON."""
        if entry.view == ROWS:
            told = revisiting.too_many(sum(not row.is_empty for row in entry.rows))
            found = objects.from_rows(entry.rows).faults
            at_cells = {f"[{number}].{cell}": words for (number, cell), words in found.items()}
            return ({"": told} if told else {}) | at_cells
        told = _fault_in_text(entry.text.strip())
        return {"": told} if told else {}

    def part(self, entry: Entry, path: str) -> str:
        """Return the row that sets the member, or that should."""
        if entry.view == RAW:
            return ""
        keys = {row.key.strip(): row.number for row in reversed(entry.rows)}
        key = next((key for key in _shortened(path) if key in keys), None)
        if key is not None:
            return f"[{keys[key]}].value"
        return _without_row(path) if path in self.suggested else ""

    def drawn(self, bound: BoundField) -> Drawn:
        """Return the controls of the view that is shown."""
        entry: Entry = bound.value() or Entry()
        told = (entry.refusal,) if entry.refusal else ()
        example = self.ui.get("placeholder", "")
        raw = Cell(
            name=bound.html_name,
            id=bound.auto_id,
            value=entry.text,
            label=str(bound.label),
            address=bound.html_name if hint(bound, "picker") else "",
            errors=errors_of(bound, ""),
            placeholder=f"For example {example}" if example else "",
            is_code=True,
        )
        return Drawn(
            errors=(*errors_of(bound, ""), *told),
            view=entry.view,
            note=entry.note,
            raw=raw,
            table=self._table(bound, entry) if entry.view == ROWS else None,
            lists=self._lists(bound),
            keys=self._keys_for_browser(),
            hints=json.dumps(_HINTS),
        )

    @property
    def _types(self) -> dict[str, str]:
        return {key: hints.get("type", "text") for key, hints in self.suggested.items()}

    def _rows(self, data: QueryDict, name: str) -> tuple[Row, ...]:
        return tuple(
            Row(
                number,
                data.get(f"{name}[{number}].key", ""),
                data.get(f"{name}[{number}].type", "") or "text",
                data.get(f"{name}[{number}].value", ""),
            )
            for number in revisiting.row_numbers(data, name)
        )

    def _in_view(self, entry: Entry, wanted: str) -> Entry:
        if wanted == entry.view or wanted not in {ROWS, RAW}:
            return entry
        return self._as_text(entry) if wanted == RAW else self._as_rows(entry)

    def _as_text(self, entry: Entry) -> Entry:
        made = objects.from_rows(entry.rows)
        if made.faults:
            return replace(entry, refusal=_FAULTY_ROWS)
        return Entry(RAW, text=objects.to_text(made.value, indent=2) if made.value else "")

    def _as_rows(self, entry: Entry) -> Entry:
        text = entry.text.strip()
        if not text:
            return Entry(ROWS)
        if whole_token(text) is not None:
            return replace(entry, refusal=_TOKEN_IS_RAW)
        try:
            value, dropped = objects.without_empty(objects.parse_object(text))
            rows = objects.to_rows(value, self._types)
        except (objects.CannotParse, objects.CannotShow) as reason:
            return replace(entry, refusal=str(reason))
        note = f"Left out because they are empty: {', '.join(dropped)}." if dropped else ""
        return Entry(ROWS, tuple(rows), note=note)

    def _table(self, bound: BoundField, entry: Entry) -> Table:
        rows = self._with_suggested(bound, entry.rows)
        refused = self.faults(entry) if entry.refusal else {}
        return Table(
            name=bound.html_name,
            columns=_COLUMNS,
            rows=tuple(self._drawn_row(bound, row, refused) for row in rows),
            blank=self._drawn_row(bound, Row(-1, "", "text", ""), {}),
        )

    def _with_suggested(self, bound: BoundField, rows: tuple[Row, ...]) -> list[Row]:
        """Return the rows, then one for each key that matters now, and a free row at the end."""
        wanted = [key for key in self.suggested if self._is_wanted(bound, key)]
        kept = [row for row in rows if _is_held(row, self.suggested, wanted)]
        free = [row for row in kept if not row.key.strip() and row.is_empty]
        numbers = count(max((row.number for row in rows), default=-1) + 1)
        missing = [key for key in wanted if key not in {row.key.strip() for row in kept}]
        return [
            *(row for row in kept if row not in free),
            *(Row(next(numbers), key, self._types[key], "") for key in missing),
            *(free or [Row(next(numbers), "", "text", "")]),
        ]

    def _is_wanted(self, bound: BoundField, key: str) -> bool:
        matters: Any = getattr(bound.form, "matters", lambda _condition: True)
        is_refused = bool(errors_of(bound, _without_row(key)))
        return is_refused or matters(self.suggested[key].get("matters_if"))

    def _drawn_row(self, bound: BoundField, row: Row, refused: Mapping[str, str]) -> DrawnRow:
        number = BLANK if row.number < 0 else str(row.number)
        hints = self.suggested.get(row.key.strip(), {})
        is_needed = bool(hints) and self._is_needed(bound, hints)
        key, type_, value = (
            self._cell(bound, number, column, text, refused)
            for column, text in (("key", row.key), ("type", row.type), ("value", row.value))
        )
        at_key = errors_of(bound, _without_row(row.key.strip())) if hints else ()
        value = replace(
            value,
            suggestions=self._suggestions(bound, row, hints),
            placeholder=_HINTS.get(row.type, ""),
            is_needed=is_needed,
            errors=(*value.errors, *(words for words in at_key if words not in value.errors)),
        )
        return DrawnRow(
            number,
            (
                replace(key, suggestions=f"{bound.auto_id}_keys", is_value=False, address=""),
                replace(type_, options=tuple(objects.TYPES.items()), is_value=False, address=""),
                value,
            ),
            name=row.key.strip(),
            is_needed=is_needed,
            is_suggested=bool(hints),
            matters_if=conditions.for_browser(hints.get("matters_if")),
            required_if=conditions.for_browser(hints.get("required_if")),
        )

    def _suggestions(self, bound: BoundField, row: Row, hints: Mapping[str, Any]) -> str:
        """Return the id of the list of values that the row offers; empty for none."""
        if hints.get("options"):
            return f"{bound.auto_id}_options_{row.key.strip()}"
        return f"{bound.auto_id}_boolean" if row.type == "boolean" else ""

    def _is_needed(self, bound: BoundField, hints: Mapping[str, Any]) -> bool:
        needs: Any = getattr(bound.form, "needs", lambda _condition: False)
        return "required_if" in hints and bool(needs(hints["required_if"]))

    def _cell(
        self, bound: BoundField, number: str, column: str, text: str, refused: Mapping[str, str]
    ) -> Cell:
        part = f"[{number}].{column}"
        told = (refused[part],) if part in refused else ()
        return Cell(
            name=f"{bound.html_name}{part}",
            id=f"{bound.auto_id}_{number}_{column}",
            value=text,
            label=f"{column.capitalize()}, row",
            address=f"{bound.html_name}{part}" if hint(bound, "picker") else "",
            part=part,
            column=column.capitalize(),
            errors=(*errors_of(bound, part), *told),
        )

    def _lists(self, bound: BoundField) -> list[tuple[str, list[tuple[str, str]]]]:
        keys = [(key, str(hints.get("title", ""))) for key, hints in self.suggested.items()]
        values = [
            (
                f"{bound.auto_id}_options_{key}",
                [(str(v), str(word)) for v, word in hints["options"]],
            )
            for key, hints in self.suggested.items()
            if hints.get("options")
        ]
        return [
            (f"{bound.auto_id}_keys", keys),
            (f"{bound.auto_id}_boolean", _BOOLEANS),
            *values,
        ]

    def _keys_for_browser(self) -> str:
        """Return the suggested keys with what the script needs to add and drop their rows."""
        keys = [
            {
                "key": key,
                "type": self._types[key],
                "hasOptions": bool(hints.get("options")),
                "mattersIf": conditions.for_browser(hints.get("matters_if")),
                "requiredIf": conditions.for_browser(hints.get("required_if")),
            }
            for key, hints in self.suggested.items()
        ]
        return json.dumps(keys)


def _without_row(key: str) -> str:
    """Return the part of a suggested key that has no row yet."""
    return f"[{key}]"


def _is_held(row: Row, suggested: Mapping[str, Any], wanted: list[str]) -> bool:
    """Whether a row stays: all but those of suggested keys that hold nothing and do not matter."""
    key = row.key.strip()
    return not row.is_empty or key not in suggested or key in wanted


def _as_object(setting: JSON) -> dict[str, JSON] | None:
    """Return the object that a setting is or spells; None for a token or anything else."""
    if isinstance(setting, dict):
        return setting
    try:
        return objects.parse_object(setting) if isinstance(setting, str) else None
    except objects.CannotParse:
        return None


def _fault_in_text(text: str) -> str:
    if not text or whole_token(text) is not None:
        return ""
    try:
        objects.parse_object(text)
    except objects.CannotParse as error:
        return str(error)
    return ""


def _shortened(path: str) -> list[str]:
    """Return the path and what it lies in, the longest first; positions in brackets too."""
    steps = path.split(".")
    return [
        "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in steps[:end]).lstrip(".")
        for end in range(len(steps), 0, -1)
    ]
