"""What is remembered, for how long, and what must never be."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from meta_sandbox.app import latency_from, terms_from
from meta_sandbox.judge import Terms

MAKE = Callable[..., dict[str, Any]]
TOKEN = "EAAtestsandboxtoken0123456789wxyz"


def names(client: Any, query: str = "") -> list[str]:
    return [row["event"]["event_name"] for row in client.received(query)["events"]]


def test_received_event_is_listed_with_its_request(client: Any, event: MAKE) -> None:
    sent = event()
    client.send(sent, test_event_code="TEST1", partner_agent="shop_1_0")
    assert client.received()["events"] == [
        {
            "received_at": "2026-11-18T11:06:40.000Z",
            "pixel": "1234567890",
            "version": "v26.0",
            "test_event_code": "TEST1",
            "partner_agent": "shop_1_0",
            "token_last_four": "wxyz",
            "event": sent,
        }
    ]


def test_newest_event_comes_first(client: Any, event: MAKE) -> None:
    client.send(event(event_name="One"), event(event_name="Two"))
    client.send(event(event_name="Three"))
    assert names(client) == ["Three", "Two", "One"]


def test_events_are_filtered(client: Any, event: MAKE) -> None:
    client.send(event(event_name="A", event_id="1"), event(event_name="B", event_id="2"))
    client.send(event(event_name="C", event_id=None), path="/v26.0/77/events")
    assert names(client, "?pixel=77") == ["C"]
    assert names(client, "?event_name=A") == ["A"]
    assert names(client, "?event_id=2") == ["B"]
    assert names(client, "?event_id=2&event_name=A") == []


def test_test_events_are_told_from_live_ones(client: Any, event: MAKE) -> None:
    client.send(event(event_name="Live"))
    client.send(event(event_name="Test"), test_event_code="TEST1")
    assert names(client, "?test=yes") == ["Test"]
    assert names(client, "?test=no") == ["Live"]
    assert names(client, "?test=maybe") == ["Test", "Live"]


def test_total_counts_the_matching_events_beyond_the_limit(client: Any, event: MAKE) -> None:
    client.send(*[event(event_name="A")] * 5, event(event_name="B"))
    listed = client.received("?event_name=A&limit=2")
    assert (listed["total"], len(listed["events"])) == (5, 2)


def test_hundred_events_are_listed_unless_asked_for_more(client: Any, event: MAKE) -> None:
    client.send(*[event()] * 1000)
    client.send(*[event()] * 1000)
    assert len(client.received()["events"]) == 100
    assert len(client.received("?limit=99999")["events"]) == 1000


@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "", "9" * 5000, "%00"])
@pytest.mark.parametrize("path", ["/received", "/requests"])
def test_strange_limit_is_refused(client: Any, path: str, limit: str) -> None:
    assert client.get(f"{path}?limit={limit}").status_code == 400


def test_oldest_events_make_room(small_client: Any, event: MAKE) -> None:
    client = small_client(kept_events=3)
    client.send(*[event(event_name=name) for name in "ABCDE"])
    assert names(client) == ["E", "D", "C"]
    assert client.received()["received_since_clear"] == 5


def test_memory_is_bounded_in_bytes(small_client: Any, event: MAKE) -> None:
    client = small_client(kept_bytes=100_000)
    for _ in range(10):
        client.send(event(custom_data={"note": "x" * 20_000}))
    assert client.received()["total"] == 2


def test_oldest_requests_make_room(small_client: Any, event: MAKE) -> None:
    client = small_client(kept_requests=2)
    for _ in range(3):
        client.send(event())
    assert client.get("/requests").json()["total"] == 2


def test_requests_tell_what_became_of_each(client: Any, event: MAKE) -> None:
    accepted = client.send(event(), event())
    refused = client.send(event(), event(event_time=1))
    rows = client.get("/requests").json()["requests"]
    assert [row["fbtrace_id"] for row in rows] == [
        refused.json()["error"]["fbtrace_id"],
        accepted.json()["fbtrace_id"],
    ]
    assert rows[1]["outcome"] == "accepted"
    assert (rows[1]["status"], rows[1]["events"], rows[1]["code"]) == (200, 2, None)
    assert rows[0]["outcome"] == "refused"
    assert (rows[0]["status"], rows[0]["events"]) == (400, 0)
    assert (rows[0]["code"], rows[0]["error_subcode"]) == (100, 2804003)
    assert rows[0]["reason"].startswith("$['data'][1]['event_time']")


def test_requests_tell_agent_test_code_and_warnings(warning: Any, event: MAKE) -> None:
    warning.send(event(), test_event_code="TEST1", partner_agent="shop_1_0")
    row = warning.get("/requests").json()["requests"][0]
    assert (row["partner_agent"], row["test_event_code"]) == ("shop_1_0", "TEST1")
    assert row["messages"] == ["Event 0: a website event should have client_user_agent."]


def test_clearing_forgets_everything(client: Any, event: MAKE) -> None:
    client.send(event())
    assert client.request("DELETE", "/received").status_code == 200
    assert client.received() == {"total": 0, "received_since_clear": 0, "events": []}
    assert client.get("/requests").json()["total"] == 0


@pytest.mark.parametrize("place", ["header", "query", "body"])
def test_token_is_shown_nowhere(client: Any, event: MAKE, place: str) -> None:
    path, body, headers = "/v26.0/1/events", {"data": [event()]}, {}
    if place == "header":
        headers = {"Authorization": f"Bearer {TOKEN}"}
    elif place == "query":
        path += f"?access_token={TOKEN}"
    else:
        body["access_token"] = TOKEN
    assert client.request("POST", path, json=body, headers=headers).status_code == 200
    assert client.request("POST", path, json=body | {"data": 7}, headers=headers).is_error
    for page in ("/", "/received", "/requests"):
        assert TOKEN not in client.get(page).text


def test_token_that_strayed_into_an_event_is_hidden(client: Any, event: MAKE) -> None:
    stray = event(
        event_id=f"id-{TOKEN}",
        event_source_url=f"https://shop.example/?access_token={TOKEN}",
        custom_data={"list": [TOKEN], TOKEN: "key", "number": 7},
    )
    client.send(stray, partner_agent=TOKEN, test_event_code=TOKEN)
    assert client.received()["events"][0]["event"]["custom_data"] == {
        "list": ["[access token]"],
        "[access token]": "key",
        "number": 7,
    }
    for page in ("/", "/received", "/requests"):
        assert TOKEN not in client.get(page).text


def test_short_token_does_not_change_the_events(client: Any, event: MAKE) -> None:
    client.send(event(event_name="PageView"), token="PageView")
    assert names(client) == ["PageView"]


def test_token_is_not_left_in_the_scope_that_servers_log(client: Any) -> None:
    scopes: list[Any] = []
    app = client.app

    async def spy(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await app(scope, receive, send)

    client.app = spy
    client.request("POST", f"/v26.0/1/events?access_token={TOKEN}", json={})
    assert scopes[0]["query_string"] == b""


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("300", 0.3), ("0.5", 0.0005)])
def test_latency_is_read_in_milliseconds(text: str, seconds: float) -> None:
    assert latency_from(text) == seconds


@pytest.mark.parametrize("text", ["", "fast", "-1", "60001", "nan", "inf"])
def test_strange_latency_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        latency_from(text)


@pytest.mark.parametrize(
    ("environment", "terms"),
    [
        ({}, Terms()),
        ({"SANDBOX_APP_SECRET": "", "SANDBOX_WARNINGS": ""}, Terms()),
        ({"SANDBOX_APP_SECRET": "s3cret", "SANDBOX_WARNINGS": "no"}, Terms("s3cret")),
        ({"SANDBOX_WARNINGS": "yes"}, Terms(warns=True)),
    ],
)
def test_terms_are_read_from_the_environment(environment: dict[str, str], terms: Terms) -> None:
    assert terms_from(environment) == terms


def test_strange_warnings_are_refused() -> None:
    with pytest.raises(ValueError, match="SANDBOX_WARNINGS"):
        terms_from({"SANDBOX_WARNINGS": "perhaps"})


def test_sandbox_imports_nothing_of_the_product() -> None:
    rooms = ("accounts", "capi_admin", "collector", "delivery", "django", "extensions", "rules")
    code = f"import sys, meta_sandbox.app; print([m for m in {rooms} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
