"""Lists and lines with good and bad events: the good ones are taken, the others explained."""

from __future__ import annotations

from typing import Any

import pytest

from collector import metrics
from delivery.models import Event
from tests.collector.edge import Edge, Response, stored_names

NDJSON = {"content-type": "application/x-ndjson"}
LARGE = {"data": {"text": "x" * 70_000}}


def _lines(edge: Edge, target: str, *lines: bytes, media: str = "application/x-ndjson") -> Response:
    return edge.request("POST", target, b"\n".join(lines), {"content-type": media})


def _codes(response: Response) -> list[str]:
    """The problem of each event; empty where it was taken."""
    return [
        each.get("error", {}).get("type", "").removeprefix("/problems/")
        for each in response.json["events"]
    ]


def test_each_line_is_an_event(edge: Edge, native: str) -> None:
    response = _lines(edge, native, b'{"event": "a"}', b'{"event": "b"}', b"")
    assert response.status == 202
    assert response.event_ids == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert stored_names() == ["a", "b"]


@pytest.mark.parametrize(
    "media", ["application/x-ndjson", "Application/X-NDJSON; charset=utf-8", "application/jsonl"]
)
def test_lines_are_known_by_their_media_type(edge: Edge, native: str, media: str) -> None:
    assert len(_lines(edge, native, b'{"n":1}', b'{"n":2}', media=media).event_ids) == 2


def test_lines_may_end_as_on_windows_and_be_empty(edge: Edge, native: str) -> None:
    response = _lines(edge, native, b'{"n":1}\r', b"", b"  \r", b'{"n":2}\r', b"")
    assert len(response.event_ids) == 2


def test_bad_lines_are_explained_and_the_good_ones_taken(edge: Edge, native: str) -> None:
    lines = (b'{"event": "a"}', b"", b'{"event": ', b'"text"', b'{"event": "b"}', b'{"data": []}')
    response = _lines(edge, native, *lines)
    assert response.status == 202
    assert _codes(response) == ["", "malformed-json", "invalid-event", "", "invalid-event"]
    assert [each.get("line") for each in response.json["events"]] == [None, 3, 4, None, 6]
    assert response.json["events"][1]["error"]["detail"] == "Column 11."
    assert stored_names() == ["a", "b"]


def _refused_events() -> dict[str, float]:
    """How many events of partly good requests were counted as refused, by reason."""
    (metric,) = metrics.REFUSED_EVENTS.collect()
    return {
        sample.labels["reason"]: sample.value
        for sample in metric.samples
        if sample.name.endswith("_total")
    }


def test_bad_events_among_good_ones_are_counted_by_reason(edge: Edge, native: str) -> None:
    before = _refused_events()
    assert _lines(edge, native, b'{"n":1}', b"{", b"[]", b"1", b'{"n":2}').status == 202
    assert _lines(edge, native, b'{"n":1}').status == 202
    assert _lines(edge, native, b"{").status == 400  # counted as a request
    grown = {reason: n - before.get(reason, 0) for reason, n in _refused_events().items()}
    assert {reason: n for reason, n in grown.items() if n} == {
        "malformed-json": 1,
        "invalid-event": 2,
    }


def test_line_beyond_a_bound_is_told_by_its_number(edge: Edge, native: str) -> None:
    deep = b'{"v":' + b"[" * 40 + b"]" * 40 + b"}"
    large = b'{"text": "' + b"x" * 70_000 + b'"}'
    response = _lines(edge, native, b'{"event": "a"}', deep, large)
    assert response.status == 202
    assert _codes(response) == ["", "too-complex", "event-too-large"]
    assert [each.get("line") for each in response.json["events"]] == [None, 2, 3]


def test_lines_of_which_none_is_good_are_a_problem(edge: Edge, native: str) -> None:
    response = _lines(edge, native, b"", b"{", b"[]", b"1")
    assert (response.status, response.problem) == (400, "malformed-json")
    assert (response.json["line"], response.json["detail"]) == (2, "Column 2.")
    assert [each["line"] for each in response.json["events"]] == [2, 3, 4]
    assert not Event.objects.exists()


def test_no_line_at_all_is_400(edge: Edge, native: str) -> None:
    for body in (b"", b"\n\n", b" \r\n"):
        assert edge.request("POST", native, body, NDJSON).problem == "invalid-event"


def test_more_lines_than_events_of_a_request_are_413(edge: Edge, native: str) -> None:
    assert _lines(edge, native, *[b'{"n":1}'] * 1_000).status == 202
    response = _lines(edge, native, *[b'{"n":1}'] * 1_001)
    assert (response.status, response.problem) == (413, "too-many-events")
    assert Event.objects.count() == 1_000


def test_the_original_protocol_takes_no_lines(edge: Edge, collect: str) -> None:
    response = _lines(edge, collect, b'{"event": {"data": {}}}', b'{"event": {"data": {}}}')
    assert (response.status, response.problem) == (400, "malformed-json")


def test_bad_events_of_a_list_are_explained_and_the_good_ones_taken(
    edge: Edge, native: str
) -> None:
    body: list[Any] = [{"event": "a"}, 7, LARGE, {"event": "b"}]
    response = edge.post(native, body)
    assert response.status == 202
    assert _codes(response) == ["", "invalid-event", "event-too-large", ""]
    assert "line" not in response.json["events"][1]
    assert stored_names() == ["a", "b"]


def test_list_of_which_no_event_is_good_is_a_problem(edge: Edge, native: str) -> None:
    response = edge.post(native, [LARGE, 7])
    assert (response.status, response.problem) == (413, "event-too-large")
    assert _codes(response) == ["event-too-large", "invalid-event"]


def test_the_original_protocol_takes_all_or_none(edge: Edge, collect: str) -> None:
    response = edge.post(collect, {"events": [{"data": {"event": "a"}}, LARGE]})
    assert (response.status, response.problem) == (413, "event-too-large")
    assert not Event.objects.exists()


def test_what_a_bad_event_holds_is_not_sent_back(edge: Edge, native: str) -> None:
    hostile = b'"<img src=x onerror=alert(1) hx-get=/>"'
    response = _lines(edge, native, b'{"event": "a"}', hostile, hostile[:-1])
    assert response.status == 202
    assert b"img" not in response.body
