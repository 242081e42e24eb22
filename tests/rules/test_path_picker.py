"""Paths as the picker writes them are read as they were meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import writing_paths

ITEMS = [{"sku": "A-1", "price": 5}, {"sku": "B-2", "price": 7}, {"sku": "A-1", "price": 9}]

_scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


def leaves(path: str, value: Any) -> list[tuple[str, Any]]:
    """Every value with the path that is written for it."""
    if isinstance(value, dict):
        found = [(writing_paths.with_key(path, key), inner) for key, inner in value.items()]
    elif isinstance(value, list):
        found = [
            (writing_paths.with_index(path, index), inner) for index, inner in enumerate(value)
        ]
    else:
        return [(path, value)]
    return [leaf for inner_path, inner in found if inner_path for leaf in leaves(inner_path, inner)]


@given(st.dictionaries(st.text(max_size=6), _values, max_size=4))
def test_path_of_a_value_gives_that_value(xdm: dict[str, Any]) -> None:
    for path, value in leaves("arc.event.xdm", xdm):
        if path != "arc.event.xdm":
            assert writing_paths.value_at(path, {"event": {"xdm": xdm}}) == value
            assert path == path.strip()  # as the form's field reads it


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("name", "x.name"),
        ("two words", "x.two words"),
        ("a.b", 'x["a.b"]'),
        ("a[0]", 'x["a[0]"]'),
        ('say "hi".', "x['say \"hi\".']"),
        (" edge", 'x[" edge"]'),
        ("", 'x[""]'),
        ("'\".", ""),
    ],
)
def test_odd_keys_are_quoted(key: str, path: str) -> None:
    assert writing_paths.with_key("x", key) == path


@pytest.mark.parametrize(
    ("items", "index", "path"),
    [
        (ITEMS, 0, 'x[sku="A-1"]'),
        (ITEMS, 1, 'x[sku="B-2"]'),
        (ITEMS, 2, ""),
        ([{"id": 7}, {"id": 8}], 1, "x[id=8]"),
        ([{"id": -7}], 0, ""),
        ([{"id": True}], 0, ""),
        ([{"price": 7}], 0, ""),
        (["A-1"], 0, ""),
    ],
)
def test_item_is_told_by_what_only_the_first_of_its_kind_has(
    items: list[Any], index: int, path: str
) -> None:
    assert writing_paths.of_match("x", items, index) == path


def test_every_item_is_asked_by_a_star() -> None:
    path = f"{writing_paths.of_every('arc.event.items')}.price"
    assert writing_paths.value_at(path, {"event": {"items": ITEMS}}) == [5, 7, 9]


def test_path_that_cannot_be_read_gives_nothing() -> None:
    assert writing_paths.value_at("nowhere[", {"event": {}}) is None
