"""Everything that is not accepted: a problem for the client, and no row in the log."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest

from collector import application
from collector.commit import Limits
from delivery.models import Event
from rules.models import Datastream
from tests.collector.conftest import Locking, MakeEdge
from tests.collector.edge import Edge, eventually

EVENT = {"event": {"xdm": {"eventType": "x"}}}
UNKNOWN = "DS" + "0" * 32
MISSHAPEN: list[Any] = [
    [],
    "text",
    None,
    {},
    {"event": None},
    {"event": {}},
    {"event": []},
    {"event": {"other": 1}},
    {"event": {"xdm": []}},
    {"event": {"xdm": {}, "data": "text"}},
    {"events": {}},
    {"events": []},
    {"events": [{"xdm": {}}, 1]},
]
NATIVE_MISSHAPEN: list[Any] = [
    *([], 1, "text", None, {}, [1], [{}]),
    {"events": []},
    {"data": []},
    {"xdm": {}, "request": "text"},
]


def test_unknown_datastream_is_404(edge: Edge) -> None:
    for target in (f"/ee/v2/collect?datastreamId={UNKNOWN}", f"/v1/events/{UNKNOWN}"):
        response = edge.post(target, EVENT)
        assert (response.status, response.problem) == (404, "unknown-datastream")


def test_text_that_can_be_no_datastream_is_404(edge: Edge) -> None:
    for name in ("%00", "%FF", "a%27--", "x" * 200):
        response = edge.post(f"/ee/v2/collect?datastreamId={name}", EVENT)
        assert (response.status, response.problem) == (404, "unknown-datastream")


def test_request_that_names_no_datastream_is_400(edge: Edge) -> None:
    response = edge.post("/ee/v2/interact", EVENT)
    assert (response.status, response.problem) == (400, "missing-datastream")


def test_disabled_datastream_is_403(edge: Edge, collect: str, datastream: Datastream) -> None:
    Datastream.objects.filter(pk=datastream.pk).update(enabled=False)
    response = edge.post(collect, EVENT)
    assert (response.status, response.problem) == (403, "datastream-disabled")
    assert not Event.objects.exists()


def test_other_method_is_405_and_says_which_are_allowed(edge: Edge, collect: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        response = edge.request(method, collect)
        assert (response.status, response.problem) == (405, "method-not-allowed")
        assert response.headers["allow"] == "OPTIONS, POST"
    assert edge.request("POST", "/healthz").headers["allow"] == "GET, HEAD"


def test_other_path_is_404(edge: Edge) -> None:
    for path in ("/", "/admin/", "/ee/v2/interact/more", "/v1/events/", "/v1/events/a/b"):
        response = edge.post(path, EVENT)
        assert (response.status, response.problem) == (404, "not-found")


def test_body_compressed_in_another_way_is_415(edge: Edge, collect: str) -> None:
    for encoding in ("br", "deflate", "zstd", "identity, gzip", ""):
        response = edge.post(collect, EVENT, Content_Encoding=encoding)
        assert (response.status, response.problem) == (415, "encoding-not-supported")
        assert response.headers["accept-encoding"] == "gzip, identity"


def test_body_declared_too_large_is_413_before_it_is_read(edge: Edge, collect: str) -> None:
    for length in ("1048577", "9" * 5000):
        response = edge.request("POST", collect, [], {"content-length": length})
        assert (response.status, response.problem) == (413, "body-too-large")


def test_body_that_grows_too_large_is_413(edge: Edge, collect: str) -> None:
    response = edge.request("POST", collect, [b" " * 65_536] * 17)
    assert (response.status, response.problem) == (413, "body-too-large")


def test_event_over_64_kib_is_413_and_takes_its_request_with_it(edge: Edge, collect: str) -> None:
    large = {"data": {"text": "x" * 65_536}}
    response = edge.post(collect, {"events": [EVENT["event"], large]})
    assert (response.status, response.problem) == (413, "event-too-large")
    assert not Event.objects.exists()


def test_event_just_under_64_kib_is_accepted(edge: Edge, collect: str) -> None:
    assert edge.post(collect, {"event": {"data": {"text": "x" * 65_000}}}).status == 202


def test_thousand_events_are_accepted_and_one_more_is_413(edge: Edge, native: str) -> None:
    assert edge.post(native, [{"n": 1}] * 1_000).status == 202
    response = edge.post(native, [{"n": 1}] * 1_001)
    assert (response.status, response.problem) == (413, "too-many-events")
    assert Event.objects.count() == 1_000


def test_body_of_another_shape_is_400(edge: Edge, collect: str) -> None:
    for body in MISSHAPEN:
        response = edge.post(collect, body)
        assert (response.status, response.problem) == (400, "invalid-event"), body
    assert not Event.objects.exists()


def test_native_body_of_another_shape_is_400(edge: Edge, native: str) -> None:
    for body in NATIVE_MISSHAPEN:
        response = edge.post(native, body)
        assert (response.status, response.problem) == (400, "invalid-event"), body
    assert not Event.objects.exists()


def test_query_of_too_many_fields_is_400(edge: Edge) -> None:
    response = edge.post("/ee/v2/collect?" + "&".join(f"a{n}=1" for n in range(100)), EVENT)
    assert (response.status, response.problem) == (400, "malformed-request")


def test_problem_repeats_the_request_id(edge: Edge) -> None:
    response = edge.post(f"/ee/v2/collect?datastreamId={UNKNOWN}&requestId=r-7", EVENT)
    assert response.json["report"]["requestId"] == "r-7"


def test_own_bug_is_answered_503_and_logged_without_the_body(
    edge: Edge, collect: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(raw: bytes, *_: Any, **__: Any) -> None:
        raise RuntimeError(raw)

    monkeypatch.setattr(application, "prepared", broken)
    with caplog.at_level(logging.DEBUG):
        response = edge.post(collect, {"event": {"data": {"email": "canary@shop.example"}}})
    assert (response.status, response.problem) == (503, "unavailable")
    assert "test_refusals.py" in caplog.text
    assert "canary" not in caplog.text


def test_full_collector_answers_503_with_retry_after(
    make_edge: MakeEdge, collect: str, locked_log: Locking
) -> None:
    edge = make_edge(limits=Limits(waiting_events=2))
    with locked_log():
        waiting = [edge.post_later(collect, EVENT) for _ in range(2)]
        response = edge.post(collect, EVENT)
        assert (response.status, response.problem) == (503, "overloaded")
        assert 1 <= int(response.headers["retry-after"]) <= 3
    assert [answer.result(10).status for answer in waiting] == [202, 202]


def test_collector_that_holds_too_many_bytes_answers_503(make_edge: MakeEdge, collect: str) -> None:
    edge = make_edge(limits=Limits(waiting_bytes=10))
    assert edge.post(collect, EVENT).problem == "overloaded"


def test_burst_holds_no_more_memory_than_it_may(
    make_edge: MakeEdge, native: str, locked_log: Locking
) -> None:
    most = 4 * 1024 * 1024
    edge = make_edge(limits=Limits(waiting_bytes=most, commit_seconds=30))
    body = [{"data": {"text": os.urandom(20_000).hex()}} for _ in range(20)]
    with locked_log():
        answers = [edge.post_later(native, body) for _ in range(40)]
        # Those that are answered while nothing can be written are refused; the others are held.
        eventually(lambda: sum(answer.done() for answer in answers) >= 20)
        held = edge.collector._committer._bytes
    statuses = [answer.result(30).status for answer in answers]
    assert most / 2 < held <= most
    assert set(statuses) == {202, 503}
    assert Event.objects.count() == 20 * statuses.count(202)
    assert edge.collector._committer._bytes == 0
