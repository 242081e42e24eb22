"""Trouble on request. Where connections matter, on a real socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from meta_sandbox.app import Sandbox, create_app
from meta_sandbox.memory import Limits

MAKE = Callable[..., dict[str, Any]]


def test_status_lasts_for_its_seconds(client: Any, clock: Any, event: MAKE) -> None:
    assert client.fault(status=500, seconds=10).status_code == 201
    assert client.send(event()).status_code == 500
    clock.now += 9.9
    assert client.send(event()).status_code == 500
    clock.now += 0.1
    assert client.send(event(event_time=int(clock.now))).status_code == 200


def test_status_lasts_for_its_count(client: Any, event: MAKE) -> None:
    client.fault(status=503, count=2)
    assert [client.send(event()).status_code for _ in range(3)] == [503, 503, 200]


def test_status_without_end_lasts_until_cleared(client: Any, event: MAKE) -> None:
    client.fault(status=503)
    assert [client.send(event()).status_code for _ in range(3)] == [503, 503, 503]
    client.request("DELETE", "/faults")
    assert client.send(event()).status_code == 200


def test_faulty_request_takes_no_events(client: Any, event: MAKE) -> None:
    client.fault(status=500, count=1)
    client.send(event())
    assert client.received()["total"] == 0


def test_lost_answer_takes_the_events_first(client: Any, event: MAKE) -> None:
    client.fault(status=500, count=1, accept_first=True)
    assert client.send(event()).status_code == 500
    assert client.received()["total"] == 1


def test_lost_answer_to_a_bad_request_takes_nothing(client: Any, event: MAKE) -> None:
    client.fault(status=500, count=1, accept_first=True)
    assert client.send(event(event_time=1)).status_code == 500
    assert client.received()["total"] == 0


@pytest.mark.parametrize(
    ("status", "code", "is_transient"),
    [(500, 1, True), (503, 2, True), (429, 80004, True), (401, 190, False), (403, 200, False)],
)
def test_status_without_body_gets_one_of_graph(
    client: Any, event: MAKE, status: int, code: int, is_transient: bool
) -> None:
    client.fault(status=status)
    error = client.send(event()).json()["error"]
    assert (error["code"], error["is_transient"]) == (code, is_transient)


def test_body_and_headers_are_sent_as_given(client: Any, event: MAKE) -> None:
    body = {"error": {"code": 4, "message": "slow down"}}
    client.fault(status=429, body=body, headers={"Retry-After": "7", "X-App-Usage": "{}"})
    response = client.send(event())
    assert response.json() == body
    assert (response.headers["retry-after"], response.headers["x-app-usage"]) == ("7", "{}")


def test_text_body_is_sent_as_text(client: Any, event: MAKE) -> None:
    client.fault(status=502, body="bad gateway")
    response = client.send(event())
    assert response.text == "bad gateway"
    assert response.headers["content-type"].startswith("text/plain")


def test_html_answer(client: Any, event: MAKE) -> None:
    client.fault(mode="html")
    response = client.send(event())
    assert response.status_code == 502
    assert response.headers["content-type"].startswith("text/html")


def test_fault_for_a_pixel_spares_the_others(client: Any, event: MAKE) -> None:
    client.fault(status=500, pixel="77")
    assert client.send(event()).status_code == 200
    assert client.send(event(), path="/v26.0/77/events").status_code == 500


def test_faults_apply_one_after_the_other(client: Any, event: MAKE) -> None:
    client.fault(status=500, count=1)
    client.fault(status=429, count=1)
    assert [client.send(event()).status_code for _ in range(3)] == [500, 429, 200]


def test_delay_lets_the_request_pass(client: Any, event: MAKE) -> None:
    client.fault(delay_seconds=0.01, count=1)
    assert client.send(event()).status_code == 200
    assert client.received()["total"] == 1


def test_headers_alone_let_the_request_pass_and_come_with_its_answer(
    client: Any, event: MAKE
) -> None:
    usage = {"X-Business-Use-Case-Usage": '{"1":[{"call_count":91}]}'}
    client.fault(headers=usage, count=2)
    taken, refused = client.send(event()), client.send(event(event_time=1))
    assert (taken.status_code, refused.status_code) == (200, 400)
    for response in (taken, refused):
        assert response.headers["x-business-use-case-usage"] == '{"1":[{"call_count":91}]}'
    assert "x-business-use-case-usage" not in client.send(event()).headers


def test_given_warnings_come_with_the_answer_to_events_that_are_taken(
    client: Any, event: MAKE
) -> None:
    client.fault(messages=["The value looks low."], count=2)
    assert client.send(event(), event()).json()["messages"] == ["The value looks low."]
    assert client.send(event(event_time=1)).status_code == 400
    assert client.send(event()).json()["messages"] == []
    assert client.received()["total"] == 3


def test_warn_without_messages_says_what_is_doubtful(client: Any, event: MAKE) -> None:
    client.fault(mode="warn", count=1)
    assert client.send(event(custom_data={"value": 1})).json()["messages"] == [
        "Event 0: a website event should have client_user_agent.",
        "Event 0: value and currency should come together.",
    ]


def test_delay_is_added_to_the_latency(
    clock: Any, event: MAKE, small_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def record(seconds: float) -> None:
        slept.append(seconds)

    client = small_client()
    client.app = create_app(clock=clock, latency_seconds=0.25)
    monkeypatch.setattr("meta_sandbox.endpoint.asyncio.sleep", record)
    client.fault(delay_seconds=4, count=1)
    client.send(event())
    client.send(event())
    assert slept == [4.25, 0.25]


def test_faults_spare_the_other_doors(client: Any) -> None:
    client.fault(status=500)
    for path in ("/", "/received", "/requests", "/healthz"):
        assert client.get(path).status_code == 200


def test_fault_is_recorded_among_the_requests(client: Any, event: MAKE) -> None:
    client.fault(status=500)
    client.send(event())
    row = client.get("/requests").json()["requests"][0]
    assert (row["outcome"], row["status"], row["events"]) == ("fault", 500, 0)


def test_active_faults_are_listed(client: Any, clock: Any) -> None:
    client.fault(status=429, seconds=10, pixel="77")
    client.fault(mode="hang", count=3)
    clock.now += 4
    assert client.get("/faults").json()["faults"] == [
        {
            "mode": "answer",
            "status": 429,
            "pixel": "77",
            "accept_first": False,
            "delay_seconds": 0.0,
            "requests_left": None,
            "seconds_left": 6.0,
        },
        {
            "mode": "hang",
            "status": None,
            "pixel": None,
            "accept_first": False,
            "delay_seconds": 0.0,
            "requests_left": 3,
            "seconds_left": None,
        },
    ]


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"count": 1},
        {"status": 99},
        {"status": 600},
        {"status": 204},
        {"status": 304},
        {"status": "500"},
        {"status": 500, "seconds": 0},
        {"status": 500, "count": 0},
        {"status": 500, "count": True},
        {"status": 500, "other": 1},
        {"status": 500, "pixel": "abc"},
        {"status": 500, "body": "x" * 70_000},
        {"status": 500, "headers": {"X": "a\r\nY: b"}},
        {"status": 500, "headers": {"X\n": "a"}},
        {"status": 500, "headers": {"X": "é"}},
        {"status": 500, "headers": {"Content-Length": "1"}},
        {"status": 500, "headers": {f"X-{n}": "" for n in range(30)}},
        {"mode": "explode"},
        {"delay_seconds": 301},
        {"mode": "delay", "messages": ["x"]},
        {"status": 500, "messages": ["x"]},
        {"messages": "x"},
        {"messages": [""]},
        {"messages": ["x" * 501]},
        {"messages": ["x"] * 21},
    ],
)
def test_impossible_fault_is_refused(client: Any, fault: dict[str, Any]) -> None:
    assert client.fault(**fault).status_code == 400
    assert client.get("/faults").json() == {"faults": []}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"status":500,"body":' + b"[" * 400])
def test_malformed_fault_is_refused(client: Any, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = client.request("POST", "/faults", content=content, headers=headers)
    assert response.status_code == 400


def test_fault_body_nested_too_deeply_is_refused(client: Any) -> None:
    content = b'{"status":500,"body":' + b"[" * 400 + b"]" * 400 + b"}"
    headers = {"content-type": "application/json"}
    response = client.request("POST", "/faults", content=content, headers=headers)
    assert response.status_code == 400


def test_form_of_another_site_cannot_add_a_fault(client: Any) -> None:
    headers = {"content-type": "text/plain"}
    response = client.request("POST", "/faults", content=b'{"status":500}', headers=headers)
    assert response.status_code == 400
    assert client.get("/faults").json() == {"faults": []}


def test_number_of_faults_is_bounded(client: Any) -> None:
    statuses = [client.fault(status=500).status_code for _ in range(51)]
    assert statuses == [*[201] * 50, 400]


@pytest.fixture
def served() -> Iterator[tuple[Sandbox, str]]:
    """A sandbox on a real socket, and its address."""
    app = create_app(limits=Limits(hang_seconds=0.2, body_bytes=100_000))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield app, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def post(address: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"Authorization": "Bearer demo-token"}
    return httpx.post(f"{address}/v26.0/1/events", json=body, headers=headers, timeout=5)


def now_event(event: MAKE) -> dict[str, Any]:
    return event(event_time=int(time.time()))


def test_closed_connection_brings_no_answer(served: tuple[Sandbox, str], event: MAKE) -> None:
    _, address = served
    httpx.post(f"{address}/faults", json={"mode": "close", "count": 1})
    with pytest.raises(httpx.TransportError):
        post(address, {"data": [now_event(event)]})
    assert post(address, {"data": [now_event(event)]}).status_code == 200


def test_connection_closed_after_the_events_were_taken(
    served: tuple[Sandbox, str], event: MAKE
) -> None:
    app, address = served
    httpx.post(f"{address}/faults", json={"mode": "close", "count": 1, "accept_first": True})
    with pytest.raises(httpx.TransportError):
        post(address, {"data": [now_event(event)]})
    assert app.memory.received_count == 1


def test_hanging_request_ends_without_an_answer(served: tuple[Sandbox, str], event: MAKE) -> None:
    app, address = served
    httpx.post(f"{address}/faults", json={"mode": "hang", "count": 1})
    with pytest.raises(httpx.TransportError):
        post(address, {"data": [now_event(event)]})
    assert app.memory.requests[0].status is None


def test_client_that_leaves_a_hanging_request_does_no_harm(
    served: tuple[Sandbox, str], event: MAKE
) -> None:
    _, address = served
    httpx.post(f"{address}/faults", json={"mode": "hang", "count": 1})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/v26.0/1/events", json={"data": [now_event(event)]}, timeout=0.05)
    assert post(address, {"data": [now_event(event)]}).status_code == 200


def test_large_body_is_answered_and_not_cut_off(served: tuple[Sandbox, str]) -> None:
    _, address = served
    response = post(address, {"data": "x" * 500_000})
    assert response.status_code == 413


def test_client_that_leaves_while_sending_does_no_harm(
    served: tuple[Sandbox, str], event: MAKE
) -> None:
    _, address = served
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /v26.0/1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"
        )
    assert post(address, {"data": [now_event(event)]}).status_code == 200
