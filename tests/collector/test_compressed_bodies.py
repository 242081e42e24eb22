"""Bodies compressed with gzip: inflated within bounds, or refused."""

from __future__ import annotations

import gzip
import tracemalloc

import orjson
import pytest

from collector.http import BODY_BYTES, BodyReader, Request
from collector.problems import Refused
from delivery.models import Event
from tests.collector.edge import Edge, Response, http_scope, stored_body

EVENT = {"xdm": {"eventType": "x"}, "data": {"a": 1}}


def _post(edge: Edge, target: str, body: bytes, encoding: str = "gzip") -> Response:
    return edge.request("POST", target, body, {"content-encoding": encoding})


def test_gzip_body_is_taken_as_if_it_were_plain(edge: Edge, native: str) -> None:
    (event_id,) = _post(edge, native, gzip.compress(orjson.dumps(EVENT))).event_ids
    assert stored_body(event_id)["event"] == EVENT
    assert _post(edge, native, gzip.compress(orjson.dumps(EVENT)), " X-Gzip ").status == 202
    assert _post(edge, native, orjson.dumps(EVENT), "identity").status == 202


def test_gzip_body_may_come_in_pieces(edge: Edge, native: str) -> None:
    packed = gzip.compress(orjson.dumps(EVENT))
    pieces = [packed[:7], packed[7:]]
    assert edge.request("POST", native, pieces, {"content-encoding": "gzip"}).status == 202


def test_gzip_bomb_is_413(edge: Edge, native: str) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    assert len(bomb) < BODY_BYTES
    response = _post(edge, native, bomb)
    assert (response.status, response.problem) == (413, "body-too-large")


def test_body_of_exactly_the_bound_is_inflated(edge: Edge, native: str) -> None:
    body = orjson.dumps(EVENT).ljust(BODY_BYTES)
    assert _post(edge, native, gzip.compress(body)).status == 202
    assert _post(edge, native, gzip.compress(body + b" ")).status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        gzip.compress(b"{}")[:-4],
        gzip.compress(b"{}") + b"more",
        gzip.compress(b"{}") * 2,
        gzip.compress(b"{}")[:12] + b"\xff" * 20,
    ],
    ids=["empty", "plain", "cut off", "with a tail", "two", "damaged"],
)
def test_body_that_is_no_gzip_is_400(edge: Edge, native: str, body: bytes) -> None:
    response = _post(edge, native, body)
    assert (response.status, response.problem) == (400, "malformed-encoding")
    assert not Event.objects.exists()


@pytest.mark.asyncio
async def test_bomb_takes_no_more_memory_than_a_body_may() -> None:
    bomb = gzip.compress(b"0" * 200_000_000)
    messages = [{"type": "http.request", "body": bomb, "more_body": False}]

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    request = Request(http_scope("POST", "/", {"content-encoding": "gzip"}), receive)
    tracemalloc.start()
    try:
        with pytest.raises(Refused, match="body-too-large"):
            await BodyReader().read(request)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * BODY_BYTES
