"""A secret stands in a call as a place, and comes in with the request alone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from extensions.cloud_connector.package import PACKAGE
from extensions.contract import ComponentError
from extensions.core.secret import reference
from tests.extensions.cloud_connector.making import (
    KEY,
    OTHER_KEY,
    called,
    is_reference,
    plain,
    requested,
    rows,
)

OPEN = 'sk "live"\\é'


def test_secret_is_put_into_headers_and_bodies_with_the_request() -> None:
    send = called(
        {"key": KEY},
        method="POST",
        headers=rows(Authorization="Bearer {{key}}", X_Key="{{key}}"),
        body="token={{key}}&x=1",
    )
    made = requested(send, secret_1="sk")
    assert made.headers == {"Authorization": "Bearer sk", "X-Key": "sk"}
    assert made.body == b"token=sk&x=1"


@pytest.mark.parametrize(
    ("template", "value"),
    [({"k": "{{key}}"}, {"k": OPEN}), ({"k": "is {{key}}."}, {"k": f"is {OPEN}."})],
)
def test_secret_in_json_is_escaped(template: Any, value: Any) -> None:
    send = called({"key": KEY}, method="POST", bodyType="json", bodyJson=template)
    assert orjson.loads(requested(send, secret_1=OPEN).body) == value


def test_payload_holds_places_and_the_address_references() -> None:
    send = called({"key": KEY, "other": OTHER_KEY}, headers=rows(A="{{key}}", B="{{other}}{{key}}"))
    assert b"SE1" not in orjson.dumps(dict(send.payload))
    assert send.address["secret_1"] == KEY
    assert send.address["secret_2"] == OTHER_KEY
    assert is_reference(send.address["secret_1"])
    assert requested(send, secret_1="a", secret_2="b").headers == {"A": "a", "B": "ba"}


def test_calls_with_other_secrets_are_another_place() -> None:
    one, other = (called({"key": key}, headers=rows(A="{{key}}")) for key in (KEY, OTHER_KEY))
    assert one.address["secrets"] != other.address["secrets"]


def test_people_are_told_a_call_without_its_secrets() -> None:
    send = called(
        {"key": KEY},
        method="POST",
        headers=rows(Authorization="Bearer {{key}}"),
        bodyType="json",
        bodyJson={"k": "{{key}}", "n": 1},
    )
    assert PACKAGE.destination is not None
    assert PACKAGE.destination.told(plain(send.address), send.payload) == {
        "method": "POST",
        "url": "https://api.example.com/orders",
        "headers": {"Authorization": "Bearer ••••", "Content-Type": "application/json"},
        "body": {"k": "••••", "n": 1},
    }


NOT_THERE: list[tuple[dict[str, Any], str]] = [
    ({"url": "https://api.example.com/{{key}}"}, "may not stand in the URL"),
    ({"url": "https://{{key}}.example.com/"}, "may not stand in the URL"),
    ({"url": "{{key}}"}, "may not stand in the URL"),
    ({"queryParams": rows(k="{{key}}")}, "may not stand in the URL"),
    ({"queryParams": rows(k="a{{key}}")}, "may not stand in the URL"),
    ({"queryParams": [{"key": "{{key}}", "value": "1"}]}, "may not stand in the URL"),
    ({"headers": [{"key": "{{key}}", "value": "1"}]}, "may not be the name of a header"),
]


@pytest.mark.parametrize(("settings", "words"), NOT_THERE)
def test_secret_is_refused_where_it_would_be_seen(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ComponentError, match=words):
        called({"key": KEY}, **settings)


WITH_SECRET: list[dict[str, Any]] = [
    {"headers": rows(A="Bearer {{key}}")},
    {"method": "POST", "body": "{{key}}"},
    {"method": "POST", "bodyType": "json", "bodyJson": {"deep": ["{{key}}"]}},
]


@pytest.mark.parametrize("settings", WITH_SECRET)
@pytest.mark.parametrize(
    "url", ["https://{{to}}.example/", "https://{{to}}/", "https://a.example:{{to}}", "{{url}}/x"]
)
def test_secret_goes_to_no_host_of_an_event(url: str, settings: dict[str, Any]) -> None:
    values = {"key": KEY, "to": "443", "url": "https://a.example"}
    with pytest.raises(ComponentError, match="written in the URL itself"):
        called(values, url=url, **settings)


FOREIGN = "[[SE" + "9" * 32 + "]]"
PLACES: list[dict[str, Any]] = [
    {"url": "https://api.example.com/{{v}}"},
    {"queryParams": rows(a="{{v}}")},
    {"headers": rows(A="{{v}}")},
    {"headers": rows(A="x{{v}}")},
    {"method": "POST", "body": "{{v}}"},
    {"method": "POST", "bodyType": "json", "bodyJson": {"a": "{{v}}"}},
    {"method": "POST", "bodyType": "json", "bodyJson": {"a": "x {{v}}"}},
    {"method": "POST", "bodyType": "json", "bodyJson": "{{v}}"},
]


@pytest.mark.parametrize("value", [FOREIGN, f"x{FOREIGN}", {FOREIGN: 1}, [{"deep": FOREIGN}]])
@pytest.mark.parametrize("settings", PLACES)
def test_event_cannot_name_a_secret(settings: dict[str, Any], value: Any) -> None:
    with pytest.raises(
        ComponentError, match=r"names a secret that is not its own|text, and not JSON"
    ):
        called({"v": value}, **settings)


def test_call_uses_eight_secrets_and_no_more() -> None:
    keys = {f"k{number}": reference("SE" + str(number) * 32) for number in range(9)}
    eight = rows(**{f"H{number}": f"{{{{k{number}}}}}" for number in range(8)})
    assert len(called(keys, headers=eight).payload["headers"]) == 8
    with pytest.raises(ComponentError, match="at most 8 secrets"):
        called(keys, headers=[*eight, {"key": "H9", "value": "{{k8}}"}])


@pytest.mark.parametrize("credential", ["a\nb", "a\rb", "a\0b", "\u2028"])
def test_secret_that_would_break_a_header_is_no_credential(credential: str) -> None:
    assert PACKAGE.destination is not None
    assert not PACKAGE.destination.takes(credential)
    assert PACKAGE.destination.takes("Basic dXNlcjpwYXNz é")
