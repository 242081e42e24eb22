"""Celery's worker, which ends as soon as what it was at is over.

Celery's own soft shutdown sleeps for as long as it may take, however soon the tasks are through.
They do not know of it, and take up more work until they are killed with requests under way.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from typing import Any

from billiard.process import current_process
from celery import signals
from celery.apps import worker
from celery.platforms import EX_FAILURE

from delivery import ending

_MOST_PROCESSES = 1024
# One byte for each process of the pool: 1 while it runs a task. The main process cannot learn that
# in any other way while it handles the signal.
_BUSY = mmap.mmap(-1, _MOST_PROCESSES)
_LOOK_SECONDS = 0.05
_LAST_SECONDS = 10.0


class Worker(worker.Worker):
    """A worker whose soft shutdown lasts no longer than its tasks."""

    def wait_for_soft_shutdown(self) -> None:  # type: ignore[override]  # nothing, in truth
        """Have the tasks come to their end, and wait for that; for so long and no longer."""
        ending.announce()
        ends = time.monotonic() + self.app.conf.worker_soft_shutdown_timeout
        while any(_BUSY[:]) and time.monotonic() < ends:
            time.sleep(_LOOK_SECONDS)
        # What Celery does now takes a moment. Where the broker is away it has been seen to wait for
        # ever, and nothing is left to do: what is not finished lies in the database.
        last = threading.Timer(_LAST_SECONDS, os._exit, [EX_FAILURE])
        last.daemon = True
        last.start()


def _note(is_busy: bool) -> None:
    place: int = getattr(current_process(), "index", 0)
    _BUSY[place % _MOST_PROCESSES] = is_busy


@signals.task_prerun.connect
def _begin(**_: Any) -> None:
    _note(True)


# The second is for a process that takes the place of one that was killed amid a task.
@signals.task_postrun.connect
@signals.worker_process_init.connect
def _end(**_: Any) -> None:
    _note(False)
