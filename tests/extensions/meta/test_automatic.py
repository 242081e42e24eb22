"""Automatic parameters: each has its switch, and says where its value came from."""

from __future__ import annotations

import pytest

from extensions.contract import JSON
from tests.extensions.meta.making import EVENT_ID, NOW, codes, refused, sent

REQUEST: dict[str, JSON] = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0",
    "cookies": {"_fbp": "fb.1.1759000000000.7", "_fbc": "fb.1.1759000000000.AbC"},
}
EVENT: dict[str, JSON] = {
    "xdm": {"_id": "xdm-1", "timestamp": "2025-10-09T08:53:10Z"},
    "data": {"email": "mary@shop.example"},
}
EMPTY = {"eventId": "", "eventTime": ""}


def test_everything_that_was_filled_says_where_it_came_from() -> None:
    send = sent(EMPTY, event=EVENT, request=REQUEST)

    assert send.payload["event_time"] == NOW - 10
    assert send.payload["event_id"] == "xdm-1"
    assert dict(send.origins) == {
        "event_time": "from the event's own timestamp",
        "event_id": "from the event's own id",
        "user_data.client_ip_address": "from the visitor's request",
        "user_data.client_user_agent": "from the visitor's request",
        "user_data.fbp": "from the _fbp cookie",
        "user_data.fbc": "from the _fbc cookie",
    }


def test_origins_never_quote_a_value() -> None:
    send = sent(EMPTY, event=EVENT, request=REQUEST)

    for value in ("203.0.113.7", "Mozilla", "AbC", "xdm-1"):
        assert value not in repr(send.origins)


def test_what_was_mapped_has_no_origin_of_ours() -> None:
    settings = {"eventTime": "{{time}}", "eventId": "e-7", "clientIpAddress": "{{ip}}"}
    send = sent(settings, {"time": NOW, "ip": "198.51.100.1"}, request=REQUEST)

    assert send.payload["user_data"]["client_ip_address"] == "198.51.100.1"
    assert not {"event_time", "event_id", "user_data.client_ip_address"} & dict(send.origins).keys()


@pytest.mark.parametrize(
    ("switch", "key"),
    [
        ("clientIpAddress", "client_ip_address"),
        ("clientUserAgent", "client_user_agent"),
        ("fbp", "fbp"),
        ("fbc", "fbc"),
    ],
)
def test_each_parameter_of_the_visitor_can_be_switched_off_alone(switch: str, key: str) -> None:
    on = sent({}, request=REQUEST)
    off = sent({"automatic": {switch: False}}, request=REQUEST)

    assert on.payload["user_data"].keys() - off.payload["user_data"].keys() == {key}


def test_without_an_id_of_its_own_the_event_gets_ours() -> None:
    send = sent(EMPTY)

    assert send.payload["event_id"] == EVENT_ID
    assert dict(send.origins)["event_id"] == "our own id of the event"
    assert "no_event_id" in codes(send.notices)


def test_the_id_of_the_event_is_one_the_pixel_may_know() -> None:
    assert "no_event_id" not in codes(sent(EMPTY, event=EVENT).notices)


@pytest.mark.parametrize("own", [None, "", " ", 7, ["x"], {"a": 1}])
def test_an_id_in_xdm_that_is_none_is_not_used(own: JSON) -> None:
    event = {**EVENT, "xdm": {"_id": own}}

    assert sent(EMPTY, event=event).payload["event_id"] == EVENT_ID


@pytest.mark.parametrize("event_id", ["", "{{none}}"])
def test_switched_off_no_id_is_sent_and_ours_still_tells_repetitions(event_id: str) -> None:
    send = sent({"eventId": event_id, "automatic": {"eventId": False}}, event=EVENT)

    assert "event_id" not in send.payload
    assert send.dedup_id == EVENT_ID
    assert "no_event_id" in codes(send.notices)
    assert "event_id" not in dict(send.origins)


def test_an_id_that_is_mapped_is_sent_whatever_the_switch_says() -> None:
    settings = {"eventId": "e-7", "automatic": {"eventId": False}}

    assert sent(settings).payload["event_id"] == "e-7"


def test_without_a_timestamp_the_time_is_that_of_its_arrival() -> None:
    send = sent(EMPTY, received_at=NOW - 3)

    assert send.payload["event_time"] == NOW - 3
    assert dict(send.origins)["event_time"] == "when the event was received"


def test_switched_off_the_time_has_to_be_given() -> None:
    settings = {"automatic": {"eventTime": False}, "eventTime": "{{time}}"}

    assert sent(settings, {"time": NOW}).payload["event_time"] == NOW
    assert refused(settings).code == "missing_event_time"


def test_an_event_that_carries_a_wrong_time_was_dated_by_its_arrival() -> None:
    event = {"xdm": {"timestamp": "tomorrow"}, "data": {"email": "mary@shop.example"}}
    send = sent(EMPTY, event=event)

    assert dict(send.origins)["event_time"] == "when the event was received"
    assert "event_time_unusable" in codes(send.notices)
