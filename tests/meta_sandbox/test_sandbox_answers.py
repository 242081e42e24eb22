"""What the endpoint answers: bodies, statuses and headers as Graph has them."""

import re
from collections.abc import Callable
from typing import Any

import pytest

MAKE = Callable[..., dict[str, Any]]
TRACE_ID = re.compile(r"A[A-Za-z0-9_-]{22}")


def test_success_body_is_exactly_that_of_graph(client: Any, event: MAKE) -> None:
    response = client.send(event(), event())
    body = response.json()
    assert response.status_code == 200
    assert body.keys() == {"events_received", "messages", "fbtrace_id"}
    assert (body["events_received"], body["messages"]) == (2, [])
    assert TRACE_ID.fullmatch(body["fbtrace_id"])


def test_answers_carry_the_headers_of_graph(client: Any, event: MAKE) -> None:
    response = client.send(event(), path="/v25.0/1/events")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["facebook-api-version"] == "v25.0"
    assert response.headers["x-fb-trace-id"] == response.json()["fbtrace_id"]


def test_payload_error_body_is_exactly_that_of_graph(client: Any, event: MAKE) -> None:
    response = client.send(event(event_time=1))
    error = response.json()["error"]
    trace_id = error.pop("fbtrace_id")
    assert response.status_code == 400
    assert TRACE_ID.fullmatch(trace_id)
    assert error == {
        "message": "Invalid parameter",
        "type": "OAuthException",
        "code": 100,
        "error_subcode": 2804003,
        "is_transient": False,
        "error_user_title": "Event Timestamp Too Old",
        "error_user_msg": error["error_user_msg"],
    }


def test_every_answer_has_its_own_trace_id(client: Any, event: MAKE) -> None:
    first, second = client.send(event()), client.send(event())
    assert first.json()["fbtrace_id"] != second.json()["fbtrace_id"]


def test_error_never_repeats_the_value(client: Any, event: MAKE) -> None:
    bad = event(user_data={"em": "john@shop.example", "ph": "491701234567"})
    response = client.send(bad)
    assert "['user_data']['em']" in response.json()["error"]["error_user_msg"]
    assert "john" not in response.text
    assert "4917" not in response.text


@pytest.mark.parametrize(
    ("token", "status", "code", "subcode"),
    [
        ("", 401, 190, None),
        ("short", 401, 190, None),
        ("token-EXPIRED-1", 401, 190, 463),
        ("token-REVOKED-1", 401, 190, 460),
        ("token-NOPERM-1", 403, 200, None),
    ],
)
def test_bad_token_is_refused(
    client: Any, event: MAKE, token: str, status: int, code: int, subcode: int | None
) -> None:
    response = client.send(event(), token=token)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert error.get("error_subcode") == subcode
    assert client.received()["total"] == 0


def test_token_of_eight_characters_is_good(client: Any, event: MAKE) -> None:
    assert client.send(event(), token="12345678").status_code == 200


def test_token_is_taken_from_the_query(client: Any, event: MAKE) -> None:
    path = "/v26.0/1/events?access_token=query-token-1234"
    assert client.request("POST", path, json={"data": [event()]}).status_code == 200


def test_token_is_taken_from_the_body(client: Any, event: MAKE) -> None:
    body = {"data": [event()], "access_token": "body-token-1234"}
    assert client.request("POST", "/v26.0/1/events", json=body).status_code == 200


def test_header_token_goes_before_query_token(client: Any, event: MAKE) -> None:
    path = "/v26.0/1/events?access_token=query-token-1234"
    assert client.send(event(), token="EXPIRED-token", path=path).status_code == 401


def test_missing_token_is_told_before_a_broken_body(client: Any) -> None:
    response = client.send_raw(b"{", authorization="")
    assert response.json()["error"]["code"] == 190


def test_token_can_be_checked_with_an_empty_event(client: Any) -> None:
    error = client.send({}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2804019)
    assert client.received()["total"] == 0


@pytest.mark.parametrize(
    ("token", "path", "proof", "code", "subcode"),
    [
        ("", "/v26.0/1/events", {}, 190, None),
        ("EXPIRED-token", "/v26.0/404/events", {"appsecret_proof": "x"}, 190, 463),
        ("NOPERM-token", "/v26.0/1/events", {}, 200, None),
        ("any-good-token", "/v26.0/404/events", {"appsecret_proof": "x"}, 100, None),
        ("any-good-token", "/v26.0/404/events", {}, 100, 33),
    ],
)
def test_who_asks_is_judged_before_what_is_sent(
    client: Any, token: str, path: str, proof: dict[str, str], code: int, subcode: int | None
) -> None:
    error = client.send({}, token=token, path=path, **proof).json()["error"]
    assert (error["code"], error.get("error_subcode")) == (code, subcode)


