"""Evaluate many events of one build, and run the custom code of all of them together.

Asking the process that runs code, and waiting for it, takes longer than the code. So an evaluation
that comes to code stops there, and what it asks for is run with what the others ask for. As an
evaluation is deterministic it can then begin again, with what its code gave as one more input, and
comes as far as the next code. Where no code is in its way it is never stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from extensions.contract import JSON, Answered, CodeRunner, Ran
from rules.engine.program import Program, undisturbed
from rules.engine.results import Evaluation

_MOST_ROUNDS = (
    16  # each begins again with the first rule; what asks for more code goes on by itself
)

Ask = Callable[[str], JSON]


class Job(NamedTuple):
    """An event to evaluate; see `Program.evaluate`."""

    event: Mapping[str, Any]
    request: Mapping[str, Any]
    event_id: str
    received_at: int
    now: int
    answers: Mapping[str, Answered] | None = None


class Postponed(BaseException):
    """There is no time left for this event's code. Not an error: it is to be evaluated later.

    Nothing of the engine holds it up, as nothing is wrong with a component.
    """


@dataclass(slots=True)
class Call:
    """One run of code: what it is given, as `CodeRunner.run` takes it, and what came of it."""

    build: str
    code: str
    given: Mapping[str, JSON]
    seed: str
    ask: Ask
    came: Ran | Exception | Postponed | None = None  # None as long as it has not run
    # What it asked for, and the code that had to run for that: asking leaves its traces in the
    # scope, so it is asked for again when the evaluation begins again.
    asked: list[str] = field(default_factory=list)
    inner: list[Call] = field(default_factory=list)


Judged = Evaluation | Exception | Postponed
_Found = dict[int, Judged]  # by the place of the event among all


class ManyRunner(CodeRunner, Protocol):
    """Runs the code of many events, in bounded time."""

    def run_many(self, calls: Sequence[Call]) -> Sequence[Ran | Exception | Postponed]:
        """Return what each call gave, or what running it alone would have raised.

        The first one is always run; those for which there is no time left are postponed.
        """

    def is_late(self) -> bool:
        """Whether there is no time left."""


def evaluate_all(
    program: Program, jobs: Sequence[Job], code: ManyRunner | None = None
) -> list[Judged]:
    """Evaluate events, each as `Program.evaluate` does alone.

    What evaluating one of them raises is returned in its place. The first event is never
    postponed, so whoever comes back with the others comes to an end.
    """
    with undisturbed():  # what comes of the events stays until all have been evaluated
        found = _found(program, jobs, code)
    return [found[place] for place in range(len(jobs))]


def _found(program: Program, jobs: Sequence[Job], code: ManyRunner | None) -> _Found:
    found: _Found = {}
    waiting = {place: _Remembering(code) if code else None for place in range(len(jobs))}
    for _ in range(_MOST_ROUNDS):
        stopped = {}
        for place, runner in waiting.items():
            try:
                found[place] = _evaluated(program, jobs[place], runner)
            except _Stopped as at:
                stopped[place] = (runner, at.call)
        if code is None or not stopped:
            break
        calls = [call for _, call in stopped.values()]
        for call, came in zip(calls, code.run_many(calls), strict=True):
            call.came = came
        waiting = {place: runner for place, (runner, _) in stopped.items()}
    else:
        found |= _one_by_one(program, jobs, waiting)
    return found


class _Stopped(BaseException):
    """The evaluation has come to code that has not run. Nothing of the engine may swallow it."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call


class _Remembering:
    """Runs the code of one event, each call once, however often the evaluation begins again."""

    def __init__(self, code: ManyRunner) -> None:
        self.code = code
        self.stops = True  # where code has not run; else it is run at once
        self._calls: list[Call] = []
        self._level = self._calls  # those of the evaluation, or those inside the one that asks
        self._place = 0

    def begin(self) -> None:
        """Begin again with the first call."""
        self._level, self._place = self._calls, 0

    def run(self, build: str, code: str, given: Mapping[str, JSON], seed: str, ask: Ask) -> Ran:
        """Give what came of the call, once it has run; see `extensions.contract.CodeRunner`."""
        place, self._place = self._place, self._place + 1
        if place < len(self._level):
            return self._again(self._level[place], ask)
        call = Call(build, code, given, seed, ask)
        call.ask = lambda name: self._ask(call, name, ask)
        self._level.append(call)
        if self.stops and self._level is self._calls:
            raise _Stopped(call)
        try:
            call.came = self.code.run(build, code, given, seed, call.ask)
        except Exception as error:
            call.came = error
            raise
        return call.came

    def _ask(self, call: Call, name: str, ask: Ask) -> JSON:
        """Ask for a data element in the name of a call that is running."""
        call.asked.append(name)
        with self._inside(call, len(call.inner)):
            return ask(name)

    def _again(self, call: Call, ask: Ask) -> Ran:
        if call.asked:
            with self._inside(call, 0):
                for name in call.asked:
                    with suppress(Exception):  # the code was told of it
                        ask(name)
        if isinstance(call.came, BaseException):
            raise call.came
        assert call.came is not None  # noqa: S101 - an evaluation goes on when its call has run
        return call.came

    @contextmanager
    def _inside(self, call: Call, place: int) -> Iterator[None]:
        outside = self._level, self._place
        self._level, self._place = call.inner, place
        try:
            yield
        finally:
            self._level, self._place = outside


def _one_by_one(
    program: Program, jobs: Sequence[Job], waiting: Mapping[int, _Remembering | None]
) -> _Found:
    found: _Found = {}
    for place, runner in waiting.items():
        if runner is not None:
            runner.stops = False
            if found and runner.code.is_late():
                found[place] = Postponed()
                continue
        found[place] = _evaluated(program, jobs[place], runner)
    return found


def _evaluated(program: Program, job: Job, runner: _Remembering | None) -> Judged:
    if runner is not None:
        runner.begin()
    try:
        return program.evaluate(
            job.event,
            job.request,
            event_id=job.event_id,
            received_at=job.received_at,
            now=job.now,
            code=runner,
            answers=job.answers,
        )
    except (Exception, Postponed) as error:  # noqa: BLE001 - one event must not stop the others
        return error
