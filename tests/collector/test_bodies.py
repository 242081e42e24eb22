"""Reading bodies: how long, and how much of all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from collector import http
from collector.http import BodyReader, ClientGone, Request
from collector.problems import Refused
from tests.collector.edge import http_scope

pytestmark = pytest.mark.asyncio


def _request(messages: Iterable[dict[str, object]], *, then_silent: bool = False) -> Request:
    waiting = list(messages)

    async def receive() -> dict[str, object]:
        if not waiting and then_silent:
            await asyncio.Event().wait()
        return waiting.pop(0)

    return Request(http_scope("POST", "/", {}), receive)


def _chunk(body: bytes, *, more: bool = False) -> dict[str, object]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_body_that_never_comes_is_408_and_the_connection_is_closed() -> None:
    with pytest.raises(Refused, match="too-slow") as refused:
        await BodyReader(seconds=0.01).read(_request([], then_silent=True))
    assert (b"connection", b"close") in refused.value.headers


async def test_body_that_stops_halfway_is_408() -> None:
    request = _request([_chunk(b"{", more=True)], then_silent=True)
    with pytest.raises(Refused, match="too-slow"):
        await BodyReader(seconds=0.01).read(request)


async def test_client_that_hangs_up_halfway_gets_no_answer() -> None:
    request = _request([_chunk(b"{", more=True), {"type": "http.disconnect"}])
    with pytest.raises(ClientGone):
        await BodyReader().read(request)


async def test_half_read_bodies_share_one_bound_and_give_it_back() -> None:
    reader = BodyReader(buffered_bytes=10 + 2 * http._REQUEST_BYTES)
    slow = asyncio.create_task(
        reader.read(_request([_chunk(b"12345678", more=True)], then_silent=True))
    )
    await asyncio.sleep(0)
    pieces = [_chunk(b"123", more=True), _chunk(b"4")]
    with pytest.raises(Refused, match="overloaded"):
        await reader.read(_request(pieces))
    slow.cancel()
    await asyncio.wait({slow})
    assert await reader.read(_request(pieces)) == b"1234"


async def test_body_that_is_too_large_gives_its_memory_back() -> None:
    reader = BodyReader(buffered_bytes=2 * 1024 * 1024)
    large = [_chunk(b"x" * 600_000, more=True)] * 3
    for _ in range(5):
        with pytest.raises(Refused, match="body-too-large"):
            await reader.read(_request(large))
