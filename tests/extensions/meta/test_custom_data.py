"""Custom data: its forms, the types Meta wants, and what passes through."""

from __future__ import annotations

import orjson
import pytest

from extensions.contract import JSON, Notice
from extensions.meta import custom_data
from tests.extensions.meta.making import codes, refused, sent


def built(value: JSON) -> tuple[dict[str, JSON], list[str]]:
    """Return the custom data of a Lead and the codes of its notices."""
    notices: list[Notice] = []
    return custom_data.build(value, "Lead", notices), codes(notices)


@pytest.mark.parametrize(
    "template",
    [
        {"value": "{{value}}", "currency": "EUR"},
        '{"value": "{{value}}", "currency": "EUR"}',
        "{{custom}}",
        " {{custom}} ",
    ],
)
def test_custom_data_comes_as_object_as_text_or_from_one_data_element(template: JSON) -> None:
    data = {"value": 12.5, "custom": {"value": 12.5, "currency": "EUR"}}
    send = sent({"customData": template}, data)

    assert send.payload["custom_data"] == {"value": 12.5, "currency": "EUR"}


def test_a_visitors_text_cannot_add_keys_of_its_own() -> None:
    template = '{"content_name": "{{name}}"}'
    send = sent({"customData": template}, {"name": 'x", "value": "1'})

    assert send.payload["custom_data"] == {"content_name": 'x", "value": "1'}


def test_a_data_element_may_give_the_object_as_json_text() -> None:
    send = sent({"customData": "{{custom}}"}, {"custom": '{"order_id": "7"}'})

    assert send.payload["custom_data"] == {"order_id": "7"}


@pytest.mark.parametrize("value", ["text", "[1]", 5, ["a"], True])
def test_custom_data_that_is_no_object_is_left_out_with_a_notice(value: JSON) -> None:
    send = sent({"customData": "{{custom}}"}, {"custom": value})

    assert "custom_data" not in send.payload
    assert "custom_data_not_an_object" in codes(send.notices)


def test_nulls_and_empty_values_are_left_out_at_every_depth() -> None:
    value = {"a": None, "b": "", "c": [], "d": {"e": None}, "f": ["", 1, None], "g": 0, "h": False}

    assert built(value) == ({"f": [1], "g": 0, "h": False}, [])


def test_zero_is_a_value() -> None:
    settings = {"eventName": "Purchase", "customData": {"value": "{{v}}", "currency": "EUR"}}

    assert sent(settings, {"v": 0}).payload["custom_data"] == {"value": 0, "currency": "EUR"}


@pytest.mark.parametrize(
    ("key", "value", "shaped"),
    [
        ("value", "12.50", 12.5),
        ("value", " 10 ", 10),
        ("predicted_ltv", "1e3", 1000.0),
        ("net_revenue", "-5", -5),
        ("num_items", "3", 3),
    ],
)
def test_numbers_as_text_become_numbers_with_a_notice(key: str, value: str, shaped: float) -> None:
    data, notices = built({key: value, "currency": "EUR"})

    assert data[key] == shaped
    assert type(data[key]) is type(shaped)
    assert notices == ["number_from_text"]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("value", "12,50", "not_a_number"),
        ("value", "nan", "not_a_number"),
        ("value", "1_0", "not_a_number"),
        ("value", "1e300", "not_a_number"),
        ("value", "-1e300", "not_a_number"),
        ("value", "1e400", "not_a_number"),
        ("value", 1e300, "not_a_number"),
        ("num_items", "1e300", "not_a_number"),
        ("num_items", "1e400", "not_a_number"),
        ("value", True, "not_a_number"),
        ("num_items", 2.5, "not_whole"),
        ("currency", "Euro", "invalid_currency"),
        ("order_id", {"a": 1}, "not_text"),
        ("content_ids", [{"a": 1}], "not_text"),
        ("delivery_category", "by drone", "invalid_delivery_category"),
    ],
)
def test_values_of_the_wrong_type_are_left_out_with_a_notice(
    key: str, value: JSON, code: str
) -> None:
    data, notices = built({key: value})

    assert (data, notices) == ({}, [code])


@pytest.mark.parametrize("key", ["value", "num_items", "predicted_ltv"])
def test_a_number_too_large_for_a_float_is_left_out_with_a_notice(key: str) -> None:
    assert built({key: 10**400}) == ({}, ["not_a_number"])


@pytest.mark.parametrize(
    ("key", "value", "shaped"),
    [
        ("currency", " eur ", "EUR"),
        ("content_ids", ["a", 2], ["a", 2]),
        ("content_ids", ' ["a", 2]', ["a", 2]),
        ("content_ids", [2**53 - 1, 2**53], [2**53 - 1, str(2**53)]),
        ("order_id", 1007, "1007"),
        ("num_items", 3.0, 3),
        ("status", True, True),
        ("my_own", {"deep": [1, {"er": "x"}]}, {"deep": [1, {"er": "x"}]}),
    ],
)
def test_values_get_the_shape_that_meta_wants(key: str, value: JSON, shaped: JSON) -> None:
    assert built({key: value}) == ({key: shaped}, [])


