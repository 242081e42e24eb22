"""Whose address and words are stored with an event."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from collector.enrich import Proxies, observed, recorded
from collector.http import Request
from tests.collector.edge import http_scope

OURS = ("10.0.0.0/8", "fd00::/8")


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
    assert "ip" not in observed(_request(peer=None), Proxies(()))


def test_proxy_that_is_no_network_is_a_configuration_error() -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        Proxies(["10.0.0.0/99"])


def test_header_in_utf8_is_kept_as_text() -> None:
    request = _request(User_Agent="Möwe/1")
    assert observed(request, Proxies(()))["userAgent"] == "Möwe/1"


def test_header_in_no_encoding_is_kept_as_far_as_it_is_text() -> None:
    request = _request()
    request.headers[b"user-agent"] = b"M\xf6we"
    assert observed(request, Proxies(()))["userAgent"] == "M\ufffdwe"


def test_recorded_address_is_kept_in_its_shortest_form() -> None:
    assert recorded({"ip": "2001:DB8:0:0::1"})["ip"] == "2001:db8::1"


def test_recorded_texts_are_cut_to_their_bounds() -> None:
    kept = recorded({"userAgent": "u" * 5_000, "cookies": {"_fbp": "p" * 5_000}})
    assert len(kept["userAgent"]) == 1_024
    assert len(kept["cookies"]["_fbp"]) == 512
