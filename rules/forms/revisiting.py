"""A form that comes back without being judged, because one of its small buttons was pressed.

Everything works without JavaScript: each of these buttons posts the whole form, and the form is
shown again with what was entered and what the button changed.

======================  =============================================================
``pick=<control>``      show the data elements that may go into the control
``insert=<control>|N``  append the token of data element N
``replace=<control>|N`` put the token there in place of what the control held
``add=<field>``         one more value of a list, or one more row of a table
``remove=<field>|2``    take that value or row away, counted from 0
``view=<field>|raw``    show an object as raw JSON, a table as ``text``, either as ``rows``; the
                        field itself converts
``change_type=yes``     show the form of another type
======================  =============================================================

A control is named as in HTML. The values of a list all have the name of their field, so one of
them is addressed as ``<field>[1]``; the cells of a row have names of their own, such as
``<field>[1].key``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import QueryDict

MAX_ROWS = 500  # that one field may save

TOKEN = "[token]"  # the end of the name of a switch's data element  # noqa: S105

_BUTTONS = ("pick", "insert", "replace", "add", "remove", "view", "change_type")
_INDEX = r"0|[1-9][0-9]{0,3}"  # each number is spelled in one way only
_LAST = 9999
_NUMBERED = re.compile(rf"(?P<field>.+)\[(?P<index>{_INDEX})\]")
_CELL = re.compile(rf"(?P<field>.+)\[(?P<index>{_INDEX})\](?P<cell>\..+)")


def is_revisit(data: QueryDict) -> bool:
    """Whether the form was posted to be shown again, not to be saved."""
    return any(name in data for name in _BUTTONS)


def changed(data: QueryDict) -> QueryDict:
    """Return the posted data with what the pressed button changes; the same data for none."""
    for button, change in _CHANGES.items():
        field, _, rest = data.get(button, "").partition("|")
        if field:
            result = data.copy()
            change(result, field, rest)
            return result
    return data


def value_of(data: QueryDict, control: str) -> str:
    """Return what a control holds; the values of a list are addressed by their number."""
    if control in data:
        return data.get(control, "")
    numbered = _NUMBERED.fullmatch(control)
    values = data.getlist(numbered["field"]) if numbered else []
    index = int(numbered["index"]) if numbered else 0
    return str(values[index]) if index < len(values) else ""


def focused(data: QueryDict) -> str:
    """Return which control of the changed data the pressed button was about; empty for none.

    It is an address; for a cell of a new row, the name of the row's first control; ``[add]`` and
    ``[view]`` after the field's name are its buttons.
    """
    control = (data.get("insert") or data.get("replace") or "").partition("|")[0]
    for button, end in (("remove", "[add]"), ("view", "[view]")):
        if data.get(button):
            return f"{data.get(button, '').partition('|')[0]}{end}"
    field = data.get("add", "")
    if control or not field:
        return control
    rows = row_numbers(data, field)
    if not rows:
        return f"{field}[{len(data.getlist(field)) - 1}]"
    return next((name for name in data if name.startswith(f"{field}[{rows[-1]}].")), "")


def row_numbers(data: Iterable[str], field: str) -> list[int]:
    """Return the numbers of a field's rows in the page's order; they only tell rows apart."""
    cells = (_CELL.fullmatch(name) for name in data if name.startswith(f"{field}["))
    found = [int(cell["index"]) for cell in cells if cell and cell["field"] == field]
    return list(dict.fromkeys(found))


def too_many(count: int, most: int = MAX_ROWS) -> str:
    """Return what is said of a field that holds so many values; empty when it may."""
    if count <= most:
        return ""
    return f"There are {count} values here, and {most} can be saved. Please take some away."


def _put(data: QueryDict, control: str, text: str) -> None:
    numbered = None if control in data else _NUMBERED.fullmatch(control)
    if numbered is None:
        data.setlist(control, [*data.getlist(control)[:-1], text])
        return
    field, index = numbered["field"], int(numbered["index"])
    values = data.getlist(field)
    values += [""] * (min(index, MAX_ROWS) + 1 - len(values))
    values[min(index, MAX_ROWS)] = text
    data.setlist(field, values)


def _insert(data: QueryDict, control: str, name: str) -> None:
    if name:
        _put(data, control, f"{value_of(data, control)}{{{{{name}}}}}")


def _replace(data: QueryDict, control: str, name: str) -> None:
    if not name:
        return
    _put(data, control, f"{{{{{name}}}}}")
    if control.endswith(TOKEN):
        # Who picks a data element for a switch wants it to decide.
        data[control.removesuffix(TOKEN)] = ""


def _add(data: QueryDict, field: str, _rest: str) -> None:
    rows = row_numbers(data, field)
    if not rows:
        data.setlist(field, [*data.getlist(field), ""])
        return
    last, new = f"{field}[{rows[-1]}].", f"{field}[{_free_number(rows)}]."
    for name in [name for name in data if name.startswith(last)]:
        data[new + name.removeprefix(last)] = ""


def _remove(data: QueryDict, field: str, index: str) -> None:
    for name in [name for name in data if name.startswith(f"{field}[{index}].")]:
        del data[name]
    values = data.getlist(field)
    at = int(index) if re.fullmatch(_INDEX, index) else len(values)
    if at < len(values):
        data.setlist(field, [*values[:at], *values[at + 1 :]])


def _free_number(rows: list[int]) -> int:
    """Return a number that no row has: the next one, as long as it can be read back."""
    following = max(rows) + 1
    if following <= _LAST:
        return following
    return next((number for number in range(_LAST) if number not in rows), _LAST)


_CHANGES = {"insert": _insert, "replace": _replace, "add": _add, "remove": _remove}
