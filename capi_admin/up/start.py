"""The order of a start: folder, ports, servers, tables, demo, processes, welcome; then watch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from capi_admin.up import data_dir, given, ports, processes, readiness, welcome
from capi_admin.up.child import ChildSpec
from capi_admin.up.console import Console
from capi_admin.up.embedded import EmbeddedServer
from capi_admin.up.options import HOST, Options
from capi_admin.up.postgres import EmbeddedPostgres
from capi_admin.up.processes import Process
from capi_admin.up.redis import EmbeddedRedis
from capi_admin.up.stopping import StopFlag, StopRequested
from capi_admin.up.supervisor import Supervisor

_BASE_DIR = Path(__file__).resolve().parent.parent.parent
_SERVER_SECONDS = 60.0
_PROCESS_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a start runs: two commands to their end, and processes for good."""

    migrate: Sequence[str] = processes.MIGRATE
    seed: Sequence[str] = processes.SEED
    processes: Sequence[Process] = processes.PROCESSES


def up(options: Options, console: Console, plan: Plan = Plan()) -> None:
    """Start everything, and return when the person asked to stop and all has ended.

    Raises:
        CannotStart: one line says why; nothing is left running.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(StopFlag())
        with console.step("Folder and ports", done="free"):
            stack.enter_context(data_dir.owned(options.data_dir))
            ports.require_free(options.ports)
            data_dir.clear_counts(options.data_dir)
        postgres, redis = EmbeddedPostgres(options.data_dir), EmbeddedRedis(options.data_dir)
        stack.callback(postgres.discard)
        stack.callback(redis.discard)
        supervisor = Supervisor(console, options.data_dir, stop)
        stack.callback(supervisor.shut_down)
        try:
            start = _Start(options, console, supervisor)
            start.serve_data(postgres, redis)
            start.migrate(plan.migrate)
            start.launch(plan.processes)
            start.seed(plan.seed)
            start.wait_for(plan.processes)
            console.say(welcome.box(options.data_dir, options.ports))
            supervisor.watch()
        except StopRequested:
            pass
        console.say("Ending …")


class _Start:
    """One start under way: what the next step needs from those before it."""

    def __init__(self, options: Options, console: Console, supervisor: Supervisor) -> None:
        self._options = options
        self._console = console
        self._supervisor = supervisor
        self._environment = _environment(options)
        self._wants_demo = False

    def serve_data(self, postgres: EmbeddedPostgres, redis: EmbeddedRedis) -> None:
        """Reach the servers that were given, or start our own."""
        self._environment["DATABASE_URL"] = self._server(
            postgres, self._options.database_url, given.require_database
        )
        self._environment["REDIS_URL"] = self._server(
            redis, self._options.redis_url, given.require_redis
        )

    def _server(
        self, embedded: EmbeddedServer, url: str | None, require: Callable[[str], None]
    ) -> str:
        with self._console.step(embedded.title):
            if url is not None:
                require(url)
                return url
            self._supervisor.start(embedded.prepare())
            self._supervisor.wait_until(embedded.is_ready, embedded.title, _SERVER_SECONDS)
            return embedded.url

    def migrate(self, command: Sequence[str]) -> None:
        """Bring the tables up to date."""
        is_new = given.is_new(self._environment["DATABASE_URL"])
        self._wants_demo = is_new or not (self._options.data_dir / "demo.json").exists()
        with self._console.step("Tables"):
            self._supervisor.run(self._task_spec("migrate", command))

    def launch(self, table: Sequence[Process]) -> None:
        """Start the processes, and do not wait for them: loading takes them a while."""
        for process in table:
            self._supervisor.start(self._process_spec(process))

    def seed(self, command: Sequence[str]) -> None:
        """Fill in the demo on the first start."""
        if self._wants_demo:
            with self._console.step("Demo"):
                self._supervisor.run(self._task_spec("seed", command))

    def wait_for(self, table: Sequence[Process]) -> None:
        """Wait until the processes with a port answer."""
        with self._console.step(", ".join(process.name for process in table)):
            for process in table:
                self._wait_for(process)

    def _wait_for(self, process: Process) -> None:
        if process.port is None:
            return
        port = self._options.ports[process.port]
        self._supervisor.wait_until(lambda: readiness.answers(port), process.name, _PROCESS_SECONDS)

    def _process_spec(self, process: Process) -> ChildSpec:
        port = self._options.ports[process.port] if process.port else None
        return ChildSpec(
            name=process.name,
            command=process.argv(host=HOST, port=port, data_dir=str(self._options.data_dir)),
            environment={**self._environment, **process.environment},
            folder=_BASE_DIR,
            grace_seconds=process.grace_seconds,
        )

    def _task_spec(self, name: str, command: Sequence[str]) -> ChildSpec:
        return ChildSpec(
            name=name,
            command=tuple(command),
            environment=self._environment,
            folder=_BASE_DIR,
            is_quiet=True,
        )


def _environment(options: Options) -> dict[str, str]:
    """Return what every child sees: the person's environment, and ours where it is silent."""
    keys = data_dir.secret_files(options.data_dir, options.environment)
    defaults = {
        "COLLECTOR_URL": f"http://localhost:{options.ports['COLLECTOR_PORT']}",
        "META_GRAPH_URL": f"http://{HOST}:{options.ports['SANDBOX_PORT']}",
        "PYTHONUNBUFFERED": "1",
    }
    return {
        **defaults,
        **keys,
        **options.environment,
        "DATA_DIR": str(options.data_dir),
        "DJANGO_SETTINGS_MODULE": "capi_admin.settings",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{options.environment.get('PATH', '')}",
    }
