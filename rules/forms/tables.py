"""A field that is a table: a list of objects with the same few members.

It is edited as rows of controls, or as text, which a spreadsheet can be pasted into. More rows than
a page can hold as controls are text from the start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.forms.boundfield import BoundField
from django.http import QueryDict

from extensions.contract import JSON, Settings
from extensions.tokens import names_in
from rules.forms import objects, revisiting, table_text
from rules.forms.drawing import (
    BLANK,
    Cell,
    Column,
    Drawn,
    DrawnRow,
    Sample,
    Table,
    errors_of,
    hint,
)
from rules.forms.parts import PartsField

ROWS, TEXT = "rows", "text"
VIEW = "[view]"  # the part that carries the view
LINES = "[text]"  # the part that holds the text
MAX_SHOWN = 200  # rows that are shown as controls
MOST_TOLD = 10  # faults of one text: nobody reads on
_SAMPLE = 10  # rows of a long table that are shown above its text
_IN_ROW = re.compile(r"^Row \d+(?:, |: )")
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


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the field. `refusal` says why the other view was not possible."""

    view: str = ROWS
    rows: tuple[TableRow, ...] = ()
    text: str = ""
    refusal: str = ""


class RowsField(PartsField):
    """A table whose columns the schema names. Rows with nothing in them are left out."""

    layout = "rows"

    def __init__(self, schema: Settings) -> None:
        super().__init__(schema)
        self.columns: Sequence[Mapping[str, Any]] = self.ui.get("columns", [])
        self.needs_rows = bool(schema.get("minItems"))
        self.most = int(schema.get("maxItems", revisiting.MAX_ROWS))

    def read(self, data: QueryDict, name: str) -> Entry:
        """Return what stands in the view that was shown, in the view that was asked for."""
        if data.get(f"{name}{VIEW}") == TEXT:
            entry = Entry(TEXT, text=data.get(f"{name}{LINES}", ""))
        else:
            entry = Entry(ROWS, tuple(self._rows(data, name)))
        field, _, wanted = data.get("view", "").partition("|")
        if field != name or wanted not in {ROWS, TEXT} or wanted == entry.view:
            return entry
        return self._as_text(entry) if wanted == TEXT else self._as_rows(entry)

    def entry(self, setting: JSON) -> Entry:
        """Return a row for each object of the list; text where there are too many to show."""
        if not isinstance(setting, list):
            return Entry()
        rows = tuple(
            TableRow(number, {key: _text(item.get(key)) for key in self._keys})
            for number, item in enumerate(setting)
            if isinstance(item, Mapping)
        )
        entry = Entry(ROWS, rows)
        return entry if len(rows) <= MAX_SHOWN else self._as_text(entry)

    def setting(self, entry: Entry) -> JSON:
        """Return the list of objects; empty cells are left out of them."""
        return [self._object(row) for row in self._held(entry)] or None

    def faults(self, entry: Entry) -> dict[str, str]:
        """Refuse more rows than may be saved, text that is no table, and text for a number."""
        held = self._held(entry)
        most = self.most if entry.view == TEXT else min(self.most, revisiting.MAX_ROWS)
        told = revisiting.too_many(len(held), most)
        no_numbers = {
            self._part_of(entry, row, column["key"]): _NO_NUMBER
            for row in held
            for column in self.columns
            if _is_no_number(column, row.cells[column["key"]])
        }
        if entry.view == ROWS:
            return ({"": told} if told else {}) | no_numbers
        lines = table_text.read(entry.text, self.columns).faults
        at_lines = {_line(number): words for number, words in lines.items()} | no_numbers
        worded = {part: f"{part.strip('[]')}: {words}" for part, words in at_lines.items()}
        kept = dict(list(worded.items())[:MOST_TOLD])
        if len(worded) > MOST_TOLD:
            kept[LINES] = f"And {len(worded) - MOST_TOLD} more lines like these."
        return ({"": told} if told else {}) | kept

    def part(self, entry: Entry, path: str) -> str:
        """Return the cell, or the line, of the n-th row that is not empty."""
        held = self._held(entry)
        index, _, key = path.partition(".")
        if not index.isdecimal() or int(index) >= len(held):
            return ""
        return self._part_of(entry, held[int(index)], key if key in self._keys else self._keys[0])

    def worded(self, entry: Entry, path: str, message: str) -> str:
        """Name the line in what is said about a row of a text."""
        part = self.part(entry, path) if entry.view == TEXT else ""
        return f"{part.strip('[]')}: {_IN_ROW.sub('', message)}" if part else message

    def drawn(self, bound: BoundField) -> Drawn:
        """Return the table, with an empty row when there is no other, or the text."""
        entry: Entry = bound.value() or Entry()
        told = (entry.refusal,) if entry.refusal else ()
        if entry.view == TEXT:
            errors = tuple(map(str, bound.errors))
            return Drawn(view=TEXT, raw=self._lines(bound, entry, (*errors, *told)),
                         note=self._note(entry), sample=self._sample(entry))  # fmt: skip
        rows = entry.rows or (TableRow(0, dict.fromkeys(self._keys, "")),)
        table = Table(
            name=bound.html_name,
            columns=tuple(
                Column(
                    column.get("title", column["key"]),
                    self.needs_rows and bool(column.get("required")),
                )
                for column in self.columns
            ),
            rows=tuple(self._drawn_row(bound, str(row.number), row.cells) for row in rows),
            blank=self._drawn_row(bound, BLANK, dict.fromkeys(self._keys, "")),
        )
        return Drawn(errors=(*errors_of(bound, ""), *told), view=ROWS, table=table)

    @property
    def _keys(self) -> list[str]:
        return [column["key"] for column in self.columns]

    def _rows(self, data: QueryDict, name: str) -> list[TableRow]:
        """Return the rows that were posted, empty ones too: their controls stay where they are."""
        return [
            TableRow(number, {key: data.get(f"{name}[{number}].{key}", "") for key in self._keys})
            for number in revisiting.row_numbers(data, name)
        ]

    def _held(self, entry: Entry) -> list[TableRow]:
        """Return the rows with something in them; those of a text by the number of their line."""
        if entry.view == ROWS:
            return [row for row in entry.rows if not row.is_empty]
        lines = table_text.read(entry.text, self.columns).lines
        return [TableRow(line.number, line.cells) for line in lines]

    def _as_text(self, entry: Entry) -> Entry:
        held = (row.cells for row in self._held(entry))
        return Entry(TEXT, text=table_text.written(held, self.columns))

    def _as_rows(self, entry: Entry) -> Entry:
        read = table_text.read(entry.text, self.columns)
        if read.faults:
            number, words = next(iter(read.faults.items()))
            return replace(entry, refusal=f"Line {number}: {words}")
        if len(read.lines) > MAX_SHOWN:
            words = f"There are {len(read.lines)} rows here. As a table, {MAX_SHOWN} can be shown."
            return replace(entry, refusal=words)
        rows = (TableRow(number, line.cells) for number, line in enumerate(read.lines))
        return Entry(ROWS, tuple(rows))

    def _part_of(self, entry: Entry, row: TableRow, key: str) -> str:
        return _line(row.number) if entry.view == TEXT else f"[{row.number}].{key}"

    def _lines(self, bound: BoundField, entry: Entry, errors: tuple[str, ...]) -> Cell:
        picks = any(column.get("picker", True) for column in self.columns)
        return Cell(
            name=f"{bound.html_name}{LINES}",
            id=bound.auto_id,
            value=entry.text,
            label=f"{bound.label} as text",
            address=f"{bound.html_name}{LINES}" if picks and hint(bound, "picker") else "",
            part=LINES,
            errors=errors,
            placeholder=self._example(),
            is_lines=True,
        )

    def _example(self) -> str:
        return ", ".join(
            str(column.get("placeholder") or column.get("title", column["key"]))
            for column in self.columns
        )

    def _note(self, entry: Entry) -> str:
        names = ", ".join(str(column.get("title", column["key"])) for column in self.columns)
        return (
            f"One row on each line, with {names} apart by tabs, commas or semicolons, as copied "
            f"from a spreadsheet or a CSV file. At most {self.most} rows."
        )

    def _sample(self, entry: Entry) -> Sample | None:
        """Return the first rows of a text that is too long to be shown as a table."""
        held = self._held(entry)
        if len(held) <= MAX_SHOWN:
            return None
        heads = tuple(str(column.get("title", column["key"])) for column in self.columns)
        rows = tuple(tuple(row.cells.values()) for row in held[:_SAMPLE])
        return Sample(len(held), heads, rows)

    def _object(self, row: TableRow) -> dict[str, JSON]:
        texts = ((column, row.cells[column["key"]].strip()) for column in self.columns)
        return {column["key"]: _value(column, text) for column, text in texts if text}

    def _picks(self, bound: BoundField, column: Mapping[str, Any]) -> bool:
        return bool(hint(bound, "picker")) and bool(column.get("picker", True))

    def _drawn_row(self, bound: BoundField, number: str, cells: Mapping[str, str]) -> DrawnRow:
        return DrawnRow(
            number, tuple(self._cell(bound, number, column, cells) for column in self.columns)
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
            address=f"{bound.html_name}{part}" if self._picks(bound, column) else "",
            part=part,
            column=title,
            errors=errors_of(bound, part),
            placeholder=str(column.get("placeholder", "")),
            is_needed=bool(column.get("required"))
            and (self.needs_rows or any(text.strip() for text in cells.values())),
        )


def _line(number: int) -> str:
    """Return the part that is a line of the text."""
    return f"[Line {number}]"


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
