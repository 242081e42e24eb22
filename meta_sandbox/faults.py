"""Trouble on request: make the events endpoint fail, stall or vanish for a while.

Faults stand in a queue; a request gets the first that is meant for its pixel and not used up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec
import orjson
from msgspec import Meta

from meta_sandbox.graph import GraphError
from meta_sandbox.wire import Response

MOST_FAULTS: Final = 50
LARGEST_BODY_BYTES: Final = 64 * 1024
MOST_HEADERS: Final = 20

# HTTP forbids a body with these, and a client would wait for one that cannot come.
_BODYLESS_STATUSES: Final = frozenset({204, 205, 304})
_SERVERS_OWN_HEADERS: Final = frozenset({"content-length", "transfer-encoding", "connection"})
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADER_VALUE: Final = re.compile(r"[\x20-\x7e]{0,4096}")

_HTML: Final = (
    b"<!DOCTYPE html><html><head><title>Sorry</title></head>"
    b"<body><h1>Sorry, something went wrong.</h1></body></html>"
)

# Bodies for a fault that brings none: what Graph says with this status.
_ERRORS: Final = {
    400: GraphError(400, 100, "Invalid parameter"),
    401: GraphError(401, 190, "Invalid OAuth access token."),
    403: GraphError(403, 200, "(#200) Permissions error"),
    429: GraphError(
        429, 80004, "There have been too many calls to this account.", 2446079, is_transient=True
    ),
    503: GraphError(503, 2, "Service temporarily unavailable", is_transient=True),
}

Mode = Literal["answer", "delay", "hang", "close", "html", "warn"]
Message = Annotated[str, Meta(min_length=1, max_length=500)]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault as it is posted.

    mode: "answer" (the default with a status) answers with status, body and headers; "html"
        answers with an HTML page; "hang" never answers; "close" drops the connection; "delay"
        (the default without a status) only waits `delay_seconds` and lets the request pass;
        "warn" (the default with messages) lets it pass too, and answers with warnings.
    seconds, count: how long, and for how many requests; without either, until it is cleared.
    headers: further ones of the answer, also of a request that passes.
    messages: the warnings of "warn"; without them, what is doubtful about the events.
    accept_first: take the events as usual before the trouble, as when an answer gets lost.
    pixel: only for requests to this pixel.
    """

    mode: Mode | None = None
    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    seconds: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    body: Any = None
    headers: dict[str, str] = {}
    messages: Annotated[tuple[Message, ...], Meta(max_length=20)] | None = None
    delay_seconds: Annotated[float, Meta(ge=0, le=300)] = 0.0
    accept_first: bool = False
    pixel: Annotated[str, Meta(pattern=r"^[0-9]{1,32}$")] | None = None

    def __post_init__(self) -> None:
        """Refuse what could not be answered later.

        Raises:
            ValueError: with words for the person who posted the fault.
        """
        if self.effective_mode == "delay" and not self.delay_seconds and not self.headers:
            raise ValueError("give a status, a mode, headers, messages or delay_seconds")
        if self.messages is not None and self.effective_mode != "warn":
            raise ValueError('messages belong to the mode "warn"')
        if self.status in _BODYLESS_STATUSES:
            raise ValueError(f"status {self.status} has no body")
        if len(self.encoded_body) > LARGEST_BODY_BYTES:
            raise ValueError(f"body is larger than {LARGEST_BODY_BYTES} bytes")
        _check_headers(self.headers)

    @property
    def effective_mode(self) -> Mode:
        """The mode, with its default."""
        if self.mode or self.status:
            return self.mode or "answer"
        return "delay" if self.messages is None else "warn"

    @property
    def lets_pass(self) -> bool:
        """Whether the request is judged and answered as usual."""
        return self.effective_mode in ("delay", "warn")

    @property
    def lower_headers(self) -> dict[str, str]:
        """The further headers, names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    @property
    def answers(self) -> bool:
        """Whether a client gets an answer at all."""
        return self.effective_mode in ("answer", "html")

    @property
    def encoded_body(self) -> bytes:
        """The body that was given: text as it is, anything else as JSON, nothing when absent."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else orjson.dumps(self.body)

    @property
    def label(self) -> str:
        """A few words for lists."""
        mode = self.effective_mode
        words = {"answer": f"status {self.status or 500}", "html": f"HTML {self.status or 502}"}
        return words.get(mode, mode)

    def response(self, trace_id: str) -> Response:
        """The answer of the modes "answer" and "html"."""
        headers = self.lower_headers
        if self.effective_mode == "html":
            body = self.encoded_body or _HTML
            return Response(self.status or 502, body, "text/html; charset=utf-8", headers)
        status = self.status or 500
        body = self.encoded_body or _graph_error(status).body(trace_id)
        kind = "text/plain; charset=utf-8" if isinstance(self.body, str) else "application/json"
        return Response(status, body, kind, headers)


def _graph_error(status: int) -> GraphError:
    unknown = GraphError(status, 1, "An unknown error has occurred.", is_transient=True)
    return _ERRORS.get(status, unknown)


def _check_headers(headers: dict[str, str]) -> None:
    if len(headers) > MOST_HEADERS:
        raise ValueError(f"more than {MOST_HEADERS} headers")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise ValueError("a header has a name or value that HTTP does not allow")
        if name.lower() in _SERVERS_OWN_HEADERS:
            raise ValueError(f"header {name.lower()} is the server's own")


def parse_fault(raw: bytes) -> Fault:
    """Read a posted fault.

    Raises:
        ValueError: the JSON is malformed or describes no possible fault.
    """
    try:
        return msgspec.convert(orjson.loads(raw), Fault)
    except (TypeError, orjson.JSONEncodeError) as error:
        raise ValueError("body is nested too deeply") from error


@dataclass(slots=True)
class ActiveFault:
    """A fault and what is left of it; `until` is Unix seconds."""

    fault: Fault
    until: float | None
    left: int | None

    def is_spent(self, now: float) -> bool:
        """Whether its time or its count is over."""
        return self.left == 0 or (self.until is not None and now >= self.until)

    def as_json(self, now: float) -> dict[str, Any]:
        """The row of ``GET /faults``."""
        return {
            "mode": self.fault.effective_mode,
            "status": self.fault.status,
            "pixel": self.fault.pixel,
            "accept_first": self.fault.accept_first,
            "delay_seconds": self.fault.delay_seconds,
            "requests_left": self.left,
            "seconds_left": None if self.until is None else round(self.until - now, 3),
        }


@dataclass(slots=True)
class FaultPlan:
    """The queue of faults."""

    _queue: list[ActiveFault] = field(default_factory=list)

    def add(self, fault: Fault, now: float) -> None:
        """Append a fault that starts now.

        Raises:
            ValueError: there are too many already.
        """
        if len(self.active(now)) >= MOST_FAULTS:
            raise ValueError(f"there are {MOST_FAULTS} faults already")
        until = None if fault.seconds is None else now + fault.seconds
        self._queue.append(ActiveFault(fault, until, fault.count))

    def active(self, now: float) -> list[ActiveFault]:
        """The faults that still apply, in order."""
        self._queue = [active for active in self._queue if not active.is_spent(now)]
        return self._queue

    def take(self, pixel: str, now: float) -> Fault | None:
        """The fault for a request to `pixel` that has just come, counted as used once."""
        for active in self.active(now):
            if active.fault.pixel in (None, pixel):
                if active.left is not None:
                    active.left -= 1
                return active.fault
        return None

    def clear(self) -> None:
        """Drop all faults."""
        self._queue.clear()
