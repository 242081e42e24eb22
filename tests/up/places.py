"""What the tests of this room share: a start of stand-in processes in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from capi_admin.up.ports import choose_free

ROOT = Path(__file__).resolve().parent.parent.parent
_ENOUGH_SECONDS = 60.0


class Start:
    """One `up` with stand-ins for the product's processes, its output kept in a file."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.output_path = folder / f"output-{time.monotonic_ns()}.txt"
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "tests.up.stand_in"),
                cwd=ROOT,
                env={**_clean(os.environ), **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return self.output_path.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until the output holds a text."""
        wait_until(lambda: text in self.output or self.process.poll() is not None, self)
        assert text in self.output, self.output

    def wait_until_ready(self) -> None:
        """Wait for the welcome."""
        self.wait_for("Ctrl-C ends everything")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(_ENOUGH_SECONDS)

    def code(self) -> int:
        """Wait for a start that ends by itself, and return its exit code."""
        return self.process.wait(_ENOUGH_SECONDS)


def wait_until(holds: Callable[[], bool], start: Start | None = None) -> None:
    """Wait until something holds, and fail with the start's output when it never does."""
    deadline = time.monotonic() + _ENOUGH_SECONDS
    while not holds():
        assert time.monotonic() < deadline, start.output if start else "waited in vain"
        time.sleep(0.02)


def own_environment(data_dir: Path) -> dict[str, str]:
    """Return a start's variables: its own folder and free ports, the servers embedded."""
    names = ("UI_PORT", "COLLECTOR_PORT", "SANDBOX_PORT")
    ports: set[int] = set()
    while len(ports) < len(names):
        ports.add(choose_free())
    return {"DATA_DIR": str(data_dir), **dict(zip(names, map(str, ports), strict=True))}


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits for its parent's look does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # it went this very moment, or this system has no such files
        return not Path("/proc/self").exists()
    return state.rpartition(")")[2].split()[0] != "Z"


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what the test run itself set, so that a start decides for itself."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "META_GRAPH_URL"}
    return {name: value for name, value in environment.items() if name not in ours}
