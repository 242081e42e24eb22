"""Answers like Meta's events endpoint when all is well, after the time Meta takes.

The strict sandbox judges every field and keeps what it took, which costs more of the processor than
the pipeline under measurement. This one counts the events and waits; what is sent is the
business of the tests.

Usage: python -m bench.meta PORT [--milliseconds 300]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from typing import cast

import uvloop

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_NAME = b'"event_name"'


class _Endpoint(asyncio.Protocol):
    """One connection, kept open; its client waits for an answer before it asks again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._parts: list[bytes] = []
        self._missing = 0  # bytes of the request that are still to come; 0: none has begun

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing:
            self._missing -= len(data)
        elif not self._has_head():
            return
        if not self._missing:
            count = b"".join(self._parts).count(_NAME)
            self._parts.clear()
            asyncio.get_running_loop().call_later(self._seconds, self._answer, count)

    def _has_head(self) -> bool:
        data = b"".join(self._parts)
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        found = _LENGTH.search(data, 0, end)
        self._missing = end + 4 + int(found[1] if found else 0) - len(data)
        return True

    def _answer(self, count: int) -> None:
        body = b'{"events_received":%d,"messages":[],"fbtrace_id":"bench"}' % count
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)


async def _serve(port: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Endpoint(seconds), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def main(arguments: Sequence[str]) -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="A stand-in for Meta that takes everything.")
    parser.add_argument("port", type=int)
    parser.add_argument("--milliseconds", type=float, default=300)
    options = parser.parse_args(arguments)
    uvloop.run(_serve(options.port, options.milliseconds / 1000))


if __name__ == "__main__":
    main(sys.argv[1:])
