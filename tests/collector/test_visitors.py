"""Whose address and words are stored with an event."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from collector.enrich import Bounds, Proxies, bounds_for, observed, recorded
from collector.http import Request
from tests.collector.edge import http_scope

OURS = ("10.0.0.0/8", "fd00::/8")
USUAL = bounds_for(())


async def _no_body() -> dict[str, object]:
    return {}


def _request(peer: str | None = "10.0.0.1", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(http_scope("POST", "/", named, peer), _no_body)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
    ],
)
def test_client_is_the_last_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: str, client: str
) -> None:
    headers = {"X_Forwarded_For": forwarded} if forwarded else {}
    assert str(Proxies(OURS).client(_request(peer, **headers))) == client


def test_nothing_is_believed_beyond_an_entry_that_is_no_address() -> None:
    request = _request(X_Forwarded_For="198.51.100.1, unknown")
    assert Proxies(OURS).client(request) is None


def test_entries_of_repeated_headers_are_read_as_one_list() -> None:
    request = _request()
    request.raw_headers.append((b"x-forwarded-for", b"192.0.2.66"))
    request.raw_headers.append((b"x-forwarded-for", b"198.51.100.1"))
    assert str(Proxies(OURS).client(request)) == "198.51.100.1"


def test_connection_without_an_address_has_no_ip() -> None:
    assert "ip" not in observed(_request(peer=None), Proxies(()), USUAL)


def test_proxy_that_is_no_network_is_a_configuration_error() -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        Proxies(["10.0.0.0/99"])


def test_header_in_utf8_is_kept_as_text() -> None:
    request = _request(User_Agent="Möwe/1")
    assert observed(request, Proxies(()), USUAL)["userAgent"] == "Möwe/1"


def test_header_in_no_encoding_is_kept_as_far_as_it_is_text() -> None:
    request = _request()
    request.headers[b"user-agent"] = b"M\xf6we"
    assert observed(request, Proxies(()), USUAL)["userAgent"] == "M\ufffdwe"


def test_recorded_address_is_kept_in_its_shortest_form() -> None:
    assert recorded({"ip": "2001:DB8:0:0::1"}, USUAL)["ip"] == "2001:db8::1"


def test_recorded_texts_are_cut_to_their_bounds() -> None:
    kept = recorded({"userAgent": "u" * 5_000, "cookies": {"_fbp": "p" * 5_000}}, USUAL)
    assert len(kept["userAgent"]) == 1_024
    assert len(kept["cookies"]["_fbp"]) == 512


# --- What the live build reads -----------------------------------------------------------------


def _of_browser(bounds: Bounds, **headers: str) -> dict[str, Any]:
    return observed(_request(**headers), Proxies(()), bounds)


def test_only_the_usual_cookies_are_kept_while_nobody_asks_for_others() -> None:
    kept = _of_browser(USUAL, Cookie="_fbp=p; _ga=GA1.1.2; session=s", X_Shop="DE")
    assert kept == {"ip": "10.0.0.1", "cookies": {"_fbp": "p"}}


def test_cookies_and_headers_that_are_needed_are_kept_and_no_others() -> None:
    bounds = bounds_for(["cookie:_ga", "header:x-shop"])
    kept = _of_browser(bounds, Cookie="_fbp=p; _ga=GA1.1.2; session=s", X_Shop="DE", X_Other="no")
    assert kept["cookies"] == {"_fbp": "p", "_ga": "GA1.1.2"}
    assert kept["headers"] == {"x-shop": "DE"}


def test_recorded_cookies_and_headers_are_kept_by_the_same_names() -> None:
    bounds = bounds_for(["cookie:_ga", "header:x-shop"])
    said = {
        "cookies": {"_ga": "GA1.1.2", "session": "s", "_fbp": "p"},
        "headers": {"X-Shop": "DE", "X-Other": "no"},
    }
    assert recorded(said, bounds) == {
        "cookies": {"_ga": "GA1.1.2", "_fbp": "p"},
        "headers": {"x-shop": "DE"},
    }


def test_cookie_is_kept_by_its_exact_name() -> None:
    kept = _of_browser(bounds_for(["cookie:_GA"]), Cookie="_ga=lower; _GA=upper")
    assert kept["cookies"] == {"_GA": "upper"}


def test_cookies_in_a_header_each_are_kept_as_from_one() -> None:
    scope = http_scope("POST", "/", {})
    scope["headers"] += [(b"cookie", b"_ga=1"), (b"cookie", b"_fbp=2")]
    kept = observed(Request(scope, _no_body), Proxies(()), bounds_for(["cookie:_ga"]))
    assert kept["cookies"] == {"_ga": "1", "_fbp": "2"}


@pytest.mark.parametrize("name", ["authorization", "cookie", "proxy-authorization", "set-cookie"])
def test_what_lets_somebody_in_is_never_kept_whoever_needs_it(name: str) -> None:
    bounds = bounds_for([f"header:{name}", "header:x-shop"])
    request = Request(http_scope("POST", "/", {name: "a=secret", "X-Shop": "DE"}), _no_body)
    assert observed(request, Proxies(()), bounds)["headers"] == {"x-shop": "DE"}
    said = {"headers": {name.title(): "a=secret", "X-Shop": "DE"}}
    assert recorded(said, bounds)["headers"] == {"x-shop": "DE"}


def test_what_is_needed_is_cut_to_its_bounds() -> None:
    bounds = bounds_for(["cookie:_ga", "cookie:_fbp", "header:x-shop"])
    for kept in (
        _of_browser(bounds, Cookie=f"_ga={'g' * 9_000}; _fbp={'p' * 9_000}", X_Shop="s" * 9_000),
        recorded(
            {
                "cookies": {"_ga": "g" * 9_000, "_fbp": "p" * 9_000},
                "headers": {"X-Shop": "s" * 9_000},
            },
            bounds,
        ),
    ):
        assert len(kept["cookies"]["_ga"]) == len(kept["headers"]["x-shop"]) == 4_096
        assert len(kept["cookies"]["_fbp"]) == 512


def test_many_cookies_have_a_bound_together_and_the_usual_ones_their_place() -> None:
    names = [f"a{number}" for number in range(50)]
    cookies = dict.fromkeys([*names, "_fbp", "_fbc"], "x" * 500)
    kept = recorded({"cookies": cookies}, bounds_for(f"cookie:{name}" for name in names))
    assert kept["cookies"].keys() >= {"_fbp", "_fbc", "a0"}
    assert 7_000 < sum(map(len, kept["cookies"].values())) <= 8_192


def test_recorded_headers_give_what_has_a_place_of_its_own() -> None:
    headers = {"User-Agent": "Phone", "referer": "https://shop.example/", "X-Other": "no"}
    assert recorded({"headers": headers, "referer": "https://first.example/"}, USUAL) == {
        "userAgent": "Phone",
        "referer": "https://first.example/",
        "cookies": {},
    }


@pytest.mark.parametrize("odd", [None, 5, "a=b", ["_ga"], {"_ga": 5, "x-shop": ["a"]}])
def test_recorded_cookies_and_headers_of_the_wrong_type_are_left_out(odd: Any) -> None:
    kept = recorded({"cookies": odd, "headers": odd}, bounds_for(["cookie:_ga", "header:x-shop"]))
    assert kept == {"cookies": {}, "headers": {}}


@pytest.mark.parametrize("name", ["", "größe", "\ud800"])
def test_name_that_no_header_has_finds_nothing(name: str) -> None:
    assert _of_browser(bounds_for([f"header:{name}"]))["headers"] == {}
