"""HTTP as far as the collector needs it: a request's head, its bounded body, an answer."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import zlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson

from collector.deadlines import Deadline
from collector.problems import (
    BODY_TOO_LARGE,
    ENCODING_NOT_SUPPORTED,
    MALFORMED_ENCODING,
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
_REQUEST_BYTES = 8 * 1024  # what a request holds whose body is on its way: about so much
_GZIP = 31  # zlib's word for gzip with the largest window
_READ_SECONDS = 10.0
_LENGTH_DIGITS = 9  # Python itself refuses to read a number of thousands of digits
_QUERY_FIELDS = 32
_NODES = 1 << 48  # as many as the last part of a UUID can tell
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
        self._fields: dict[str, str] | None = None
        self._id = ""

    @property
    def peer(self) -> str:
        """The address of the other end of the connection; empty on a socket file."""
        return self._client[0] if self._client else ""

    @property
    def media_type(self) -> str:
        """What the client says its body is, without parameters."""
        value = self.headers.get(b"content-type", b"")
        return value.partition(b";")[0].strip().lower().decode("latin-1")

    @property
    def origin(self) -> str | None:
        """The page's origin, as a browser states it; None from a server."""
        value = self.headers.get(b"origin")
        return None if value is None else value.decode("latin-1")

    @property
    def query(self) -> dict[str, str]:
        """The query's fields; of a repeated one the last.

        Raises:
            Refused: there are too many.
        """
        if self._fields is None:  # kept by hand: the library's way takes a lock
            self._fields = _fields(self._query) if self._query else {}
        return self._fields

    @property
    def id(self) -> str:
        """The id the client gave the request, or a new one."""
        if not self._id:
            self._id = self._given_id() or next(_request_ids)
        return self._id

    def _given_id(self) -> str:
        if not self._query:
            return ""
        try:
            given = self.query.get("requestId", "")
        except Refused:
            return ""
        return given if _REQUEST_ID.fullmatch(given) else ""


def _fields(query: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(query.decode("latin-1"), max_num_fields=_QUERY_FIELDS))
    except ValueError:
        raise Refused(MALFORMED_REQUEST, "The query has too many fields.") from None


def _new_request_ids() -> Iterator[str]:
    """Yield UUIDs as text. They tell requests apart and are no secret, so that only the first is
    random: to ask the system for each would cost more than all else about it.
    """
    digits = os.urandom(16).hex()
    ours = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}"
    for number in itertools.count(int(digits[20:], 16)):
        yield f"{ours}-{number % _NODES:012x}"


_request_ids = _new_request_ids()


class BodyReader:
    """Reads bodies, each bounded in size and time, and all together in memory."""

    def __init__(
        self, seconds: float = _READ_SECONDS, buffered_bytes: int = _BUFFERED_BYTES
    ) -> None:
        """Take the time one body may take, and the bytes that half-read bodies may hold."""
        self._seconds = seconds
        self._deadline = Deadline(seconds)
        self._room = buffered_bytes

    async def read(self, request: Request) -> bytes:
        """Return the whole body, inflated.

        Raises:
            Refused: it is compressed in another way, too large, too slow, or there is no memory
                for it now.
            ClientGone: the connection ended.
        """
        is_plain = _is_plain(request)
        _require_small(request)
        try:
            self._hold(_REQUEST_BYTES)
            with self._deadline:
                chunk, more = await _receive(request)
                body = await self._rest(request, chunk) if more else _bounded(chunk)
        except TimeoutError:
            raise Refused(TOO_SLOW, f"It has {self._seconds:g} seconds.", (CLOSE,)) from None
        finally:
            self._room += _REQUEST_BYTES
        return body if is_plain else _inflated(body)

    async def _rest(self, request: Request, chunk: bytes) -> bytes:
        body, more = bytearray(), True
        try:
            while True:
                body += _bounded(chunk, len(body))
                self._hold(len(chunk))
                if not more:
                    return bytes(body)
                chunk, more = await _receive(request)
        finally:
            self._room += len(body)

    def _hold(self, size: int) -> None:
        """Take memory; whoever called gives it back, also when there was none."""
        self._room -= size
        if self._room < 0:
            raise Refused(OVERLOADED, headers=(CLOSE,))


async def _receive(request: Request) -> tuple[bytes, bool]:
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def _bounded(chunk: bytes, already: int = 0) -> bytes:
    if already + len(chunk) > BODY_BYTES:
        raise _too_large()
    return chunk


def _is_plain(request: Request) -> bool:
    encoding = request.headers.get(b"content-encoding")
    if encoding is None:
        return True
    encoding = encoding.strip().lower()
    if encoding not in {b"gzip", b"x-gzip", b"identity"}:
        raise Refused(ENCODING_NOT_SUPPORTED, headers=((b"accept-encoding", b"gzip, identity"),))
    return encoding == b"identity"


def _inflated(body: bytes) -> bytes:
    """Inflate, and stop as soon as there is more than a body may have."""
    gzip = zlib.decompressobj(_GZIP)
    try:
        plain = gzip.decompress(body, BODY_BYTES + 1)
    except zlib.error:
        raise Refused(MALFORMED_ENCODING, "It is not gzip.") from None
    if len(plain) > BODY_BYTES:
        raise _too_large()
    if not gzip.eof or gzip.unused_data:
        raise Refused(MALFORMED_ENCODING, "It ends too early, or something follows it.")
    return plain


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
    """Answer with a problem; one that passes says when to come back."""
    problem = refused.problem
    body = {**described(refused), "report": {"requestId": request.id}}
    if refused.line is not None:
        body["line"] = refused.line
    if refused.each:
        body["events"] = [about_event(each) for each in refused.each]
    headers = [PROBLEM_JSON, *refused.headers]
    if problem.come_back is not None:
        # Spread out, so that clients refused together do not come back together.
        fewest, most = problem.come_back
        headers.append(retry_after(fewest + secrets.randbelow(most - fewest + 1)))
    return Answer(problem.status, orjson.dumps(body), headers)


def described(refused: Refused) -> dict[str, Any]:
    """Return what a client is told of a problem (RFC 9457)."""
    problem = refused.problem
    return {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": refused.detail or f"{problem.title}.",
    }


def about_event(refused: Refused) -> dict[str, Any]:
    """Return what stands in an answer in the place of an event that was refused."""
    place = {} if refused.line is None else {"line": refused.line}
    return {"error": described(refused), **place}


def retry_after(seconds: int) -> tuple[bytes, bytes]:
    """Return the header that says when to come back."""
    return (b"retry-after", b"%d" % seconds)
