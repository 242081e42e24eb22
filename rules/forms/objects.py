"""A JSON object as rows of key, type and value, and back, without losing a type.

A key is a path: ``address.city`` puts city into an object, ``items[0].id`` into a list of
objects. So a key that itself has a dot or bracket cannot stand in a row; nor can null, an empty
text or a text of several lines as a value. An object with such parts is edited as raw JSON.
Objects come back as one row for each member, lists as JSON text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson

from extensions.contract import JSON
from extensions.tokens import names_in, whole_token

MAX_DEPTH = 32  # of JSON that is typed in
MAX_ROWS = 200  # that an object is shown as: nobody reads on, and each is three controls
TYPES = {
    "text": "Text",
    "number": "Number",
    "boolean": "True/false",
    "list": "List",
    "object": "Object",
}

_NAME = re.compile(r"[^.\[\]\x00-\x1f\x7f]+")
_STEP = re.compile(r"\.?([^.\[\]\x00-\x1f\x7f]+)|\[([0-9]{1,3})\]")
_KEY = re.compile(rf"{_NAME.pattern}(?:\.{_NAME.pattern}|\[[0-9]{{1,3}}\])*")
_ONE_LINE = re.compile(r"[^\x00\r\n]+")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was entered. `number` is its number in the form, `type` a key of `TYPES`."""

    number: int
    key: str
    type: str
    value: str

    @property
    def is_empty(self) -> bool:
        """Whether it sets nothing: a row without a value does not."""
        return not self.value.strip()


@dataclass(slots=True)
class Made:
    """The object that rows make; `faults` are by row number and cell, ``key`` or ``value``."""

    value: dict[str, JSON] = field(default_factory=dict)
    faults: dict[tuple[int, str], str] = field(default_factory=dict)


class CannotParse(Exception):
    """The text is not what it should be; the message says why and where."""


class CannotShow(Exception):
    """Rows cannot show the object; the message says why."""


def parse_object(text: str) -> dict[str, JSON]:
    """Return the JSON object that the text spells.

    Raises:
        CannotParse: it spells none.
    """
    value = parse_json(text)
    if not isinstance(value, dict):
        raise CannotParse("This is JSON, but not an object: an object stands in braces {…}.")
    return value


