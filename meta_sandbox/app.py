"""The sandbox as an ASGI application: its doors, and which of them a request goes through."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final, TypeAlias

from meta_sandbox import graph, page
from meta_sandbox.endpoint import EventsEndpoint
from meta_sandbox.faults import FaultPlan, parse_fault
from meta_sandbox.judge import Terms
from meta_sandbox.memory import Filter, Limits, Memory
from meta_sandbox.wire import (
    BodyTooLargeError,
    DisconnectedError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    json_response,
    read_request,
    refuse_websocket,
    run_lifespan,
    send_response,
)

DEFAULT_LISTED: Final = 100
MOST_LISTED: Final = 1000
LONGEST_COMPLAINT: Final = 200

_LIMIT: Final = re.compile(r"[0-9]{1,9}")
_YES_OR_NO: Final = {"yes": True, "no": False}

Door: TypeAlias = Callable[[Request], Response]


class Sandbox:
    """The application. All its state is in `memory` and `faults`, and dies with the process."""

    def __init__(
        self,
        clock: Callable[[], float],
        trace_id: Callable[[], str],
        limits: Limits,
        terms: Terms,
        latency_seconds: float,
    ) -> None:
        self._clock = clock
        self._trace_id = trace_id
        self._limits = limits
        self._terms = terms
        self.memory = Memory(limits)
        self.faults = FaultPlan()
        self._endpoint = EventsEndpoint(
            clock, trace_id, self.memory, self.faults, terms, latency_seconds, limits.hang_seconds
        )
        self._doors: dict[str, dict[str, Door]] = {
            "/": {"GET": self._page},
            "/style.css": {"GET": lambda _: page.STYLE},
            "/icon.svg": {"GET": lambda _: page.ICON},
            "/healthz": {"GET": lambda _: json_response({"status": "ok"})},
            "/received": {"GET": self._list_received, "DELETE": self._clear_received},
            "/requests": {"GET": self._list_requests},
            "/faults": {
                "GET": self._list_faults,
                "POST": self._add_fault,
                "DELETE": self._clear_faults,
            },
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send)
        elif scope["type"] == "websocket":
            await refuse_websocket(receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        posted = scope["method"] == "POST"
        call = self._endpoint.call(scope["path"])
        try:
            request = await read_request(scope, receive, self._limits.body_bytes)
        except DisconnectedError:
            return
        except BodyTooLargeError:
            refusal = self._endpoint.refuse_too_large(call) if call and posted else None
            await send_response(send, refusal or self._refuse(graph.TOO_LARGE))
            return
        if call and posted:
            await self._endpoint.serve(call, request, receive, send)
            return
        await send_response(send, self._open_door(request, is_endpoint=call is not None))

    def _open_door(self, request: Request, *, is_endpoint: bool) -> Response:
        if is_endpoint:
            return self._wrong_method(["POST"])
        doors = self._doors.get(request.path)
        if doors is None:
            return self._refuse(graph.UNKNOWN_PATH)
        door = doors.get("GET" if request.method == "HEAD" else request.method)
        return door(request) if door else self._wrong_method(list(doors))

    def _refuse(self, error: graph.GraphError, headers: dict[str, str] | None = None) -> Response:
        response = graph.error_response(error, self._trace_id())
        response.headers.update(headers or {})
        return response

    def _wrong_method(self, allowed: list[str]) -> Response:
        return self._refuse(graph.WRONG_METHOD, {"allow": ", ".join(allowed)})

    def _page(self, request: Request) -> Response:
        faults = [active.fault for active in self.faults.active(self._clock())]
        host = request.headers.get("host", "")
        return page.render(self.memory, faults, self._terms, self._clock(), host)

    def _list_received(self, request: Request) -> Response:
        limit = _limit(request)
        if limit is None:
            return self._refuse(graph.invalid_parameter("limit must be a number"))
        query = request.query
        is_test = _YES_OR_NO.get(query.get("test", ""))
        wanted = Filter(query.get("pixel"), query.get("event_name"), query.get("event_id"), is_test)
        matching = list(self.memory.newest(wanted))
        return json_response(
            {
                "total": len(matching),
                "received_since_clear": self.memory.received_count,
                "events": [received.as_json() for received in matching[:limit]],
            }
        )

    def _clear_received(self, _request: Request) -> Response:
        self.memory.clear()
        return json_response({"cleared": True})

    def _list_requests(self, request: Request) -> Response:
        limit = _limit(request)
        if limit is None:
            return self._refuse(graph.invalid_parameter("limit must be a number"))
        rows = islice(self.memory.newest_requests(), limit)
        return json_response(
            {
                "total": len(self.memory.requests),
                "received_since_clear": self.memory.request_count,
                "requests": [record.as_json() for record in rows],
            }
        )

    def _list_faults(self, _request: Request, status: int = 200) -> Response:
        now = self._clock()
        rows = [active.as_json(now) for active in self.faults.active(now)]
        return json_response({"faults": rows}, status)

    def _add_fault(self, request: Request) -> Response:
        # A page elsewhere cannot send this type across origins without asking, and is told no.
        if request.media_type != "application/json":
            return self._refuse(graph.NOT_JSON_TYPE)
        try:
            self.faults.add(parse_fault(request.body), self._clock())
        except ValueError as error:
            return self._refuse(graph.invalid_parameter(str(error)[:LONGEST_COMPLAINT]))
        return self._list_faults(request, 201)

    def _clear_faults(self, request: Request) -> Response:
        self.faults.clear()
        return self._list_faults(request)


def _limit(request: Request) -> int | None:
    """The query's limit, capped; None when it is not a number."""
    text = request.query.get("limit", str(DEFAULT_LISTED))
    return min(int(text), MOST_LISTED) if _LIMIT.fullmatch(text) else None


def create_app(
    *,
    clock: Callable[[], float] = time.time,
    trace_id: Callable[[], str] = graph.new_trace_id,
    limits: Limits | None = None,
    terms: Terms | None = None,
    latency_seconds: float = 0.0,
) -> Sandbox:
    """Make a sandbox.

    Args:
        clock: now, in Unix seconds.
        trace_id: makes the fbtrace_id of each answer.
        limits: bounds of memory and bodies.
        terms: the app secret that requests have to prove, and whether answers warn.
        latency_seconds: how long the events endpoint waits before it answers.
    """
    return Sandbox(clock, trace_id, limits or Limits(), terms or Terms(), latency_seconds)


def latency_from(milliseconds_text: str) -> float:
    """Seconds from SANDBOX_LATENCY_MS.

    Raises:
        ValueError: it is not a number of milliseconds from 0 to 60,000.
    """
    milliseconds = float(milliseconds_text)
    if not 0 <= milliseconds <= 60_000:
        raise ValueError("SANDBOX_LATENCY_MS must be 0 to 60000")
    return milliseconds / 1000


def terms_from(environment: Mapping[str, str]) -> Terms:
    """The terms of SANDBOX_APP_SECRET and SANDBOX_WARNINGS.

    Raises:
        ValueError: SANDBOX_WARNINGS is neither yes nor no.
    """
    warnings = environment.get("SANDBOX_WARNINGS") or "no"
    if warnings not in _YES_OR_NO:
        raise ValueError("SANDBOX_WARNINGS must be yes or no")
    return Terms(environment.get("SANDBOX_APP_SECRET", ""), _YES_OR_NO[warnings])


app = create_app(
    terms=terms_from(os.environ),
    latency_seconds=latency_from(os.environ.get("SANDBOX_LATENCY_MS", "0")),
)
