"""Original events, attribution, stores, segments, referrers: parameters with one rule each."""

from __future__ import annotations

import orjson
import pytest

from extensions.contract import JSON
from tests.extensions.meta.making import NOW, codes, sent


def test_the_original_event_is_named_with_the_types_of_meta() -> None:
    settings = {
        "originalEventData": {
            "eventName": "Purchase",
            "eventTime": "{{time}}",
            "orderId": "{{order}}",
            "eventId": "{{id}}",
        }
    }
    send = sent(settings, {"time": "2025-10-09T08:53:20Z", "order": 7, "id": " A-1 "})

    assert send.payload["original_event_data"] == {
        "event_name": "Purchase",
        "event_time": NOW,
        "order_id": "7",
        "event_id": " A-1 ",
    }


def test_a_part_of_the_original_event_that_cannot_be_read_is_left_out() -> None:
    settings = {"originalEventData": {"eventTime": "{{time}}", "orderId": "{{order}}"}}
    send = sent(settings, {"time": "soon", "order": "7"})

    assert send.payload["original_event_data"] == {"order_id": "7"}
    assert ("invalid_original_event", "original_event_data.event_time") in [
        (notice.code, notice.field) for notice in send.notices
    ]


def test_an_original_event_without_any_value_is_left_out_without_a_word() -> None:
    send = sent({"originalEventData": {"eventName": "{{none}}"}})

    assert "original_event_data" not in send.payload
    assert "invalid_original_event" not in codes(send.notices)


@pytest.mark.parametrize(
    ("setting", "key"), [("storeData", "store_data"), ("attributionData", "attribution_data")]
)
@pytest.mark.parametrize(
    "template",
    [
        {"a": "{{a}}", "b": {"c": [1, None, ""]}, "d": "{{none}}"},
        '{"a": "{{a}}", "b": {"c": [1]}}',
        "{{whole}}",
        "{{text}}",
    ],
)
def test_an_object_is_passed_through(setting: str, key: str, template: JSON) -> None:
    data = {
        "a": 7,
        "whole": {"a": 7, "b": {"c": [1]}, "e": {}},
        "text": '{"a": 7, "b": {"c": [1]}}',
    }

    assert sent({setting: template}, data).payload[key] == {"a": 7, "b": {"c": [1]}}


@pytest.mark.parametrize("value", ["text", 5, ["a"], True])
def test_an_object_that_is_none_is_left_out_with_a_notice(value: JSON) -> None:
    send = sent({"storeData": "{{store}}"}, {"store": value})

    assert "store_data" not in send.payload
    assert ("not_an_object", "store_data") in [(n.code, n.field) for n in send.notices]


@pytest.mark.parametrize("value", [None, "", {}, {"a": None}])
def test_an_object_without_anything_in_it_is_left_out(value: JSON) -> None:
    send = sent({"storeData": "{{store}}"}, {"store": value})

    assert "store_data" not in send.payload
    assert "not_an_object" not in codes(send.notices)


def test_a_customer_segment_is_sent_where_meta_knows_it() -> None:
    settings = {"customerSegmentation": "{{segment}}"}

    assert sent(settings, {"segment": " customer_in_loyalty_program "}).payload[
        "customer_segmentation"
    ] == ("customer_in_loyalty_program")
    unknown = sent(settings, {"segment": "vip"})
    assert "customer_segmentation" not in unknown.payload
    assert "invalid_customer_segmentation" in codes(unknown.notices)


@pytest.mark.parametrize("segment", [None, ""])
def test_a_segment_that_was_not_given_is_left_out_without_a_word(segment: JSON) -> None:
    send = sent({"customerSegmentation": "{{segment}}"}, {"segment": segment})

    assert "invalid_customer_segmentation" not in codes(send.notices)


def test_the_measurement_table_passes_through() -> None:
    settings = {"advancedMeasurementTable": "{{table}}"}

    assert sent(settings, {"table": "t-1"}).payload["advanced_measurement_table"] == "t-1"
    assert "not_text" in codes(sent(settings, {"table": [1]}).notices)


def test_the_referrer_is_sent_as_it_is() -> None:
    settings = {"referrerUrl": "{{referrer}}"}
    referrer = "https://search.example/?q=Tea%20Pot"

    assert sent(settings, {"referrer": referrer}).payload["referrer_url"] == referrer
    unusable = sent(settings, {"referrer": "about:blank"})
    assert "referrer_url" not in unusable.payload
    assert "invalid_referrer_url" in codes(unusable.notices)


@pytest.mark.parametrize("setting", ["storeData", "attributionData"])
@pytest.mark.parametrize("as_text", [False, True])
def test_an_object_that_is_nested_too_deeply_is_cut_with_a_notice(
    setting: str, as_text: bool
) -> None:
    value: JSON = "bottom"
    for _ in range(100):
        value = {"a": value}
    value = {"kept": 1, "deep": value}
    send = sent(
        {setting: "{{given}}"}, {"given": orjson.dumps(value).decode() if as_text else value}
    )

    assert {"kept": 1} in send.payload.values()
    assert "object_too_deep" in codes(send.notices)
