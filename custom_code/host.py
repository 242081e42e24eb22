"""The process that runs custom code. Started by `custom_code.sandbox`, never imported by it.

It reads requests from one pipe and writes answers to another, and can do nothing else: see
`custom_code.fences`. Every build has a JavaScript context of its own; one whose code ran out of
time or memory is thrown away, as nothing is known of its state.
"""

from __future__ import annotations

import itertools
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # it runs isolated, without a search path

import orjson
import quickjs

from custom_code import fences, frames

_MOST_CONTEXTS = 8
_STACK_BYTES = 512 * 1024
_JOBS_BETWEEN_LOOKS = 16
_PLACE = re.compile(r"<input>:(\d+)")
_LINES_BEFORE_CODE = 2  # what the engine puts before the body of a function

_NEVER_ENDS = "The code waits for something that never happens."
_TOO_LONG = "The code took too long."
_TOO_LARGE = "The code needs too much memory."
# What the engine says, in words for the person who wrote the code.
_WORDS = (("interrupted", _TOO_LONG), ("out of memory", _TOO_LARGE))

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
        self._js = quickjs.Context()
        self._js.set_memory_limit(limits["memory_bytes"])
        self._js.set_max_stack_size(_STACK_BYTES)
        self._door = self._js.eval(_LOCKDOWN)
        self._defined: set[str] = set()
        self._ends = 0.0

    def run(self, key: str, code: str, given: str, ask: Ask) -> Answer:
        """Run the code. Raises what the engine raises, and TimeoutError."""
        self._ends = time.process_time() + self._seconds
        self._js.set_time_limit(self._seconds)
        if key not in self._defined:
            self._door("define", key, code)
            self._defined.add(key)
        self._door("begin", key, given)
        while True:
            self._settle()
            answer: Answer = orjson.loads(self._door("end"))
            if answer["state"] != "asks":
                return answer
            for number, name in answer["asked"]:
                self._door("answer", number, ask(name))

    def _settle(self) -> None:
        """Run what waits. Each job has a time limit of its own, so all together need another."""
        for count in itertools.count(1):
            if not self._js.execute_pending_job():
                return
            if count % _JOBS_BETWEEN_LOOKS == 0 and time.process_time() > self._ends:
                raise TimeoutError("interrupted")


class _Host:
    def __init__(self, reading: int, writing: int, limits: dict[str, Any]) -> None:
        self._reading = reading
        self._writing = writing
        self._limits = limits
        self._contexts: OrderedDict[str, _Context] = OrderedDict()

    def serve(self) -> None:
        """Answer until nobody asks any more."""
        while True:
            request = frames.read(self._reading)
            frames.write(self._writing, self._answer(request))

    def _answer(self, request: dict[str, Any]) -> Answer:
        build = request["build"]
        try:
            context = self._context(build)
            answer = context.run(request["key"], request["code"], request["given"], self._ask)
        except frames.Closed:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the code did, the next one must run
            self._contexts.pop(build, None)
            return _failure(str(error), str(error), ())
        if answer["state"] == "pending":
            self._contexts.pop(build, None)
            return _failure(_NEVER_ENDS, "", answer["lines"])
        if answer["state"] == "failed":
            return self._failed(build, answer)
        return answer

    def _failed(self, build: str, answer: Answer) -> Answer:
        failure = _failure(answer["message"], answer["stack"], answer["lines"])
        if failure["message"] == _TOO_LARGE:
            self._contexts.pop(build, None)
        return failure

    def _context(self, build: str) -> _Context:
        if build not in self._contexts:
            self._contexts[build] = _Context(self._limits)
            if len(self._contexts) > _MOST_CONTEXTS:
                self._contexts.popitem(last=False)
        self._contexts.move_to_end(build)
        return self._contexts[build]

    def _ask(self, name: str) -> str:
        frames.write(self._writing, {"state": "asks", "name": name})
        return orjson.dumps(frames.read(self._reading)).decode()


def _failure(message: str, stack: str, lines: Any) -> Answer:
    places = (int(found) - _LINES_BEFORE_CODE for found in _PLACE.findall(stack))
    line = next((place for place in places if place > 0), 0)
    words = next((words for said, words in _WORDS if said in message), message)
    first = words.splitlines()[0][:500] if words else "The code failed."
    return {"state": "failed", "message": first, "line": line, "lines": lines}


def main() -> None:
    """Shut the doors and serve. The first message says what is allowed."""
    reading, writing = sys.stdin.fileno(), sys.stdout.fileno()
    limits = frames.read(reading)
    fences.raise_all(limits["process_bytes"])
    frames.write(writing, {"fences": fences.standing()})
    try:
        _Host(reading, writing, limits).serve()
    except frames.Closed:
        return


if __name__ == "__main__":
    main()
