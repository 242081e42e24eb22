"""This side of custom code: starts the host, holds it to its deadline, and starts it again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
import structlog

from custom_code import frames

logger = structlog.get_logger(__name__)

_HOST = Path(__file__).parent / "host.py"
_START_SECONDS = 10
_DEEPEST = 4  # code asks for an element that is code, which asks for …
_SEED_BYTES = 4
_KEY_BYTES = 16

Ask = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take. `seconds` is computing time, `deadline_seconds` wall-clock time."""

    seconds: float = 0.1
    deadline_seconds: float = 1.0
    memory_bytes: int = 64 * 1024 * 1024  # of the JavaScript engine, per build
    process_bytes: int = 1024 * 1024 * 1024  # of address space, for the whole host


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave: any JSON, and what it logged as (level, text) pairs."""

    value: Any
    lines: Sequence[tuple[str, str]]


class CodeFailure(Exception):
    """The code did not give a value. The message is for the person who wrote the code.

    `line` counts from 1 in their code; 0 where it is not known.
    """

    def __init__(self, message: str, line: int = 0, lines: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{message} (line {line})" if line else message)
        self.line = line
        self.lines = lines


class Sandbox:
    """Runs custom code in a process of its own, started when it is first needed.

    One run at a time: calls from other threads wait. Code that asks for a data element which is
    code too runs in a further process.
    """

    def __init__(self, limits: Limits = Limits(), depth: int = 0) -> None:
        self._limits = limits
        self._depth = depth
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._is_running = False
        self._inner: Sandbox | None = None

    def run(self, build: str, code: str, given: Mapping[str, Any], seed: str, ask: Ask) -> Outcome:
        """Run the body of an async function and return what it returned.

        Args:
            build: whose globals it shares; any text.
            code: JavaScript.
            given: ``arc``, ``now`` (Unix milliseconds), ``settings``, ``extensionSettings`` and
                ``event``, all JSON.
            seed: any text; the same seed gives the same random numbers.
            ask: gives the value of a data element by its name, for ``getDataElementValue``. What
                it raises becomes an error in the code.

        Raises:
            CodeFailure: it threw, took too long, needed too much, or gave no JSON.
        """
        with self._lock:
            if self._is_running:
                return self._further().run(build, code, given, seed, ask)
            self._is_running = True
            try:
                return self._run(build, code, given, seed, ask)
            finally:
                self._is_running = False

    def close(self) -> None:
        """End the host and those of deeper runs."""
        with self._lock:
            self._end()
            if self._inner is not None:
                self._inner.close()

    def _further(self) -> Sandbox:
        if self._depth + 1 >= _DEEPEST:
            raise CodeFailure("Custom code asks for custom code too many times over.")
        if self._inner is None:
            self._inner = Sandbox(self._limits, self._depth + 1)
        return self._inner

    def _run(self, build: str, code: str, given: Mapping[str, Any], seed: str, ask: Ask) -> Outcome:
        number = int.from_bytes(blake2b(seed.encode(), digest_size=_SEED_BYTES).digest(), "big")
        request = {
            "build": build,
            "key": blake2b(code.encode(), digest_size=_KEY_BYTES).hexdigest(),
            "code": code,
            "given": orjson.dumps({**given, "seed": number}).decode(),
        }
        process = self._started()
        deadline = time.monotonic() + self._limits.deadline_seconds
        try:
            answer = self._converse(process, request, deadline, ask)
        except frames.TooLate:
            self._end()
            raise CodeFailure("The code took too long.") from None
        except frames.Closed:
            self._end()
            raise CodeFailure("The code ended the process it ran in.") from None
        lines = [(level, text) for level, text in answer["lines"]]
        if answer["state"] == "failed":
            raise CodeFailure(answer["message"], answer["line"], lines)
        return Outcome(answer["value"], lines)

    def _converse(
        self, process: subprocess.Popen[bytes], request: Any, deadline: float, ask: Ask
    ) -> dict[str, Any]:
        writing, reading = _pipes(process)
        frames.write(writing, request)
        while True:
            answer: dict[str, Any] = frames.read(reading, deadline)
            if answer["state"] != "asks":
                return answer
            asked_at = time.monotonic()
            frames.write(writing, _asked(ask, answer["name"]))
            deadline += time.monotonic() - asked_at  # what others take is not this code's fault

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner == os.getpid():
            if self._process.poll() is None:
                return self._process
            self._end()
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(_HOST)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"TZ": "UTC"},
            bufsize=0,
            close_fds=True,
        )
        self._owner = os.getpid()  # after a fork the host still belongs to the parent
        writing, reading = _pipes(self._process)
        try:
            frames.write(writing, asdict(self._limits))
            hello = frames.read(reading, time.monotonic() + _START_SECONDS)
        except (frames.Closed, frames.TooLate):
            self._end()
            raise CodeFailure("The process for custom code could not be started.") from None
        logger.info("custom_code_host_started", pid=self._process.pid, fences=hello["fences"])
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both piped
    return process.stdin.fileno(), process.stdout.fileno()


def _asked(ask: Ask, name: str) -> dict[str, Any]:
    try:
        return {"value": ask(name)}
    except Exception as error:  # noqa: BLE001 - it becomes an error where it was asked for
        return {"error": str(error) or type(error).__name__}
