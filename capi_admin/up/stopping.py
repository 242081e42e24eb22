"""The wish to stop: Ctrl-C, SIGTERM or a closed terminal, remembered instead of raised.

An exception out of a signal handler can strike between a child's start and its registration; a flag
that the loop looks at cannot.
"""

from __future__ import annotations

import signal
import socket
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """The person asked to stop while the start was under way."""


class StopFlag:
    """Raised by a signal, read by the supervisor; a second signal changes nothing.

    `waker` becomes readable when a signal arrives, so that a waiting `select` returns at once.
    """

    def __init__(self) -> None:
        self.is_raised = False
        self.waker, self._writer = socket.socketpair()

    def __enter__(self) -> Self:
        self.waker.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            if not _is_under_nohup(number):
                signal.signal(number, self._raise)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.waker.close()
        self._writer.close()

    def check(self) -> None:
        """Raise when a stop was asked for.

        Raises:
            StopRequested: it was.
        """
        if self.is_raised:
            raise StopRequested

    def _raise(self, _number: int, _frame: FrameType | None) -> None:
        self.is_raised = True


def _is_under_nohup(number: signal.Signals) -> bool:
    return number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN
