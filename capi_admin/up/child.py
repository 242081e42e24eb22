"""One child process: how it is started, heard and ended, so that nothing of it stays behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from capi_admin.up.account import Account
from capi_admin.up.problem import CannotStart

_PR_SET_PDEATHSIG = 1
_READ_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What to run, and how to end it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path | None = None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    is_quiet: bool = False  # its output goes to its log only
    is_server: bool = False  # it outlives those who use it
    before_start: Callable[[], None] | None = None


def spawn(spec: ChildSpec, output: int) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own, both its outputs going to one descriptor.

    Call it from the main thread: where the system can, it ends the child with the calling thread.

    Raises:
        CannotStart: the program cannot be run.
    """
    account = spec.account
    try:
        return subprocess.Popen(
            spec.command,
            env=dict(spec.environment),
            cwd=spec.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=_die_with_parent(spec.stop_signal),
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotStart(f"{spec.name} cannot be run: {spec.command[0]}: {reason}.") from None


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of a child's process group, grandchildren included."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def describe_end(code: int) -> str:
    """Say how a process ended: ``signal 9`` or ``exit code 1``."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


class Child:
    """A child whose output goes, line by line, into its log and to a listener."""

    def __init__(
        self, spec: ChildSpec, log_path: Path, on_line: Callable[[str, str], None]
    ) -> None:
        self.spec = spec
        self.log_path = log_path
        self.started_at = 0.0
        self.last_line = ""
        self.pipe: FileIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.on_line = on_line
        self._log = log_path.open("ab", buffering=0)
        self._partial = b""

    def start(self) -> None:
        """Start, or start again.

        Raises:
            CannotStart: the program cannot be run.
        """
        if self.spec.before_start is not None:
            self.spec.before_start()
        reading, writing = os.pipe()
        self.pipe = FileIO(reading)
        os.set_blocking(reading, False)
        try:
            self._process = spawn(self.spec, writing)
        finally:
            os.close(writing)
        self.started_at = time.monotonic()

    @property
    def exit_code(self) -> int | None:
        """The code it ended with; None while it runs or where it is not started."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def group(self) -> int | None:
        """The number of its process group; None where it is not started."""
        return None if self._process is None else self._process.pid

    def read(self) -> int | None:
        """Take some output: how many bytes, 0 at its end, None when nothing waits."""
        data = self.pipe.read(_READ_BYTES) if self.pipe else b""
        if data is None:
            return None
        self._take(data)
        return len(data)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child itself, which passes it on as it sees fit."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    def clear_away(self) -> None:
        """Kill what is left of the child's group, and take its last words."""
        if self._process is not None:
            end_group(self._process)
            self._process.wait()
        while self.read():
            pass
        if self.pipe is not None:
            self.pipe.close()
        self.pipe = self._process = None

    def close_log(self) -> None:
        """Close the log file; the child is over for good."""
        self._log.close()

    def _take(self, data: bytes) -> None:
        with suppress(OSError):  # a full disk must not end the supervisor
            self._log.write(data)
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > _READ_BYTES or not data:
            lines.append(self._partial)
            self._partial = b""
        for line in lines:
            self._tell(line.decode(errors="replace").rstrip())

    def _tell(self, line: str) -> None:
        if line:
            self.last_line = line
            self.on_line(self.spec.name, line)


def _die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return a hook that has Linux signal the child when its parent is gone, even by kill -9."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def hook() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it went between the fork and the line above
            os._exit(1)

    return hook
