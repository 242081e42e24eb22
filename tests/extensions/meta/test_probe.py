"""Trying a connection: the probe that creates nothing, and the sample that is a test event."""

from __future__ import annotations

import json

import pytest

from extensions.contract import JSON, Answer, ComponentError
from extensions.meta.destination import MetaDestination
from meta_sandbox.validation import check_body
from tests.extensions.meta.making import EVENT_ID, NOW, PIXEL

META = MetaDestination()
ADDRESS = {
    "dataset": PIXEL,
    "api_version": "v26.0",
    "credential": "[[SE1]]",
    "partner_agent": "capiadmin_1_0",
    "test_event_code": "TEST1",
}


def error(status: int = 400, **parts: JSON) -> Answer:
    body = {"error": {"message": "no", "type": "OAuthException", "fbtrace_id": "A1", **parts}}
    return Answer(status, {}, json.dumps(body).encode())


def test_a_probe_holds_one_event_of_nothing_and_no_test_code() -> None:
    request = META.probe(ADDRESS, {"credential": "EAAB", "app_secret": "s"})

    assert request.path == f"/v26.0/{PIXEL}/events"
    assert request.headers["Authorization"] == "Bearer EAAB"
    body = json.loads(request.body)
    assert body.pop("appsecret_proof")
    assert body == {"data": [{}]}


@pytest.mark.parametrize("subcode", [2804019, 2804003, 2804999, "2804050"])
def test_an_error_about_the_event_means_that_the_connection_works(subcode: JSON) -> None:
    verdict = META.read_probe(error(code=100, error_subcode=subcode))

    assert verdict.outcome == "delivered"
    assert verdict.title == "The connection works"
    assert verdict.trace_id == "A1"


@pytest.mark.parametrize(
    "body", [b'{"events_received": 1}', b'{"events_received": 0, "messages": []}']
)
def test_an_answer_that_takes_the_event_is_fine_too(body: bytes) -> None:
    assert META.read_probe(Answer(200, {}, body)).outcome == "delivered"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error(401, code=190), "meta:190"),
        (error(401, code=190, error_subcode=463), "meta:190:463"),
        (error(400, code=100, error_subcode=33), "meta:100:33"),
        (error(403, code=200), "meta:200"),
        (error(403, code=10), "meta:10"),
        (error(400, code=368), "meta:368"),
        (error(400, code=100, type="GraphMethodException"), "meta:100:GraphMethodException"),
    ],
)
def test_an_error_of_the_set_up_keeps_its_own_words(answer: Answer, reason: str) -> None:
    verdict = META.read_probe(answer)

    assert (verdict.outcome, verdict.reason) == ("hold", reason)
    assert verdict == META.read(answer, 1)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, failure="connect"),
        Answer(0, failure="timeout"),
        Answer(0, failure="broken"),
        Answer(0, failure="tls"),
        Answer(0, failure="other"),
        Answer(200, {}, b"<html>Welcome to the hotel</html>"),
        Answer(502, {}, b"<html>Bad gateway</html>"),
        Answer(200, {}, b'{"ok": true}'),
        Answer(429, {}, b"{}"),
        error(500, code=2),
        error(400, code=4),
        error(400, code=999, is_transient=True),
    ],
)
def test_trouble_on_the_way_is_said_and_not_promised_to_pass(answer: Answer) -> None:
    verdict = META.read_probe(answer)

    assert verdict.outcome == "retry"
    assert verdict.title
    assert verdict.explanation
    assert "sent again" not in verdict.explanation


@pytest.mark.parametrize(
    "answer", [error(code=100), error(code=12345), error(code=100, error_subcode=1)]
)
def test_an_error_that_says_nothing_about_the_set_up_is_called_unclear(answer: Answer) -> None:
    verdict = META.read_probe(answer)

    assert verdict.outcome == "rejected"
    assert "neither" in verdict.title


def test_a_sample_is_a_test_event_that_the_sandbox_takes() -> None:
    send = META.sample(ADDRESS, " TEST42 ", EVENT_ID, NOW)

    assert send.address == ADDRESS | {"test_event_code": "TEST42"}
    assert (send.name, send.dedup_id) == ("PageView", EVENT_ID)
    assert send.payload["action_source"] == "website"
    assert send.expires_at > NOW
    request = META.request(
        send.address, {"credential": "EAAB"}, [json.dumps(send.payload).encode()]
    )
    assert check_body(json.loads(request.body), NOW) is None


@pytest.mark.parametrize("code", ["", "  ", "TEST 1", "TEST-1", "Té", "T" * 101])
def test_a_sample_needs_a_code_that_can_be_right(code: str) -> None:
    with pytest.raises(ComponentError, match="test event code"):
        META.sample(ADDRESS, code, EVENT_ID, NOW)
