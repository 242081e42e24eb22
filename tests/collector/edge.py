"""A collector that runs beside the test, and a browser or server that posts to it."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

import orjson
from django.db import connection

from collector.application import Collector
from collector.commit import Limits
from collector.enrich import Proxies
from collector.pressure import Marks
from delivery.models import Event, EventBody

PEER = "203.0.113.7"


class Response(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def problem(self) -> str:
        """The code of the problem it tells of; empty when it tells of none."""
        if self.headers.get("content-type") != "application/problem+json":
            return ""
        problem = self.json
        assert problem["status"] == self.status
        assert problem["title"]
        assert problem["detail"]
        assert problem["report"]["requestId"]
        code: str = problem["type"].removeprefix("/problems/")
        return code

    @property
    def event_ids(self) -> list[uuid.UUID]:
        return [uuid.UUID(hex=event["id"]) for event in self.json["events"]]


def http_scope(
    method: str, target: str, headers: dict[str, str], peer: str | None = PEER
) -> dict[str, Any]:
    """A request's head as an ASGI server hands it over."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": None if peer is None else (peer, 50_000),
    }


class Edge:
    """Runs a collector in a thread with a loop of its own, so that tests stay plain."""

    def __init__(
        self,
        conninfo: str,
        proxies: Sequence[str] = (),
        limits: Limits | None = None,
        marks: Marks | None = None,
    ) -> None:
        self.wake_ups = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.collector = Collector(conninfo, Proxies(proxies), self._wake, limits, marks)
        asyncio.run_coroutine_threadsafe(self.collector.start(), self._loop).result(10)

    def stop_later(self) -> Future[None]:
        """Begin to stop the collector, as its server would."""
        return asyncio.run_coroutine_threadsafe(self.collector.stop(), self._loop)

    def stop(self) -> None:
        """Stop the collector and its loop."""
        self.stop_later().result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def submit(
        self,
        method: str,
        target: str,
        body: bytes | Sequence[bytes] = b"",
        headers: dict[str, str] | None = None,
        peer: str | None = PEER,
    ) -> Future[Response]:
        """Send a request and go on; the body may come in pieces."""
        chunks = [body] if isinstance(body, bytes) else list(body)
        scope = http_scope(method, target, headers or {}, peer)
        return asyncio.run_coroutine_threadsafe(self._call(scope, chunks), self._loop)

    def request(self, *args: Any, **more: Any) -> Response:
        """Send a request and wait for its answer."""
        return self.submit(*args, **more).result(10)

    def post(self, target: str, value: Any, **headers: str) -> Response:
        """Post a JSON value; header names with underscores."""
        return self.post_later(target, value, **headers).result(10)

    def post_later(self, target: str, value: Any, **headers: str) -> Future[Response]:
        """Post a JSON value and go on."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.submit("POST", target, orjson.dumps(value), named)

    def _wake(self) -> None:
        self.wake_ups += 1

    async def _call(self, scope: dict[str, Any], chunks: list[bytes]) -> Response:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            if not chunks:
                return {"type": "http.disconnect"}
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.collector(scope, receive, send)
        start, body = sent
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], headers, body["body"])


def eventually(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def open_connections() -> int:
    """How many connections there are to the test's database under the collector's name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'capi_admin collector' AND datname = current_database()"
        )
        row = cursor.fetchone()
    return int(row[0])


def is_commit_waiting() -> bool:
    """Whether somebody waits for a lock in the test's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        row = cursor.fetchone()
    return bool(row[0])


def stored_body(event_id: uuid.UUID) -> dict[str, Any]:
    """What the log holds of an event, opened."""
    return EventBody.objects.get(event_id=event_id).open()


def stored_names() -> list[str]:
    """The names of all events in the log, in its order."""
    return list(Event.objects.order_by("id").values_list("name", flat=True))
