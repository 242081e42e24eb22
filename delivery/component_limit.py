"""Stop a component that does not come to an end, and nothing but it: its rule fails.

Components have no clock (decision 9), and need none to end soon. This is the net below them, for a
mistake in one. It costs an event nothing: a timer of the process looks, a few times for each second
of computing, which component runs, and raises in one that it finds there again and again.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from extensions.contract import ComponentError
from rules.engine.compiled import CompiledAction, CompiledCondition

SECONDS = 2.0  # of computing; an event takes the engine less than a thousandth
_LOOK_SECONDS = 0.25
TOO_LONG = f"The component took longer than {SECONDS:g} seconds of computing."
_RUNS = {CompiledCondition.met.__code__, CompiledAction.ran.__code__}


class TookTooLong(ComponentError):
    """A component was stopped."""


@contextmanager
def limited() -> Iterator[None]:
    """Give each component that runs inside its own limit.

    Only the main thread can be interrupted, so that in any other nothing is limited.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _Watch().look)
    timer = signal.setitimer(signal.ITIMER_VIRTUAL, _LOOK_SECONDS, _LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, *timer)
        signal.signal(signal.SIGVTALRM, before)


class _Watch:
    def __init__(self) -> None:
        self._frame: FrameType | None = None
        self._looks = 0

    def look(self, _signal: int, frame: FrameType | None) -> None:
        running = _component(frame)
        if running is None or running is not self._frame:
            self._frame, self._looks = running, 0
            return
        self._looks += 1
        if self._looks * _LOOK_SECONDS >= SECONDS:
            raise TookTooLong(TOO_LONG)


def _component(frame: FrameType | None) -> FrameType | None:
    """Return the frame in which a condition or an action is run; None where none is."""
    while frame is not None and frame.f_code not in _RUNS:
        frame = frame.f_back
    return frame
