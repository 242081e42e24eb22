"""What the pipeline is compared with: a plain design with one Celery task for each event.

The endpoint writes the event as one row, commits, and publishes one task. The task reads the row,
evaluates it by the same engine and the same build, posts it alone over a connection that is kept
open, and writes what became of it. It is as good as such a design gets: no ORM, connections kept,
threads to overlap Meta's answer time, results ignored. It has no retries, no leases, no encryption
and no log beyond the row.

Endpoint: granian bench.plain:endpoint. Worker: celery -A bench.plain worker --pool threads.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from queue import SimpleQueue
from typing import Any, LiteralString

import orjson
import psycopg
import requests
from celery import Celery
from requests.adapters import HTTPAdapter

from bench.engine import document
from extensions.contract import Send
from rules.engine import Program

RULES = 5
_CONNECTIONS = 8
_URL = os.environ["META_GRAPH_URL"] + "/v24.0/1234567890123456/events"
_HEADERS = {"content-type": "application/json", "authorization": "Bearer bench"}

app = Celery("bench.plain", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_serializer="json",
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
)


class _PerThread(threading.local):
    """Sessions keep their connection open, and are not safe to share between threads."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=1))


_threads = _PerThread()


class _Connections:
    """A few for the whole process, as threads wait for Meta most of the time."""

    def __init__(self) -> None:
        self.free: SimpleQueue[psycopg.Connection[Any]] = SimpleQueue()
        self._left = _CONNECTIONS
        self._lock = threading.Lock()

    def take(self) -> psycopg.Connection[Any]:
        """Return one that is free; the first ones are made when they are asked for."""
        with self._lock:
            if self._left:
                self._left -= 1
                return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        return self.free.get()


_connections = _Connections()


@cache
def _program() -> Program:
    return Program(document(RULES))


def endpoint(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Take one event (WSGI)."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    orjson.loads(body)  # what is no JSON is not taken
    [event_id] = _execute("INSERT INTO plain_event (body) VALUES (%s) RETURNING id", [body])
    forward.delay(event_id)
    answer = b'{"status":"ok"}'
    headers = [("content-type", "application/json"), ("content-length", str(len(answer)))]
    start_response("202 Accepted", headers)
    return [answer]


@app.task
def forward(event_id: int) -> None:
    """Evaluate one event and post what it owes."""
    [body] = _execute("SELECT body FROM plain_event WHERE id = %s", [event_id])
    now = int(time.time())
    evaluation = _program().evaluate(
        orjson.loads(body), {}, event_id=f"{event_id:032x}", received_at=now, now=now
    )
    payloads = [a.result.payload for a in evaluation.actions if isinstance(a.result, Send)]
    written = orjson.dumps({"data": payloads})
    answer = _threads.session.post(_URL, data=written, headers=_HEADERS, timeout=20)
    outcome = "delivered" if answer.ok else "failed"
    _execute(
        "UPDATE plain_event SET outcome = %s, answer = %s WHERE id = %s",
        [outcome, answer.text, event_id],
    )


def _execute(statement: LiteralString, values: Sequence[Any]) -> Any:
    """Run a statement; return its first row where it gives rows."""
    connection = _connections.take()
    try:
        cursor = connection.execute(statement, values)
        return cursor.fetchone() if cursor.description else None
    finally:
        _connections.free.put(connection)