def parse_json(text: str) -> JSON:
    """Return what the JSON text spells.

    Raises:
        CannotParse: it is not JSON, or not such as can be stored.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise CannotParse(
            f"This is not valid JSON: see line {error.lineno}, column {error.colno}."
        ) from None
    if not _can_be_stored(value, MAX_DEPTH):
        raise CannotParse("This JSON is nested too deeply, or has a NUL character.")
    return value


def to_text(value: JSON, *, indent: int | None = None) -> str:
    """Return the value as JSON text."""
    return json.dumps(value, indent=indent, ensure_ascii=False)


def from_rows(rows: Sequence[Row]) -> Made:
    """Return the object that the rows make, and what is wrong with them."""
    made = Made()
    tree: dict[str | int, Any] = {}
    for row in rows:
        if row.is_empty:
            continue
        cell = "key"
        try:
            path = _path(row.key.strip())
            cell = "value"
            value = _value(row)
        except CannotParse as error:
            made.faults[row.number, cell] = str(error)
            continue
        if not _put(tree, path, value):
            made.faults[row.number, "key"] = "Another row sets this key too."
    try:
        made.value = _finished(tree)
    except CannotParse as error:
        numbers = [row.number for row in rows if "[" in row.key and not row.is_empty]
        made.faults |= {(number, "key"): str(error) for number in numbers}
    return made


def to_rows(value: Mapping[str, JSON], types: Mapping[str, str]) -> list[Row]:
    """Return the rows that make the object. `types` are those of the keys that are suggested.

    Raises:
        CannotShow: no rows make exactly this object.
    """
    whole = {key for key, type_ in types.items() if type_ == "object"}
    flat = list(islice(_flattened(value, "", whole), MAX_ROWS + 1))
    if len(flat) > MAX_ROWS:
        raise CannotShow(f"This object has more than {MAX_ROWS} values, too many for rows.")
    return [
        Row(number, key, _type(value, types.get(key)), _text(value))
        for number, (key, value) in enumerate(flat)
    ]


def without_empty(value: Mapping[str, JSON]) -> tuple[dict[str, JSON], list[str]]:
    """Return the object without the members that a row cannot hold as empty, and their keys."""
    kept = {key: member for key, member in value.items() if member not in (None, "")}
    return kept, [key for key in value if key not in kept]


def _path(key: str) -> Path:
    if not key:
        raise CannotParse("Please give this value a key.")
    if not _KEY.fullmatch(key):
        raise CannotParse("A key is a name such as order_id, or a path such as items[0].id.")
    path = tuple(int(index) if index else name for name, index in _STEP.findall(key))
    if len(path) > MAX_DEPTH:
        raise CannotParse("This path is too long.")
    return path


def _put(tree: dict[str | int, Any], path: Path, value: JSON) -> bool:
    """Put a leaf into the tree of branches; False when the place is taken."""
    *branches, last = path
    for branch in branches:
        inner = tree.setdefault(branch, {}) if _fits(tree, branch) else None
        if not isinstance(inner, dict):
            return False
        tree = inner
    if last in tree or not _fits(tree, last):
        return False
    tree[last] = _Leaf(value)
    return True


def _fits(tree: dict[str | int, Any], step: str | int) -> bool:
    """Whether names stay among names and positions of a list among positions."""
    return all(type(other) is type(step) for other in tree)


@dataclass(frozen=True, slots=True)
class _Leaf:
    value: JSON


def _finished(tree: Any) -> Any:
    if isinstance(tree, _Leaf):
        return tree.value
    if not any(isinstance(key, int) for key in tree):
        return {key: _finished(inner) for key, inner in tree.items()}
    if sorted(tree) != list(range(len(tree))):
        raise CannotParse("The numbers in brackets begin with 0 and leave none out.")
    return [_finished(tree[index]) for index in range(len(tree))]


def _value(row: Row) -> JSON:
    if row.type == "text" or next(names_in(row.value), None) is not None:
        return _with_tokens(row)
    return _READERS.get(row.type, str)(row.value.strip())


def _with_tokens(row: Row) -> JSON:
    """Return a text, or the list or object around tokens; a whole token keeps its own type."""
    if row.type not in {"list", "object"} or whole_token(row.value) is not None:
        return row.value
    return _READERS[row.type](row.value)


def _number(text: str) -> JSON:
    try:
        value = parse_json(text)
    except CannotParse:
        value = None
    if type(value) not in {int, float}:
        raise CannotParse("Please enter a number, such as 9.99.")
    return value


def _boolean(text: str) -> JSON:
    if text.lower() not in {"true", "false"}:
        raise CannotParse("Please enter true or false.")
    return text.lower() == "true"


def _list(text: str) -> JSON:
    value = parse_json(text)
    if not isinstance(value, list):
        raise CannotParse('A list stands in brackets, such as ["A1", "B2"].')
    return value


_READERS = {"number": _number, "boolean": _boolean, "list": _list, "object": parse_object}


def _flattened(
    value: Mapping[str, JSON], prefix: str, whole: Collection[str]
) -> Iterator[tuple[str, JSON]]:
    for name, inner in value.items():
        key = f"{prefix}{name}"
        if not _NAME.fullmatch(name) or name != name.strip():
            raise CannotShow(f"A row cannot have the key “{name}”.")
        if isinstance(inner, dict) and inner and key not in whole:
            try:
                yield from list(_flattened(inner, f"{key}.", whole))
                continue
            except CannotShow:
                pass  # one row with the whole object holds it exactly
        if inner is None or (isinstance(inner, str) and not inner.strip()):
            raise CannotShow(f"A row cannot hold an empty value, as “{key}” has.")
        if isinstance(inner, str) and not _ONE_LINE.fullmatch(inner):
            raise CannotShow(f"A row cannot hold a text of several lines, as “{key}” has.")
        yield key, inner


def _type(value: JSON, suggested: str | None) -> str:
    if isinstance(value, str):
        return suggested if suggested and whole_token(value) is not None else "text"
    for kind, name in _PYTHON.items():
        if isinstance(value, kind):
            return name
    raise TypeError(value)


# In this order: a boolean is an integer too.
_PYTHON: dict[type, str] = {
    bool: "boolean",
    int: "number",
    float: "number",
    list: "list",
    dict: "object",
}


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else to_text(value)


def _can_be_stored(value: JSON, depth: int) -> bool:
    """Whether the database takes the JSON value, and nobody who walks it goes too deep."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    else:
        inner = value if isinstance(value, list) else []
    return depth > 0 and all(_can_be_stored(item, depth - 1) for item in inner)
