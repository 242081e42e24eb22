"""Lists, hashes that came ready made, and what a website event takes from the request."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from extensions.contract import JSON
from extensions.meta import normalise
from extensions.meta.fields import USER_FIELDS, UserField
from extensions.meta.hashing import hashed, sha256
from extensions.meta.values import NOTHING_LEFT, Context
from tests.extensions.meta.making import codes, refused, sent

EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
REQUEST: dict[str, JSON] = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0",
    "headers": {},
    "cookies": {"_fbp": "fb.1.1596403881668.1116446470", "_fbc": "fb.1.1759000000000.AbC"},
}


def user_data(settings: dict[str, JSON], data: dict[str, JSON], **changes: Any) -> dict[str, JSON]:
    found: dict[str, JSON] = sent(settings, data, **changes).payload["user_data"]
    return found


def test_a_hash_is_passed_through_in_lower_case() -> None:
    digest = sha256("mary@shop.example")

    assert user_data({}, {"email": digest.upper()})["em"] == [digest]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (md5(b"mary@shop.example", usedforsecurity=False).hexdigest(), "md5_hash"),
        (EMPTY_HASH, "hash_of_nothing"),
        ("bad-email", "invalid_email"),
        ({"address": "mary@shop.example"}, "not_text"),
        (True, "not_text"),
    ],
)
def test_an_unusable_email_is_dropped_with_a_notice_that_names_the_field(
    value: JSON, code: str
) -> None:
    send = sent({"externalId": "7"}, {"email": value})

    assert "em" not in send.payload["user_data"]
    assert (code, "user_data.em") in [(notice.code, notice.field) for notice in send.notices]


def test_64_letters_that_are_no_hex_are_hashed() -> None:
    assert user_data({}, {"email": "z" * 60 + "@z.z"})["em"] == [sha256("z" * 60 + "@z.z")]


def test_32_hex_digits_are_an_external_id_like_any_other() -> None:
    uuid = "0123456789abcdef0123456789abcdef"

    assert user_data({"externalId": uuid}, {})["external_id"] == [sha256(uuid)]


def test_several_values_lose_bad_ones_and_duplicates_and_keep_their_order() -> None:
    emails = ["B@x.example", "bad", "a@x.example", None, " b@X.example ", sha256("c@x.example")]
    send = sent({}, {"email": emails})

    assert send.payload["user_data"]["em"] == [
        sha256("b@x.example"),
        sha256("a@x.example"),
        sha256("c@x.example"),
    ]
    assert codes(send.notices).count("invalid_email") == 1


def test_several_inputs_may_each_give_a_list() -> None:
    settings: dict[str, JSON] = {"email": ["{{first}}", "c@x.example", "{{others}}", "{{none}}"]}
    data: dict[str, JSON] = {"first": "A@x.example", "others": ["b@x.example", "a@x.example"]}

    assert user_data(settings, data)["em"] == [
        sha256("a@x.example"),
        sha256("c@x.example"),
        sha256("b@x.example"),
    ]


def test_several_fixed_values_are_hashed_when_the_build_is_compiled() -> None:
    found = user_data({"city": ["New York", "new york", "Bonn"]}, {})

    assert found["ct"] == [sha256("newyork"), sha256("bonn")]


def test_a_list_inside_a_list_inside_a_list_is_no_value() -> None:
    send = sent({"email": ["{{emails}}"], "externalId": "7"}, {"emails": [["a@x.example"]]})

    assert "em" not in send.payload["user_data"]
    assert "not_text" in codes(send.notices)


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("", [sha256("User-7")]),
        ("hash", [sha256("User-7")]),
        ("lowercase", [sha256("user-7")]),
        ("as-is", ["User-7"]),
        ("unheard of", [sha256("User-7")]),
    ],
)
def test_an_external_id_is_sent_as_the_pixel_sends_it(mode: str, found: list[str]) -> None:
    send = sent({"externalId": "{{id}}"}, {"id": "User-7"}, {"externalIdMode": mode})

    assert send.payload["user_data"]["external_id"] == found


def test_an_external_id_as_it_is_stays_so_to_the_letter() -> None:
    digest = sha256("7").upper()
    send = sent({"externalId": "{{id}}"}, {"id": [" 7 ", digest]}, {"externalIdMode": "as-is"})

    assert send.payload["user_data"]["external_id"] == [" 7 ", digest]


@pytest.mark.parametrize(
    ("order", "born", "date"),
    [
        ("", "03/02/1997", "19970302"),
        ("month-first", "03/02/1997", "19970302"),
        ("day-first", "03/02/1997", "19970203"),
        ("day-first", "02/16/1997", "19970216"),  # has one reading only
        ("day-first", "03021997", "19970203"),
        ("day-first", "1997-02-03", "19970203"),
    ],
)
def test_the_settings_say_how_a_date_with_two_readings_is_meant(
    order: str, born: str, date: str
) -> None:
    send = sent({"dob": "{{born}}"}, {"born": born}, {"dateOrder": order})

    assert send.payload["user_data"]["db"] == [sha256(date)]


@pytest.mark.parametrize(
    ("setting", "key", "value", "normalised"),
    [
        ("f5first", "f5first", " Margaret ", "marga"),
        ("f5first", "f5first", "Jo", "jo"),
        ("f5last", "f5last", "O'Neil-Smith", "oneil"),
        ("firstInitial", "fi", "Élodie", "é"),
        ("birthDay", "dobd", 3, "03"),
        ("birthMonth", "dobm", "2", "02"),
        ("birthMonth", "dobm", "February", "02"),
        ("birthYear", "doby", "1997", "1997"),
    ],
)
def test_parts_of_names_and_dates_are_hashed_as_one_value(
    setting: str, key: str, value: JSON, normalised: str
) -> None:
    assert user_data({setting: "{{part}}"}, {"part": value})[key] == sha256(normalised)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("birthDay", 32), ("birthMonth", "13"), ("birthYear", "97"), ("birthYear", 2999)],
)
def test_a_part_of_a_date_that_cannot_be_is_left_out(setting: str, value: JSON) -> None:
    send = sent({setting: "{{part}}"}, {"part": value})

    assert list(send.payload["user_data"]) == ["em"]
    assert "invalid_date_of_birth" in codes(send.notices)


@pytest.mark.parametrize(
    ("setting", "key"),
    [("anonId", "anon_id"), ("madid", "madid"), ("ctwaClid", "ctwa_clid"), ("pageId", "page_id")],
)
def test_ids_that_are_not_hashed_are_sent_as_text(setting: str, key: str) -> None:
    assert user_data({setting: "{{id}}"}, {"id": 17})[key] == "17"


def test_a_key_that_takes_one_value_takes_the_first_usable_one() -> None:
    send = sent({"clientIpAddress": "{{ip}}"}, {"ip": ["10.0.0.1", "203.0.113.7", "8.8.8.8"]})

    assert send.payload["user_data"]["client_ip_address"] == "203.0.113.7"
    assert {"one_value_only", "private_ip"} <= set(codes(send.notices))


@pytest.mark.parametrize("mode", ["hash", "lowercase", "as-is"])
@pytest.mark.parametrize("blank", [" ", " \t\n ", "\xa0", "\u2003", "\ud800", " \ud800", [" ", ""]])
@pytest.mark.parametrize("field", USER_FIELDS, ids=lambda field: field.key)
def test_blank_text_is_no_value(field: UserField, blank: JSON, mode: str) -> None:
    kept = "email" if field.setting == "phone" else "phone"
    settings = {"email": "", kept: "{{kept}}", field.setting: "{{blank}}"}
    values = {"email": "mary@shop.example", "phone": "+491701234567"}
    send = sent(settings, {"kept": values[kept], "blank": blank}, {"externalIdMode": mode})

    assert list(send.payload["user_data"]) == [{"email": "em", "phone": "ph"}[kept]]
    assert not [notice for notice in send.notices if notice.code.startswith("invalid")]


def test_blank_ids_do_not_stand_for_those_a_channel_needs() -> None:
    settings = {
        "actionSource": "business_messaging",
        "messagingChannel": "messenger",
        "eventName": "Purchase",
        "eventSourceUrl": "",
        "pageId": "{{page}}",
        "pageScopedUserId": "1",
    }

    assert refused(settings, {"page": " "}).code == "missing_messaging_id"


def test_the_hash_of_nothing_is_never_made() -> None:
    assert hashed(normalise.unchanged)("", Context()) == (None, NOTHING_LEFT)


@pytest.mark.parametrize(
    ("setting", "source", "is_remarked"),
    [
        ("pageId", "website", True),
        ("igSid", "other", True),
        ("madid", "website", True),
        ("anonId", "website", True),
        ("madid", "physical_store", False),
        ("subscriptionId", "website", False),
        ("leadId", "website", False),
    ],
)
def test_a_key_of_another_source_is_sent_with_a_notice(
    setting: str, source: str, is_remarked: bool
) -> None:
    settings = {"actionSource": source, setting: "{{value}}"}
    send = sent(settings, {"value": "123456789012345"})
    key = next(field.key for field in USER_FIELDS if field.setting == setting)

    assert key in send.payload["user_data"]
    assert ("key_of_another_source" in codes(send.notices)) is is_remarked
    assert "key_of_another_source" not in codes(sent(settings, {"value": ""}).notices)


def test_of_several_addresses_meta_gets_the_ipv6_one() -> None:
    addresses = ["fe80::1", "203.0.113.7", "2001:db8::7", "2001:db8::8"]
    send = sent({"clientIpAddress": "{{ip}}"}, {"ip": addresses})

    assert send.payload["user_data"]["client_ip_address"] == "2001:db8::7"


def test_missing_values_are_left_out_without_a_word() -> None:
    send = sent({"phone": "{{phone}}", "city": "{{city}}"}, {"phone": None, "city": ""})

    assert list(send.payload["user_data"]) == ["em"]
    assert codes(send.notices) == ["no_client_user_agent", "no_click_or_browser_id"]


def test_a_value_without_data_elements_is_hashed_when_the_build_is_compiled() -> None:
    assert user_data({"city": "New York"}, {})["ct"] == [sha256("newyork")]


def test_a_notice_about_a_fixed_value_comes_with_every_event() -> None:
    assert "invalid_gender" in codes(sent({"gender": "divers"}, {}).notices)


def test_country_decides_how_state_zip_and_phone_are_read() -> None:
    settings: dict[str, JSON] = {
        "state": "{{state}}",
        "zip": "{{zip}}",
        "phone": "{{phone}}",
        "country": "{{country}}",
    }
    data: dict[str, JSON] = {
        "state": "California",
        "zip": "12345-6789",
        "phone": "0170 1234567",
        "country": "Germany",
    }

    found = user_data(settings, data)

    assert found["st"] == [sha256("california")]
    assert found["zp"] == [sha256("123456789")]
    assert found["ph"] == [sha256("491701234567")]


def test_the_default_country_of_the_extension_completes_phone_numbers() -> None:
    send = sent({"phone": "650.555.1212"}, {}, {"defaultCountry": "US"})

    assert send.payload["user_data"]["ph"] == [sha256("16505551212")]


def test_the_default_country_says_nothing_about_state_and_zip() -> None:
    send = sent({"zip": "1234567890"}, {}, {"defaultCountry": "US"})

    assert send.payload["user_data"]["zp"] == [sha256("1234567890")]


def test_a_website_event_takes_address_browser_and_cookies_from_the_request() -> None:
    found = user_data({}, {}, request=REQUEST)

    assert found["client_ip_address"] == "203.0.113.7"
    assert found["client_user_agent"] == "Mozilla/5.0"
    assert found["fbp"] == "fb.1.1596403881668.1116446470"
    assert found["fbc"] == "fb.1.1759000000000.AbC"


def test_an_event_of_another_source_takes_nothing_from_the_request() -> None:
    found = user_data({"actionSource": "phone_call"}, {}, request=REQUEST)

    assert list(found) == ["em"]


def test_a_mapped_field_is_not_filled_from_the_request() -> None:
    found = user_data({"clientIpAddress": "{{ip}}"}, {}, request=REQUEST)

    assert "client_ip_address" not in found


@pytest.mark.parametrize(
    "request_", [{}, {"cookies": None, "ip": None}, {"cookies": ["x"], "ip": "::1"}]
)
def test_a_request_that_knows_nothing_is_no_trouble(request_: dict[str, JSON]) -> None:
    assert list(user_data({}, {}, request=request_)) == ["em"]


def test_a_user_agent_is_sent_to_the_letter() -> None:
    found = user_data({"clientUserAgent": "{{ua}}"}, {"ua": " Mozilla/5.0  (X11) "})

    assert found["client_user_agent"] == " Mozilla/5.0  (X11) "


def test_website_events_without_a_user_agent_are_sent_with_a_notice() -> None:
    assert "no_client_user_agent" in codes(sent().notices)
    assert codes(sent(request=REQUEST).notices) == []
