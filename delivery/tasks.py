"""What Celery runs. Every task may be lost, doubled or late: the rows in the database decide."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from celery import shared_task
from django.utils import timezone

from delivery import (
    advising,
    ending,
    erasing,
    finishing,
    partitions,
    pausing,
    recognising,
    replay,
    retention,
    sending,
    sweeping,
    wakeups,
)

logger = structlog.get_logger(__name__)

# With the longest request on top it stays well below the time limit, and a worker that is
# asked to stop is done soon.
BUDGET_SECONDS = 10


@shared_task(name=wakeups.PROCESS_EVENTS)
def process_events() -> None:
    """Judge what came in, and send it."""
    if sending.send_due(BUDGET_SECONDS):
        wakeups.wake(wakeups.PROCESS_EVENTS)


@shared_task(name=wakeups.SEND_DUE)
def send_due() -> None:
    """Send what is due."""
    if sending.send_due(BUDGET_SECONDS):
        wakeups.wake(wakeups.SEND_DUE)


@shared_task(name="delivery.sweep")
def sweep() -> None:
    """Bring back what was left behind, end what is owed to nobody, and wake workers."""
    sweeping.reap_events()
    sweeping.reap_deliveries()
    finishing.end_orphans()
    pausing.expire_paused()
    if sweeping.has_due_events():
        wakeups.wake(wakeups.PROCESS_EVENTS)
    if sweeping.has_due_deliveries():
        wakeups.wake(wakeups.SEND_DUE)
    if replay.is_under_way():
        wakeups.wake(wakeups.REPLAY)
    if erasing.is_under_way():
        wakeups.wake(wakeups.ERASE)


@shared_task(name=wakeups.ERASE)
def erase_on() -> None:
    """Take the erasing of people's data further."""
    _repeat(erasing.step_all)


@shared_task(name=wakeups.REPLAY)
def replay_on() -> None:
    """Take replays further. Where the queue has no room for more, a sweep wakes this again."""
    _repeat(replay.step_all)


def _repeat(step: Callable[[], object]) -> None:
    """Take steps until one says that nothing is left, the time is over, or the worker ends."""
    ends = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < ends and not ending.is_near() and step():
        pass


@shared_task(name="delivery.keep_partitions")
def keep_partitions() -> None:
    """Make the log's partitions ahead of their days; forget what is kept only for a time."""
    partitions.keep_partitions()
    retention.drop_old_days()
    retention.remove_idle_destinations()
    if tables := retention.rows_without_a_day():
        logger.error("rows_without_a_day", tables=tables)
    advising.forget_old(timezone.now().date())
    erasing.stop_undecided()
    recognising.forget_old(int(timezone.now().timestamp() * 1000))
