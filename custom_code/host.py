"""The process that runs custom code. Started by `custom_code.hosting`, never imported by it.

It reads requests from one pipe and writes answers to another, and can do nothing else: see
`custom_code.fences`. Every build has a JavaScript context of its own; one whose code ran out of
time or memory is thrown away, as nothing is known of its state.
"""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # it runs isolated, without a search path

import orjson
import quickjs

from custom_code import fences, frames

_MOST_CONTEXTS = 8
_STACK_BYTES = 512 * 1024
_JOBS_BETWEEN_LOOKS = 16
_NO_SECONDS = 0.0
_PLACE = re.compile(r"<input>:(\d+)")
_LINES_BEFORE_CODE = 2  # what the engine puts before the body of a function
# Answers travel together, as each one wakes the other side. The other side counts on both bounds.
_MOST_TOGETHER = 64
_TOGETHER_SECONDS = 0.002

_NEVER_ENDS = "The code waits for something that never happens."
_TOO_LONG = "The code took too long."
_TOO_LARGE = "The code needs too much memory."
# What the engine says, in words for the person who wrote the code.
_WORDS = (("interrupted", _TOO_LONG), ("out of memory", _TOO_LARGE))

# It throws before anything of the code can run, so that the code is read and nothing more.
_READ_ONLY = (
    "throw 0;(async function anonymous(arc,utils,getDataElementValue\n"
    ') {{\n"use strict";{code}\n}})'
)
_IS_READ = "0"

Answer = dict[str, Any]
Ask = Callable[[str], str]


def _on_one_line(source: str) -> str:
    """Return the source so that every place after its first line is in somebody's own code."""
    lines = (line.strip() for line in source.splitlines())
    return " ".join(line for line in lines if not line.startswith("//"))


_LOCKDOWN = _on_one_line((Path(__file__).parent / "lockdown.js").read_text())


class _Context:
    """A fresh set of globals, and the code of one build that was defined in it."""

    def __init__(self, limits: dict[str, Any]) -> None:
        self._seconds = float(limits["seconds"])
        self._js = _fresh(limits)
        self._door = self._js.eval(_LOCKDOWN)
        self._defined: set[int] = set()
        self._ends = 0.0
        self.is_spoilt = False  # the last run left something that would run in the next one

    def run(self, number: int, code: str, given: str, ask: Ask) -> str:
        """Run the code. Raises what the engine raises, and TimeoutError."""
        self._ends = time.process_time() + self._seconds
        self._js.set_time_limit(self._seconds)
        if number not in self._defined:
            self._door("define", number, code)
            self._defined.add(number)
        self._door("begin", number, given)
        while True:
            self._settle()
            answer: str = self._door("end")
            if not answer.startswith('{"state":"asks"'):
                # Writing the value down may run code of its own, which may promise more.
                self.is_spoilt = self._has_left_a_job()
                return answer
            for place, name in orjson.loads(answer)["asked"]:
                self._door("answer", place, ask(name))

    def _has_left_a_job(self) -> bool:
        """Whether a job waits. There is no way to look but to run it, so it has no time to run."""
        self._js.set_time_limit(_NO_SECONDS)
        try:
            return bool(self._js.execute_pending_job())
        except Exception:  # noqa: BLE001 - it was there, and has been stopped
            return True

    def _settle(self) -> None:
        """Run what waits. Each job has a time limit of its own, so all together need another."""
        for count in itertools.count(1):
            if not self._js.execute_pending_job():
                return
            if count % _JOBS_BETWEEN_LOOKS == 0 and time.process_time() > self._ends:
                raise TimeoutError("interrupted")


class _Answers:
    """What goes to the other side: kept back for a moment, so that many go together."""

    def __init__(self, writing: int) -> None:
        self._writing = writing
        self._waiting = bytearray()
        self._count = 0
        self._since = 0.0

    def put(self, kind: bytes, body: bytes) -> None:
        now = time.monotonic()
        if not self._waiting:
            self._since = now
        self._waiting += frames.packed(kind, body)
        self._count += 1
        if self._count >= _MOST_TOGETHER or now - self._since > _TOGETHER_SECONDS:
            self.send()

    def send(self) -> None:
        left = memoryview(bytes(self._waiting))
        self._waiting.clear()
        self._count = 0
        while left:
            left = left[frames.write_piece(self._writing, left) :]


