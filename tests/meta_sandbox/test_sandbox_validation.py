"""Each rule of a payload, one row each: what Meta refuses, with which subcode, and what passes."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from meta_sandbox.validation import check_body, check_event

NOW = 1_795_000_000
DAY = 86_400
HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
OTHER_HASH = "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
MAKE = Callable[..., dict[str, Any]]

HASHED = (
    *("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"),
    *("f5first", "f5last", "fi", "dobd", "dobm", "doby"),
)
PLAIN = (
    *("client_user_agent", "subscription_id", "anon_id", "madid", "page_id", "page_scoped_user_id"),
    *("ctwa_clid", "ig_account_id", "ig_sid", "whatsapp_business_account_id"),
    *("instagram_business_account_id", "partner_id", "partner_name"),
)
CUSTOM_TEXT = ("content_type", "content_name", "content_category", "order_id", "search_string")


def refusal(event: object) -> tuple[int | None, str] | None:
    finding = check_event(event, NOW)
    return finding and (finding.problem.subcode, finding.path)


def with_user(**user: Any) -> dict[str, Any]:
    return {"user_data": {"em": HASH, **user}}


def with_custom(**custom: Any) -> dict[str, Any]:
    return {"custom_data": custom}


def purchase(**custom: Any) -> dict[str, Any]:
    return {"event_name": "Purchase", "custom_data": custom}


def app_event(**app_data: Any) -> dict[str, Any]:
    base = {"advertiser_tracking_enabled": 1, "extinfo": extinfo()} | app_data
    return {
        "action_source": "app",
        "app_data": {key: value for key, value in base.items() if value is not None},
    }


def extinfo(**changes: str) -> list[str]:
    items = ["a2", "com.example", "1.0", "1.0 long", "13", *[""] * 11]
    for index, value in changes.items():
        items[int(index.removeprefix("at"))] = value
    return items


def message(channel: str | None, name: str = "Purchase", **user: str) -> dict[str, Any]:
    return {
        "action_source": "business_messaging",
        "event_name": name,
        "event_source_url": None,
        "messaging_channel": channel,
        "user_data": user,
        "custom_data": {"value": 1, "currency": "EUR"},
    }


def at(*steps: str | int) -> str:
    return "$" + "".join(f"[{step!r}]" for step in steps)


ACCEPTED: dict[str, dict[str, Any]] = {
    "the smallest event": {},
    "exactly seven days old": {"event_time": NOW - 7 * DAY},
    "one minute ahead": {"event_time": NOW + 60},
    "a store event of 62 days": {
        "action_source": "physical_store",
        "event_time": NOW - 62 * DAY,
        "event_source_url": None,
    },
    "a website event without user agent": with_user(client_ip_address="203.0.113.7"),
    "limited data use": {
        "data_processing_options": ["LDU"],
        "data_processing_options_country": 0,
        "data_processing_options_state": 0,
    },
    "explicitly unlimited data use": {"data_processing_options": []},
    "opt out": {"opt_out": True},
    "an IPv6 address": with_user(client_ip_address="2001:db8::7"),
    "user agent and IP": {
        "user_data": {"client_user_agent": "Mozilla/5.0", "client_ip_address": "203.0.113.7"}
    },
    "external id alone": {"user_data": {"external_id": "customer-7"}},
    "several hashes": with_user(em=[HASH, OTHER_HASH]),
    "several external ids": with_user(external_id=["a", "b"]),
    "fbc of four parts": with_user(
        fbc="fb.1.1554763741205.IwAR2F4-dbP0l7Mn1IawQQGCINEz7PYXQvwjNwB_"
    ),
    "fbc with an appendix": with_user(fbc="fb.2.1554763741205.AbCdEf.AQMBAAAA"),
    "fbc with an old appendix": with_user(fbc="fb.1.1554763741205.AbCdEf.Bg"),
    "fbp": with_user(fbp="fb.1.1558571054389.1098115397"),
    "fbp with an appendix": with_user(fbp="fb.1.1558571054389.1098115397.AQMBAAAA"),
    "lead id": with_user(lead_id=123456789012345),
    "login id": with_user(fb_login_id=42),
    "free custom data": with_custom(loyalty={"tier": [1, None]}, note=None),
    "status as boolean": with_custom(status=True),
    "status as text": with_custom(status="done"),
    "content ids of both kinds": with_custom(content_ids=["A1", 7]),
    "a purchase": purchase(value=49.9, currency="EUR"),
    "a purchase of nothing": purchase(value=0, currency="EUR"),
    "a currency in lower case": purchase(value=1, currency="usd"),
    "a rare currency": purchase(value=1, currency="MRU"),
    "contents": purchase(
        value=1,
        currency="EUR",
        contents=[{"id": "A1", "quantity": 2, "item_price": 0.5, "delivery_category": "in_store"}],
    ),
    "an app event": app_event(),
    "an iOS event": app_event(extinfo=extinfo(at0="i2", at4="17.1")),
    "an original event": {"original_event_data": {"event_name": "Lead", "event_time": NOW}},
    "a customer segment": {"customer_segmentation": "customer_in_loyalty_program"},
    "a customer segment in custom data": with_custom(
        customer_segmentation="new_customer_to_business"
    ),
    "attribution data": {
        "attribution_data": {
            "ad_id": "23851",
            "touchpoint_ts": NOW - 60,
            "attribution_share": 0.4,
            "attribution_value": 12.5,
            "attribution_setting": {"inactivity_window_hours": 4},
            "of_tomorrow": True,
        }
    },
    "attribution of all and of nothing": {"attribution_data": {"attribution_share": 1}},
    "a store": {
        "action_source": "physical_store",
        "event_source_url": None,
        "store_data": {"store_id": "7"},
        "custom_data": {"item_number": "1", "order_id": "A-1"},
    },
    "an installed app": app_event(
        application_tracking_enabled=0,
        campaign_ids="42",
        install_referrer="utm_source=x",
        installer_package="com.store",
        vendor_id="v",
        windows_attribution_id="w",
        url_schemes=["shop://"],
        consider_views=True,
    ),
    "limited data use in California": {
        "data_processing_options": ["LDU"],
        "data_processing_options_country": 1,
        "data_processing_options_state": 1000,
    },
    "a state that no table knows": {
        "data_processing_options": ["LDU"],
        "data_processing_options_country": 1,
        "data_processing_options_state": 1999,
    },
    "web keys of a message": message(
        "whatsapp", ctwa_clid="c", page_id="1", client_user_agent="Mozilla/5.0"
    ),
    "a CRM's lead": {
        "action_source": "system_generated",
        "event_source_url": None,
        "user_data": {"lead_id": 1234567890123456},
        "custom_data": {"event_source": "crm", "lead_event_source": "Books"},
    },
    "AppendValue": {
        "event_name": "AppendValue",
        "original_event_data": {
            "event_name": "Purchase",
            "event_time": NOW - 90,
            "order_id": "A-1",
            "event_id": "e",
        },
    },
    **{
        f"event {name}": {"event_name": name}
        for name in ("PageView", "purchase", "Booked a table", "MobileAppInstall")
    },
    "WhatsApp by page": message("whatsapp", ctwa_clid="c", page_id="1"),
    "WhatsApp by account": message("whatsapp", ctwa_clid="c", whatsapp_business_account_id="1"),
    "Messenger": message("messenger", page_id="1", page_scoped_user_id="2"),
    "Instagram by guide": message("instagram", ig_sid="s", instagram_business_account_id="1"),
    "Instagram by list": message("instagram", ig_sid="s", ig_account_id="1"),
    **{
        f"action source {source}": {"action_source": source, "event_source_url": None}
        for source in ("email", "phone_call", "chat", "system_generated", "other")
    },
    **{f"{key} hashed": with_user(**{key: HASH}) for key in HASHED},
    **{f"{key} as text": with_user(**{key: "some text"}) for key in PLAIN},
}


@pytest.mark.parametrize("changes", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_valid_event_is_accepted(event: MAKE, changes: dict[str, Any]) -> None:
    assert refusal(event(**changes)) is None


REFUSED: dict[str, tuple[dict[str, Any], int | None, str]] = {
    **{
        f"{key} missing": ({key: None}, 2804019, at(key))
        for key in ("event_name", "event_time", "action_source", "user_data", "event_source_url")
    },
    "empty name": ({"event_name": " "}, 2804019, at("event_name")),
    "name as number": ({"event_name": 7}, 2804019, at("event_name")),
    "time as text": ({"event_time": "1795000000"}, 2804019, at("event_time")),
    "time with fraction": ({"event_time": NOW + 0.5}, 2804019, at("event_time")),
    "time as boolean": ({"event_time": True}, 2804019, at("event_time")),
    "time in milliseconds": ({"event_time": NOW * 1000}, 2804004, at("event_time")),
    "more than a minute ahead": ({"event_time": NOW + 61}, 2804004, at("event_time")),
    "older than seven days": ({"event_time": NOW - 7 * DAY - 1}, 2804003, at("event_time")),
    "time before 1970": ({"event_time": -1}, 2804003, at("event_time")),
    "store event older than 62 days": (
        {"action_source": "physical_store", "event_time": NOW - 62 * DAY - 1},
        2804003,
        at("event_time"),
    ),
    "unknown action source": ({"action_source": "web"}, 2804019, at("action_source")),
    "action source as list": ({"action_source": ["website"]}, 2804019, at("action_source")),
    "user data as list": ({"user_data": []}, 2804019, at("user_data")),
    "event id as number": ({"event_id": 7}, 2804019, at("event_id")),
    "opt out as number": ({"opt_out": 1}, 2804019, at("opt_out")),
    "unknown key": ({"eventName": "PageView"}, None, at()),
    "unknown segment": ({"customer_segmentation": "vip"}, 2804019, at("customer_segmentation")),
    "other processing option": (
        {"data_processing_options": ["ALL"]},
        2804019,
        at("data_processing_options"),
    ),
    "limited data use without country": (
        {"data_processing_options": ["LDU"]},
        2804019,
        at("data_processing_options_country"),
    ),
    "limited data use without state": (
        {"data_processing_options": ["LDU"], "data_processing_options_country": 1},
        2804019,
        at("data_processing_options_state"),
    ),
    "limited data use elsewhere": (
        {"data_processing_options_country": 2, "data_processing_options_state": 0},
        2804019,
        at("data_processing_options_country"),
    ),
    "limited data use by boolean": (
        {"data_processing_options_country": False, "data_processing_options_state": 0},
        2804019,
        at("data_processing_options_country"),
    ),
    "processing options as text": (
        {"data_processing_options": "LDU"},
        2804019,
        at("data_processing_options"),
    ),
    "state as text": (
        {
            "data_processing_options": ["LDU"],
            "data_processing_options_country": 1,
            "data_processing_options_state": "CA",
        },
        2804019,
        at("data_processing_options_state"),
    ),
    "country without state": (
        {"data_processing_options_country": 1},
        2804019,
        at("data_processing_options_state"),
    ),
    "unknown segment in custom data": (
        with_custom(customer_segmentation="vip"),
        2804019,
        at("custom_data", "customer_segmentation"),
    ),
    **{
        f"{key} as {value!r}": ({key: value}, 2804019, at(key))
        for key in ("app_data", "original_event_data", "attribution_data", "store_data")
        for value in ("text", [], 7)
    },
    **{
        f"attribution {key} as {value!r}": (
            {"attribution_data": {key: value}},
            2804019,
            at("attribution_data", key),
        )
        for key, value in (
            *(("attribution_share", 1.01), ("attribution_share", -0.1)),
            *(("attribution_share", "0.5"), ("attribution_share", True)),
            *(("attribution_value", "1"), ("touchpoint_ts", "now"), ("visit_time", 1.5)),
            *(("ad_id", 1.5), ("scope", 7), ("attribution_setting", [])),
        )
    },
    "unknown key of the original event": (
        {"original_event_data": {"id": "e"}},
        None,
        at("original_event_data"),
    ),
    "unknown key of app data": (app_event(idfa="x"), None, at("app_data")),
    **{
        f"app data {key} as {value!r}": (
            app_event(**{key: value}),
            2804019,
            at("app_data", key),
        )
        for key, value in (
            *(("advertiser_tracking_enabled", 2), ("application_tracking_enabled", "1")),
            *(("campaign_ids", 42), ("url_schemes", "shop://"), ("vendor_id", "")),
        )
    },
    **{
        f"foreign {key}": (message("whatsapp", **ids), subcode, at("user_data", key))
        for key, subcode, ids in (
            ("ctwa_clid", 2804087, {"ctwa_clid": "000c", "page_id": "1"}),
            ("page_id", 2804072, {"ctwa_clid": "c", "page_id": "0001"}),
            (
                "whatsapp_business_account_id",
                2804132,
                {"ctwa_clid": "c", "whatsapp_business_account_id": "0001"},
            ),
        )
    },
    **{
        f"message named {name!r}": (
            message("messenger", name, page_id="1", page_scoped_user_id="2"),
            2804066,
            at("event_name"),
        )
        for name in ("PageView", "purchase", "Our own event")
    },
    "original event time as text": (
        {"original_event_data": {"event_time": "x"}},
        2804019,
        at("original_event_data", "event_time"),
    ),
    **{
        f"{name} in {key}": (with_user(**{key: value}), 2804019, at("user_data", key))
        for key in HASHED
        for name, value in {
            "raw value": "john@shop.example",
            "upper case hash": HASH.upper(),
            "MD5": HASH[:32],
            "hash with a newline": HASH + "\n",
            "hash of nothing": EMPTY_HASH,
            "64 letters": "z" * 64,
            "empty list": [],
            "null": None,
            "number": 7,
            "one raw value among hashes": [HASH, "john"],
            "nested list": [[HASH]],
        }.items()
    },
    **{
        f"{name} in {key}": (with_user(**{key: value}), 2804019, at("user_data", key))
        for key in PLAIN
        for name, value in {"number": 7, "list": ["a"], "empty text": "", "null": None}.items()
    },
    **{
        f"address {value!r}": (
            with_user(client_ip_address=value),
            2804019,
            at("user_data", "client_ip_address"),
        )
        for value in (
            *("", " 203.0.113.7", "203.0.113.7:443", "[2001:db8::7]", "fe80::1%eth0", "localhost"),
            *("203.0.113.256", "1" * 1000, 3405803783, None, ["203.0.113.7"]),
        )
    },
    **{
        f"fbc {value!r}": (with_user(fbc=value), 2804019, at("user_data", "fbc"))
        for value in (
            *("", "AbCdEf", "fb.1.1554763741205", "fb.1.1554763741205.", "fb.1.1554763741.AbCdEf"),
            *("fb.1.1554763741205.Ab CdEf", "fb.1.1554763741205.AbCdEf.no", "FB.1.1554763741205.A"),
            *("fb.1.1554763741205.A.AQMBAAAA.B", "fb.1.1554763741205.AbCdEf\n", 7),
        )
    },
    **{
        f"fbp {value!r}": (with_user(fbp=value), 2804019, at("user_data", "fbp"))
        for value in ("fb.1.1558571054389.abc", "fb.1.1558571054.1", "fb.1.1558571054389", 7)
    },
    **{
        f"several hashes in {key}": (with_user(**{key: [HASH]}), 2804019, at("user_data", key))
        for key in ("f5first", "f5last", "fi", "dobd", "dobm", "doby")
    },
    **{
        f"several hashes in {key} are taken, but not of nothing": (
            with_user(**{key: [HASH, EMPTY_HASH]}),
            2804019,
            at("user_data", key),
        )
        for key in HASHED[:10]
    },
    "lead id as text": (
        with_user(lead_id="123456789012345"),
        2804036,
        at("user_data", "lead_id"),
    ),
    "short lead id": (with_user(lead_id=12345678901234), 2804036, at("user_data", "lead_id")),
    "long lead id": (with_user(lead_id=12345678901234567), 2804036, at("user_data", "lead_id")),
    "login id as text": (with_user(fb_login_id="42"), 2804019, at("user_data", "fb_login_id")),
    "external id as number": (with_user(external_id=7), 2804019, at("user_data", "external_id")),
    "external id of nothing": (
        with_user(external_id=[EMPTY_HASH]),
        2804019,
        at("user_data", "external_id"),
    ),
    "misspelt customer key": (with_user(email="john@shop.example"), None, at("user_data")),
    "no customer key": ({"user_data": {}}, 2804050, at("user_data")),
    **{
        f"only {' and '.join(keys)}": (
            {"user_data": {key: "Mozilla" if "agent" in key else HASH for key in keys}},
            2804050,
            at("user_data"),
        )
        for keys in (
            ("client_user_agent",),
            ("ct", "country", "st", "zp", "ge", "client_user_agent"),
            ("db", "client_user_agent"),
            ("fn", "ge"),
            ("ln", "ge"),
            ("ln",),
        )
    },
    "custom data as list": ({"custom_data": []}, 2804019, at("custom_data")),
    **{
        f"{key} as {value!r}": (with_custom(**{key: value}), 2804019, at("custom_data", key))
        for key, value in (
            *(("value", "12.50"), ("value", True), ("value", None), ("predicted_ltv", "1")),
            *(("net_revenue", []), ("num_items", 1.5), ("content_ids", "A1")),
            *(("content_ids", [1.5]), ("status", 1), ("delivery_category", "drone")),
            *((key, 7) for key in CUSTOM_TEXT),
        )
    },
    "currency of two letters": (
        with_custom(currency="EU"),
        2804011,
        at("custom_data", "currency"),
    ),
    "contents as object": (
        with_custom(contents={"id": "A1"}),
        2804008,
        at("custom_data", "contents"),
    ),
    "contents of texts": (with_custom(contents=["A1"]), 2804008, at("custom_data", "contents")),
    "contents without id": (
        with_custom(contents=[{"id": "A1", "quantity": 1}, {"quantity": 1}]),
        2804019,
        at("custom_data", "contents", 1, "id"),
    ),
    "contents without quantity": (
        with_custom(contents=[{"id": "A1"}]),
        2804019,
        at("custom_data", "contents", 0, "quantity"),
    ),
    "item price as text": (
        with_custom(contents=[{"id": "A1", "quantity": 1, "item_price": "1"}]),
        2804019,
        at("custom_data", "contents", 0, "item_price"),
    ),
    "purchase without custom data": (
        {"event_name": "Purchase"},
        2804009,
        at("custom_data", "value"),
    ),
    "purchase without value": (purchase(currency="EUR"), 2804009, at("custom_data", "value")),
    "purchase with value as text": (
        purchase(value="49.90", currency="EUR"),
        2804009,
        at("custom_data", "value"),
    ),
    "purchase without currency": (purchase(value=1), 2804010, at("custom_data", "currency")),
    **{
        f"purchase in {value!r}": (
            purchase(value=1, currency=value),
            2804011,
            at("custom_data", "currency"),
        )
        for value in ("EURO", "XXX", "€", "", 978, ["EUR"])
    },
    "app event without app data": (
        {"action_source": "app"},
        2804019,
        at("app_data"),
    ),
    "app event without tracking flag": (
        app_event(advertiser_tracking_enabled=None),
        2804019,
        at("app_data", "advertiser_tracking_enabled"),
    ),
    "tracking flag as boolean": (
        app_event(advertiser_tracking_enabled=True),
        2804019,
        at("app_data", "advertiser_tracking_enabled"),
    ),
    **{
        f"extinfo {name}": (app_event(extinfo=value), 2804043, at("app_data", "extinfo"))
        for name, value in {
            "missing": None,
            "as text": "a2",
            "of 15": extinfo()[:-1],
            "of 17": [*extinfo(), ""],
            "with a number": [*extinfo()[:-1], 1],
            "of another platform": extinfo(at0="w2"),
            "without OS version": extinfo(at4=""),
        }.items()
    },
    "message without channel": (
        message(None, ctwa_clid="c", page_id="1"),
        2804063,
        at("messaging_channel"),
    ),
    "message on another channel": (
        message("sms", ctwa_clid="c", page_id="1"),
        2804063,
        at("messaging_channel"),
    ),
    "message named Lead": (
        message("whatsapp", "Lead", ctwa_clid="c", page_id="1"),
        2804066,
        at("event_name"),
    ),
    "WhatsApp without click": (
        message("whatsapp", page_id="1"),
        2804019,
        at("user_data", "ctwa_clid"),
    ),
    "WhatsApp without account": (
        message("whatsapp", ctwa_clid="c"),
        2804116,
        at("user_data", "whatsapp_business_account_id"),
    ),
    "Messenger without page": (
        message("messenger", page_scoped_user_id="2"),
        2804069,
        at("user_data", "page_id"),
    ),
    "Messenger without person": (
        message("messenger", page_id="1"),
        2804019,
        at("user_data", "page_scoped_user_id"),
    ),
    "Instagram without person": (
        message("instagram", ig_account_id="1"),
        2804019,
        at("user_data", "ig_sid"),
    ),
    "Instagram without account": (
        message("instagram", ig_sid="s"),
        2804019,
        at("user_data", "instagram_business_account_id"),
    ),
}


@pytest.mark.parametrize(("changes", "subcode", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_invalid_event_is_refused_with_its_subcode_and_place(
    event: MAKE, changes: dict[str, Any], subcode: int | None, path: str
) -> None:
    assert refusal(event(**changes)) == (subcode, path)


@pytest.mark.parametrize("value", [None, "text", 7, []])
def test_event_that_is_no_object_is_refused(value: object) -> None:
    assert refusal(value) == (2804019, "$")


BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({"data": None}, "$['data'] is required"),
    "data as object": ({"data": {}}, "$['data'] must be a list of events"),
    "no event": ({"data": []}, "$['data'] must hold 1 to 1000 events"),
    "test code as number": (
        {"test_event_code": 7},
        "$['test_event_code'] must be a string of 1 to 200 characters",
    ),
    "endless test code": (
        {"test_event_code": "T" * 201},
        "$['test_event_code'] must be a string of 1 to 200 characters",
    ),
    "agent as list": (
        {"partner_agent": ["a"]},
        "$['partner_agent'] must be a string of 1 to 200 characters",
    ),
    "proof of another form": (
        {"appsecret_proof": HASH.upper()},
        "$['appsecret_proof'] must be 64 lowercase hexadecimal digits",
    ),
    "undocumented key": ({"trace": 1}, '$ holds a key "trace", which is not known'),
}


@pytest.mark.parametrize(("changes", "reason"), BODIES.values(), ids=BODIES.keys())
def test_invalid_body_is_refused(event: MAKE, changes: dict[str, Any], reason: str) -> None:
    finding = check_body({"data": [event()], **changes}, NOW)
    assert finding is not None
    assert finding.reason == reason


def test_a_thousand_events_are_accepted_and_one_more_is_not(event: MAKE) -> None:
    assert check_body({"data": [event()] * 1000}, NOW) is None
    finding = check_body({"data": [event()] * 1001}, NOW)
    assert finding is not None
    assert finding.path == "$['data']"


def test_known_keys_of_the_body_are_accepted(event: MAKE) -> None:
    body = {
        "data": [event()],
        "test_event_code": "TEST1",
        "partner_agent": "shop_1_0",
        "upload_tag": "monday",
        "access_token": "anything",
    }
    assert check_body(body, NOW) is None


def test_reason_names_the_bad_event_of_a_batch(event: MAKE) -> None:
    finding = check_body({"data": [event(), event(), event(event_name=None)]}, NOW)
    assert finding is not None
    assert finding.path == "$['data'][2]['event_name']"


def test_public_message_is_that_of_meta_for_a_missing_parameter(event: MAKE) -> None:
    finding = check_body({"data": [event(user_data=None)]}, NOW)
    assert finding is not None
    assert finding.public_message == "The parameter $['data'][0]['user_data'] is required."


def test_public_message_hides_the_place_where_meta_hides_it(event: MAKE) -> None:
    finding = check_body({"data": [event(), event(event_time=1)]}, NOW)
    assert finding is not None
    assert "$" not in finding.public_message


def test_odd_key_is_not_repeated(event: MAKE) -> None:
    finding = check_event(event(**{"john@shop.example": 1}), NOW)
    assert finding is not None
    assert "john" not in finding.reason


def test_checking_leaves_the_body_as_it_was(event: MAKE) -> None:
    body = {"data": [event(**purchase(value=1, currency="EUR", contents=[]))]}
    before = deepcopy(body)
    check_body(body, NOW)
    assert body == before
