"""A JSON object as rows, and back: what rows can hold comes back exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.forms.objects import TYPES as TYPE_NAMES
from rules.forms.objects import (
    CannotParse,
    CannotShow,
    Row,
    from_rows,
    parse_object,
    to_rows,
    to_text,
    without_empty,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | st.sampled_from(["1", "true", "null", "{{A}}", "x{{A}}", "[1]", "{}", " 5 "])
)
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=12,
)
_KEYS = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
OBJECTS = st.dictionaries(_KEYS | _TEXT, _JSON, min_size=1, max_size=5)
TYPES = st.dictionaries(_KEYS, st.sampled_from(["text", "number", "boolean", "list", "object"]))


def row(key: str, value: str, type_: str = "text", number: int = 0) -> Row:
    return Row(number, key, type_, value)


def types_of(value: Any) -> Any:
    """The same value with the type beside each leaf: 1, 1.0 and true are three things."""
    if isinstance(value, dict):
        return {key: types_of(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [types_of(inner) for inner in value]
    return type(value), value


@given(value=OBJECTS, types=TYPES)
def test_object_that_rows_show_comes_back_exactly(
    value: dict[str, Any], types: dict[str, str]
) -> None:
    try:
        rows = to_rows(value, types)
    except CannotShow:
        return
    made = from_rows(rows)
    assert made.faults == {}
    assert types_of(made.value) == types_of(value)


@given(value=st.dictionaries(_KEYS, _JSON, min_size=1, max_size=5))
def test_rows_show_whatever_has_plain_keys_and_no_empty_or_long_text(value: dict[str, Any]) -> None:
    filled, _ = without_empty(value)
    shown = {
        k: v for k, v in filled.items() if not isinstance(v, str) or (v.strip() and _is_line(v))
    }
    assert from_rows(to_rows(shown, {})).value == shown


def _is_no_text(value: Any) -> bool:
    return not isinstance(value, str)


def _is_line(text: str) -> bool:
    return bool(text.strip()) and "\n" not in text and "\r" not in text


_ROWS = st.builds(Row, st.integers(0, 9), _TEXT, st.sampled_from([*TYPE_NAMES, "odd"]), _TEXT)


@given(rows=st.lists(_ROWS))
def test_no_row_raises(rows: list[Row]) -> None:
    from_rows(rows)


@given(text=_TEXT | st.sampled_from(["[" * 100_000, '{"a":' * 50 + "1" + "}" * 50]))
def test_text_is_an_object_or_refused_in_words(text: str) -> None:
    try:
        value = parse_object(text)
    except CannotParse as error:
        value = {"words": str(error)}
    assert isinstance(value, dict)
    assert value != {"words": ""}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"value": 9.5}, [("value", "number", "9.5")]),
        ({"value": "9.5"}, [("value", "text", "9.5")]),
        ({"value": 1}, [("value", "number", "1")]),
        ({"gift": True}, [("gift", "boolean", "true")]),
        ({"ids": ["a", 1]}, [("ids", "list", '["a", 1]')]),
        ({"a": {"b": {"c": 1}, "d": "x"}}, [("a.b.c", "number", "1"), ("a.d", "text", "x")]),
        ({"a": {}}, [("a", "object", "{}")]),
        ({"a": {"b": None}}, [("a", "object", '{"b": null}')]),
        ({"a": {"b.c": 1}}, [("a", "object", '{"b.c": 1}')]),
        ({"t": "{{A}}"}, [("t", "text", "{{A}}")]),
        ({"total": "{{A}}"}, [("total", "number", "{{A}}")]),
        ({"total": "x{{A}}"}, [("total", "text", "x{{A}}")]),
        ({"whole": {"b": 1}}, [("whole", "object", '{"b": 1}')]),
        ({"größe": "👍"}, [("größe", "text", "👍")]),
        ({"list": ["größe"]}, [("list", "list", '["größe"]')]),
    ],
)
def test_object_is_shown_as_rows(value: dict[str, Any], shown: list[tuple[str, str, str]]) -> None:
    rows = to_rows(value, {"total": "number", "whole": "object"})
    assert [(row.key, row.type, row.value) for row in rows] == shown


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": None}, "empty value"),
        ({"a": ""}, "empty value"),
        ({"a": "one\ntwo"}, "several lines"),
        ({"a.b": 1}, "cannot have the key"),
        ({"a[0]": 1}, "cannot have the key"),
        ({"": 1}, "cannot have the key"),
        ({" a": 1}, "cannot have the key"),
        ({f"k{n}": n for n in range(201)}, "more than 200 values"),
    ],
)
def test_object_that_rows_cannot_hold_is_refused(value: dict[str, Any], told: str) -> None:
    with pytest.raises(CannotShow, match=told):
        to_rows(value, {})


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([row("a", "1")], {"a": "1"}),
        ([row("a", "1", "number")], {"a": 1}),
        ([row("a", " 1.50 ", "number")], {"a": 1.5}),
        ([row(" a ", " x ")], {"a": " x "}),
        ([row("a", "TRUE", "boolean")], {"a": True}),
        ([row("a", "{{A}}", "number")], {"a": "{{A}}"}),
        ([row("a", "{{A}}", "list")], {"a": "{{A}}"}),
        ([row("a", '["{{A}}", 1]', "list")], {"a": ["{{A}}", 1]}),
        ([row("a", "", "number"), row("", ""), row("b", " ")], {}),
        ([row("a.b", "x"), row("a.c", "y")], {"a": {"b": "x", "c": "y"}}),
        ([row("a[0].id", "x"), row("a[0].n", "1", "number"), row("a[1].id", "y")],
         {"a": [{"id": "x", "n": 1}, {"id": "y"}]}),
        ([row("a[1]", "y"), row("a[0]", "x")], {"a": ["x", "y"]}),
        ([row("a[0][0]", "x")], {"a": [["x"]]}),
    ],
)  # fmt: skip
def test_rows_become_an_object(rows: list[Row], value: dict[str, Any]) -> None:
    made = from_rows(rows)
    assert (made.faults, types_of(made.value)) == ({}, types_of(value))


@pytest.mark.parametrize(
    ("rows", "cell", "told"),
    [
        ([row("a", "9,5", "number")], "value", "Please enter a number"),
        ([row("a", "true", "number")], "value", "Please enter a number"),
        ([row("a", "yes", "boolean")], "value", "true or false"),
        ([row("a", "[1,", "list")], "value", "line 1, column"),
        ([row("a", "{}", "list")], "value", "brackets"),
        ([row("a", "[]", "object")], "value", "braces"),
        ([row("a", '{"b": }', "object")], "value", "line 1, column 7"),
        ([row("", "x")], "key", "give this value a key"),
        ([row("a..b", "x")], "key", "A key is a name"),
        ([row("a[x]", "x")], "key", "A key is a name"),
        ([row("a[\u0660]", "x")], "key", "A key is a name"),
        ([row("[0]", "x")], "key", "A key is a name"),
        ([row("a[1]", "x")], "key", "begin with 0"),
        ([row("a" + ".b" * 40, "x")], "key", "too long"),
        ([row("a", "x", number=7), row("a", "y")], "key", "Another row"),
        ([row("a", "x", number=7), row("a.b", "y")], "key", "Another row"),
        ([row("a.b", "x", number=7), row("a", "y")], "key", "Another row"),
        ([row("a[0]", "x", number=7), row("a.b.c", "y")], "key", "Another row"),
    ],
)
def test_fault_stands_at_its_cell(rows: list[Row], cell: str, told: str) -> None:
    faults = from_rows(rows).faults
    assert list(faults) == [(0, cell)]
    assert told in faults[0, cell]


def test_rows_with_a_fault_leave_the_others() -> None:
    made = from_rows([row("a", "x", "number"), row("b", "1", "number", number=1)])
    assert made.value == {"b": 1}


def test_member_that_is_empty_is_named_when_it_goes() -> None:
    assert without_empty({"a": None, "b": "", "c": 0, "d": False}) == (
        {"c": 0, "d": False},
        ["a", "b"],
    )


def test_text_of_json_keeps_letters_as_they_are() -> None:
    assert to_text({"größe": [1]}, indent=2) == '{\n  "größe": [\n    1\n  ]\n}'
