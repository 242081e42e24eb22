"""Paths: how they are written, and what they find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from extensions.core.path import MAX_STEPS, PATH, BadPath, Where, parse, reader
from extensions.validation import problems_in
from tests.extensions.core.making import (
    ElementCompiler,
    json_values,
    patient,
    scalars,
    scope,
    warnings,
)

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
        ("xdm.items[-1].price", 9.5),
        ("xdm.items[-2].price", 0),
        ("data.grid[-1][-2]", 3),
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
        ("xdm.items[--1]", 10),
        ("xdm.items[-]", 10),
        ("xdm.items[**]", 10),
        ("xdm.items[sku]", 10),
        ("xdm.items[sku=]", 10),
        ("xdm.items[sku=A-1]", 10),
        ('xdm.items[sku="A-1]', 10),
        ("xdm.items[sku=\"A-1']", 10),
        ('xdm.items[sku=="A-1"]', 10),
        ('xdm.items[sku!="A-1"]', 10),
        ('xdm.items[.sku="A-1"]', 10),
        ('xdm.items[="A-1"]', 10),
        ("xdm.items[price=1e5]", 10),
        ("xdm.items[price=.5]", 10),
        ('xdm.items[?(@.sku=="A-1")]', 10),
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
    "path", ["arc", "arc[0]", "event.xdm", "request.ip", "[0]", "foo", "ARC.event"]
)
def test_path_that_begins_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(BadPath, match=r"begins with arc\.event, arc\.request, arc\.ruleStash"):
        parse(path)


SHOP = {
    "data": {
        "items": [
            {"sku": "A-1", "price": 0, "tags": ["new", "red"], "product": {"brand": "Kite"}},
            {"sku": "B-2", "price": 9.5, "isGift": True, "product": {"brand": "Kite"}},
            "no object",
            {"sku": 5, "isGift": 1, "coupon": "", "product": None},
            {"sku": "5", "price": None, "tags": []},
            {"sku": "it's [1]", "price": 7},
        ],
        "orders": [{"lines": [{"id": 1}, {"id": 2}]}, {}, {"lines": [{"id": 3}, {"no": 4}]}],
        "empty": [],
        "object": {"0": "a", "-1": "b"},
        "nulls": [None, {"a": None}],
    }
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ('data.items[sku="A-1"].price', 0),
        ("data.items[sku='B-2'].price", 9.5),
        ('data.items[ sku = "B-2"].price', 9.5),
        ('data.items[product.brand="Kite"].sku', "A-1"),
        ("data.items[price=9.5].sku", "B-2"),
        ("data.items[price=0].sku", "A-1"),
        ("data.items[price=-0].sku", "A-1"),
        ("data.items[price=007].sku", "it's [1]"),
        ("data.items[isGift=true].sku", "B-2"),
        ("data.items[isGift=1].sku", 5),  # true is no 1
        ("data.items[sku=5].isGift", 1),
        ('data.items[sku="5"].tags', []),
        ("data.items[product=null].sku", 5),
        ('data.items[coupon=""].sku', 5),
        ('data.items[sku="it\'s [1]"].price', 7),
        ('data.items[sku="C-3"].price', None),
        ('data.items[sku="a-1"].price', None),
        ('data.items[isGift="true"].sku', None),
        ("data.items[isGift=false].sku", None),
        ('data.items[0][sku="A-1"]', None),
        ('data.object[sku="A-1"]', None),
        ('data.missing[sku="A-1"].price', None),
        ('data.items[0].sku[sku="A-1"]', None),
    ],
)
def test_filter_gives_the_first_item_that_fits(path: str, value: Any) -> None:
    assert read(path, SHOP) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.items[*].sku", ["A-1", "B-2", 5, "5", "it's [1]"]),
        ("data.items[*].price", [0, 9.5, 7]),
        ("data.items[*].coupon", [""]),
        ("data.items[*].tags", ["new", "red"]),
        ("data.items[*].tags[0]", ["new"]),
        ("data.items[*].nowhere", []),
        ("data.orders[*].lines[*].id", [1, 2, 3]),
        ("data.orders[*].lines[-1].id", [2]),
        ("data.orders[*].lines[id=3].id", [3]),
        ("data.orders[-1].lines[*].id", [3]),
        ("data.empty[*].id", []),
        ("data.empty[*]", []),
        ("data.nulls[*]", [{"a": None}]),
        ("data.object[*]", None),
        ("data.missing[*].id", None),
        ("data.items[0].sku[*]", None),
    ],
)
def test_star_gives_what_the_rest_finds_in_every_item(path: str, value: Any) -> None:
    assert read(path, SHOP) == value


@pytest.mark.parametrize(
    "path", ["data.object[0]", "data.object[-1]", "data.items[-7]", "data.items[0].sku[-1]"]
)
def test_index_is_of_lists_only_and_within_them(path: str) -> None:
    assert read(path, SHOP) is None


@pytest.mark.parametrize(
    "request_",
    [
        {"headers": {"x-shop": "DE"}},
        {"headers": {"X-Shop": "DE"}},
        {"headers": {"a": 1, "X-SHOP": "DE"}},
    ],
)
@pytest.mark.parametrize("path", ["arc.request.headers.X-Shop", 'arc.request.headers["x-shop"]'])
def test_header_is_found_whatever_the_case_of_its_name(path: str, request_: Any) -> None:
    assert read(path, {}, request_) == "DE"


@pytest.mark.parametrize("path", ["data.ITEMS", "xdm.eventtype"])
def test_other_names_are_found_in_their_own_case_only(path: str) -> None:
    assert read(path, EVENT | SHOP) is None


def test_path_may_not_have_more_steps_than_anybody_needs() -> None:
    parse("data" + "[0]" * (MAX_STEPS - 1))
    with pytest.raises(BadPath, match=f"at most {MAX_STEPS} steps"):
        parse("data" + "[0]" * MAX_STEPS)


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
    assert read("data" + "".join(map(_written, keys)), {"data": event}) is value


@patient
@given(items=st.lists(json_values, min_size=1), data=st.data())
def test_index_from_the_end_finds_what_the_one_from_the_start_does(
    items: list[Any], data: Any
) -> None:
    index = data.draw(st.integers(0, len(items) - 1))
    event = {"data": items}
    assert read(f"data[{index - len(items)}]", event) is read(f"data[{index}]", event)


@patient
@given(values=st.lists(st.text(max_size=3) | st.integers(-9, 9) | st.booleans(), max_size=6))
def test_star_keeps_the_order_and_leaves_out_only_what_is_missing(values: list[Any]) -> None:
    items = [{"a": value} for value in values] + [{}, 5, None]
    assert read("data[*].a", {"data": items}) == values


@patient
@given(
    path=st.text() | st.from_regex(r"data(\[(-?[0-9]|\*|a=(1|'x'|null))\]|\.a)*", fullmatch=True),
    value=json_values,
)
def test_any_text_is_a_path_or_is_refused(path: str, value: Any) -> None:
    try:
        steps = parse(path)
    except BadPath:
        return
    reader(steps[1:])(value)


_steps = (
    st.text(max_size=6)
    | st.integers(-(10**12), 10**12)
    | st.just(slice(None))
    | st.builds(Where, st.lists(st.text(max_size=3), min_size=1, max_size=2).map(tuple), scalars)
)


@patient
@given(value=json_values, steps=st.lists(_steps, max_size=5).map(tuple))
def test_reading_any_json_never_raises(value: Any, steps: tuple[Any, ...]) -> None:
    reader(steps)(value)


def test_form_refuses_an_odd_path_beside_its_field() -> None:
    problems = problems_in(PATH, {"path": "xdm..id"})
    assert [problem.field for problem in problems] == ["path"]


@pytest.mark.parametrize("settings", [{}, {"path": ""}])
def test_form_asks_for_a_path(settings: dict[str, str]) -> None:
    problems = problems_in(PATH, settings)
    assert [(p.field, p.message) for p in problems] == [("path", "Please specify a path.")]


def test_path_reads_itself_aloud() -> None:
    assert PATH.summarise({"path": "xdm.eventType"}) == "xdm.eventType"


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("arc.request.cookies._ga", ("cookie:_ga",)),
        ('arc.request.cookies["Shop.id"]', ("cookie:Shop.id",)),
        ("arc.request.cookies._ga.x", ("cookie:_ga",)),
        ("arc.request.headers.X-Shop", ("header:x-shop",)),
        ("arc.request.headers.User-Agent", ()),
        ("arc.request.cookies", ()),
        ("arc.request.cookies[0]", ()),
        ("arc.request.headers[*]", ()),
        ("arc.request.ip", ()),
        ("arc.event.request.cookies._ga", ()),
        ("data.cookies._ga", ()),
        ("xdm.eventType", ()),
    ],
)
def test_path_needs_the_cookie_or_header_it_leads_to(path: str, needed: Any) -> None:
    assert PATH.needs({"path": path}) == needed


def test_form_warns_of_a_path_to_a_header_that_is_never_kept() -> None:
    words = "The header Authorization is never kept. There will be no value."
    assert warnings(PATH, {"path": "arc.request.headers.Authorization"}) == [("path", words)]
    assert warnings(PATH, {"path": "arc.request.headers.X-Shop"}) == []
    assert warnings(PATH, {"path": "data.headers.Authorization"}) == []