# The key and the token are those of an example; the digest was made with another tool.
PROOF = "bcb75ba2c3f7b7698d1c4ae7ff69f23168809063c489860ff2f0068eae841432"
OTHER_PROOF = PROOF[::-1]
INVALID, NEEDED = (
    "Invalid appsecret_proof provided in the API argument",
    "API calls from the server require an appsecret_proof argument",
)
PROOFS = {
    "right": (PROOF, ""),
    "missing": (None, NEEDED),
    "of another token": (OTHER_PROOF, INVALID),
    "in upper case": (PROOF.upper(), INVALID),
    "cut": (PROOF[:-1], INVALID),
    "empty": ("", INVALID),
}


@pytest.mark.parametrize("place", ["query", "body"])
@pytest.mark.parametrize(("proof", "message"), PROOFS.values(), ids=PROOFS.keys())
def test_app_secret_has_to_be_proved(
    guarded: Any, event: MAKE, place: str, proof: str | None, message: str
) -> None:
    path, body = "/v26.0/1/events", {}
    if proof is not None and place == "query":
        path += f"?appsecret_proof={proof}"
    elif proof is not None:
        body = {"appsecret_proof": proof}
    response = guarded.send(event(), token="accesstoken", path=path, **body)
    error = response.json().get("error", {})
    assert error.get("message", "") == message
    assert response.status_code == (400 if message else 200)
    if message:
        assert (error["code"], error["type"]) == (100, "GraphMethodException")


@pytest.mark.parametrize(
    ("proof", "status"), [(PROOF, 200), (OTHER_PROOF, 200), ("x", 400), (7, 400), (None, 400)]
)
def test_without_an_app_secret_only_the_form_of_a_proof_is_checked(
    client: Any, event: MAKE, proof: object, status: int
) -> None:
    response = client.send(event(), token="accesstoken", appsecret_proof=proof)
    assert response.status_code == status


@pytest.mark.parametrize("pixel", ["404", "000", "0001234"])
def test_unknown_pixel_is_refused(client: Any, event: MAKE, pixel: str) -> None:
    response = client.send(event(), path=f"/v26.0/{pixel}/events")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["error_subcode"]) == (400, 100, 33)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"NaN", b'{"data": [1e999]}', b'"\\ud800"', b"[" * 100_000]
)
def test_malformed_json_is_refused(client: Any, content: bytes) -> None:
    response = client.send_raw(content)
    assert (response.status_code, response.json()["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"null", b"7"])
def test_body_that_is_no_object_is_refused(client: Any, content: bytes) -> None:
    assert client.send_raw(content).status_code == 400


def test_body_of_another_type_is_refused(client: Any) -> None:
    response = client.send_raw(b"{}", content_type="text/plain")
    assert "application/json" in response.json()["error"]["message"]


def test_one_bad_event_refuses_the_whole_request(client: Any, event: MAKE) -> None:
    response = client.send(event(), event(), event(event_time=1))
    assert response.status_code == 400
    assert client.received() == {"total": 0, "received_since_clear": 0, "events": []}


def test_body_over_the_limit_is_refused(small_client: Any, event: MAKE) -> None:
    client = small_client(body_bytes=2000)
    response = client.send(event(custom_data={"note": "x" * 2000}))
    assert (response.status_code, response.json()["error"]["code"]) == (413, 100)
    assert client.get("/requests").json()["requests"][0]["status"] == 413


def test_body_at_the_limit_is_taken(small_client: Any, event: MAKE) -> None:
    client = small_client(body_bytes=2000)
    assert client.send_raw(b"{}" + b" " * 1998).json()["error"]["code"] == 100
    assert client.send_raw(b"{}" + b" " * 1999).status_code == 413


@pytest.mark.parametrize(
    "path", ["/nothing", "/v26/1/events", "/v26.0/abc/events", "/v26.0/1/event", "/received/x"]
)
def test_unknown_path_is_answered_in_the_shape_of_graph(client: Any, path: str) -> None:
    response = client.request("POST", path, json={})
    assert (response.status_code, response.json()["error"]["code"]) == (404, 2500)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v26.0/1/events", "POST"),
        ("PUT", "/received", "GET, DELETE"),
        ("POST", "/", "GET"),
        ("OPTIONS", "/faults", "GET, POST, DELETE"),
    ],
)
def test_wrong_method_is_answered_in_the_shape_of_graph(
    client: Any, method: str, path: str, allow: str
) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allow
    assert response.json()["error"]["type"] == "GraphMethodException"


def test_health_is_ok(client: Any) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_head_is_answered_like_get(client: Any) -> None:
    assert client.request("HEAD", "/healthz").status_code == 200