class _Host:
    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._incoming = frames.Incoming()
        self._arrived: deque[frames.Message] = deque()
        self._aside: deque[frames.Message] = deque()  # came while an answer was waited for
        self._answers = _Answers(writing)
        self._limits: dict[str, Any] = {}
        self._codes: dict[int, tuple[str, str]] = {}  # build and code by their number
        self._contexts: OrderedDict[str, _Context] = OrderedDict()
        self._has_asked = False
        self._doors: dict[bytes, Callable[[bytes], None]] = {
            frames.LIMITS: self._limit,
            frames.CODE: self._learn,
            frames.FORGET: self._forget,
            frames.RUN: self._run,
            frames.LOOK: self._look,
        }

    def serve(self) -> None:
        """Answer until nobody asks any more."""
        while True:
            kind, body = self._aside.popleft() if self._aside else self._next()
            self._doors[kind](body)

    def _next(self) -> frames.Message:
        if not self._arrived:
            self._answers.send()  # nobody is to wait while this process does
        while not self._arrived:
            self._incoming.add(frames.read_piece(self._reading))
            self._arrived.extend(self._incoming.messages())
        return self._arrived.popleft()

    def _limit(self, body: bytes) -> None:
        self._limits = orjson.loads(body)
        fences.raise_all(self._limits["process_bytes"])
        self._answers.put(frames.READY, orjson.dumps(fences.standing()))

    def _learn(self, body: bytes) -> None:
        number, build, code = orjson.loads(body)
        self._codes[number] = (build, code)

    def _forget(self, _body: bytes) -> None:
        self._codes.clear()
        self._contexts.clear()

    def _run(self, body: bytes) -> None:
        (number,) = frames.NUMBER.unpack_from(body)
        self._has_asked = False
        answer = self._answer(number, body[frames.NUMBER.size :].decode())
        self._answers.put(frames.CAME, answer)
        if self._has_asked:
            # Should the next run end this process, nobody must ask for the same once more.
            self._answers.send()

    def _answer(self, number: int, given: str) -> bytes:
        build, code = self._codes[number]
        try:
            context = self._context(build)
            answer = context.run(number, code, given, self._ask)
            if context.is_spoilt:
                self._contexts.pop(build, None)
            if answer.startswith('{"state":"done"'):
                return answer.encode()
            told = orjson.loads(answer)
        except frames.Closed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the code did, the next one must run
            self._contexts.pop(build, None)
            return _failure(str(error), str(error), ())
        if told["state"] == "pending":
            self._contexts.pop(build, None)
            return _failure(_NEVER_ENDS, "", told["lines"])
        if _words(told["message"]) == _TOO_LARGE:
            self._contexts.pop(build, None)
        return _failure(told["message"], told["stack"], told["lines"])

    def _context(self, build: str) -> _Context:
        if build not in self._contexts:
            self._contexts[build] = _Context(self._limits)
            if len(self._contexts) > _MOST_CONTEXTS:
                self._contexts.popitem(last=False)
        self._contexts.move_to_end(build)
        return self._contexts[build]

    def _ask(self, name: str) -> str:
        self._has_asked = True
        self._answers.put(frames.ASKS, orjson.dumps(name))
        self._answers.send()
        while True:  # runs that were sent before the answer come before it
            kind, body = self._next()
            if kind == frames.GIVEN:
                return body.decode()
            self._aside.append((kind, body))

    def _look(self, body: bytes) -> None:
        found = [self._fault(code) for code in orjson.loads(body)]
        self._answers.put(frames.SEEN, orjson.dumps(found))

    def _fault(self, code: str) -> tuple[str, int] | None:
        """Return why the code cannot be read, and in which line; None where it can."""
        try:
            # A context of its own: what one code would declare must not stand in another's way.
            _fresh(self._limits).eval(_READ_ONLY.format(code=code))
        except Exception as error:  # noqa: BLE001 - the engine has several, also for a NUL
            said = str(error)
        else:
            return None
        if said.splitlines()[:1] == [_IS_READ] or _words(said) != said:
            return None  # what only takes long to read is no mistake
        return _first_line(said), min(_line(said), code.count("\n") + 1)


def _fresh(limits: dict[str, Any]) -> quickjs.Context:
    js = quickjs.Context()
    js.set_memory_limit(limits["memory_bytes"])
    js.set_max_stack_size(_STACK_BYTES)
    js.set_time_limit(float(limits["seconds"]))
    return js


def _failure(message: str, stack: str, lines: Sequence[Any]) -> bytes:
    told = {"state": "failed", "message": _first_line(_words(message)), "line": _line(stack)}
    return orjson.dumps(told | {"lines": lines})


def _words(message: str) -> str:
    return next((words for said, words in _WORDS if said in message), message)


def _line(stack: str) -> int:
    places = (int(found) - _LINES_BEFORE_CODE for found in _PLACE.findall(stack))
    return next((place for place in places if place > 0), 0)


def _first_line(words: str) -> str:
    return words.splitlines()[0][:500] if words else "The code failed."


def main() -> None:
    """Serve. The first message says what is allowed, and shuts the doors."""
    try:
        _Host(sys.stdin.fileno(), sys.stdout.fileno()).serve()
    except frames.Closed:
        return


if __name__ == "__main__":
    main()
