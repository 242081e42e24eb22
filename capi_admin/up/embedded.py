"""What the two embedded servers share: a start and a stop of their own, for tests and scripts.

Under `make run` the supervisor starts them instead, from the same `spec`.
"""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from capi_admin.up.child import ChildSpec, end_group, spawn
from capi_admin.up.problem import CannotStart

_START_SECONDS = 30.0
_PROBE_SECONDS = 0.05


class EmbeddedServer(ABC):
    """A server whose data lives in one folder, and which only this machine can reach."""

    name: str
    title: str

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._running: tuple[ChildSpec, subprocess.Popen[bytes]] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the server answers; known once `prepare` ran."""

    @abstractmethod
    def prepare(self) -> ChildSpec:
        """Make the server's folder ready and return how to run the server.

        Raises:
            CannotStart: the folder or the programs cannot be used.
        """

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether the server takes commands at `url`."""

    @abstractmethod
    def discard(self) -> None:
        """Remove what stands outside the data folder; called when the server is over."""

    def start(self) -> str:
        """Start, wait until it answers, and return its address.

        Raises:
            CannotStart: it ended or did not answer in time.
        """
        try:
            spec = self.prepare()
            if spec.before_start is not None:
                spec.before_start()
            self._launch(spec)
        except BaseException:
            self.stop()
            raise
        return self.url

    def stop(self) -> None:
        """End the server and wait for it; harmless when it does not run."""
        running, self._running = self._running, None
        if running is not None:
            spec, process = running
            process.send_signal(spec.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                process.wait(spec.grace_seconds)
            end_group(process)
            process.wait()
        self.discard()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _launch(self, spec: ChildSpec) -> None:
        log = self.data_dir / f"{self.name}.log"
        with log.open("ab") as output:
            process = spawn(spec, output.fileno())
        self._running = (spec, process)
        deadline = time.monotonic() + _START_SECONDS
        while not self.is_ready():
            if process.poll() is not None:
                raise CannotStart(f"{self.title} ended with code {process.returncode} (log: {log})")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.title} did not answer within {_START_SECONDS:.0f} s.")
            time.sleep(_PROBE_SECONDS)
