"""Settings under the labels that people know them by."""

from __future__ import annotations

from typing import Any

import pytest

from rules.engine.labels import label_of, leaves
from tests.rules.engine.making import FORM


def labelled(settings: dict[str, Any]) -> list[tuple[str, str, Any]]:
    return [(leaf.path, leaf.label, leaf.value) for leaf in leaves(FORM, settings)]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("code", "Code"),
        ("automatic.ip", "Automatic › IP Address"),
        ("contents", "Contents"),
        ("contents.items", "Custom Data › Items"),
        ("contents.items.1.quantity", "Custom Data › Items › 2 › Quantity"),
        ("contents.items.0.colour", "Custom Data › Items › 1 › colour"),
        ("names.2", "Names › 3"),
        ("store.city", "City"),
        ("store.country", "Store › country"),
        ("comparison.operator", "Operator"),
        ("untitled", "untitled"),
        ("unknown", "unknown"),
        ("unknown.deep", "unknown.deep"),
    ],
)
def test_setting_has_the_label_of_its_form(path: str, label: str) -> None:
    assert label_of(FORM, path) == label


def test_objects_are_opened_and_controls_are_not() -> None:
    settings = {
        "contents": {"items": [{"quantity": 1}]},
        "automatic": {"ip": False},
        "store": {"city": "Oslo"},
        "names": ["a", "b"],
    }
    assert labelled(settings) == [
        ("names", "Names", ["a", "b"]),
        ("automatic.ip", "Automatic › IP Address", False),
        ("contents.items", "Custom Data › Items", [{"quantity": 1}]),
        ("store", "Store", {"city": "Oslo"}),
    ]


def test_token_in_place_of_an_object_stands_under_the_objects_label() -> None:
    assert labelled({"contents": "{{All}}"}) == [("contents", "Contents", "{{All}}")]


def test_unknown_setting_comes_last_under_its_own_name() -> None:
    assert labelled({"x": 1, "code": "A"}) == [("code", "Code", "A"), ("x", "x", 1)]
