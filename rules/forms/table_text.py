"""A table as text: one line for each row, its cells apart by tabs or commas.

So a spreadsheet can be pasted as it is, or a CSV file; a cell that holds a tab, a comma, a quote or
a line break stands in quotation marks, as in those. The first line may repeat the columns' names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, NamedTuple

Columns = Sequence[Mapping[str, Any]]

_UNREADABLE = (
    "A quotation mark is not closed, or something follows it. A cell that holds one is written in "
    'quotation marks, with two for each of its own: "5"" screen".'
)


class Line(NamedTuple):
    """A row, and the number of the line that it begins on, from 1."""

    number: int
    cells: dict[str, str]  # by column


class Read(NamedTuple):
    """What a text holds; `faults` are by the number of the line."""

    lines: list[Line]
    faults: dict[int, str]


def read(text: str, columns: Columns) -> Read:
    """Return the rows of a text, without empty lines and without a line of headings."""
    found = Read([], {})
    for number, cells in _records(text, found.faults):
        if number == 1 and _are_headings(cells, columns):
            continue
        if len(cells) > len(columns):
            found.faults[number] = _too_many(cells, columns)
            continue
        keys = [column["key"] for column in columns]
        texts = [*(cell.strip() for cell in cells), *[""] * (len(keys) - len(cells))]
        found.lines.append(Line(number, dict(zip(keys, texts, strict=True))))
    return found


def written(rows: Iterable[Mapping[str, str]], columns: Columns) -> str:
    """Return rows as text, their cells apart by tabs."""
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([row.get(column["key"], "") for column in columns] for row in rows)
    return out.getvalue()


def _records(text: str, faults: dict[int, str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each line that has any, with the line's number."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    number = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            faults[number] = _UNREADABLE
            return  # where the cell ends is anybody's guess
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield number, cells
        number = reader.line_num + 1


def _separator(text: str) -> str:
    return "\t" if "\t" in text else ","


def _are_headings(cells: list[str], columns: Columns) -> bool:
    said = [cell.strip().lower() for cell in cells]
    names = [str(column.get("title", column["key"])).lower() for column in columns]
    return said in (names, [column["key"].lower() for column in columns])


def _too_many(cells: list[str], columns: Columns) -> str:
    names = ", ".join(str(column.get("title", column["key"])) for column in columns)
    return (
        f"There are {len(cells)} values here, for the columns {names}. A value that holds a comma "
        "stands in quotation marks."
    )
