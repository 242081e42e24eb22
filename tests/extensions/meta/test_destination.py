"""The request to Meta's events endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from extensions.contract import JSON, ComponentError
from extensions.meta.destination import MetaDestination
from tests.extensions.meta.making import PIXEL, LiteralCompiler, scope

ADDRESS = {
    "dataset": "1234567890",
    "api_version": "v26.0",
    "credential": "[[SE1]]",
    "partner_agent": "capiadmin_1_0",
}
TOKEN = {"credential": "EAAB"}
META = MetaDestination()


def test_payloads_are_joined_as_they_are() -> None:
    payloads = [b'{"event_name":"A" }', b'{"event_name":"\xc3\xa9"}']

    body = META.request(ADDRESS, TOKEN, payloads).body

    assert b",".join(payloads) in body
    assert json.loads(body) == {
        "data": [{"event_name": "A"}, {"event_name": "é"}],
        "partner_agent": "capiadmin_1_0",
    }


def test_the_test_event_code_is_part_of_the_body() -> None:
    body = META.request(ADDRESS | {"test_event_code": 'T"1'}, TOKEN, [b"{}"]).body

    assert json.loads(body)["test_event_code"] == 'T"1'


def test_without_anything_shared_the_body_is_still_json() -> None:
    address = {"dataset": "1", "api_version": "v26.0"}

    assert META.request(address, TOKEN, [b"{}"]).body == b'{"data":[{}]}'


def test_the_token_travels_in_the_header_only() -> None:
    request = META.request(ADDRESS, {"credential": " EAAB \n"}, [b"{}"])

    assert request.headers["Authorization"] == "Bearer EAAB"
    assert (request.method, request.path) == ("POST", "/v26.0/1234567890/events")
    assert b"EAAB" not in request.body


@pytest.mark.parametrize("credential", ["a\r\nX-Evil: 1", "tök en", "a\x00b", "\ud800"])
def test_a_token_that_no_header_may_hold_is_escaped(credential: str) -> None:
    header = META.request(ADDRESS, {"credential": credential}, [b"{}"]).headers["Authorization"]

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
        META.request(ADDRESS | change, TOKEN, [b"{}"])


def test_the_label_names_the_pixel_and_a_test() -> None:
    assert META.label(ADDRESS) == "Pixel 1234567890"
    assert META.label(ADDRESS | {"test_event_code": "T1"}) == "Pixel 1234567890 (test T1)"


def test_the_limits_stay_within_metas() -> None:
    assert 1 <= META.max_events <= 1000
    assert META.max_bytes <= 2**20


def test_the_proof_of_the_app_secret_is_part_of_the_body() -> None:
    credentials = {"credential": "accesstoken", "app_secret": " appsecret\n"}

    request = META.request(ADDRESS, credentials, [b"{}"])

    assert json.loads(request.body)["appsecret_proof"] == (
        "bcb75ba2c3f7b7698d1c4ae7ff69f23168809063c489860ff2f0068eae841432"
    )
    assert b'"appsecret"' not in request.body


@pytest.mark.parametrize("credentials", [TOKEN, TOKEN | {"app_secret": ""}])
def test_without_an_app_secret_there_is_no_proof(credentials: dict[str, str]) -> None:
    assert b"appsecret" not in META.request(ADDRESS, credentials, [b"{}"]).body


def test_a_test_event_is_marked_loudly() -> None:
    assert META.mark(ADDRESS) == ""
    assert META.mark(ADDRESS | {"test_event_code": "T1"}) == "Test event T1"


def test_the_keys_of_secrets_are_named() -> None:
    assert META.credentials == ("credential", "app_secret")


def address(configuration: dict[str, JSON], stage: str = "development") -> Mapping[str, str]:
    return META.connect(LiteralCompiler(configuration, stage))(scope())


def test_the_extension_alone_gives_an_address() -> None:
    configuration = {
        "pixelId": PIXEL,
        "accessToken": "[[SE1]]",
        "appSecret": "[[SE2]]",
        "partnerAgent": "shop_2_1",
        "testEventCodes": {"staging": "TEST7"},
    }

    assert address(configuration) == {
        "dataset": PIXEL,
        "api_version": "v26.0",
        "credential": "[[SE1]]",
        "app_secret": "[[SE2]]",
        "partner_agent": "shop_2_1",
    }
    assert address(configuration, "staging")["test_event_code"] == "TEST7"


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"accessToken": "t"}, "Pixel ID is empty"),
        ({"pixelId": "x", "accessToken": "t"}, "Pixel ID is not a number"),
        ({"pixelId": PIXEL}, "access token is empty"),
        ({"pixelId": PIXEL, "accessToken": "t", "apiVersion": "26"}, "API version"),
        ({"pixelId": PIXEL, "accessToken": "t", "appSecret": "{{none}}"}, "app secret is empty"),
    ],
)
def test_an_extension_without_an_address_says_so(
    configuration: dict[str, JSON], words: str
) -> None:
    with pytest.raises(ComponentError, match=words):
        address(configuration)
