"""fbc: from the cookie, or made from fbclid, with its own time and never re-cased."""

from __future__ import annotations

import pytest

from extensions.contract import JSON, Send
from extensions.meta.click_id import click_id_in
from tests.extensions.meta.making import NOW, codes, sent

DAY = 86_400
COOKIE = f"fb.1.{(NOW - DAY) * 1000}.AbC"


def send(url: str = "https://shop.example/", cookie: str = "", **settings: JSON) -> Send:
    request = {"cookies": {"_fbc": cookie}} if cookie else {}
    return sent({"eventSourceUrl": url, **settings}, request=request)


def fbc(of: Send) -> JSON:
    return of.payload["user_data"].get("fbc")


def origin(of: Send) -> str | None:
    return dict(of.origins).get("user_data.fbc")


def test_the_cookie_is_forwarded_as_it_is() -> None:
    found = send(cookie=COOKIE)

    assert fbc(found) == COOKIE
    assert origin(found) == "from the _fbc cookie"


@pytest.mark.parametrize("appendix", ["", ".AQ", ".Ab3_-xYz"])
def test_the_cookie_stays_while_the_page_names_the_same_click(appendix: str) -> None:
    found = send("https://shop.example/?fbclid=AbC", COOKIE + appendix)

    assert fbc(found) == COOKIE + appendix
    assert origin(found) == "from the _fbc cookie"


@pytest.mark.parametrize("cookie", ["", COOKIE, "nonsense"])
def test_another_click_in_the_address_makes_a_new_value(cookie: str) -> None:
    found = send("https://shop.example/?a=1&fbclid=XyZ-_9", cookie)

    assert fbc(found) == f"fb.1.{NOW}000.XyZ-_9"
    assert origin(found) == "made from fbclid in the page's address"


def test_a_click_that_differs_in_case_only_is_another_click() -> None:
    assert fbc(send("https://shop.example/?fbclid=abc", COOKIE)) == f"fb.1.{NOW}000.abc"


def test_a_made_value_holds_the_time_of_the_event_so_that_a_replay_does_not_change_it() -> None:
    settings = {"eventSourceUrl": "https://shop.example/?fbclid=XyZ", "eventTime": str(NOW - 500)}
    first = sent(settings)
    replayed = sent(settings, now=NOW + 3 * DAY, received_at=NOW)

    assert fbc(first) == fbc(replayed) == f"fb.1.{NOW - 500}000.XyZ"


def test_the_referrer_is_looked_at_too() -> None:
    found = send(referrerUrl="https://shop.example/landing?fbclid=FromReferrer")

    assert fbc(found) == f"fb.1.{NOW}000.FromReferrer"
    assert origin(found) == "made from fbclid in the referrer's address"


def test_the_referrer_of_the_request_is_looked_at_last() -> None:
    request = {"referer": "https://shop.example/landing?fbclid=Header"}
    found = sent({"eventSourceUrl": "https://shop.example/"}, request=request)

    assert fbc(found) == f"fb.1.{NOW}000.Header"


@pytest.mark.parametrize(
    ("address", "click"),
    [
        ("https://s.example/?fbclid=Ab%2DC", "Ab-C"),
        ("https://s.example/?fbclid=Ab%252DC", "Ab%2DC"),  # once, and once only
        ("https://s.example/?fbclid=A+b", "A+b"),
        ("https://s.example/?x=1&fbclid=First&fbclid=Second#fbclid=Third", "First"),
        ("https://s.example/?notfbclid=No", ""),
        ("https://s.example/#?fbclid=No", ""),
        ("https://s.example/fbclid=No", ""),
        ("https://s.example/?fbclid=", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_click_id_is_decoded_once_and_otherwise_left_alone(address: JSON, click: str) -> None:
    assert click_id_in(address) == click


def test_a_click_older_than_90_days_is_left_out_with_a_notice() -> None:
    found = send(cookie=f"fb.1.{(NOW - 91 * DAY) * 1000}.AbC")

    assert fbc(found) is None
    assert "click_id_expired" in codes(found.notices)


def test_a_click_of_89_days_is_sent() -> None:
    cookie = f"fb.1.{(NOW - 89 * DAY) * 1000}.AbC"

    assert fbc(send(cookie=cookie)) == cookie


@pytest.mark.parametrize("click", ["a%20b", "a.b.c.d", "a%00b%0Ac%20", "x" * 2000])
def test_what_can_be_no_click_id_is_left_out_with_a_notice(click: str) -> None:
    found = send(f"https://shop.example/?fbclid={click}", COOKIE)

    assert fbc(found) == COOKIE
    assert "invalid_fbclid" in codes(found.notices)


def test_a_cookie_that_is_nonsense_is_said() -> None:
    found = send(cookie="fb.one.two.three")

    assert fbc(found) is None
    assert ("invalid_fb_id", "user_data.fbc") in [(n.code, n.field) for n in found.notices]


def test_a_field_that_is_mapped_is_never_filled() -> None:
    found = send("https://shop.example/?fbclid=XyZ", COOKIE, fbc="{{fbc}}")

    assert fbc(found) is None


@pytest.mark.parametrize("source", ["app", "email", "business_messaging"])
def test_only_website_events_are_filled(source: str) -> None:
    settings: dict[str, JSON] = {
        "actionSource": source,
        "messagingChannel": "messenger",
        "pageId": "1",
        "pageScopedUserId": "2",
        "appData": {
            "advertiserTrackingEnabled": True,
            "extinfo": {"version": "a2", "osVersion": "15"},
        },
    }

    assert fbc(send("https://shop.example/?fbclid=XyZ", COOKIE, **settings)) is None
