"""Paths: how they are written, and what they find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from extensions.core.path import PATH, BadPath, parse, walk
from extensions.validation import problems_in
from tests.extensions.core.making import ElementCompiler, json_values, patient, scope

EVENT = {
    "xdm": {
        "eventType": "commerce.purchases",
        "items": [{"sku.id": "A-1", "price": 0}, {"price": 9.5}],
        "id": "the parent's own",
    },
    "data": {
        "revenue": 0,
        "isNew": False,
        "coupon": "",
        "nothing": None,
        "grid": [[1, 2], [3, 4]],
        "größe": "XL",
        "two words": 2,
        'say "hi"': 3,
        "it's": 4,
        "a]b": 5,
        "": 6,
        "0": 7,
        "line\nbreak": 8,
    },
}
REQUEST = {"ip": "203.0.113.7", "headers": {"user-agent": "Mozilla"}}


def read(path: str, event: Any = EVENT, request: Any = REQUEST) -> Any:
    """Return what a Path data element finds."""
    return PATH.compile({"path": path}, ElementCompiler())(scope(event, request))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("arc.event", EVENT),
        ("arc.request", REQUEST),
        ("arc.event.xdm", EVENT["xdm"]),
        ("arc.event.xdm.eventType", "commerce.purchases"),
        ("xdm.eventType", "commerce.purchases"),
        ("arc.request.ip", "203.0.113.7"),
        ("arc.request.headers.user-agent", "Mozilla"),
        ("xdm.items[1].price", 9.5),
        ('xdm.items[0]["sku.id"]', "A-1"),
        ("xdm.items[0]['sku.id']", "A-1"),
        ("data.grid[1][0]", 3),
        ("data.grid[0]", [1, 2]),
        ("data.größe", "XL"),
        ("data.two words", 2),
        ("data['say \"hi\"']", 3),
        ('data["it\'s"]', 4),
        ('data["a]b"]', 5),
        ('data[""]', 6),
        ("data.0", 7),
        ('data["line\nbreak"]', 8),
        ('arc["event"]["data"]["größe"]', "XL"),
    ],
)
def test_path_finds_what_stands_there(path: str, value: Any) -> None:
    assert read(path) == value


@pytest.mark.parametrize(
    ("path", "value"), [("data.revenue", 0), ("data.isNew", False), ("data.coupon", "")]
)
def test_zero_false_and_empty_text_are_values(path: str, value: Any) -> None:
    found = read(path)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "path",
    [
        "data.nothing",
        "data.nothing.more",
        "data.missing",
        "data.missing.more",
        "xdm.nowhere[0].id",  # not the parent's own id
        "xdm.items[2].price",
        "xdm.items[999999999]",
        "xdm.items.price",
        "xdm[0]",
        "data.revenue.amount",
        "data.revenue[0]",
        "data.isNew[0]",
        "data[0]",
        "arc.request.cookies.fbp",
    ],
)
def test_what_is_missing_is_null(path: str) -> None:
    assert read(path) is None


@pytest.mark.parametrize("path", ["xdm.eventType[0]", "xdm.eventType.length", "data.coupon[0]"])
def test_letters_of_a_text_are_no_parts_of_it(path: str) -> None:
    assert read(path) is None


@pytest.mark.parametrize("event", [None, [], [1], "text", 5, True])
def test_event_that_is_no_object_has_nothing(event: Any) -> None:
    assert read("data.a", event) is None


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("", 1),
        (".xdm", 1),
        ("xdm..id", 4),
        ("xdm.", 4),
        ("xdm.items[]", 10),
        ("xdm.items[-1]", 10),
        ("xdm.items[1.5]", 10),
        ("xdm.items[x]", 10),
        ("xdm.items[0", 10),
        ("xdm.items[0]]", 13),
        ("xdm.items[0]price", 13),
        ('xdm["id', 4),
        ("xdm[\"id']", 4),
        ("xdm.items[٣]", 10),
        ("xdm.items[9999999999]", 10),
        ("xdm.items[" + "9" * 5000 + "]", 10),
    ],
)
def test_odd_path_is_refused_with_the_place(path: str, where: int) -> None:
    with pytest.raises(BadPath, match=f"from character {where} on"):
        parse(path)


@pytest.mark.parametrize(
    "path", ["arc", "arc.ruleStash", "arc[0]", "event.xdm", "request.ip", "[0]", "foo", "ARC.event"]
)
def test_path_that_begins_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(BadPath, match=r"begins with arc\.event, arc\.request, xdm or data"):
        parse(path)


def _written(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    quote = "'" if '"]' in step else '"'
    return f"[{quote}{step}{quote}]"


@patient
@given(keys=st.lists(st.text(max_size=8) | st.integers(0, 3), max_size=5), value=json_values)
def test_any_key_that_was_put_there_is_found(keys: list[str | int], value: Any) -> None:
    assume(not any(isinstance(key, str) and '"]' in key and "']" in key for key in keys))
    event = value
    for key in reversed(keys):
        event = {key: event} if isinstance(key, str) else [None] * key + [event]
    steps = parse("data" + "".join(map(_written, keys)))
    found = walk({"data": event}, steps[1:])
    assert found is value


@patient
@given(path=st.text(), value=json_values)
def test_any_text_is_a_path_or_is_refused(path: str, value: Any) -> None:
    try:
        steps = parse(path)
    except BadPath:
        return
    walk({"event": value, "request": value}, steps)


@patient
@given(
    value=json_values,
    steps=st.lists(st.text(max_size=6) | st.integers(0, 10**12), max_size=5).map(tuple),
)
def test_walking_any_json_never_raises(value: Any, steps: tuple[str | int, ...]) -> None:
    walk(value, steps)


def test_form_refuses_an_odd_path_beside_its_field() -> None:
    problems = problems_in(PATH, {"path": "xdm..id"})
    assert [problem.field for problem in problems] == ["path"]


@pytest.mark.parametrize("settings", [{}, {"path": ""}])
def test_form_asks_for_a_path(settings: dict[str, str]) -> None:
    problems = problems_in(PATH, settings)
    assert [(p.field, p.message) for p in problems] == [("path", "Please specify a path.")]


def test_path_reads_itself_aloud() -> None:
    assert PATH.summarise({"path": "xdm.eventType"}) == "xdm.eventType"
