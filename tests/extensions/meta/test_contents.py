"""Products: rows that were typed in, and lists of the event read item by item."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import JSON
from extensions.meta.contents import compile_contents
from tests.extensions.meta.making import LiteralCompiler, codes, scope, sent

ITEMS: list[JSON] = [
    {"sku": "a", "amount": 2, "product": {"price": "4.50", "title": "Tea"}},
    {"sku": "b", "amount": "1", "product": {"price": 3}},
]
NAMES: dict[str, JSON] = {
    "list": "{{items}}",
    "id": "sku",
    "quantity": "amount",
    "itemPrice": "product.price",
    "title": "product.title",
}


def custom(
    contents: dict[str, JSON], data: dict[str, JSON] | None = None, **settings: JSON
) -> dict[str, Any]:
    found: dict[str, Any] = sent({"contents": contents, **settings}, data).payload["custom_data"]
    return found


def test_rows_are_sent_as_contents_and_keep_their_types() -> None:
    rows = [
        {"id": "{{sku}}", "quantity": 2, "item_price": 4.5, "delivery_category": "in_store"},
        {"id": "b", "quantity": "{{count}}"},
    ]

    assert custom({"items": rows}, {"sku": "s-17", "count": 1})["contents"] == [
        {"id": "s-17", "quantity": 2, "item_price": 4.5, "delivery_category": "in_store"},
        {"id": "b", "quantity": 1},
    ]


def test_a_row_that_is_empty_on_this_event_is_no_product() -> None:
    rows = [{"id": "a", "quantity": 1}, {"id": "{{none}}", "quantity": "{{none}}"}]
    send = sent({"contents": {"items": rows}})

    assert send.payload["custom_data"]["contents"] == [{"id": "a", "quantity": 1}]
    assert "contents_incomplete" not in codes(send.notices)


@pytest.mark.parametrize("as_text", [False, True])
def test_a_list_is_read_by_the_names_of_its_members(as_text: bool) -> None:
    items = (
        '[{"sku":"a","amount":2,"product":{"price":"4.50","title":"Tea"}},'
        '{"sku":"b","amount":"1","product":{"price":3}}]'
    )

    assert custom(NAMES, {"items": items if as_text else ITEMS})["contents"] == [
        {"id": "a", "quantity": 2, "item_price": 4.5, "title": "Tea"},
        {"id": "b", "quantity": 1, "item_price": 3},
    ]


def test_without_names_metas_own_are_looked_for() -> None:
    items = [{"id": "a", "quantity": 1, "item_price": 2, "brand": "B", "other": "x"}]

    assert custom({"list": "{{items}}"}, {"items": items})["contents"] == [
        {"id": "a", "quantity": 1, "item_price": 2, "brand": "B"}
    ]


def test_one_object_is_a_list_of_one() -> None:
    assert custom({"list": "{{i}}"}, {"i": {"id": "a", "quantity": 1}})["contents"] == [
        {"id": "a", "quantity": 1}
    ]


@pytest.mark.parametrize(
    ("item", "price"),
    [
        ({"total": 29.97, "quantity": 3}, 9.99),
        ({"total": "10", "quantity": "4"}, 2.5),
        ({"total": 10, "quantity": 3}, 3.3333),
        ({"total": 10, "quantity": 0}, None),
        ({"id": "a", "total": 10}, 10),
        ({"total": 10, "quantity": "some"}, None),
        ({"total": "free", "quantity": 1}, None),
        ({"total": None, "quantity": 1}, None),
        ({"total": 10, "quantity": 2, "item_price": 7}, 7),
    ],
)
def test_a_line_total_is_divided_by_the_quantity(item: dict[str, JSON], price: JSON) -> None:
    contents = compile_contents(
        {"contents": {"list": "{{items}}", "lineTotal": "total"}}, LiteralCompiler()
    )
    assert contents is not None

    (found,) = contents(scope({"items": [item]}), []) or []

    assert found.get("item_price") == price


def test_the_ids_may_be_sent_as_content_ids_too() -> None:
    items = [{"id": "a", "quantity": 1}, {"id": 7, "quantity": 1}, {"id": "a", "quantity": 2}]
    contents = {"list": "{{items}}", "sendIds": True}

    assert custom(contents, {"items": items})["content_ids"] == ["a", "7"]


def test_content_ids_that_are_given_stay() -> None:
    contents = {"items": [{"id": "a", "quantity": 1}], "sendIds": True}

    assert custom(contents, customData={"content_ids": ["x"]})["content_ids"] == ["x"]


def test_products_join_the_other_custom_data() -> None:
    contents = {"items": [{"id": "a", "quantity": 1}]}
    found = custom(contents, {"c": '{"order_id": "7", "contents": "old"}'}, customData="{{c}}")

    assert found == {"order_id": "7", "contents": [{"id": "a", "quantity": 1}]}


def test_custom_data_that_is_no_object_does_not_lose_the_products() -> None:
    contents = {"items": [{"id": "a", "quantity": 1}]}
    send = sent({"contents": contents, "customData": "{{c}}"}, {"c": [1]})

    assert send.payload["custom_data"] == {"contents": [{"id": "a", "quantity": 1}]}
    assert "custom_data_not_an_object" in codes(send.notices)


@pytest.mark.parametrize("items", ["text", 7, True, ["a"], [{"id": "a"}, 1], [[{"id": "a"}]]])
def test_a_list_of_anything_else_is_left_out_with_a_notice(items: JSON) -> None:
    send = sent({"contents": {"list": "{{items}}"}}, {"items": items})

    assert "custom_data" not in send.payload
    assert "contents_not_a_list" in codes(send.notices)


@pytest.mark.parametrize("items", [None, "", []])
def test_no_products_are_no_trouble(items: JSON) -> None:
    send = sent({"contents": {"list": "{{items}}"}}, {"items": items})

    assert "custom_data" not in send.payload
    assert "contents_not_a_list" not in codes(send.notices)


@pytest.mark.parametrize("item", [{}, {"amount": None}, {"amount": ""}, {"amount": " \t"}])
def test_an_item_of_a_list_without_a_quantity_counts_as_one(item: dict[str, JSON]) -> None:
    send = sent({"contents": NAMES}, {"items": [{"sku": "a", **item}]})

    assert send.payload["custom_data"]["contents"] == [{"id": "a", "quantity": 1}]
    assert "contents_incomplete" not in codes(send.notices)


@pytest.mark.parametrize("item", [{"quantity": 1}, {"id": "a", "quantity": "some"}])
def test_items_without_id_or_with_an_unusable_quantity_are_left_out_with_a_notice(
    item: dict[str, JSON],
) -> None:
    send = sent({"contents": {"list": "{{i}}"}}, {"i": [item, {"id": "b", "quantity": 1}]})

    assert send.payload["custom_data"]["contents"] == [{"id": "b", "quantity": 1}]
    assert "contents_incomplete" in codes(send.notices)


def test_a_row_without_a_quantity_is_left_out_with_a_notice() -> None:
    send = sent({"contents": {"items": [{"id": "a", "quantity": "{{none}}"}]}})

    assert "custom_data" not in send.payload
    assert "contents_incomplete" in codes(send.notices)
