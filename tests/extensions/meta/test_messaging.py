"""Messaging events: channel, ids, names, and the web parameters that do not belong to them."""

from __future__ import annotations

import pytest

from extensions.contract import JSON, Send
from tests.extensions.meta.making import codes, refused, sent

BASE: dict[str, JSON] = {
    "actionSource": "business_messaging",
    "eventName": "Purchase",
    "eventSourceUrl": "",
    "email": "",
    "customData": {"value": 1, "currency": "EUR"},
}
IDS: dict[str, dict[str, JSON]] = {
    "whatsapp": {"ctwaClid": "c", "pageId": "1"},
    "messenger": {"pageId": "1", "pageScopedUserId": "2"},
    "instagram": {"igSid": "3", "instagramBusinessAccountId": "4"},
}


def message(channel: str, **settings: JSON) -> Send:
    return sent({**BASE, "messagingChannel": channel, **IDS[channel], **settings})


@pytest.mark.parametrize("channel", IDS)
def test_an_event_with_the_ids_of_its_channel_is_sent(channel: str) -> None:
    send = message(channel)

    assert send.payload["messaging_channel"] == channel
    assert codes(send.notices) == []


@pytest.mark.parametrize(
    ("spelling", "channel"),
    [(" WhatsApp ", "whatsapp"), ("Instagram", "instagram"), ("instagram_direct", "instagram")],
)
def test_a_channel_is_known_by_its_label_too(spelling: str, channel: str) -> None:
    send = sent({**BASE, **IDS[channel], "messagingChannel": "{{c}}"}, {"c": spelling})

    assert send.payload["messaging_channel"] == channel


@pytest.mark.parametrize(
    ("channel", "missing", "words"),
    [
        ("whatsapp", "ctwaClid", "the WhatsApp Click ID"),
        ("whatsapp", "pageId", "the WhatsApp Business Account ID or the Page ID"),
        ("messenger", "pageId", "the Page ID"),
        ("messenger", "pageScopedUserId", "the Page-scoped User ID"),
        ("instagram", "igSid", "the Instagram-scoped ID"),
        (
            "instagram",
            "instagramBusinessAccountId",
            "the Instagram Business Account ID or the Instagram Account ID",
        ),
    ],
)
def test_a_missing_id_is_named(channel: str, missing: str, words: str) -> None:
    settings = {**BASE, "messagingChannel": channel, "email": "{{email}}", **IDS[channel]}
    result = refused({**settings, missing: "{{none}}"})

    assert result.code == "missing_messaging_id"
    assert result.message.endswith(f"needs {words}.")


@pytest.mark.parametrize(
    ("channel", "swap"),
    [
        ("whatsapp", {"pageId": "", "whatsappBusinessAccountId": "9"}),
        ("instagram", {"instagramBusinessAccountId": "", "igAccountId": "9"}),
    ],
)
def test_one_of_two_accounts_is_enough(channel: str, swap: dict[str, JSON]) -> None:
    message(channel, **swap)


@pytest.mark.parametrize(
    ("setting", "value", "field"),
    [
        ("eventSourceUrl", "https://shop.example/", "event_source_url"),
        ("referrerUrl", "https://shop.example/", "referrer_url"),
        ("clientIpAddress", "203.0.113.7", "user_data.client_ip_address"),
        ("clientUserAgent", "Mozilla/5.0", "user_data.client_user_agent"),
        ("fbc", "fb.1.1759000000000.AbC", "user_data.fbc"),
        ("fbp", "fb.1.1759000000000.7", "user_data.fbp"),
    ],
)
def test_parameters_of_the_web_are_left_out_with_a_notice(
    setting: str, value: str, field: str
) -> None:
    send = message("messenger", **{setting: value})

    assert field.removeprefix("user_data.") not in send.payload.keys() | send.payload["user_data"]
    assert [(n.code, n.field) for n in send.notices] == [("web_parameter_left_out", field)]


def test_nothing_is_taken_from_the_request() -> None:
    settings = {**BASE, "messagingChannel": "messenger", **IDS["messenger"]}
    request = {"ip": "203.0.113.7", "userAgent": "Mozilla/5.0", "cookies": {"_fbp": "fb.1.1.1"}}

    assert sent(settings, request=request).payload["user_data"].keys() == {
        "page_id",
        "page_scoped_user_id",
    }


def test_a_name_that_meta_does_not_list_is_sent_with_a_notice() -> None:
    send = message("messenger", eventName="Lead")

    assert send.payload["event_name"] == "Lead"
    assert codes(send.notices) == ["messaging_event_name"]


def test_the_channel_of_another_source_is_left_out_with_a_notice() -> None:
    send = sent({"actionSource": "email", "messagingChannel": "whatsapp"})

    assert "messaging_channel" not in send.payload
    assert codes(send.notices) == ["messaging_channel_left_out"]
