"""A table as text: one line for each row, its cells apart by tabs, commas or semicolons.

So a spreadsheet can be pasted as it is, or a CSV file of any country; a cell that holds what parts
the cells, a quote or a line break stands in quotation marks, as in those. What parts the cells of
the first line parts them in all. The first line may repeat the columns' names.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, NamedTuple

Columns = Sequence[Mapping[str, Any]]

_SEPARATORS = {"\t": "tab", ",": "comma", ";": "semicolon"}

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
    text = text.removeprefix("\ufeff")  # which Excel puts before what it saves as UTF-8
    separator = _separator(text, len(columns))
    keys = [column["key"] for column in columns]
    width = 0
    for number, cells in _records(text, separator, found.faults):
        width = width or _width(cells, columns)
        if not found.lines and not found.faults and _are_headings(cells, columns):
            continue
        if len(cells) != width:
            found.faults[number] = _miscounted(cells, columns, width, _SEPARATORS[separator])
            continue
        texts = [*map(str.strip, cells), *[""] * (len(keys) - width)]
        found.lines.append(Line(number, dict(zip(keys, texts, strict=True))))
    return found


def written(rows: Iterable[Mapping[str, str]], columns: Columns) -> str:
    """Return rows as text, their cells apart by tabs."""
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerows([row.get(column["key"], "") for column in columns] for row in rows)
    return out.getvalue()


def _records(text: str, separator: str, faults: dict[int, str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each line that has any, with the line's number."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
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


def _separator(text: str, width: int) -> str:
    """Return what parts the cells of the first line, and of the most lines if that is open."""
    return max(_SEPARATORS, key=lambda separator: _fit(text, separator, width))


def _fit(text: str, separator: str, width: int) -> tuple[bool, bool, int, int]:
    counts = [len(cells) for _, cells in _records(text, separator, {})]
    first = counts[0] if counts else text.partition("\n")[0].count(separator) + 1
    return first == width, 1 < first < width, counts.count(first), first


def _width(cells: list[str], columns: Columns) -> int:
    """Return how many cells every line has: as the first one, which may leave out the last."""
    most = len(columns)
    return len(cells) if min(2, most) <= len(cells) <= most else most


def _are_headings(cells: list[str], columns: Columns) -> bool:
    said = [cell.strip().lower() for cell in cells]
    names = [str(column.get("title", column["key"])).lower() for column in columns]
    return said in (names, [column["key"].lower() for column in columns])


def _miscounted(cells: list[str], columns: Columns, width: int, separator: str) -> str:
    names = ", ".join(str(column.get("title", column["key"])) for column in columns[:width])
    count = "There is 1 value" if len(cells) == 1 else f"There are {len(cells)} values"
    said = f"{count} here, for the columns {names}."
    if len(cells) > width:
        return f"{said} A value that holds a {separator} stands in quotation marks."
    return f"{said} A {separator} parts the values of every line."
