"""This side of custom code: gives the host its runs, and holds each to its deadline."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

import orjson

from custom_code import frames
from custom_code.hosting import Host, TooLate

_DEEPEST = 4  # code asks for an element that is code, which asks for …
_SEED_BYTES = 4
# Sent and not yet answered, so that neither side has to keep much; one run may always be.
_MOST_BYTES_UNDER_WAY = 256 * 1024
_MOST_UNANSWERED = 65  # a host keeps 64 answers back at most, and runs one
_OTHERS_SECONDS = 4  # that a run may wait for data elements, on top of its own time
_LOOK_SECONDS = 10
_MOST_CHARACTERS_TO_LOOK_AT = 1024 * 1024  # in one message; each may take six bytes there
_MOST_GIVEN_BYTES = frames.MOST_BYTES - 64

_TOO_LONG = "The code took too long."
_ENDED = "The code ended the process it ran in."
_NOT_STARTED = "The process for custom code could not be started."
_TOO_DEEP = "Custom code asks for custom code too many times over."
_TOO_LARGE = "The event is too large for custom code."
_TOO_LARGE_ELEMENT = "The value of this data element is too large for custom code."
_NO_JSON = "The code has to return JSON, with text that is valid Unicode."

Ask = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take. `seconds` is computing time, `deadline_seconds` wall-clock time."""

    seconds: float = 0.1
    deadline_seconds: float = 1.0
    memory_bytes: int = 64 * 1024 * 1024  # of the JavaScript engine, per build
    process_bytes: int = 1024 * 1024 * 1024  # of address space, for the whole host


@dataclass(frozen=True, slots=True)
class Run:
    """The body of an async function, and what it is run with.

    `build` is any text: runs of one build share their globals, which none can change. `given` is
    ``arc``, ``now`` (Unix milliseconds), ``settings``, ``extensionSettings`` and ``event``, all
    JSON. The same `seed`, any text, gives the same random numbers. `ask` gives the value of a data
    element by its name, for ``getDataElementValue``; what it raises becomes an error in the code.
    """

    build: str
    code: str
    given: Mapping[str, Any]
    seed: str
    ask: Ask


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


@dataclass(frozen=True, slots=True)
class Fault:
    """Why code cannot be read. `line` counts from 1; 0 where it is not known."""

    message: str
    line: int


class Unavailable(Exception):
    """There is no process to run code in; says nothing about the code."""


class OutOfTime(Exception):
    """The run was not begun, or not waited for: there was no time for so many."""


class Sandbox:
    """Runs custom code in a process of its own, started when it is first needed.

    One run at a time: calls from other threads wait. Code that asks for a data element which is
    code too runs in a further process.
    """

    def __init__(self, limits: Limits = Limits(), depth: int = 0) -> None:
        self._limits = limits
        self._depth = depth
        self._lock = threading.RLock()
        self._host: Host | None = None
        self._is_running = False
        self._inner: Sandbox | None = None

    def run(self, run: Run) -> Outcome:
        """Run code and return what it returned.

        Raises:
            CodeFailure: it threw, took too long, needed too much, or gave no JSON.
            TypeError: what it is given is no JSON.
        """
        [came] = self.run_many([run])
        if isinstance(came, Exception):
            raise came
        return came

    def run_many(
        self, runs: Sequence[Run], until: float | None = None
    ) -> list[Outcome | Exception]:
        """Run code many times, as `run` does one after the other, and return what each gave.

        What a run would raise is returned in its place. From the moment `until` of
        `time.monotonic()` on, all but the first are `OutOfTime`.
        """
        with self._lock:
            if self._is_running:
                return self._further(runs)
            self._is_running = True
            try:
                return self._all(runs, until)
            finally:
                self._is_running = False

    def look(self, codes: Sequence[str]) -> list[Fault | None]:
        """Read codes without running them; return what is wrong with each.

        Raises:
            Unavailable: there is nothing to read them with.
        """
        with self._lock:
            if self._is_running:
                raise Unavailable
            return [fault for part in _portions(codes) for fault in self._look(part)]

    def close(self) -> None:
        """End the host and those of deeper runs."""
        with self._lock:
            self._end()
            if self._inner is not None:
                self._inner.close()

    def _look(self, codes: Sequence[str]) -> Iterator[Fault | None]:
        try:
            host = self._started()
            host.put(frames.LOOK, orjson.dumps(codes))
            _, body = host.next(time.monotonic() + _LOOK_SECONDS)
        except (frames.Closed, TooLate):
            self._end()
            raise Unavailable from None
        return (None if found is None else Fault(*found) for found in orjson.loads(body))

    def _further(self, runs: Sequence[Run]) -> list[Outcome | Exception]:
        if self._depth + 1 >= _DEEPEST:
            return [CodeFailure(_TOO_DEEP) for _ in runs]
        if self._inner is None:
            self._inner = Sandbox(self._limits, self._depth + 1)
        return self._inner.run_many(runs)

    def _all(self, runs: Sequence[Run], until: float | None) -> list[Outcome | Exception]:
        came: list[Outcome | Exception] = []
        alone = 0  # how many of the next go one by one, to find the one that breaks the host
        while len(came) < len(runs):
            if came and until is not None and time.monotonic() >= until:
                return [*came, *(OutOfTime() for _ in runs[len(came) :])]
            left = runs[len(came) : len(came) + 1 if alone else None]
            try:
                stream = _Stream(self._started(), left, self._limits.deadline_seconds)
            except Unavailable:
                return [*came, *(CodeFailure(_NOT_STARTED) for _ in runs[len(came) :])]
            failure = self._flow(stream, None if alone else until)
            came += stream.came
            alone = max(0, alone - 1)
            if failure is None:
                continue
            if len(left) == 1 or stream.has_asked:
                came.append(failure)
                alone = 0
            else:
                alone = _MOST_UNANSWERED
        return came

    def _flow(self, stream: _Stream, until: float | None) -> CodeFailure | None:
        """Let runs flow; where one of them ended the host, return what that one gets."""
        try:
            stream.flow(until)
        except OutOfTime:
            self._end()  # what it still runs is not waited for
            return None
        except TooLate:
            self._end()
            return CodeFailure(_TOO_LONG)
        except frames.Closed:
            self._end()
            return CodeFailure(_ENDED)
        except BaseException:
            self._end()  # it is in the middle of a run: the next one must not get its answer
            raise
        return None

    def _started(self) -> Host:
        if self._host is not None and self._host.is_ours:
            if not self._host.has_room:
                self._host.forget()
            return self._host
        self._end()
        try:
            self._host = Host(asdict(self._limits))
        except (frames.Closed, TooLate, OSError):
            raise Unavailable from None
        return self._host

    def _end(self) -> None:
        host, self._host = self._host, None
        if host is not None:
            host.end()


