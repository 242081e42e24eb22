"""The event as Meta reads it: server event parameters, address, name, id, expiry."""

from __future__ import annotations

import pytest

from extensions.contract import JSON
from tests.extensions.meta.making import (
    CONFIGURATION,
    EVENT_ID,
    NOW,
    PIXEL,
    TOKEN_VALUE,
    codes,
    refused,
    sent,
)

DAY, HOUR = 86_400, 3_600


def test_the_address_holds_what_a_request_shares_and_the_token_only_by_reference() -> None:
    assert sent().address == {
        "dataset": PIXEL,
        "api_version": "v26.0",
        "credential": TOKEN_VALUE,
        "partner_agent": "capiadmin_1_0",
    }


def test_pixel_token_and_version_come_from_the_configuration() -> None:
    configuration = {"pixelId": "{{pixel}}", "accessToken": "{{token}}", "apiVersion": "v25.0"}
    address = sent({}, {"pixel": 42, "token": "[[SE1]]"}, configuration).address

    assert (address["dataset"], address["credential"]) == ("42", "[[SE1]]")
    assert address["api_version"] == "v25.0"


def test_a_test_event_carries_its_code_in_the_address() -> None:
    settings = {"isTestEvent": True, "testEventCode": "{{code}}"}

    assert sent(settings, {"code": "TEST1"}).address["test_event_code"] == "TEST1"


def test_a_code_is_ignored_while_the_switch_is_off() -> None:
    assert "test_event_code" not in sent({"testEventCode": "TEST1"}).address


def test_the_code_of_the_environment_makes_every_event_a_test_event() -> None:
    configuration = {"testEventCodes": {"development": "TESTDEV", "production": "TESTPROD"}}

    assert sent({}, {}, configuration).address["test_event_code"] == "TESTDEV"
    # The switch alone means the code of the environment, and a code of its own stands above it.
    assert sent({"isTestEvent": True}, {}, configuration).address["test_event_code"] == "TESTDEV"
    own = {"isTestEvent": True, "testEventCode": "TEST1"}
    assert sent(own, {}, configuration).address["test_event_code"] == "TEST1"


def test_the_code_of_the_environment_is_none_for_another_pixel() -> None:
    configuration = {"testEventCodes": {"development": "TESTDEV"}}
    own = {"pixelId": "77", "isTestEvent": True, "testEventCode": "TEST1"}

    assert "test_event_code" not in sent({"pixelId": "77"}, {}, configuration).address
    assert "test_event_code" not in sent({"pixelId": "{{p}}"}, {"p": 77}, configuration).address
    assert sent({"pixelId": PIXEL}, {}, configuration).address["test_event_code"] == "TESTDEV"
    assert sent(own, {}, configuration).address["test_event_code"] == "TEST1"
    refusal = refused({"pixelId": "77", "isTestEvent": True}, {}, configuration)
    assert refusal.code == "missing_test_event_code"


@pytest.mark.parametrize("code", ["TEST 1", "TEST-1", "Té", "T" * 101, "T" * 100_000])
def test_a_code_that_cannot_be_right_is_not_sent(code: str) -> None:
    settings = {"isTestEvent": True, "testEventCode": "{{code}}"}

    assert refused(settings, {"code": code}).code == "invalid_test_event_code"
    configuration = {"testEventCodes": {"development": "{{code}}"}}
    assert refused({}, {"code": code}, configuration).code == "invalid_test_event_code"


def test_an_environment_without_a_code_sends_real_events() -> None:
    configuration = {"testEventCodes": {"production": "TESTPROD", "development": ""}}

    assert "test_event_code" not in sent({}, {}, configuration).address


def test_a_test_event_without_any_code_is_not_sent() -> None:
    assert refused({"isTestEvent": True}).code == "missing_test_event_code"


def test_an_action_may_send_to_another_pixel_with_another_token() -> None:
    address = sent({"pixelId": "{{pixel}}", "accessToken": "[[SE9]]"}, {"pixel": 77}).address

    assert (address["dataset"], address["credential"]) == ("77", "[[SE9]]")


def test_another_pixel_alone_keeps_the_token_of_the_extension() -> None:
    address = sent({"pixelId": "77", "accessToken": ""}).address

    assert (address["dataset"], address["credential"]) == ("77", TOKEN_VALUE)


@pytest.mark.parametrize(
    ("setting", "code"),
    [("pixelId", "missing_pixel_id"), ("accessToken", "missing_access_token")],
)
def test_an_override_that_gives_nothing_never_falls_back_to_the_extension(
    setting: str, code: str
) -> None:
    assert refused({setting: "{{none}}"}).code == code


def test_the_app_secret_travels_as_a_reference() -> None:
    assert sent({}, {}, {"appSecret": "[[SE2]]"}).address["app_secret"] == "[[SE2]]"
    assert "app_secret" not in sent({}, {}, {"appSecret": ""}).address


def test_the_app_secret_proves_no_token_but_that_of_the_extension() -> None:
    secret = {"appSecret": "[[SE2]]"}

    assert "app_secret" not in sent({"accessToken": "[[SE9]]"}, {}, secret).address
    assert sent({"accessToken": TOKEN_VALUE}, {}, secret).address["app_secret"] == "[[SE2]]"
    assert sent({"pixelId": "77"}, {}, secret).address["app_secret"] == "[[SE2]]"


def test_the_partner_agent_is_that_of_the_settings() -> None:
    assert sent({}, {}, {"partnerAgent": "shop_2_1"}).address["partner_agent"] == "shop_2_1"


