"""A field that is a table: a list of objects with the same few members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms.boundfield import BoundField
from django.http import QueryDict

from extensions.contract import JSON
from extensions.tokens import names_in
from rules.forms import objects, revisiting
from rules.forms.drawing import BLANK, Cell, Column, Drawn, DrawnRow, Table, errors_of, hint
from rules.forms.parts import PartsField

_NO_NUMBER = "Please enter a number, such as 9.99, or a data element."


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as it was entered: the texts of its cells by column."""

    number: int
    cells: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(text.strip() for text in self.cells.values())


class RowsField(PartsField):
    """A table whose columns the schema names. Rows with nothing in them are left out."""

    layout = "rows"

    @property
    def _columns(self) -> list[Mapping[str, Any]]:
        columns: list[Mapping[str, Any]] = self.ui.get("columns", [])
        return columns

    def read(self, data: QueryDict, name: str) -> list[TableRow]:
        """Return the rows, empty ones too: their controls stay where they are."""
        return [
            TableRow(number, {key: data.get(f"{name}[{number}].{key}", "") for key in self._keys})
            for number in revisiting.row_numbers(data, name)
        ]

    def entry(self, setting: JSON) -> list[TableRow]:
        """Return a row for each object of the list."""
        if not isinstance(setting, list):
            return []
        return [
            TableRow(number, {key: _text(item.get(key)) for key in self._keys})
            for number, item in enumerate(setting)
            if isinstance(item, Mapping)
        ]

    def setting(self, entry: list[TableRow]) -> JSON:
        """Return the list of objects; empty cells are left out of them."""
        return [self._object(row) for row in entry if not row.is_empty] or None

    def faults(self, entry: list[TableRow]) -> dict[str, str]:
        """Refuse more rows than may be saved, and text where a number belongs."""
        told = revisiting.too_many(sum(not row.is_empty for row in entry))
        return ({"": told} if told else {}) | {
            f"[{row.number}].{column['key']}": _NO_NUMBER
            for row in entry
            for column in self._columns
            if _is_no_number(column, row.cells[column["key"]])
        }

    def part(self, entry: list[TableRow], path: str) -> str:
        """Return the cell of the n-th row that is not empty."""
        filled = [row.number for row in entry if not row.is_empty]
        index, _, key = path.partition(".")
        if not index.isdecimal() or int(index) >= len(filled):
            return ""
        return f"[{filled[int(index)]}].{key if key in self._keys else self._keys[0]}"

    def drawn(self, bound: BoundField) -> Drawn:
        """Return the table, with an empty row when there is no other."""
        entry: list[TableRow] = bound.value() or []
        rows = entry or [TableRow(0, dict.fromkeys(self._keys, ""))]
        table = Table(
            name=bound.html_name,
            columns=tuple(
                Column(column.get("title", column["key"]), bool(column.get("required")))
                for column in self._columns
            ),
            rows=tuple(self._drawn_row(bound, str(row.number), row.cells) for row in rows),
            blank=self._drawn_row(bound, BLANK, dict.fromkeys(self._keys, "")),
        )
        return Drawn(errors=errors_of(bound, ""), table=table)

    @property
    def _keys(self) -> list[str]:
        return [column["key"] for column in self._columns]

    def _object(self, row: TableRow) -> dict[str, JSON]:
        texts = ((column, row.cells[column["key"]].strip()) for column in self._columns)
        return {column["key"]: _value(column, text) for column, text in texts if text}

    def _drawn_row(self, bound: BoundField, number: str, cells: Mapping[str, str]) -> DrawnRow:
        return DrawnRow(
            number, tuple(self._cell(bound, number, column, cells) for column in self._columns)
        )

    def _cell(
        self, bound: BoundField, number: str, column: Mapping[str, Any], cells: Mapping[str, str]
    ) -> Cell:
        key, part = column["key"], f"[{number}].{column['key']}"
        title = str(column.get("title", key))
        return Cell(
            name=f"{bound.html_name}{part}",
            id=f"{bound.auto_id}_{number}_{key}",
            value=cells[key],
            label=f"{title}, row",
            address=f"{bound.html_name}{part}" if hint(bound, "picker") else "",
            part=part,
            column=title,
            errors=errors_of(bound, part),
            placeholder=str(column.get("placeholder", "")),
            is_needed=bool(column.get("required")),
        )


def _is_no_number(column: Mapping[str, Any], text: str) -> bool:
    if column.get("type") != "number" or not text.strip():
        return False
    return isinstance(_value(column, text.strip()), str) and _has_no_token(text)


def _has_no_token(text: str) -> bool:
    return next(names_in(text), None) is None


def _value(column: Mapping[str, Any], text: str) -> JSON:
    """Return a number where one is asked for and spelled; any other text stays text."""
    if column.get("type") != "number":
        return text
    try:
        value = objects.parse_json(text)
    except objects.CannotParse:
        return text
    return value if type(value) in {int, float} else text


def _text(value: JSON) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else objects.to_text(value)
