"""What the templates of fields with several controls draw: cells, and rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.forms.boundfield import BoundField

BLANK = "__n__"  # the number in the blank row that the page's script copies


@dataclass(frozen=True, slots=True)
class Cell:
    """One control. `address` is how the picker names it, `part` how errors name it."""

    name: str
    id: str
    value: str
    label: str
    address: str = ""  # empty: a data element may not be inserted
    picks: str = ""  # what the picker may put there: anything, a secret, or a single token
    part: str = ""
    column: str = ""
    errors: tuple[str, ...] = ()
    placeholder: str = ""
    options: Sequence[tuple[str, str]] = ()  # of a select; without them it is a text input
    suggestions: str = ""  # the id of a datalist
    is_needed: bool = False
    is_value: bool = True  # whether a text in it says that the field is filled
    is_code: bool = False
    is_lines: bool = False  # text of several lines

    @property
    def error_id(self) -> str:
        """The id of what is said below it."""
        return f"{self.id}_error" if self.errors else ""

    @property
    def names(self) -> tuple[str, str]:
        """By what it may be asked for: its address, and its name."""
        return self.address, self.name


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One row of a table. The conditions are those of a suggested key, for the page's script."""

    number: str
    cells: tuple[Cell, ...]
    name: str = ""  # by which people know it; without one they count
    is_needed: bool = False
    is_suggested: bool = False
    matters_if: str = ""
    required_if: str = ""

    @property
    def is_optional(self) -> bool:
        """Whether it may be left empty."""
        return not self.is_needed


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    title: str
    is_needed: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, and the blank one that is added; `name` is the field's."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[DrawnRow, ...]
    blank: DrawnRow
    add_label: str = "Add row"


class Sample(NamedTuple):
    """The first rows of a table that is too long to be shown."""

    total: int  # of all its rows
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A field with several controls: the texts above and below them, and the controls."""

    errors: tuple[str, ...] = ()  # of the field as a whole; each cell has its own
    cells: tuple[Cell, ...] = ()
    blank: Cell | None = None
    table: Table | None = None
    view: str = ""
    note: str = ""
    raw: Cell | None = None
    lists: Sequence[tuple[str, Sequence[tuple[str, str]]]] = field(default=())  # datalists
    keys: str = ""  # the suggested keys, for the page's script
    sample: Sample | None = None
    hints: str = ""  # examples of a value by type, for the page's script


class Place(NamedTuple):
    """Where something is wrong: the control's id, and what it is called on the page."""

    id: str
    label: str
    messages: tuple[str, ...]


def places(bound: BoundField) -> list[Place]:
    """Return where in a field of several controls something is wrong, for a summary of errors."""
    made: Any = bound.field
    drawn: Drawn = made.drawn(bound)
    found = [
        Place(bound.auto_id, str(bound.label), drawn.errors),
        *(Place(cell.id, f"{bound.label}, {name}", cell.errors) for name, cell in _named(drawn)),
    ]
    if drawn.raw and drawn.raw.part:
        found.append(Place(drawn.raw.id, str(bound.label), drawn.raw.errors))
    told = [place for place in found if place.messages]
    return told or [Place(bound.auto_id, str(bound.label), tuple(map(str, bound.errors)))]


def _named(drawn: Drawn) -> Iterator[tuple[str, Cell]]:
    for number, cell in enumerate(drawn.cells, 1):
        yield f"value {number}", cell
    for number, row in enumerate(drawn.table.rows if drawn.table else (), 1):
        for cell in row.cells:
            yield row.name or f"{cell.column} in row {number}", cell


def errors_of(bound: BoundField, part: str) -> tuple[str, ...]:
    """Return what is said at one part of the field; `part` is empty for the field as a whole."""
    by_field: dict[str, dict[str, list[str]]] = getattr(bound.form, "part_errors", {})
    by_part = by_field.get(bound.name, {})
    if part:
        return tuple(by_part.get(part, ()))
    at_parts = {message for messages in by_part.values() for message in messages}
    return tuple(str(message) for message in bound.errors if message not in at_parts)


def hint(bound: BoundField, name: str, default: Any = "") -> Any:
    """Return an attribute that the generator gave to the field."""
    return getattr(bound.field, name, default)
