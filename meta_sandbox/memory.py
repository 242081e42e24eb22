"""What the sandbox remembers: the newest events and requests, bounded in number and in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from meta_sandbox.judge import AcceptedEvent

# What one remembered event costs beside its JSON, roughly; it keeps many tiny events honest.
OVERHEAD_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the sandbox. Bytes are of events as JSON."""

    kept_events: int = 5_000
    kept_requests: int = 500
    kept_bytes: int = 64 * 1024 * 1024
    body_bytes: int = 8 * 1024 * 1024
    hang_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event that was accepted, with what its request said about it. Times are Unix seconds."""

    received_at: float
    pixel: str
    version: str
    test_event_code: str | None
    partner_agent: str | None
    token_last_four: str
    event: AcceptedEvent

    @property
    def is_test(self) -> bool:
        """Whether it came with a test event code. Meta counts it all the same."""
        return self.test_event_code is not None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 2 * len(self.event.encoded) + OVERHEAD_BYTES

    def as_json(self) -> dict[str, Any]:
        """The row of ``GET /received``."""
        return {
            "received_at": iso_time(self.received_at),
            "pixel": self.pixel,
            "version": self.version,
            "test_event_code": self.test_event_code,
            "partner_agent": self.partner_agent,
            "token_last_four": self.token_last_four,
            "event": orjson.Fragment(self.event.encoded),
        }


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request to the events endpoint. `status` is None when it got no answer."""

    at: float
    outcome: Literal["accepted", "refused", "fault"]
    pixel: str
    version: str
    status: int | None
    fbtrace_id: str
    code: int | None = None
    subcode: int | None = None
    events: int = 0
    reason: str = ""
    token_last_four: str = ""
    test_event_code: str | None = None
    partner_agent: str | None = None
    messages: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The row of ``GET /requests``."""
        return {
            "received_at": iso_time(self.at),
            "outcome": self.outcome,
            "pixel": self.pixel,
            "version": self.version,
            "status": self.status,
            "code": self.code,
            "error_subcode": self.subcode,
            "events": self.events,
            "reason": self.reason,
            "fbtrace_id": self.fbtrace_id,
            "token_last_four": self.token_last_four,
            "test_event_code": self.test_event_code,
            "partner_agent": self.partner_agent,
            "messages": list(self.messages),
        }


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events to show; None matches any."""

    pixel: str | None = None
    event_name: str | None = None
    event_id: str | None = None
    is_test: bool | None = None

    def matches(self, received: ReceivedEvent) -> bool:
        """Whether the event is one of those asked for."""
        return (
            self.pixel in (None, received.pixel)
            and self.event_name in (None, received.event.name)
            and self.event_id in (None, received.event.id)
            and self.is_test in (None, received.is_test)
        )


class Memory:
    """The newest events and requests; the oldest make room."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._events: deque[ReceivedEvent] = deque()
        self._bytes = 0
        self.requests: deque[RequestRecord] = deque(maxlen=limits.kept_requests)
        self.received_count = 0
        self.test_count = 0
        self.request_count = 0

    def remember_event(self, received: ReceivedEvent) -> None:
        """Add an event."""
        self._events.append(received)
        self._bytes += received.size
        self.received_count += 1
        self.test_count += received.is_test
        while len(self._events) > self._limits.kept_events or self._bytes > self._limits.kept_bytes:
            self._bytes -= self._events.popleft().size

    def remember_request(self, record: RequestRecord) -> None:
        """Add a request."""
        self.requests.append(record)
        self.request_count += 1

    def newest(self, wanted: Filter) -> Iterator[ReceivedEvent]:
        """The remembered events that match, newest first."""
        return filter(wanted.matches, reversed(self._events))

    def newest_requests(self) -> Iterator[RequestRecord]:
        """The remembered requests, newest first."""
        return reversed(self.requests)

    def clear(self) -> None:
        """Forget everything and count from zero."""
        self._events.clear()
        self.requests.clear()
        self._bytes = self.received_count = self.test_count = self.request_count = 0


def iso_time(seconds: float) -> str:
    """Unix seconds as ISO 8601 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