class _Stream:
    """Runs on their way through one host, whose answers come in the order of the runs."""

    def __init__(self, host: Host, runs: Sequence[Run], deadline_seconds: float) -> None:
        self.came: list[Outcome | Exception] = []
        self.has_asked = False  # the run that is next to end: so it is the one under way
        self._host = host
        self._runs = runs
        self._seconds = deadline_seconds
        # Of each run that is sent its bytes, of one that cannot be sent what it raised.
        self._sent: deque[int | Exception] = deque()
        self._bytes = 0
        self._deadline = self._latest = 0.0

    def flow(self, until: float | None) -> None:
        """Run all.

        Raises:
            Closed: the host has gone, or talks nonsense.
            TooLate: the run that is next to end did not, in its time.
            OutOfTime: the moment `until` has passed, and something has come.
        """
        self._restart_clock()
        while len(self.came) < len(self._runs):
            self._send()
            head = self._sent[0]
            if isinstance(head, Exception):
                self._sent.popleft()
                self.came.append(head)
                continue
            kind, body = self._host.next(self._deadline)
            if kind == frames.CAME:
                self._take(body)
                now = self._restart_clock()
                if until is not None and now >= until:
                    raise OutOfTime
            elif kind == frames.ASKS:
                self._host.put(frames.GIVEN, self._given(body))
            else:
                raise frames.Closed

    def _restart_clock(self) -> float:
        """Give the run that is next to end its time; return the present."""
        now = time.monotonic()
        self._deadline = now + self._seconds
        self._latest = self._deadline + _OTHERS_SECONDS
        return now

    def _send(self) -> None:
        """Send on, as long as not too much is under way."""
        while not self._sent or self._bytes < _MOST_BYTES_UNDER_WAY:
            place = len(self.came) + len(self._sent)
            if place == len(self._runs):
                return
            try:
                body = self._body(self._runs[place])
            except Exception as error:  # noqa: BLE001 - it is raised where the run is asked for
                self._sent.append(error)
                continue
            self._host.put(frames.RUN, body)
            self._sent.append(len(body))
            self._bytes += len(body)

    def _body(self, run: Run) -> bytes:
        seed = int.from_bytes(blake2b(run.seed.encode(), digest_size=_SEED_BYTES).digest(), "big")
        given = orjson.dumps({**run.given, "seed": seed})
        if len(given) > _MOST_GIVEN_BYTES:
            raise CodeFailure(_TOO_LARGE)
        return frames.NUMBER.pack(self._host.number_of(run.build, run.code)) + given

    def _take(self, body: bytes) -> None:
        size = self._sent.popleft()
        assert isinstance(size, int)  # noqa: S101 - what is not sent is not answered
        self._bytes -= size
        self.has_asked = False
        self.came.append(_read(body))

    def _given(self, asked: bytes) -> bytes:
        self.has_asked = True
        run = self._runs[len(self.came)]
        asked_at = time.monotonic()
        if asked_at > self._latest:
            raise TooLate
        try:
            name = str(orjson.loads(asked))
        except orjson.JSONDecodeError as error:
            raise frames.Closed from error
        body = _asked(run.ask, name)
        # What others take is not this code's fault, unless it asks without end.
        self._deadline = min(self._deadline + time.monotonic() - asked_at, self._latest)
        return body


def _asked(ask: Ask, name: str) -> bytes:
    try:
        body = orjson.dumps({"value": ask(name)})
    except Exception as error:  # noqa: BLE001 - it becomes an error where it was asked for
        words = str(error).encode(errors="replace").decode() or type(error).__name__
        return orjson.dumps({"error": words})
    return body if len(body) <= _MOST_GIVEN_BYTES else orjson.dumps({"error": _TOO_LARGE_ELEMENT})


def _read(body: bytes) -> Outcome | CodeFailure:
    """Read what came of a run.

    Raises:
        Closed: it is nonsense.
    """
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return CodeFailure(_NO_JSON)
    try:
        lines = [(level, text) for level, text in told["lines"]]
        if told["state"] == "failed":
            return CodeFailure(told["message"], told["line"], lines)
        return Outcome(told["value"], lines)
    except (LookupError, TypeError, ValueError) as error:
        raise frames.Closed from error


def _portions(codes: Sequence[str]) -> Iterator[list[str]]:
    """Yield the codes in portions that fit into a message each."""
    portion: list[str] = []
    size = 0
    for code in codes:
        if portion and size + len(code) > _MOST_CHARACTERS_TO_LOOK_AT:
            yield portion
            portion, size = [], 0
        portion.append(code)
        size += len(code)
    if portion:
        yield portion