@pytest.mark.parametrize(
    ("key", "value", "shaped"),
    [
        ("content_ids", "sku-1", ["sku-1"]),
        ("content_ids", "a,b", ["a,b"]),
        ("content_ids", 7, [7]),
        ("content_ids", "[a", ["[a"]),
        ("content_ids", "[]", ["[]"]),
        ("contents", {"id": "a", "quantity": 1}, [{"id": "a", "quantity": 1}]),
        ("contents", '{"id": "a", "quantity": 1}', [{"id": "a", "quantity": 1}]),
    ],
)
def test_what_should_be_a_list_becomes_one_with_a_notice(
    key: str, value: JSON, shaped: JSON
) -> None:
    assert built({key: value}) == ({key: shaped}, ["not_a_list"])


@pytest.mark.parametrize("key", ["content_ids", "contents"])
@pytest.mark.parametrize("value", [None, "", " \t", [], {}])
def test_a_list_that_is_not_there_is_no_trouble(key: str, value: JSON) -> None:
    assert built({key: value}) == ({}, [])


def test_a_currency_unknown_to_the_standard_is_sent_with_a_notice() -> None:
    assert built({"value": 1, "currency": "QQQ"}) == (
        {"value": 1, "currency": "QQQ"},
        ["unknown_currency"],
    )


def test_a_value_without_a_currency_is_remarked() -> None:
    assert built({"value": 1})[1] == ["value_without_currency"]


@pytest.mark.parametrize(
    "contents",
    [
        [{"id": "a", "quantity": "2", "item_price": "9.90"}],
        {"id": "a", "quantity": 2, "item_price": 9.9},
        '[{"id": "a", "quantity": 2, "item_price": 9.9}]',
    ],
)
def test_contents_become_a_list_of_objects_with_numbers(contents: JSON) -> None:
    data, _ = built({"contents": contents})

    assert data == {"contents": [{"id": "a", "quantity": 2, "item_price": 9.9}]}


def test_items_without_id_or_quantity_are_left_out_and_said_once() -> None:
    contents = [{"id": "a", "quantity": 1}, {"id": "b"}, {"quantity": 1}]

    assert built({"contents": contents}) == (
        {"contents": [{"id": "a", "quantity": 1}]},
        ["contents_incomplete"],
    )


def test_one_mistake_in_many_items_is_said_once() -> None:
    contents = [{"id": str(number), "quantity": "1"} for number in range(3)]

    assert built({"contents": contents})[1] == ["number_from_text"]


def nested(levels: int) -> str:
    """Return the JSON of objects and lists that stand so many levels in each other."""
    pairs, odd = divmod(levels, 2)
    inner = '{"a":1}' if odd else "1"
    return '{"a":[' * pairs + inner + "]}" * pairs


@pytest.mark.parametrize("levels", [2, 19, 20])
def test_what_a_setting_may_nest_is_sent_whole(levels: int) -> None:
    template = nested(levels)

    assert custom_data.fault_of(template) == ""
    assert custom_data.parse_text(template) == orjson.loads(template)
    assert sent({"customData": template}).payload["custom_data"] == orjson.loads(template)


@pytest.mark.parametrize("levels", [21, 22, 1_000])
def test_a_setting_that_is_nested_further_is_refused_with_the_limit(levels: int) -> None:
    template = nested(levels)

    assert custom_data.parse_text(template) is None
    assert "at most 20 levels" in custom_data.fault_of(template)
    assert "at most 20 levels" in custom_data.fault_of(orjson.loads(template))
    assert refused({"customData": template}).code == "invalid_custom_data"


@pytest.mark.parametrize("template", ["[1]", "{", "text", 5, [1], "{" * 100_000])
def test_a_setting_that_is_no_object_says_so(template: JSON) -> None:
    assert custom_data.fault_of(template) == "Please enter a valid JSON payload."


def test_text_of_an_event_may_nest_as_deep_as_it_likes() -> None:
    send = sent({"customData": "{{custom}}"}, {"custom": '{"a":1,"b":' + nested(900) + "}"})

    assert send.payload["custom_data"] == {"a": 1}
    assert "custom_data_too_deep" in codes(send.notices)


def test_text_of_an_event_keeps_what_it_holds_beside_a_list_of_products() -> None:
    settings = {"customData": "{{custom}}", "contents": {"list": "{{items}}"}}
    data = {"custom": '{"a":1,"b":' + nested(900) + "}", "items": [{"id": "7", "quantity": 1}]}

    custom = sent(settings, data).payload["custom_data"]

    assert custom == {"a": 1, "contents": [{"id": "7", "quantity": 1}]}


def test_nesting_without_end_is_cut_with_a_notice() -> None:
    value: JSON = "bottom"
    for _ in range(500):
        value = {"a": value}

    assert built(value) == ({}, ["custom_data_too_deep"])


@pytest.mark.parametrize(("value", "kept"), [(2**70, str(2**70)), (float("inf"), None)])
def test_numbers_that_json_cannot_carry_do_not_pass(value: float, kept: str | None) -> None:
    assert built({"own": value})[0].get("own") == kept


def test_half_characters_are_taken_out() -> None:
    assert built({"own\ud800": "a\ud800b"}) == ({"own": "ab"}, [])
