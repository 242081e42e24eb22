"""Runs a program whose clock is wrong: `python -m tests.faults.wrong_clock SECONDS PROGRAM ...`.

What Python's code reads as the time of day is ahead by so many seconds. Times that go by, such as
those of time-outs, are left alone, as a wrong clock leaves them.
"""

from __future__ import annotations

import datetime as dt
import runpy
import sys
import time
from typing import Any


def _shift(seconds: float) -> None:
    true_time, true_time_ns = time.time, time.time_ns
    shift = dt.timedelta(seconds=seconds)

    class WrongDatetime(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return super().now(tz) + shift

        @classmethod
        def utcnow(cls) -> Any:
            return super().now(dt.UTC).replace(tzinfo=None) + shift

    time.time = lambda: true_time() + seconds
    time.time_ns = lambda: true_time_ns() + int(seconds * 1e9)
    # Django reads the time of day here and nowhere else.
    from django.utils import timezone

    timezone.now = lambda: WrongDatetime.now(tz=dt.UTC)


if __name__ == "__main__":
    _shift(float(sys.argv[1]))
    program = sys.argv[2]
    sys.argv = sys.argv[2:]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
