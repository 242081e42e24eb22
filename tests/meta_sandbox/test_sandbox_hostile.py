"""Nothing that is posted makes the sandbox fail: every answer is a verdict."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_sandbox.graph import GraphError
from meta_sandbox.judge import Terms, judge
from meta_sandbox.schema import (
    APP_FIELDS,
    ATTRIBUTION_FIELDS,
    CUSTOM_FIELDS,
    EVENT_FIELDS,
    USER_FIELDS,
)
from meta_sandbox.wire import Request

MAKE = Callable[..., dict[str, Any]]
NOW = 1_795_000_000
HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
HEADERS = {"authorization": "Bearer demo-token", "content-type": "application/json"}

WARNING = Terms(warns=True)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8
)
TABLES = (EVENT_FIELDS, USER_FIELDS, CUSTOM_FIELDS, APP_FIELDS, ATTRIBUTION_FIELDS)
KEYS = st.sampled_from(sorted({"id", *(key for table in TABLES for key in table)}))
LIKELY = st.dictionaries(
    KEYS, JSON | st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON))), max_size=6
)
NAMES = st.sampled_from(["PageView", "Purchase"])
SOURCES = st.sampled_from(["website", "app", "business_messaging", "physical_store"])


def verdict_on(body: object) -> GraphError | None:
    request = Request("POST", "/", {}, HEADERS, orjson.dumps(body))
    return judge(request, "1", NOW, WARNING).error


@given(JSON)
def test_any_json_gets_a_verdict(body: object) -> None:
    assert verdict_on(body) is not None


@given(LIKELY, NAMES, SOURCES)
def test_any_likely_event_gets_a_verdict(changes: dict[str, Any], name: str, source: str) -> None:
    base = {
        "event_name": name,
        "event_time": NOW,
        "action_source": source,
        "event_source_url": "https://shop.example/",
        "user_data": {"em": HASH},
        "messaging_channel": "whatsapp",
    }
    error = verdict_on({"data": [base | changes]})
    assert error is None or error.status == 400


@given(st.binary())
def test_any_bytes_get_a_verdict(content: bytes) -> None:
    error = judge(Request("POST", "/", {}, HEADERS, content), "1", NOW, WARNING).error
    assert error is not None
    assert error.status == 400


@pytest.mark.parametrize(("depth", "status"), [(200, 200), (300, 400), (2000, 400)])
def test_deep_nesting_is_bounded(client: Any, event: MAKE, depth: int, status: int) -> None:
    body = orjson.dumps({"data": [event(custom_data={"deep": "HERE"})]})
    nested = body.replace(b'"HERE"', b"[" * depth + b"]" * depth)
    assert client.send_raw(nested).status_code == status
    assert client.get("/received").status_code == 200
    assert client.get("/").status_code == 200


def test_wide_and_deep_event_does_not_swell_the_page(client: Any, event: MAKE) -> None:
    body = orjson.dumps({"data": [event(custom_data={"deep": "HERE"})]})
    items = b",".join([b"1"] * 100_000)
    client.send_raw(body.replace(b'"HERE"', b"[" * 200 + items + b"]" * 200))
    page = client.get("/")
    assert len(page.content) < 200_000
    assert "The rest is left out here" in page.text


@pytest.mark.parametrize("name", ["\u0000", "\u202e\u2066x", "\U0010ffff", "a" * 100_000, "\r\n"])
def test_strange_names_are_kept_and_shown(client: Any, event: MAKE, name: str) -> None:
    client.send(event(event_name=f"x{name}"))
    assert client.received()["events"][0]["event"]["event_name"] == f"x{name}"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/%00", "/%ff%fe", "/..%2f..%2fetc/passwd", "/style.css/"])
def test_strange_paths_are_not_found(client: Any, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "header", [b"Bearer", b"Bearer  ", b"Basic eDp5", b"\xff\xfe", b"Bearer \xff" * 9]
)
def test_strange_authorization_is_no_error_of_ours(client: Any, event: MAKE, header: bytes) -> None:
    response = client.request(
        "POST",
        "/v26.0/1/events",
        json={"data": [event()]},
        headers={b"authorization": header},
    )
    assert response.status_code in (200, 401)


@pytest.mark.parametrize("token", [7, None, ["x"], {"a": 1}])
def test_token_in_the_body_that_is_no_text_counts_as_missing(
    client: Any, event: MAKE, token: object
) -> None:
    body = {"data": [event()], "access_token": token}
    assert client.request("POST", "/v26.0/1/events", json=body).status_code == 401


def test_token_that_looks_like_json_does_not_break_what_is_kept(client: Any, event: MAKE) -> None:
    for token in ("n0000000000000000", '","event_name":"', "1234567890123456", "\\\\\\\\\\\\\\\\n"):
        sent = event(custom_data={"a": "\n0000000000000000", "b": 1234567890123456})
        headers = {"authorization": f"Bearer {token}"}
        client.request("POST", "/v26.0/1/events", json={"data": [sent]}, headers=headers)
    assert client.received()["total"] == 4
    assert client.get("/").status_code == 200
