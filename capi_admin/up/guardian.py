"""Outlives a `make run` that was killed, for as long as it takes to end what that left behind.

Linux tells a child of its parent's death, but only the child itself, and a child may be deaf to the
signal. So the supervisor tells this process which groups it keeps, through a pipe that only it
holds open; when the pipe ends, whatever the reason, every group that is left is ended for certain.

It runs as a program of its own, `python guardian.py`, and needs nothing but the standard library.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

_PAUSE_SECONDS = 0.05
# After the longest grace: by then all are killed, and what still shows only waits for the system.
_AFTERWARDS_SECONDS = 5.0


class Group(NamedTuple):
    """One process group: how to ask it to end, and how long it may take."""

    number: int
    stop_signal: int
    grace_seconds: float
    is_server: bool


def told(group: Group) -> bytes:
    """Return the line that says that a group is kept from now on."""
    fields = (group.number, group.stop_signal, group.grace_seconds, int(group.is_server))
    return f"+ {' '.join(map(str, fields))}\n".encode()


def untold(number: int) -> bytes:
    """Return the line that says that nothing is left of a group."""
    return f"- {number}\n".encode()


def main() -> None:
    """Listen until the pipe ends, then end what is left: servers last."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its end is the end of the pipe
    groups: dict[int, Group] = {}
    for line in sys.stdin:
        _hear(line.split(), groups)
    end([group for group in groups.values() if not group.is_server])
    end([group for group in groups.values() if group.is_server])


def _hear(words: list[str], groups: dict[int, Group]) -> None:
    sign, number, *rest = words
    if sign == "-":
        groups.pop(int(number), None)
    else:
        stop_signal, grace_seconds, is_server = rest
        found = Group(int(number), int(stop_signal), float(grace_seconds), is_server == "1")
        groups[found.number] = found


def end(groups: Iterable[Group]) -> None:
    """Ask groups to end, and kill what is left of each when its time is over."""
    waiting = list(groups)
    began = time.monotonic()
    for group in waiting:
        # Only its leader: it passes the signal on as it sees fit.
        with suppress(ProcessLookupError, PermissionError):
            os.kill(group.number, group.stop_signal)
    last = began + max((group.grace_seconds for group in waiting), default=0) + _AFTERWARDS_SECONDS
    while time.monotonic() < last:
        waiting = [group for group in waiting if _is_there(group.number)]
        if not waiting:
            return
        for group in waiting:
            if time.monotonic() - began > group.grace_seconds or not _is_led(group.number):
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(group.number, signal.SIGKILL)
        time.sleep(_PAUSE_SECONDS)


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _is_led(group: int) -> bool:
    """Whether the group's first process is still there: what it leaves behind has no one."""
    try:
        os.kill(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
