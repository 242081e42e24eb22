"""HTTP as far as the collector needs it: a request's head, its bounded body, an answer."""

from __future__ import annotations

import asyncio
import re
import secrets
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from collector.problems import (
    BODY_TOO_LARGE,
    ENCODING_NOT_SUPPORTED,
    MALFORMED_REQUEST,
    OVERLOADED,
    TOO_SLOW,
    Headers,
    Refused,
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_BYTES = 1024 * 1024
_BUFFERED_BYTES = 64 * BODY_BYTES  # of all bodies that are only half here
_READ_SECONDS = 10.0
_LENGTH_DIGITS = 9  # Python itself refuses to read a number of thousands of digits
_QUERY_FIELDS = 32
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")

JSON = (b"content-type", b"application/json")
PROBLEM_JSON = (b"content-type", b"application/problem+json")
CLOSE = (b"connection", b"close")
# No answer is worth a cache's memory, and a browser must not guess what it holds.
_EVERY_ANSWER = [
    (b"cache-control", b"no-store"),
    (b"vary", b"Origin"),
    (b"x-content-type-options", b"nosniff"),
]


class ClientGone(Exception):
    """The client hung up before its body was here; nobody is left to answer."""


class Request:
    """The head of one request; its body is read by a `BodyReader`."""

    def __init__(self, scope: Message, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.raw_headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.headers: dict[bytes, bytes] = dict(self.raw_headers)
        self.receive = receive
        self.path_parts: dict[str, str] = {}  # what the endpoint's pattern named
        self.cors_headers: Headers = ()  # set once the origin is admitted
        self._client: tuple[str, int] | None = scope.get("client")
        self._query: bytes = scope["query_string"]

    @property
    def peer(self) -> str:
        """The address of the other end of the connection; empty on a socket file."""
        return self._client[0] if self._client else ""

    @property
    def origin(self) -> str | None:
        """The page's origin, as a browser states it; None from a server."""
        value = self.headers.get(b"origin")
        return None if value is None else value.decode("latin-1")

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's fields; of a repeated one the last.

        Raises:
            Refused: there are too many.
        """
        try:
            return dict(parse_qsl(self._query.decode("latin-1"), max_num_fields=_QUERY_FIELDS))
        except ValueError:
            raise Refused(MALFORMED_REQUEST, "The query has too many fields.") from None

    @cached_property
    def id(self) -> str:
        """The id the client gave the request, or a new one."""
        try:
            given = self.query.get("requestId", "")
        except Refused:
            given = ""
        return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


class BodyReader:
    """Reads bodies, each bounded in size and time, and all together in memory."""

    def __init__(
        self, seconds: float = _READ_SECONDS, buffered_bytes: int = _BUFFERED_BYTES
    ) -> None:
        """Take the time one body may take, and the bytes that half-read bodies may hold."""
        self._seconds = seconds
        self._room = buffered_bytes

    async def read(self, request: Request) -> bytes:
        """Return the whole body.

        Raises:
            Refused: it is compressed, too large, too slow, or there is no memory for it now.
            ClientGone: the connection ended.
        """
        _require_plain(request)
        _require_small(request)
        try:
            async with asyncio.timeout(self._seconds):
                chunk, more = await _receive(request)
                return await self._rest(request, chunk) if more else _bounded(chunk)
        except TimeoutError:
            raise Refused(TOO_SLOW, f"It has {self._seconds:g} seconds.", (CLOSE,)) from None

    async def _rest(self, request: Request, chunk: bytes) -> bytes:
        body, more = bytearray(), True
        try:
            while True:
                body += _bounded(chunk, len(body))
                self._room -= len(chunk)
                if self._room < 0:
                    raise Refused(OVERLOADED, headers=(CLOSE,))
                if not more:
                    return bytes(body)
                chunk, more = await _receive(request)
        finally:
            self._room += len(body)


async def _receive(request: Request) -> tuple[bytes, bool]:
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def _bounded(chunk: bytes, already: int = 0) -> bytes:
    if already + len(chunk) > BODY_BYTES:
        raise _too_large()
    return chunk


def _require_plain(request: Request) -> None:
    encoding = request.headers.get(b"content-encoding", b"identity")
    if encoding.strip().lower() != b"identity":
        raise Refused(ENCODING_NOT_SUPPORTED, headers=((b"accept-encoding", b"identity"),))


def _require_small(request: Request) -> None:
    declared = request.headers.get(b"content-length", b"0")
    if declared.isdigit() and (len(declared) > _LENGTH_DIGITS or int(declared) > BODY_BYTES):
        raise _too_large()


def _too_large() -> Refused:
    return Refused(BODY_TOO_LARGE, f"A request has at most {BODY_BYTES} bytes.")


class Answer(NamedTuple):
    """What goes back to the client."""

    status: int
    body: bytes = b""
    headers: Headers = (JSON,)

    async def send(self, request: Request, send: Send) -> None:
        """Send it, with the headers that every answer to this request has."""
        headers = [*self.headers, *_EVERY_ANSWER, *request.cors_headers]
        if self.status != 204:
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(status: int, value: object) -> Answer:
    """Answer with a JSON value."""
    return Answer(status, orjson.dumps(value))


def no_content(headers: Headers = ()) -> Answer:
    """Answer that there is nothing to say."""
    return Answer(204, b"", headers)


def refusal(request: Request, refused: Refused) -> Answer:
    """Answer with a problem; 503 says when to come back."""
    problem = refused.problem
    body = {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": refused.detail or f"{problem.title}.",
        "report": {"requestId": request.id},
    }
    headers = [PROBLEM_JSON, *refused.headers]
    if problem.status == 503:
        # Spread out, so that clients refused together do not come back together.
        headers.append((b"retry-after", b"%d" % (1 + secrets.randbelow(3))))
    return Answer(problem.status, orjson.dumps(body), headers)
