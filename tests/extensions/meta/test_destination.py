"""The request to Meta's events endpoint."""

from __future__ import annotations

import json

import pytest

from extensions.meta.destination import MetaDestination

ADDRESS = {
    "dataset": "1234567890",
    "api_version": "v26.0",
    "credential": "[[SE1]]",
    "partner_agent": "capiadmin_1_0",
}
META = MetaDestination()


def test_payloads_are_joined_as_they_are() -> None:
    payloads = [b'{"event_name":"A" }', b'{"event_name":"\xc3\xa9"}']

    body = META.request(ADDRESS, "EAAB", payloads).body

    assert b",".join(payloads) in body
    assert json.loads(body) == {
        "data": [{"event_name": "A"}, {"event_name": "é"}],
        "partner_agent": "capiadmin_1_0",
    }


def test_the_test_event_code_is_part_of_the_body() -> None:
    body = META.request(ADDRESS | {"test_event_code": 'T"1'}, "EAAB", [b"{}"]).body

    assert json.loads(body)["test_event_code"] == 'T"1'


def test_without_anything_shared_the_body_is_still_json() -> None:
    address = {"dataset": "1", "api_version": "v26.0"}

    assert META.request(address, "EAAB", [b"{}"]).body == b'{"data":[{}]}'


def test_the_token_travels_in_the_header_only() -> None:
    request = META.request(ADDRESS, " EAAB \n", [b"{}"])

    assert request.headers["Authorization"] == "Bearer EAAB"
    assert (request.method, request.path) == ("POST", "/v26.0/1234567890/events")
    assert b"EAAB" not in request.body


@pytest.mark.parametrize("credential", ["a\r\nX-Evil: 1", "tök en", "a\x00b", "\ud800"])
def test_a_token_that_no_header_may_hold_is_escaped(credential: str) -> None:
    header = META.request(ADDRESS, credential, [b"{}"]).headers["Authorization"]

    assert header.isascii()
    assert header.isprintable()
    assert header.removeprefix("Bearer ").count(" ") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "1/../2"},
        {"dataset": ".."},
        {"dataset": ""},
        {"dataset": "\uff11\uff12"},  # digits of another script
        {"dataset": "1\n"},
        {"api_version": ".."},
        {"api_version": "v26.0/x"},
        {"api_version": "v26.0\n"},
        {"api_version": ""},
    ],
)
def test_an_address_can_never_change_the_path(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no dataset"):
        META.request(ADDRESS | change, "EAAB", [b"{}"])


def test_the_label_names_the_pixel_and_a_test() -> None:
    assert META.label(ADDRESS) == "Pixel 1234567890"
    assert META.label(ADDRESS | {"test_event_code": "T1"}) == "Pixel 1234567890 (test T1)"


def test_the_limits_stay_within_metas() -> None:
    assert 1 <= META.max_events <= 1000
    assert META.max_bytes <= 2**20
