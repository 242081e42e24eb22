"""The one table of the product's processes; `make run` and docker-compose start the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Process:
    """One long-running process of the product.

    Args:
        name: as the person sees it, and its log file's name.
        command: program and arguments; ``{host}``, ``{port}`` and ``{data_dir}`` are filled in.
        port: the variable that names its port; None when it does not listen.
        environment: what it needs beside the settings.
        grace_seconds: how long it may take to end before it is killed.
    """

    name: str
    command: tuple[str, ...]
    port: str | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    grace_seconds: float = 10.0

    def argv(self, *, host: str, port: int | None, data_dir: str) -> tuple[str, ...]:
        """Return the command for one place."""
        return tuple(part.format(host=host, port=port, data_dir=data_dir) for part in self.command)


PROCESSES = (
    Process(
        "ui",
        (
            *("granian", "--interface", "wsgi", "--host", "{host}", "--port", "{port}"),
            # Its warnings are about thread counts and come at every start on a small machine.
            *("--workers", "1", "--blocking-threads", "8", "--no-ws", "--log-level", "error"),
            "capi_admin.wsgi:application",
        ),
        port="UI_PORT",
    ),
    Process(
        "collector",
        (*("python", "-m", "collector", "--host", "{host}", "--port", "{port}"),),
        port="COLLECTOR_PORT",
        grace_seconds=15.0,
    ),
    Process(
        "worker",
        (
            *("celery", "--quiet", "-A", "capi_admin", "worker", "--loglevel", "WARNING"),
            *("--concurrency", "2", "--without-gossip", "--without-mingle"),
        ),
        # Celery's soft shutdown, which hands unfinished tasks back, answers to SIGQUIT.
        environment=MappingProxyType({"REMAP_SIGTERM": "SIGQUIT"}),
        # A request that is under way may take 22 seconds (`delivery.sending`).
        grace_seconds=30.0,
    ),
    Process(
        "beat",
        (
            *("celery", "--quiet", "-A", "capi_admin", "beat", "--loglevel", "WARNING"),
            *("--schedule", "{data_dir}/beat-schedule"),
        ),
    ),
    Process(
        "sandbox",
        (
            *("uvicorn", "meta_sandbox.app:app", "--host", "{host}", "--port", "{port}"),
            *("--no-server-header", "--no-access-log", "--ws", "none", "--log-level", "warning"),
            *("--timeout-graceful-shutdown", "5"),
        ),
        port="SANDBOX_PORT",
    ),
)

MIGRATE = ("python", "manage.py", "prepare")
SEED = ("python", "manage.py", "seed_demo")
