"""What is not sent, and what a marketer reads about it."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.meta.package import SEND_EVENT
from extensions.meta.refusals import MESSAGES
from tests.extensions.meta.making import NOW, codes, refused

DAY = 86_400

# For each refusal: settings, event data and configuration that bring it about.
APP = {
    "actionSource": "app",
    "appData": {
        "advertiserTrackingEnabled": True,
        "extinfo": {"version": "i2", "osVersion": "18.1"},
    },
}
MESSAGE = {
    "actionSource": "business_messaging",
    "messagingChannel": "whatsapp",
    "ctwaClid": "{{click}}",
    "pageId": "7",
}
CASES: dict[str, dict[str, Any]] = {
    "consent_denied": {"settings": {"consent": "{{consent}}"}},
    "missing_pixel_id": {"configuration": {"pixelId": "{{pixel}}"}},
    "invalid_pixel_id": {
        "configuration": {"pixelId": "{{pixel}}"},
        "data": {"pixel": "../1/photos?x="},
    },
    "missing_access_token": {"configuration": {"accessToken": "{{token}}"}},
    "invalid_api_version": {"configuration": {"apiVersion": "v26.0/1"}},
    "missing_test_event_code": {
        "settings": {"isTestEvent": True, "testEventCode": "{{code}}"},
    },
    "invalid_test_event_code": {
        "settings": {"isTestEvent": True, "testEventCode": "{{code}}"},
        "data": {"code": "TEST 1"},
    },
    "missing_app_secret": {"configuration": {"appSecret": "{{secret}}"}},
    "missing_event_name": {"settings": {"eventName": "{{name}}"}},
    "missing_action_source": {"settings": {"actionSource": "{{source}}"}},
    "invalid_action_source": {
        "settings": {"actionSource": "{{source}}"},
        "data": {"source": "web"},
    },
    "missing_event_time": {
        "settings": {"eventTime": "{{time}}", "automatic": {"eventTime": False}},
    },
    "invalid_event_time": {"settings": {"eventTime": "{{time}}"}, "data": {"time": "yesterday"}},
    "event_too_old": {"settings": {"eventTime": "{{time}}"}, "data": {"time": NOW - 7 * DAY - 1}},
    "store_event_too_old": {
        "settings": {"eventTime": "{{time}}", "actionSource": "physical_store"},
        "data": {"time": NOW - 62 * DAY - 1},
    },
    "event_in_future": {"settings": {"eventTime": "{{time}}"}, "data": {"time": NOW + 61}},
    "missing_event_source_url": {"settings": {"eventSourceUrl": "{{url}}"}},
    "missing_advertiser_tracking": {
        "settings": {**APP, "appData": {"advertiserTrackingEnabled": "{{allowed}}"}},
    },
    "missing_extinfo": {
        "settings": {**APP, "appData": {"advertiserTrackingEnabled": True}},
    },
    "invalid_extinfo": {
        "settings": {
            **APP,
            "appData": {"advertiserTrackingEnabled": True, "extinfo": {"version": "i2"}},
        },
    },
    "missing_messaging_channel": {
        "settings": {**MESSAGE, "messagingChannel": "{{channel}}"},
        "data": {"click": "c"},
    },
    "invalid_messaging_channel": {
        "settings": {**MESSAGE, "messagingChannel": "{{channel}}"},
        "data": {"click": "c", "channel": "sms"},
    },
    "missing_messaging_id": {"settings": MESSAGE},
    "too_little_customer_information": {"data": {"email": None}},
    "purchase_without_value": {
        "settings": {"eventName": "Purchase", "customData": {"currency": "EUR"}},
    },
    "purchase_without_currency": {
        "settings": {"eventName": "Purchase", "customData": {"value": 1}},
    },
    "invalid_contents": {"settings": {"customData": {"contents": ["sku-1"]}}},
    "invalid_custom_data": {"settings": {"customData": "{value: 1}"}},
    "invalid_object": {"settings": {"storeData": "{store: 1}"}},
}


def test_every_refusal_is_tested() -> None:
    assert CASES.keys() == MESSAGES.keys()


@pytest.mark.parametrize("code", CASES)
def test_an_event_that_meta_would_refuse_is_refused_here(code: str) -> None:
    result = refused(**CASES[code])

    assert result.code == code
    assert result.message.startswith(MESSAGES[code])


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (
            {"gender": "f", "city": "Bonn", "clientUserAgent": "Mozilla"},
            "client_user_agent, ct, ge",
        ),
        ({"dob": "19970216", "clientUserAgent": "Mozilla"}, "client_user_agent, db"),
        ({"firstName": "Mary", "gender": "f"}, "fn, ge"),
        ({"lastName": "Smith", "gender": "f"}, "ge, ln"),
        ({"partnerName": "p", "partnerId": "1"}, "partner_id, partner_name"),
    ],
)
def test_too_broad_customer_information_is_refused_and_says_what_was_left(
    settings: dict[str, str], left: str
) -> None:
    result = refused(settings, {"email": "bad-email"})

    assert result.code == "too_little_customer_information"
    assert result.message.endswith(f"Only these were left: {left}.")


def test_a_refusal_keeps_the_notices_that_explain_it() -> None:
    assert "invalid_email" in codes(refused({}, {"email": "bad-email"}).notices)


def test_a_denied_consent_is_called_what_the_form_calls_it() -> None:
    help_text = SEND_EVENT.schema["ui"]["sections"]["Consent"]["help"]

    assert "“consent denied”" in help_text
    assert MESSAGES["consent_denied"].lower().startswith("consent denied: ")


@pytest.mark.parametrize("value", ["12,50", "", None, "free", True])
def test_a_purchase_whose_value_is_no_number_is_refused(value: object) -> None:
    settings = {"eventName": "Purchase", "customData": {"currency": "EUR", "value": "{{value}}"}}

    assert refused(settings, {"value": value}).code == "purchase_without_value"


@pytest.mark.parametrize("currency", ["Euro", "€", None, 978])
def test_a_purchase_whose_currency_is_no_code_is_refused(currency: object) -> None:
    settings = {"eventName": "Purchase", "customData": {"currency": "{{currency}}", "value": 1}}

    assert refused(settings, {"currency": currency}).code == "purchase_without_currency"


@pytest.mark.parametrize("contents", ["sku-1", ["sku-1"], [{"id": "1", "quantity": 1}, "x"], 5])
def test_contents_that_are_no_list_of_objects_are_refused(contents: object) -> None:
    result = refused({"customData": "{{custom}}"}, {"custom": {"contents": contents}})

    assert result.code == "invalid_contents"
