"""The product's processes as shipped, on data and ports of their own, and what they cost."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from bench import procfs
from capi_admin.up import processes
from capi_admin.up.child import ChildSpec, end_group, spawn
from capi_admin.up.options import HOST
from capi_admin.up.ports import choose_free, is_free
from capi_admin.up.postgres import EmbeddedPostgres
from capi_admin.up.redis import EmbeddedRedis

ROOT = Path(__file__).resolve().parent.parent
_READY_SECONDS = 60.0
_PYTHON = (sys.executable, "-m")
_TABLE = {process.name: process for process in processes.PROCESSES}
META_MILLISECONDS = 300
COLLECTORS = ("collector", "collector 2")  # as `--scale collector=2` has them

Reading = dict[str, float]
Connection = psycopg.Connection[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Report:
    """What the generator saw since it was asked last."""

    seconds: float
    accepted: int
    refused: int
    p50_ms: float
    p99_ms: float


class Generator:
    """Orders for the process that posts."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def rate(self, events: float) -> None:
        """Have so many events posted a second."""
        self._order(f"rate {events:.1f}")

    def flood(self) -> None:
        """Have events posted as fast as the answers come."""
        self._order("flood")

    def report(self) -> Report:
        """Return what happened since the last report."""
        self._order("report")
        return Report(**json.loads(_stream(self._process.stdout).readline()))

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _order(self, words: str) -> None:
        channel = _stream(self._process.stdin)
        channel.write(words + "\n")
        channel.flush()


class Rig:
    """One start; a context manager that leaves nothing behind."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="capi-bench-"))
        self.folder.chmod(0o755)
        self._postgres = EmbeddedPostgres(self.folder)
        self._redis = EmbeddedRedis(self.folder)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._servers: dict[str, int] = {}
        self.ports = {name: choose_free() for name in (*COLLECTORS, "meta", "plain")}
        self.environment: dict[str, str] = {}
        self.path = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End everything, and remove the data."""
        for name in list(self._running):
            self.end(name)
        self._redis.stop()
        self._postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- Processes --------------------------------------------------------------------------

    def launch(self, name: str, *more: str) -> None:
        """Start one of the product's processes, as its table has it; later options win.

        A second one has its number after its name.
        """
        process = _TABLE[_stage(name)]
        command = process.argv(host=HOST, port=self.ports.get(name), data_dir=str(self.folder))
        self.run(name, (self.program(command[0]), *command[1:], *more), process.environment)
        if name in self.ports:
            self.wait_for_port(name)

    def run(
        self, name: str, command: tuple[str, ...], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start a process."""
        spec = ChildSpec(
            name=name,
            command=command,
            environment={**self.environment, **(environment or {})},
            folder=ROOT,
        )
        with (self.folder / f"{name}.log").open("ab") as output:
            self._running[name] = spawn(spec, output.fileno())

    def end(self, name: str) -> None:
        """End a process with all it started, without waiting for what it does."""
        running = self._running.pop(name)
        end_group(running)
        running.kill()  # some leave the group they were started in
        running.wait()

    def program(self, name: str) -> str:
        """Return the path of a program of this installation."""
        return str(Path(sys.executable).parent / name)

    def running(self) -> set[str]:
        """Return the names of what was started and not ended."""
        return set(self._running)

    def wait_for_port(self, name: str) -> None:
        """Return when a process of ours listens.

        Raises:
            RuntimeError: it ended, or did not listen in time.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while is_free(self.ports[name]):
            if self._running[name].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / f"{name}.log").read_text()[-3000:])
            time.sleep(0.05)

    def furnish(self, *arguments: str) -> str:
        """Run `bench.furnishing`; return what it printed."""
        return self._finish((*_PYTHON, "bench.furnishing", *arguments)).strip()

    def generator(
        self, connections: int, per_request: int = 1, name: str = "collector"
    ) -> Generator:
        """Start the process that posts."""
        sizes = ("--connections", str(connections), "--list", str(per_request))
        path = self.path if name == "collector" else "/"
        ports = ",".join(str(self.ports[each]) for each in self._running if _stage(each) == name)
        process = subprocess.Popen(
            (*_PYTHON, "bench.generator", ports, path, *sizes),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        generator = Generator(process)
        self._servers["generator"] = process.pid
        generator.report()  # it is connected when it answers
        return generator

    # --- What it costs ----------------------------------------------------------------------

    def cpu(self) -> Reading:
        """Return the processor seconds so far, by stage."""
        found: defaultdict[str, float] = defaultdict(float)
        for name, pid in self._pids().items():
            found[_stage(name)] += procfs.cpu_seconds(pid)
        return dict(found)

    def memory(self) -> Reading:
        """Return the megabytes of the largest process of each stage that is ours to keep small."""
        return {
            name: max(map(procfs.memory_mb, procfs.tree(pid)), default=0.0)
            for name, pid in self._pids().items()
            if name not in {"generator", "meta"}
        }

    def _pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._running.items()} | self._servers

    # --- What is in it ----------------------------------------------------------------------

    def connect(self) -> Connection:
        """Return a connection of the measurement's own."""
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)

    def _start(self) -> None:
        before = set(procfs.children(os.getpid()))
        database = self._postgres.start()
        [self._servers["postgres"]] = set(procfs.children(os.getpid())) - before
        before = set(procfs.children(os.getpid()))
        broker = self._redis.start()
        [self._servers["redis"]] = set(procfs.children(os.getpid())) - before
        self.environment = {
            **os.environ,
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "SECRET_KEY": secrets.token_urlsafe(48),
            "ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            "META_GRAPH_URL": f"http://{HOST}:{self.ports['meta']}",
            "DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "capi_admin.settings",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        self._finish(processes.MIGRATE)
        self.path = f"/v1/events/{self.furnish('property')}"
        delay = ("--milliseconds", str(META_MILLISECONDS))
        self.run("meta", (*_PYTHON, "bench.meta", str(self.ports["meta"]), *delay))
        self.wait_for_port("meta")

    def _finish(self, command: Sequence[str]) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        return done.stdout


def _stage(name: str) -> str:
    """Return what a process is one of."""
    return name.partition(" ")[0]


def _stream(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("The generator has no channel.")
    return stream
