"""The supervisor's side of the guardian: starts it, and tells it what there would be to end."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from capi_admin.up import guardian
from capi_admin.up.child import Child
from capi_admin.up.guardian import Group

_END_SECONDS = 5.0


class Guard:
    """Knows the groups of all children. Killing the supervisor makes the guardian end them."""

    def __init__(self) -> None:
        """Start the guardian in a group of its own, where Ctrl-C does not reach it."""
        self._process = subprocess.Popen(
            (sys.executable, "-I", "-S", str(Path(guardian.__file__))),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )

    def keep(self, child: Child) -> None:
        """Tell of a child that runs."""
        if child.group is not None:
            spec = child.spec
            grace, signal_ = spec.grace_seconds, int(spec.stop_signal)
            self._tell(guardian.told(Group(child.group, signal_, grace, spec.is_server)))

    def forget(self, group: int) -> None:
        """Tell of a group of which nothing is left."""
        self._tell(guardian.untold(group))

    def close(self) -> None:
        """End the guardian; every child is over."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, line: bytes) -> None:
        # Without a guardian the children still hear of our death, as far as the system tells them.
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.write(line)
                self._process.stdin.flush()
