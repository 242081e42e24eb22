"""A deadline for what many tasks do all the time, and nearly always do at once.

`asyncio.timeout` makes and cancels a timer for each, which costs more than to parse the request.
Here one timer serves all: as each has equally long, they end in the order in which they began.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

Task = asyncio.Task[Any]


class Deadline:
    """``with deadline: await …`` raises `TimeoutError` after its seconds, of each task on its own.

    It may be shared by all tasks of a loop. A task enters it once at a time.
    """

    def __init__(self, seconds: float) -> None:
        """Take what each has."""
        self._seconds = seconds
        self._ends: dict[Task, float] = {}  # in the order of their ends
        self._late: set[Task] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        # Asked once: to find out which loop runs asks the system for the process each time.
        loop = self._loop = self._loop or asyncio.get_running_loop()
        ends = loop.time() + self._seconds
        self._ends[_current(loop)] = ends
        if self._timer is None:
            self._timer = loop.call_at(ends, self._end_late)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        task = _current(self._loop)
        del self._ends[task]
        if task not in self._late:
            return
        self._late.remove(task)
        # Somebody else may have cancelled it too, and is then to find it cancelled.
        if task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def _end_late(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        now = loop.time()
        for task, ends in self._ends.items():
            if ends > now:
                self._timer = loop.call_at(ends, self._end_late)
                return
            if task not in self._late:
                self._late.add(task)
                task.cancel()


def _current(loop: asyncio.AbstractEventLoop | None) -> Task:
    task = asyncio.current_task(loop)
    assert task is not None  # noqa: S101 - for the types: whoever awaits is in one
    return task
