"""``POST /{version}/{pixel}/events``: judge, remember, answer; or misbehave as a fault says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from meta_sandbox import graph
from meta_sandbox.faults import Fault, FaultPlan
from meta_sandbox.judge import Terms, Verdict, judge
from meta_sandbox.memory import Memory, ReceivedEvent, RequestRecord
from meta_sandbox.wire import (
    Receive,
    Request,
    Response,
    Send,
    drop_connection,
    send_response,
    wait_for_disconnect,
)

_PATH: Final = re.compile(r"/(v[0-9]{1,3}\.[0-9]{1,3})/([0-9]{1,32})/events/?")


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a request before its body is read. `at` is Unix seconds."""

    version: str
    pixel: str
    at: float
    trace_id: str


@dataclass(frozen=True, slots=True)
class EventsEndpoint:
    """The endpoint with its collaborators; durations in seconds."""

    clock: Callable[[], float]
    trace_id: Callable[[], str]
    memory: Memory
    faults: FaultPlan
    terms: Terms
    latency_seconds: float
    hang_seconds: float

    def call(self, path: str) -> Call | None:
        """The call this path makes, or None when it is another path."""
        match = _PATH.fullmatch(path)
        return Call(match[1], match[2], self.clock(), self.trace_id()) if match else None

    def refuse_too_large(self, call: Call) -> Response:
        """Answer a request whose body was not kept."""
        return self._answer(call, Verdict("", graph.TOO_LARGE, graph.TOO_LARGE.message))

    async def serve(self, call: Call, request: Request, receive: Receive, send: Send) -> None:
        """Answer one request, unless a fault forbids it."""
        fault = self.faults.take(call.pixel, call.at)
        if fault is not None and not fault.lets_pass:
            await self._misbehave(fault, call, request, receive, send)
            return
        response = self._answer(call, self._judge(call, request, fault))
        if fault is not None:
            response.headers.update(fault.lower_headers)
        await asyncio.sleep(self.latency_seconds + (fault.delay_seconds if fault else 0.0))
        await send_response(send, response)

    def _judge(self, call: Call, request: Request, fault: Fault | None) -> Verdict:
        warns = self.terms.warns or (fault is not None and fault.effective_mode == "warn")
        verdict = judge(request, call.pixel, call.at, replace(self.terms, warns=warns))
        if fault is None or fault.messages is None or verdict.error:
            return verdict
        return replace(verdict, messages=fault.messages)

    def _answer(self, call: Call, verdict: Verdict) -> Response:
        self._remember_events(call, verdict)
        error = verdict.error
        record = RequestRecord(
            at=call.at,
            outcome="refused" if error else "accepted",
            pixel=call.pixel,
            version=call.version,
            status=error.status if error else 200,
            fbtrace_id=call.trace_id,
            code=error.code if error else None,
            subcode=error.subcode if error else None,
            events=len(verdict.events),
            reason=verdict.reason,
            token_last_four=graph.last_four(verdict.token),
            test_event_code=verdict.test_event_code,
            partner_agent=verdict.partner_agent,
            messages=verdict.messages,
        )
        self.memory.remember_request(record)
        if error:
            return graph.error_response(error, call.trace_id, call.version)
        body = graph.success_body(len(verdict.events), verdict.messages, call.trace_id)
        return graph.graph_response(200, body, call.trace_id, call.version)

    def _remember_events(self, call: Call, verdict: Verdict) -> None:
        for event in verdict.events:
            received = ReceivedEvent(
                received_at=call.at,
                pixel=call.pixel,
                version=call.version,
                test_event_code=verdict.test_event_code,
                partner_agent=verdict.partner_agent,
                token_last_four=graph.last_four(verdict.token),
                event=event,
            )
            self.memory.remember_event(received)

    async def _misbehave(
        self, fault: Fault, call: Call, request: Request, receive: Receive, send: Send
    ) -> None:
        verdict = self._judge(call, request, None) if fault.accept_first else Verdict("")
        self._remember_events(call, verdict)
        response = fault.response(call.trace_id) if fault.answers else None
        self._remember_fault(fault, call, len(verdict.events), response)
        await asyncio.sleep(fault.delay_seconds)
        if response:
            await send_response(send, response)
            return
        if fault.effective_mode == "hang":
            await _wait(receive, self.hang_seconds)
        await drop_connection(receive)

    def _remember_fault(
        self, fault: Fault, call: Call, events: int, response: Response | None
    ) -> None:
        record = RequestRecord(
            at=call.at,
            outcome="fault",
            pixel=call.pixel,
            version=call.version,
            status=response.status if response else None,
            fbtrace_id=call.trace_id,
            events=events,
            reason=f"Fault: {fault.label}",
        )
        self.memory.remember_request(record)


async def _wait(receive: Receive, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wait_for_disconnect(receive)
    except TimeoutError:
        return
