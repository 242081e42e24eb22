"""The server as the product runs it: uvicorn, whose answers leave in one piece."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_STOP_SECONDS = 10  # for requests that are under way


def serve(host: str, port: int) -> None:
    """Serve the collector until the process is asked to end."""
    # One process. On two cores that have everything to do it takes as much in as two, for three
    # quarters of the work: groups are larger, and it is woken less often.
    uvicorn.run(
        "collector.asgi:app",
        host=host,
        port=port,
        http=Protocol,
        ws="none",
        workers=1,  # whatever WEB_CONCURRENCY says
        # Which proxies are believed is the collector's own setting, not the server's.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


class Protocol(HttpToolsProtocol):
    """HTTP over one connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""
        super().connection_made(OnePiece(transport, self.loop))


class OnePiece(asyncio.Transport):
    """A transport that gathers what is written, and sends it when the loop comes round.

    The server writes the head of an answer and its body one after the other. Each would be a packet
    of its own, and wake the other side once more. It has what the server uses of a transport.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Take the transport to send by."""
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data with whatever else is written before the loop comes round."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(bytes(data))

    def close(self) -> None:
        """Send what is held, and close."""
        self._send()
        self._transport.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell about the connection."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Let the other side wait."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take in more."""
        self._transport.resume_reading()

    def _send(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))
