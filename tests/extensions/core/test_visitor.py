"""Cookie, HTTP Header, IP and User Agent: what was noted of the visitor."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import Scope
from extensions.core.cookie import COOKIE
from extensions.core.http_header import HTTP_HEADER
from extensions.core.ip import IP
from extensions.core.user_agent import USER_AGENT
from tests.extensions.core.making import errors, run, scope, warnings


def with_cookies(cookies: Any) -> Scope:
    """Return a scope whose request came with these cookies."""
    return scope({}, {"cookies": cookies})


@pytest.mark.parametrize(
    ("cookies", "value"),
    [
        ({"_fbp": "fb.1.2.3"}, "fb.1.2.3"),
        ({"_fbp": ""}, ""),
        ({"_fbp": "a%20b+c"}, "a%20b+c"),
        ({"_FBP": "fb.1.2.3"}, None),
        ({"_fbp": 5}, None),
        ({"_fbp": None}, None),
        ({}, None),
        (None, None),
        ("_fbp=a", None),
        (["_fbp"], None),
    ],
)
def test_cookie_is_found_by_its_exact_name(cookies: Any, value: str | None) -> None:
    assert run(COOKIE, {"name": "_fbp"}, at=with_cookies(cookies)) == value


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        ("a%20b+c", "a b+c"),
        ("gr%C3%BCn", "grün"),
        ("%2520", "%20"),
        ("%", "%"),
        ("a%00", "a\ufffd"),
    ],
)
def test_cookie_is_decoded_once_when_asked_to(value: str, decoded: str) -> None:
    settings = {"name": "a", "decode": True}
    assert run(COOKIE, settings, at=with_cookies({"a": value})) == decoded


@pytest.mark.parametrize("settings", [{}, {"name": ""}])
def test_form_asks_for_the_cookie(settings: Any) -> None:
    assert errors(COOKIE, settings) == [("name", "Please specify the name of a cookie.")]


@pytest.mark.parametrize(
    ("name", "request_", "value"),
    [
        ("X-Shop", {"headers": {"x-shop": "DE"}}, "DE"),
        ("x-shop", {"headers": {"X-SHOP": "DE"}}, "DE"),
        (" X-Shop ", {"headers": {"x-shop": "DE"}}, "DE"),
        ("X-Shop", {"headers": {"x-shop": "", "X-Shop": "DE"}}, ""),
        ("X-Shop", {"headers": {}}, None),
        ("X-Shop", {"headers": None, "x-shop": "DE"}, None),
        ("X-Shop", {}, None),
        ("User-Agent", {"userAgent": "Mozilla"}, "Mozilla"),
        ("user-agent", {"userAgent": "a", "headers": {"User-Agent": "b"}}, "b"),
        ("Referer", {"referer": "https://shop.example/"}, "https://shop.example/"),
        ("referer", {"headers": "no"}, None),
    ],
)
def test_header_is_found_whatever_the_case(name: str, request_: Any, value: str | None) -> None:
    assert run(HTTP_HEADER, {"name": name}, at=scope({}, request_)) == value


@pytest.mark.parametrize("name", ["", "two words", "a:b", "ä", "a\nb"])
def test_form_refuses_what_is_no_name_of_a_header(name: str) -> None:
    problem = ("name", "Please specify the name of a header.")
    assert errors(HTTP_HEADER, {"name": name}) == [problem]


@pytest.mark.parametrize(
    ("delegate", "name", "needed"),
    [
        (COOKIE, "_ga", ("cookie:_ga",)),
        (COOKIE, "Shop", ("cookie:Shop",)),
        (HTTP_HEADER, " X-Shop ", ("header:x-shop",)),
        (HTTP_HEADER, "Referer", ()),
        (HTTP_HEADER, "user-agent", ()),
    ],
)
def test_element_needs_what_it_reads_and_is_not_always_kept(
    delegate: Any, name: str, needed: Any
) -> None:
    assert delegate.needs({"name": name}) == needed


@pytest.mark.parametrize(
    "name", ["Authorization", " authorization", "Cookie", "Proxy-Authorization", "set-cookie"]
)
def test_form_warns_of_a_header_that_is_never_kept(name: str) -> None:
    words = f"The header {name.strip()} is never kept. There will be no value."
    assert warnings(HTTP_HEADER, {"name": name}) == [("name", words)]


def test_form_has_nothing_against_other_headers_or_a_cookie_of_that_name() -> None:
    assert warnings(HTTP_HEADER, {"name": "X-Authorization"}) == []
    assert warnings(COOKIE, {"name": "authorization"}) == []


def environment(**values: Any) -> dict[str, Any]:
    """Return an event that says this of the visitor's environment."""
    return {"xdm": {"environment": values}}


