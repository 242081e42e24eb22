"""How workers and beat tell that they work, and how they end when they do not.

A worker of Celery can live on and take no messages, as after some losses of its connection to Redis
(celery #8030, #9054, #10205). Nobody outside sees that, so the worker looks at itself: whoever
keeps it, `make run` or a container's restart policy, starts it anew.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.beat import PersistentScheduler
from django.db import Error, connection

from capi_admin import gauges, health
from delivery import heartbeats
from delivery.heartbeats import Pulse

logger = structlog.get_logger(__name__)

# Longer than any task may take, so that full hands are no silence.
MOST_SILENT_SECONDS = 150.0
MOST_DUE_SECONDS = 60.0
MOST_BETWEEN_TICKS_SECONDS = 60.0
_LOOK_SECONDS = 15.0
_ASKED_SECONDS = 40.0  # to end in order, before it is killed


class Watchdog:
    """Looks at this process from a thread, and ends it when it is of no use any more."""

    def __init__(self, is_stuck: Callable[[], bool], end: Callable[[], None] | None = None) -> None:
        """Take the question that is asked, and what ends the process; by default, signals."""
        self._is_stuck = is_stuck
        self._end = end or end_process
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look(self) -> bool:
        """Look once, and end the process if need be; say whether that was so."""
        try:
            stuck = self._is_stuck()
        except Error:  # while the database is away nothing can be told
            return False
        finally:
            connection.close()
        if stuck:
            logger.critical("process_takes_no_work", ends=True)
            self._end()
        return stuck

    def _run(self) -> None:
        while not self.look():
            time.sleep(_LOOK_SECONDS)


def end_process() -> None:
    """Ask this process to end, and kill it if it does not."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_ASKED_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def is_worker_stuck(pulse: Pulse) -> bool:
    """Whether a worker takes no tasks although it should.

    It is not its fault while Redis is away, while beat sends nothing, or while nothing is due.
    """
    if pulse.idle_seconds < MOST_SILENT_SECONDS:
        return False
    beat = heartbeats.signs().get("beat")
    if beat is None or not beat.processes or not health.redis_answers():
        return False
    return max(gauges.oldest_due().values()) > MOST_DUE_SECONDS


def watch_worker() -> Pulse:
    """Begin to write the signs of this worker, and to look after it."""
    pulse = Pulse("worker")
    pulse.start()
    Watchdog(lambda: is_worker_stuck(pulse)).start()
    return pulse


class Scheduler(PersistentScheduler):
    """Beat's scheduler, each tick of which is a sign of life."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pulse: Pulse | None = None

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Send one due task, if there is one; return the seconds until the next."""
        if self._pulse is None:
            self._pulse = self._watch()
        delay: float = super().tick(*arguments, **named)
        self._pulse.touch()
        return delay

    def _watch(self) -> Pulse:
        pulse = Pulse("beat")
        pulse.start()
        Watchdog(lambda: pulse.idle_seconds > MOST_BETWEEN_TICKS_SECONDS).start()
        return pulse