def test_settings_of_an_earlier_build_keep_their_meaning() -> None:
    settings: dict[str, JSON] = {
        "lduEnabled": False,
        "optOut": "false",
        "email": "{{email}}",
        "customData": '{"value": "{{v}}", "currency": "EUR"}',
        "isTestEvent": False,
    }
    payload = sent(settings, {"v": 1}).payload

    assert payload["opt_out"] is False
    assert payload["custom_data"] == {"value": 1, "currency": "EUR"}
    assert "data_processing_options" not in payload


def test_the_token_is_not_in_the_payload() -> None:
    assert CONFIGURATION["accessToken"] not in repr(sent().payload)


def test_the_event_id_and_name_identify_the_payload() -> None:
    send = sent({"eventName": "Lead", "eventId": "order-7"})

    assert (send.name, send.dedup_id) == ("Lead", "order-7")
    assert send.payload["event_id"] == "order-7"


@pytest.mark.parametrize(
    ("value", "event_id"), [(" A-1 ", " A-1 "), (17, "17"), (17.0, "17"), ("0", "0")]
)
def test_an_event_id_is_sent_as_the_pixel_sends_it(value: object, event_id: str) -> None:
    assert sent({"eventId": "{{id}}"}, {"id": value}).dedup_id == event_id


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "no_event_id"),
        ("", "no_event_id"),
        ("  ", "no_event_id"),
        ({"id": 1}, "invalid_event_id"),
        (True, "invalid_event_id"),
    ],
)
def test_without_an_event_id_our_own_is_used_and_said(value: object, code: str) -> None:
    send = sent({"eventId": "{{id}}"}, {"id": value})

    assert send.dedup_id == EVENT_ID
    assert code in codes(send.notices)


def test_a_store_event_without_an_id_has_no_pixel_event_to_be_confused_with() -> None:
    settings = {"eventId": "", "actionSource": "physical_store"}

    assert codes(sent(settings).notices) == []


def test_payloads_of_one_event_are_equal_on_every_evaluation() -> None:
    assert sent().payload == sent().payload


@pytest.mark.parametrize(
    ("source", "action_source"),
    [("Phone Call", "phone_call"), (" EMAIL ", "email"), ("system_generated",) * 2],
)
def test_an_action_source_is_known_by_id_and_label(source: str, action_source: str) -> None:
    send = sent({"actionSource": "{{source}}"}, {"source": source})

    assert send.payload["action_source"] == action_source


@pytest.mark.parametrize("name", ["purchase", "page_view", "Add To Cart"])
def test_a_name_that_nearly_is_a_standard_event_is_sent_with_a_notice(name: str) -> None:
    send = sent({"eventName": name})

    assert send.payload["event_name"] == name
    assert "event_name_near_miss" in codes(send.notices)


@pytest.mark.parametrize("name", ["Purchase", "PageView", "Newsletter"])
def test_standard_and_custom_names_pass_without_a_notice(name: str) -> None:
    custom = {"value": 0, "currency": "EUR"}

    assert "event_name_near_miss" not in codes(
        sent({"eventName": name, "customData": custom}).notices
    )


@pytest.mark.parametrize(
    ("value", "opt_out"),
    [(True, True), (False, False), ("true", True), ("False", False), (0, False), ("maybe", True)],
)
def test_opt_out_is_read_and_in_doubt_respected(value: object, opt_out: bool) -> None:
    assert sent({"optOut": "{{out}}"}, {"out": value}).payload["opt_out"] is opt_out


def test_opt_out_that_cannot_be_read_is_said() -> None:
    assert "opt_out_unclear" in codes(sent({"optOut": "maybe"}).notices)


@pytest.mark.parametrize("value", [None, ""])
def test_opt_out_that_was_not_given_is_left_out(value: object) -> None:
    assert "opt_out" not in sent({"optOut": "{{out}}"}, {"out": value}).payload


def test_limited_data_use_asks_meta_to_find_country_and_state() -> None:
    payload = sent({"lduEnabled": True}).payload

    assert payload["data_processing_options"] == ["LDU"]
    assert payload["data_processing_options_country"] == 0
    assert payload["data_processing_options_state"] == 0


def test_without_limited_data_use_its_fields_are_left_out() -> None:
    assert not [key for key in sent().payload if key.startswith("data_processing")]


def test_limited_data_use_without_an_address_is_remarked() -> None:
    assert "limited_data_use_without_ip" in codes(sent({"lduEnabled": True}).notices)


def test_a_page_that_is_no_web_address_is_left_out_where_it_is_not_needed() -> None:
    send = sent({"actionSource": "email", "eventSourceUrl": "{{url}}"}, {"url": "/checkout"})

    assert "event_source_url" not in send.payload
    assert codes(send.notices) == ["invalid_event_source_url"]


def test_an_event_expires_an_hour_before_metas_limit() -> None:
    assert sent({"eventTime": str(NOW - 100)}).expires_at == NOW - 100 + 7 * DAY - HOUR


def test_a_store_event_lives_for_62_days() -> None:
    settings = {"eventTime": str(NOW - 30 * DAY), "actionSource": "physical_store"}

    assert sent(settings).expires_at == NOW + 32 * DAY - HOUR


def test_no_payload_is_made_that_has_expired_already() -> None:
    send = sent({"eventTime": str(NOW - 7 * DAY + HOUR)})

    assert send.expires_at == NOW
