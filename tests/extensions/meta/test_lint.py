"""Advice on one payload: each rule found, and left alone where all is well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import JSON
from extensions.meta.lint import RULES, remarks
from tests.extensions.meta.making import NOW, sent
from tests.extensions.meta.test_properties import ANY_JSON, patient

DAY = 24 * 60 * 60
HASH = "ab" * 32
CLICK = "IwAR0abcDEFghiJKLmnoPQRstu"
GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.json"))


def payload(**changes: JSON) -> dict[str, JSON]:
    """Return a payload that nothing is to be said about, with changes."""
    usual: dict[str, JSON] = {
        "event_name": "Purchase",
        "event_time": NOW,
        "event_id": "order-1",
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks?order=1001&utm_source=facebook",
        "user_data": user(),
        "custom_data": {"value": 0, "currency": "EUR", "order_id": "1001"},
    }
    return usual | changes


def user(**changes: JSON) -> dict[str, JSON]:
    """Return user data as it is sent, with changes."""
    usual = {"em": [HASH], "external_id": [HASH], "fbp": "fb.1.1596403881668.1116446470"}
    return usual | {"fbc": f"fb.1.{NOW - DAY}000.{CLICK}"} | changes


def found(now: int = NOW, **changes: JSON) -> list[tuple[str, str]]:
    """Return what is said about the payload with changes."""
    return [(notice.code, notice.field) for notice in remarks(payload(**changes), now)]


def test_nothing_is_said_about_a_good_payload() -> None:
    assert found() == []


def test_every_rule_has_a_code_of_its_own_and_says_something() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(rule.message.endswith(".") and rule.field and rule.docs_url for rule in RULES)


@pytest.mark.parametrize("left", [["fbp"], ["fbc"]])
def test_one_of_fbp_and_fbc_is_enough(left: list[str]) -> None:
    data = {key: value for key, value in user().items() if key in ["em", *left]}
    assert found(user_data=data) == []


def test_a_website_event_without_fbp_and_fbc_is_remarked() -> None:
    assert found(user_data={"em": [HASH]}) == [("no_click_or_browser_id", "user_data.fbp")]


def test_other_sources_need_no_fbp() -> None:
    assert found(user_data={"em": [HASH]}, action_source="email") == []


@pytest.mark.parametrize(
    ("age", "source", "codes"),
    [
        (3600, "website", []),
        (3601, "website", [("event_late", "event_time")]),
        (3601, "system_generated", [("event_late", "event_time")]),
        (9 * DAY, "physical_store", []),
    ],
)
def test_an_event_is_late_after_an_hour_but_not_one_of_a_store(
    age: int, source: str, codes: list[str]
) -> None:
    data = {"em": [HASH], "fbp": "fb.1.1596403881668.1"}
    assert found(event_time=NOW - age, action_source=source, user_data=data) == codes


@pytest.mark.parametrize(
    ("click", "is_lowered"),
    [(CLICK, False), (CLICK.lower(), True), ("short1", False), ("1" * 30, False)],
)
@pytest.mark.parametrize("appendix", ["", ".AQICAQIB"])
def test_a_long_click_id_without_capitals_is_remarked(
    click: str, is_lowered: bool, appendix: str
) -> None:
    data = user(fbc=f"fb.1.{NOW}000.{click}{appendix}")
    assert found(user_data=data) == [("click_id_lower_case", "user_data.fbc")] * is_lowered


@pytest.mark.parametrize(("seconds", "is_old"), [(90 * DAY, False), (90 * DAY + 1, True)])
def test_a_click_is_old_90_days_before_its_event(seconds: int, is_old: bool) -> None:
    data = user(fbc=f"fb.1.{NOW - seconds}000.{CLICK}")
    assert found(user_data=data) == [("old_click_id", "user_data.fbc")] * is_old


@pytest.mark.parametrize(
    ("seconds", "is_ahead"), [(DAY, False), (DAY + 1, True), (5 * 10**9, True)]
)
def test_a_click_later_than_its_event_is_remarked(seconds: int, is_ahead: bool) -> None:
    data = user(fbc=f"fb.1.{NOW + seconds}000.{CLICK}")
    assert found(user_data=data) == [("click_id_ahead", "user_data.fbc")] * is_ahead


def test_a_currency_without_a_value_is_remarked() -> None:
    assert found(custom_data={"currency": "EUR"}) == [
        ("currency_without_value", "custom_data.value")
    ]


@pytest.mark.parametrize(
    ("custom", "field"),
    [
        ({"note": "ask jane.doe@example.com"}, "custom_data.note"),
        ({"page": "https://shop.example/?to=jane%2540b.example"}, "custom_data.page"),
        ({"phone_number": 491701234567}, "custom_data.phone_number"),
        ({"first-name": "Jane"}, "custom_data"),
        ({"jane@example.com": "jane@example.com"}, "custom_data"),
        ({"customer": {"lastName": "Doe"}}, "custom_data.customer"),
        ({"contents": [{"id": "1", "quantity": 1, "for": "a@b.example"}]}, "custom_data.contents"),
        ({"page": "https://shop.example/?email=jane%40b.example"}, "custom_data.page"),
        ({"page": "https://shop.example/?PHONE=0170123"}, "custom_data.page"),
    ],
)
def test_personal_data_in_custom_data_is_remarked(custom: dict[str, JSON], field: str) -> None:
    assert found(custom_data=custom) == [("personal_data_in_custom_data", field)]


@pytest.mark.parametrize(
    "custom",
    [
        {"email": HASH, "phone": HASH.upper()},
        {"email": True, "mobile": "android", "Phone": "iPhone 15", "tel": 15},
        {"email": "subscribed", "Email": "jane at example"},
        {"picture": "https://x.example/img@2x.png", "script": "vue@3.4.min.js"},
        {"handle": "@shop", "size": "2 @ 1.50", "sku": "shirt@2.1"},
        {"formula": "a=b", "mobile_app": "yes", "item": "phone"},
        {"page": "https://shop.example/?email=true&phone=&tel=1#top"},
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(custom: dict[str, JSON]) -> None:
    assert found(custom_data=custom) == []


def test_only_some_of_very_many_fields_are_named() -> None:
    custom = {f"note{number}": "jane@example.com" for number in range(30)}
    assert len(found(custom_data=custom)) == 5


@pytest.mark.parametrize("key", ["event_source_url", "referrer_url"])
@pytest.mark.parametrize(
    "rest",
    [
        "?email=jane@example.com",
        "?next=/x&Email=jane%40example.com",
        "?e-mail=jane%2540example.com",
        "?phone=0170%20123%2045",
        "?mobile=(650)555-1212",
        "img@2x.png?to=jane@example.com",
        "#firstName=Jane",
        "?a=1&amp;phone=01701234567",
        "?q=%2B49%20170%201234567",
        "?contact=+49-170-1234567",
        "users/jane.doe@example.com/orders",
    ],
)
def test_personal_data_in_an_address_is_remarked(key: str, rest: str) -> None:
    assert found(**{key: f"https://shop.example/{rest}"}) == [("personal_data_in_url", key)]


@pytest.mark.parametrize(
    "rest",
    [
        "?order=4917012345678",
        "?total=12.50&fbclid=IwAR0abc",
        "maps/@52.5,13.4",
        "@jane.doe/story",
        f"?em={HASH}",
        "?email=&phone=false",
        "?emails=3&template=summer",
        "?mobile=android&phone=iphone-15&tel=on&email=newsletter_july",
        f"?phone={HASH}&mobile=android-13-2024-01-01",
        "img@2x.png",
        "img@2x.min.css?v=2",
        "a%2540b",
    ],
)
def test_an_address_without_personal_data_is_left_alone(rest: str) -> None:
    assert found(event_source_url=f"https://shop.example/{rest}") == []


@pytest.mark.parametrize("value", [["jane@example.com"], "jane@example.com"])
def test_an_id_that_is_an_address_is_remarked_where_nothing_hashes_it(value: JSON) -> None:
    assert found(user_data=user(external_id=value)) == [
        ("personal_data_not_hashed", "user_data.external_id")
    ]


def test_advice_quotes_no_value() -> None:
    custom = {"note": "jane.doe@example.com", "jane@example.com": "jane.doe@example.com"}
    url = "https://shop.example/?email=jane.doe@example.com"

    notices = list(remarks(payload(custom_data=custom, event_source_url=url), NOW))

    assert len(notices) == 3
    assert "jane" not in repr(notices)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_reviewed_payload_can_be_looked_at(path: Path) -> None:
    expected: dict[str, Any] = json.loads(path.read_text("utf-8"))["expected"]["payload"]
    assert isinstance(list(remarks(expected, NOW)), list)


@patient
@given(custom=ANY_JSON, url=st.text(max_size=80).map("https://a.example/?email=@%40".__add__))
def test_nothing_a_visitor_sends_makes_it_raise(custom: JSON, url: str) -> None:
    send = sent(
        {"customData": "{{custom}}", "eventSourceUrl": "{{url}}"}, {"custom": custom, "url": url}
    )
    list(remarks(send.payload, NOW))


def test_text_made_to_take_long_takes_no_longer_than_other_text() -> None:
    # Were any pattern worse than linear, this would run for hours.
    text = "%40" * 20_000 + "a@" * 30_000 + "?email" * 10_000 + "=+1" * 20_000 + "x" * 60_000
    assert len(found(event_source_url=f"https://a.example/?{text}")) <= 1
