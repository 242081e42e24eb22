"""The whole product as `make run` starts it, on data and ports of its own: for tests that need it.

Every process is real: what such a test shows, holds for the person who runs the same command.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from capi_admin.up.options import HOST
from capi_admin.up.processes import PROCESSES, Process
from tests.up.places import is_alive, own_environment

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 180.0
_END_SECONDS = 60.0
_WELCOME = "Ctrl-C ends everything"
# The test run's own; a start decides these for itself.
_NOT_INHERITED = frozenset(
    {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "META_GRAPH_URL", "LOG_LEVEL"}
    | {"COLLECTOR_URL"}
)


class Product:
    """One start of the product with its demo.

    Use it as a context manager, or call `start` and `stop`; `stop` also removes the data.

    Args:
        environment: variables of this start, beside its folder and ports.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="capi-product-"))
        self.data_dir = self._folder / "data"
        self._environment = {**own_environment(self.data_dir), **(environment or {})}
        self._output = self._folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None
        self.ui, self.collector, self.sandbox = map(
            self._address, ("UI_PORT", "COLLECTOR_PORT", "SANDBOX_PORT")
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start everything, and return when it is ready.

        Args:
            environment: variables of this start alone.

        Raises:
            AssertionError: it ended, or was not ready in time; with all it said.
        """
        said_before = len(self.output)
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                (sys.executable, "manage.py", "up", "--settings=capi_admin.up.settings"),
                cwd=ROOT,
                env={**_inherited(), **self._environment, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_SECONDS
        while _WELCOME not in self.output[said_before:]:
            assert self._process.poll() is None, self.log_text()
            assert time.monotonic() < deadline, self.log_text()
            time.sleep(0.05)

    def end(self) -> None:
        """End every process; the data stays for another `start`."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its children end with it
                self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End every process, and remove the data."""
        self.end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def set(self, name: str, value: str) -> None:
        """Give a variable to the starts that follow."""
        self._environment[name] = value

    # --- Who and where ----------------------------------------------------------------------

    @property
    def email(self) -> str:
        """The address of the demo's administrator."""
        return self._account()["email"]

    @property
    def password(self) -> str:
        """The password of the demo's administrator."""
        return self._account()["password"]

    @property
    def datastream(self) -> str:
        """The public id that events of the demo's production are posted to."""
        found: str = json.loads((self.data_dir / "demo.json").read_text())["datastream"]
        return found

    @property
    def database_url(self) -> str:
        """The address of the embedded PostgreSQL."""
        folder = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]
        return f"postgresql://postgres@/capi_admin?host={folder}"

    @property
    def redis_url(self) -> str:
        """The address of the embedded Redis, its password included."""
        return (self.data_dir / "redis" / "url").read_text().strip()

    def environment(self) -> dict[str, str]:
        """Return what a `manage.py` command needs to work on this product's data."""
        return {
            **_inherited(),
            "META_GRAPH_URL": self.sandbox,
            **self._environment,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY_FILE": str(self.data_dir / "secret_key"),
            "ENCRYPTION_KEYS_FILE": str(self.data_dir / "encryption_key"),
            "DJANGO_SETTINGS_MODULE": "capi_admin.settings",
        }

    # --- What it says -----------------------------------------------------------------------

    @property
    def output(self) -> str:
        """What the person at the terminal has seen so far."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def log_text(self) -> str:
        """Everything said so far: the terminal's text, then each log after its name."""
        logs = sorted((self.data_dir / "logs").glob("*"))
        parts = [f"--- {log.name}\n{log.read_text(errors='replace')}" for log in logs]
        return "\n".join((self.output, *parts))

    # --- Its processes ----------------------------------------------------------------------

    def pid(self, name: str) -> int:
        """Return the process of a name such as ``worker`` or ``redis``.

        Raises:
            LookupError: it does not run now.
        """
        for pid in children(self.pid_of_all):
            if _is(name, pid) and is_alive(pid):
                return pid
        raise LookupError(f"{name} does not run")

    def command(self, name: str) -> tuple[str, ...]:
        """Return how a process without a port is started, to start one more of it."""
        return _PROCESSES[name].argv(host=HOST, port=None, data_dir=str(self.data_dir))

    @property
    def pid_of_all(self) -> int:
        """The process that keeps all others."""
        assert self._process is not None, "not started"
        return self._process.pid

    def _address(self, port: str) -> str:
        return f"http://{HOST}:{self._environment[port]}"

    def _account(self) -> dict[str, str]:
        lines = (self.data_dir / "admin.txt").read_text().splitlines()
        return dict(line.split(": ", 1) for line in lines)


def _inherited() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}


def children(parent: int) -> list[int]:
    """Return the processes that a process started and that are still there."""
    return [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdecimal() and _parent(folder) == parent
    ]


def descendants(parent: int) -> set[int]:
    """Return the processes below a process, those that its children started included."""
    found = set(children(parent))
    return found.union(*map(descendants, found))


def command_line(pid: int) -> list[str]:
    """Return a process's command and arguments; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def _parent(folder: Path) -> int | None:
    try:
        # The name, in brackets, may itself hold spaces and brackets.
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return None


_SERVERS = {"postgres": "postgres", "redis": "redis-server"}
_PROCESSES = {process.name: process for process in PROCESSES}


def _is(name: str, pid: int) -> bool:
    command = command_line(pid)
    if name in _SERVERS:
        return _SERVERS[name] in Path(command[0].split()[0]).name if command[:1] else False
    return _distinct_parts(_PROCESSES[name]) <= set(command)


def _distinct_parts(process: Process) -> set[str]:
    """Return the arguments that are the same at every place."""
    return {part for part in process.command[1:] if "{" not in part}
