"""Tells the workers that events wait. A hint only: a sweep finds them without it.

It runs in a thread of its own, so a broker that is slow, frozen or gone costs no request anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery

from delivery.wakeups import PROCESS_EVENTS

_INTERVAL_SECONDS = 0.2
_STOP_SECONDS = 2.0
_BROKER_SECONDS = 1.0
# Without a worker the messages would pile up in the broker, and one says as much as a thousand.
_ENOUGH_WAITING = 50
_SHORT: dict[str, Any] = {
    "socket_timeout": _BROKER_SECONDS,
    "socket_connect_timeout": _BROKER_SECONDS,
    "max_retries": 0,
}

_log = structlog.get_logger(__name__)


class WakeUp:
    """Sends at most one message per interval, and never fails its caller."""

    def __init__(self, send: Callable[[], None], interval: float = _INTERVAL_SECONDS) -> None:
        """Take what sends one message, and the seconds between two."""
        self._send = send
        self._interval = interval
        self._due = threading.Event()
        self._stopping = threading.Event()
        # A daemon: a broker that never answers does not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="wake-up", daemon=True)
        self.failures = 0

    def soon(self) -> None:
        """Have the workers told shortly; returns at once."""
        self._due.set()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._due.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        is_failing = False
        while not self._stopping.is_set():
            self._due.wait()
            self._due.clear()
            failed = not self._try()
            if failed and not is_failing:
                _log.warning("The broker is away; sweeps take over", failures=self.failures)
            is_failing = failed
            self._stopping.wait(self._interval)

    def _try(self) -> bool:
        try:
            self._send()
        except Exception:  # noqa: BLE001 - whatever is wrong with the broker, events are safe
            self.failures += 1
            return False
        return True


def celery_sender(app: Celery) -> Callable[[], None]:
    """Return what sends the task through a Celery app whose broker is Redis."""
    connection = app.connection_for_write(transport_options=_SHORT, connect_timeout=_BROKER_SECONDS)
    queue = app.conf.task_default_queue

    def send() -> None:
        channel: Any = connection.default_channel  # of Redis, which its type does not say
        if channel.client.llen(queue) < _ENOUGH_WAITING:
            app.send_task(PROCESS_EVENTS, connection=connection, retry=False, ignore_result=True)

    return send
