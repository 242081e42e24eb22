"""What is taken with a warning: one row for each doubt, and an event for which there is none."""

from collections.abc import Callable
from typing import Any

import pytest

from meta_sandbox.doubts import DOUBTS, messages
from meta_sandbox.validation import check_body

NOW = 1_795_000_000
DAY = 86_400
HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
MAKE = Callable[..., dict[str, Any]]

GOOD_USER = {
    "em": HASH,
    "client_ip_address": "203.0.113.7",
    "client_user_agent": "Mozilla/5.0",
    "fbc": f"fb.1.{NOW - DAY}000.AbCdEf",
    "fbp": f"fb.1.{NOW - DAY}000.1098115397",
}


def with_user(**changes: Any) -> dict[str, Any]:
    user = GOOD_USER | changes
    return {"user_data": {key: value for key, value in user.items() if value is not None}}


def elsewhere(source: str, **user: Any) -> dict[str, Any]:
    return {"action_source": source, "event_source_url": None, "user_data": {"em": HASH, **user}}


FINE: dict[str, dict[str, Any]] = {
    "a website event": {},
    "a product in euros": {
        "event_name": "AddToCart",
        "custom_data": {"value": 1, "currency": "eur", "content_type": "product"},
    },
    "an event of our own": {"event_name": "Booked a table"},
    "a click that is a number": with_user(fbc=f"fb.1.{NOW - DAY}000.123"),
    "limited data use with an address": {
        "data_processing_options": ["LDU"],
        "data_processing_options_country": 0,
        "data_processing_options_state": 0,
    },
    "a message": elsewhere("business_messaging", page_id="1", page_scoped_user_id="2")
    | {"event_name": "LeadSubmitted", "messaging_channel": "messenger"},
    "an AppendAttribution": {
        "event_name": "AppendAttribution",
        "attribution_data": {
            "ad_id": "1",
            "touchpoint_ts": NOW,
            "attribution_share": 1,
            "attribution_value": 1,
        },
        "original_event_data": {"event_id": "e"},
    },
}


DOUBTFUL: dict[str, tuple[dict[str, Any], str]] = {
    "no user agent": (with_user(client_user_agent=None), "client_user_agent"),
    "an address without scheme": ({"event_source_url": "shop.example"}, "http://"),
    "no id": ({"event_id": None}, "event_id"),
    "a name in another case": ({"event_name": "purchase"}, "event_name"),
    "a name with underscores": ({"event_name": "add_to_cart"}, "event_name"),
    "a name with spaces": ({"event_name": "Page View"}, "event_name"),
    "no currency of this world": ({"custom_data": {"value": 1, "currency": "XXQ"}}, "ISO 4217"),
    "a value of nothing": ({"custom_data": {"value": 1}}, "value and currency"),
    "a currency of nothing": ({"custom_data": {"currency": "EUR"}}, "value and currency"),
    "another content type": ({"custom_data": {"content_type": "thing"}}, "content_type"),
    "nowhere to be located": (
        with_user(client_ip_address=None)
        | {
            "data_processing_options": ["LDU"],
            "data_processing_options_country": 0,
            "data_processing_options_state": 0,
        },
        "IP address",
    ),
    **{
        f"the address {address}": (with_user(client_ip_address=address), "private network")
        for address in ("192.168.1.20", "10.0.0.1", "127.0.0.1", "::1", "fd00::1", "fe80::1")
    },
    "an old click": (with_user(fbc=f"fb.1.{NOW - 91 * DAY}000.AbCdEf"), "90 days"),
    "a click in lower case": (with_user(fbc=f"fb.1.{NOW - DAY}000.abcdef"), "lower case"),
    "a message with web keys": (
        elsewhere(
            "business_messaging",
            page_id="1",
            page_scoped_user_id="2",
            client_user_agent="Mozilla/5.0",
        )
        | {"event_name": "LeadSubmitted", "messaging_channel": "messenger"},
        "keys of a website",
    ),
    "an app's key elsewhere": (with_user(madid="x"), "app events"),
    "a channel elsewhere": ({"messaging_channel": "whatsapp"}, "messaging_channel"),
    "a lead of no CRM": (elsewhere("system_generated", lead_id=123456789012345), "crm"),
    "an AppendValue to nothing": ({"event_name": "AppendValue"}, "original_event_data"),
    "an AppendAttribution of nothing": ({"event_name": "AppendAttribution"}, "AppendAttribution"),
}


@pytest.mark.parametrize("changes", FINE.values(), ids=FINE.keys())
def test_good_event_raises_no_doubt(event: MAKE, changes: dict[str, Any]) -> None:
    body = {"data": [event(**with_user() | changes)], "partner_agent": "shop_1_0"}
    assert check_body(body, NOW) is None
    assert messages(body) == ()


@pytest.mark.parametrize(("changes", "words"), DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_doubtful_event_is_taken_with_a_warning(
    event: MAKE, changes: dict[str, Any], words: str
) -> None:
    body = {"data": [event(**with_user()), event(**with_user() | changes)]}
    assert check_body(body, NOW) is None
    (message,) = messages(body)
    assert message.startswith("Event 1: ")
    assert words in message


def test_every_doubt_has_a_row() -> None:
    shown = {words for _, words in DOUBTFUL.values()}
    assert [doubt.words for doubt in DOUBTS if not any(each in doubt.words for each in shown)] == []


@pytest.mark.parametrize("agent", ["adobe_launch", "shop", "shop_1", "shop 1_0", "_1_0"])
def test_agent_of_another_form_is_doubtful(event: MAKE, agent: str) -> None:
    (message,) = messages({"data": [event(**with_user())], "partner_agent": agent})
    assert "name_major_minor" in message


def test_warnings_of_a_large_request_are_bounded(event: MAKE) -> None:
    assert len(messages({"data": [event(event_id=None)] * 1000})) == 20


def test_answer_warns_only_where_that_is_switched_on(
    client: Any, warning: Any, event: MAKE
) -> None:
    assert client.send(event()).json()["messages"] == []
    assert warning.send(event()).json()["messages"] == [
        "Event 0: a website event should have client_user_agent."
    ]
