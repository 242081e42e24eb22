"""The thin layer between ASGI and the sandbox: read one request, write one response.

There is no framework below, because the whole surface is eight routes and a bare application
answers fast enough to stand behind the product's benchmarks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import orjson

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

# A client that is cut off while it still writes sees a reset in place of the 413, so a body that
# is too large is read and thrown away up to this many times the limit.
DRAIN_FACTOR = 8


class BodyTooLargeError(Exception):
    """The request body is larger than the limit."""


class DisconnectedError(Exception):
    """The client went away before the request was complete."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: header names in lower case, the last of repeated query keys."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response, whole in memory."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def json_response(value: object, status: int = 200) -> Response:
    """Answer with `value` as JSON."""
    return Response(status, orjson.dumps(value))


async def read_request(scope: Scope, receive: Receive, body_limit: int) -> Request:
    """Read one request whole.

    Raises:
        BodyTooLargeError: the body has more than `body_limit` bytes.
        DisconnectedError: the client left while sending.
    """
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    # Servers write the query string to their access log after the answer; a token may be in it.
    scope["query_string"] = b""
    body = await _read_body(receive, body_limit)
    return Request(scope["method"], scope["path"], query, headers, body)


async def _read_body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in _chunks(receive):
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        if size > limit * DRAIN_FACTOR:
            break
    if size > limit:
        raise BodyTooLargeError
    return b"".join(chunks)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def send_response(send: Send, response: Response) -> None:
    """Write the response, with the headers that keep a browser from guessing or caching."""
    headers = {
        "content-type": response.content_type,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **response.headers,
        "content-length": str(len(response.body)),
    }
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body})


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def drop_connection(receive: Receive) -> None:
    """Cut the connection before any byte of an answer.

    ASGI has no word for this, so the transport is taken from uvicorn's own receive method.

    Raises:
        ConnectionAbortedError: the server is not uvicorn, and has to notice by itself.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionAbortedError("this server offers no way to drop a connection")
    transport.abort()
    await wait_for_disconnect(receive)


async def run_lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and stop messages; there is nothing to prepare or release."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def refuse_websocket(receive: Receive, send: Send) -> None:
    """Close a websocket handshake: the sandbox speaks HTTP only."""
    await receive()
    await send({"type": "websocket.close"})
