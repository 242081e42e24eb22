"""The server's answers: each is one packet, in its order, and whole at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from collector.http import Message, Receive, Send
from collector.server import OnePiece, Protocol


class _Wire(asyncio.Transport):
    """Takes down what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


def _on(use: Callable[[OnePiece, _Wire], Awaitable[None]]) -> list[bytes]:
    wire = _Wire()

    async def run() -> None:
        await use(OnePiece(wire, asyncio.get_running_loop()), wire)

    asyncio.run(run())
    return wire.sent


def test_what_is_written_together_is_sent_together() -> None:
    async def use(transport: OnePiece, wire: _Wire) -> None:
        transport.write(b"head, ")
        transport.write(bytearray(b"body"))
        assert wire.sent == []
        await asyncio.sleep(0)
        transport.write(b"the next")
        await asyncio.sleep(0)

    assert _on(use) == [b"head, body", b"the next"]


def test_closing_sends_what_is_held() -> None:
    async def use(transport: OnePiece, wire: _Wire) -> None:
        transport.write(b"last words")
        transport.close()
        assert transport.is_closing()
        await asyncio.sleep(0)

    assert _on(use) == [b"last words"]


def test_a_connection_that_is_gone_is_not_written_to() -> None:
    async def use(transport: OnePiece, wire: _Wire) -> None:
        transport.write(b"too late")
        wire.close()
        await asyncio.sleep(0)

    assert _on(use) == []


async def _echo(scope: Message, receive: Receive, send: Send) -> None:
    message = await receive()
    head = [(b"content-length", b"%d" % len(message["body"]))]
    await send({"type": "http.response.start", "status": 202, "headers": head})
    await send({"type": "http.response.body", "body": message["body"]})


def _answers(*bodies: bytes) -> list[bytes]:
    """Post bodies over one connection at once; return what was sent, a packet each."""
    wire = _Wire()

    async def run() -> None:
        config = uvicorn.Config(_echo, http=Protocol, lifespan="off", log_config=None)
        config.load()
        protocol = Protocol(config, ServerState(), {})
        protocol.connection_made(wire)
        protocol.data_received(b"".join(map(_request, bodies)))
        async with asyncio.timeout(10):
            while b"".join(wire.sent).count(b"HTTP/1.1 202 ") < len(bodies):
                await asyncio.sleep(0)
        protocol.connection_lost(None)

    asyncio.run(run())
    return wire.sent


def _request(body: bytes) -> bytes:
    return b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def test_an_answer_is_one_packet() -> None:
    [packet] = _answers(b"body")

    assert packet.startswith(b"HTTP/1.1 202 ")
    assert packet.endswith(b"\r\n\r\nbody")


def test_answers_to_requests_sent_at_once_come_in_their_order() -> None:
    bodies = [b"%d" % number * (number + 1) for number in range(9)]

    answers = b"".join(_answers(*bodies)).split(b"HTTP/1.1 202 ")

    assert [answer.partition(b"\r\n\r\n")[2] for answer in answers[1:]] == bodies
