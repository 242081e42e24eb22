"""Runs a program whose clock is wrong: `python -m tests.faults.wrong_clock FILE PROGRAM ...`.

What Python's code reads as the time of day is ahead by as many seconds as stand in the file, and
steps when they change. Times that go by, such as those of time-outs, are left alone, as a wrong
clock leaves them.
"""

from __future__ import annotations

import datetime as dt
import runpy
import sys
import time
from pathlib import Path
from typing import Any

_LOOK_SECONDS = 0.2


class Clock:
    """How far a clock is ahead, in seconds; below zero, behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seconds = 0.0
        self._looked_at = float("-inf")

    def set(self, seconds: float) -> None:
        """Have it so within a moment."""
        draft = self.path.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.rename(self.path)

    @property
    def seconds(self) -> float:
        """What stands there now."""
        if time.monotonic() - self._looked_at > _LOOK_SECONDS:
            self._looked_at = time.monotonic()
            self._seconds = float(self.path.read_text())
        return self._seconds


def _shift(clock: Clock) -> None:
    true_time, true_time_ns = time.time, time.time_ns

    class WrongDatetime(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return super().now(tz) + dt.timedelta(seconds=clock.seconds)

        @classmethod
        def utcnow(cls) -> Any:
            shift = dt.timedelta(seconds=clock.seconds)
            return super().now(dt.UTC).replace(tzinfo=None) + shift

    time.time = lambda: true_time() + clock.seconds
    time.time_ns = lambda: true_time_ns() + int(clock.seconds * 1e9)
    # Django reads the time of day here and nowhere else.
    from django.utils import timezone

    timezone.now = lambda: WrongDatetime.now(tz=dt.UTC)


if __name__ == "__main__":
    _shift(Clock(Path(sys.argv[1])))
    program = sys.argv[2]
    sys.argv = sys.argv[2:]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