@pytest.mark.parametrize(
    ("event", "ip", "settings", "value"),
    [
        ({}, "203.0.113.7", {}, "203.0.113.7"),
        ({}, "2001:db8::1", {}, "2001:db8::1"),
        ({}, " 203.0.113.7 ", {}, "203.0.113.7"),
        ({}, "::ffff:203.0.113.7", {}, "203.0.113.7"),
        (environment(ipV4="198.51.100.1"), "203.0.113.7", {}, "198.51.100.1"),
        (environment(ipV6="2001:DB8::1"), "203.0.113.7", {}, "2001:db8::1"),
        (environment(ipV4="198.51.100.1", ipV6="2001:db8::1"), None, {}, "198.51.100.1"),
        (environment(ipV4="unknown"), "203.0.113.7", {}, "203.0.113.7"),
        (environment(ipV4=""), "203.0.113.7", {}, "203.0.113.7"),
        (environment(ipV4=3405803783), "203.0.113.7", {}, "203.0.113.7"),
        (environment(ipV4="198.51.100.1"), "2001:db8::1", {"version": "6"}, "2001:db8::1"),
        (environment(ipV6="2001:db8::1"), "203.0.113.7", {"version": "4"}, "203.0.113.7"),
        (environment(ipV6="2001:db8::1"), None, {"version": "4"}, None),
        ({"xdm": {"environment": "no"}}, None, {}, None),
        ({}, "203.0.113.7:443", {}, None),
        ({}, "fe80::1%eth0", {}, None),
        ({}, {"ip": 1}, {}, None),
        ({}, "203.0.113.7", {"shorten": True}, "203.0.113.0"),
        ({}, "2001:db8:1:2:3:4:5:6", {"shorten": True}, "2001:db8:1::"),
        ({}, "::ffff:203.0.113.7", {"shorten": True}, "203.0.113.0"),
    ],
)
def test_ip_is_the_first_address_that_is_one(
    event: Any, ip: Any, settings: Any, value: Any
) -> None:
    assert run(IP, settings, at=scope(event, {"ip": ip})) == value


@pytest.mark.parametrize(
    ("said", "request_", "value"),
    [
        (None, {"userAgent": "Mozilla"}, "Mozilla"),
        (None, {"headers": {"User-Agent": "Mozilla"}}, "Mozilla"),
        ("Safari", {"userAgent": "my-server/1.0"}, "Safari"),
        ("", {"userAgent": "Mozilla"}, "Mozilla"),
        (5, {"userAgent": "Mozilla"}, "Mozilla"),
        (None, {"userAgent": ["Mozilla"]}, None),
        (None, {}, None),
    ],
)
def test_user_agent_is_that_of_the_event_first(said: Any, request_: Any, value: Any) -> None:
    event = environment(browserDetails={"userAgent": said})
    assert run(USER_AGENT, {}, at=scope(event, request_)) == value


@pytest.mark.parametrize(
    ("delegate", "settings", "words"),
    [
        (COOKIE, {"name": "_fbp"}, "cookie “_fbp”"),
        (HTTP_HEADER, {"name": "Referer"}, "header “Referer”"),
        (IP, {}, "the visitor's address"),
        (IP, {"shorten": True}, "the visitor's address, shortened"),
        (USER_AGENT, {}, "the visitor's browser"),
    ],
)
def test_element_reads_itself_aloud(delegate: Any, settings: Any, words: str) -> None:
    assert delegate.summarise(settings) == words
