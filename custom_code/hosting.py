"""The host process as this side sees it: started, written to, read from, ended.

Neither pipe ever waits here. What does not fit into one is kept until it does, while answers are
read, so that two full pipes cannot hold each other up.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import structlog

from custom_code import frames

logger = structlog.get_logger(__name__)

_HOST = Path(__file__).parent / "host.py"
_START_SECONDS = 10
_MOST_CODE_BYTES = 8 * 1024 * 1024  # that a host keeps; with more it begins anew


class TooLate(Exception):
    """The host said nothing before the deadline."""


class Host:
    """One host process."""

    def __init__(self, limits: Mapping[str, Any]) -> None:
        """Start it.

        Raises:
            Closed, TooLate: it did not start.
            OSError: the system starts no process.
        """
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
        assert self._process.stdin is not None  # noqa: S101 - piped
        assert self._process.stdout is not None  # noqa: S101 - piped
        self._writing = self._process.stdin.fileno()
        self._reading = self._process.stdout.fileno()
        os.set_blocking(self._writing, False)
        os.set_blocking(self._reading, False)
        self._unwritten = bytearray()
        self._incoming = frames.Incoming()
        self._arrived: deque[frames.Message] = deque()
        self._numbers: dict[tuple[str, str], int] = {}  # of a build's code
        self._code_bytes = 0
        try:
            self.put(frames.LIMITS, orjson.dumps(limits))
            _, body = self.next(time.monotonic() + _START_SECONDS)
        except (frames.Closed, TooLate):
            self.end()
            raise
        logger.info("custom_code_host_started", pid=self.pid, fences=orjson.loads(body))

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def is_ours(self) -> bool:
        """Whether it runs, and was started by this very process."""
        return self._owner == os.getpid() and self._process.poll() is None

    @property
    def has_room(self) -> bool:
        """Whether codes may be numbered without a further look; else `forget` them first."""
        return self._code_bytes < _MOST_CODE_BYTES

    def number_of(self, build: str, code: str) -> int:
        """Return the number of a code; the host is told of it once."""
        number = self._numbers.get((build, code))
        if number is None:
            number = len(self._numbers)
            body = orjson.dumps((number, build, code))
            self._numbers[build, code] = number
            self._code_bytes += len(body)
            self.put(frames.CODE, body)
        return number

    def forget(self) -> None:
        """Let the host forget all codes. No run may be under way."""
        self._numbers.clear()
        self._code_bytes = 0
        self.put(frames.FORGET, b"")

    def put(self, kind: bytes, body: bytes) -> None:
        """Send a message, or as much of it as the pipe takes now."""
        self._unwritten += frames.packed(kind, body)

    def next(self, deadline: float) -> frames.Message:
        """Return the next message of the host; `deadline` is a moment of `time.monotonic()`.

        Raises:
            Closed: it has gone, or talks nonsense.
            TooLate: the deadline passed.
        """
        while not self._arrived:
            self._write()
            if not self._read() and not self._wait(deadline):
                raise TooLate
        return self._arrived.popleft()

    def end(self) -> None:
        """End the process, if this one started it."""
        if self._owner != os.getpid():
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _write(self) -> None:
        if self._unwritten:
            del self._unwritten[: frames.write_piece(self._writing, bytes(self._unwritten))]

    def _read(self) -> bool:
        """Take what has come; whether anything had."""
        try:
            self._incoming.add(frames.read_piece(self._reading))
        except BlockingIOError:
            return False
        self._arrived.extend(self._incoming.messages())
        return True

    def _wait(self, deadline: float) -> bool:
        """Wait until something can be read, or written where something is to be."""
        poller = select.poll()
        poller.register(self._reading, select.POLLIN)
        if self._unwritten:
            poller.register(self._writing, select.POLLOUT)
        left = max(0.0, deadline - time.monotonic())
        return bool(poller.poll(left * 1000))
