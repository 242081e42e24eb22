"""What runs custom code for the engine: the sandbox of this process, unless it is switched off."""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from django.conf import settings

from custom_code.sandbox import CodeFailure, Fault, Outcome, OutOfTime, Run, Sandbox
from extensions.contract import JSON, CodeError, CodeRunner, Ran
from rules.engine.rounds import Call, ManyRunner, Postponed


def runner() -> CodeRunner | None:
    """Return what runs custom code; None where this server runs none."""
    return _sandboxed() if settings.CUSTOM_CODE else None


def many_runner(seconds: float) -> ManyRunner | None:
    """Return what runs the code of many events, until so many seconds from now have passed.

    None where this server runs none.
    """
    if not settings.CUSTOM_CODE:
        return None
    return Sandboxed(_sandbox(), until=time.monotonic() + seconds)


def look(codes: Sequence[str]) -> Sequence[Fault | None]:
    """Read codes without running them, and return what is wrong with each.

    Where this server runs no code nothing is.

    Raises:
        Unavailable: there is nothing to read them with.
    """
    if not settings.CUSTOM_CODE or not codes:
        return [None for _ in codes]
    return _sandbox().look(codes)


class Sandboxed:
    """The sandbox as the engine asks for it. Its process starts with the first code."""

    def __init__(self, sandbox: Sandbox, until: float | None = None) -> None:
        """Take a sandbox; `until` is a moment of `time.monotonic()`, for `run_many` alone."""
        self._sandbox = sandbox
        self._until = until

    def run(
        self,
        build: str,
        code: str,
        given: Mapping[str, JSON],
        seed: str,
        ask: Callable[[str], JSON],
    ) -> Ran:
        """Run code; see `extensions.contract.CodeRunner`.

        Raises:
            CodeError: it gave no value.
        """
        try:
            outcome = self._sandbox.run(Run(build, code, given, seed, ask))
        except CodeFailure as failure:
            raise _error(failure) from None
        return Ran(outcome.value, outcome.lines)

    def run_many(self, calls: Sequence[Call]) -> Sequence[Ran | Exception | Postponed]:
        """Run the code of many events; see `rules.engine.rounds.ManyRunner`."""
        runs = [Run(call.build, call.code, call.given, call.seed, call.ask) for call in calls]
        return [_came(outcome) for outcome in self._sandbox.run_many(runs, self._until)]

    def is_late(self) -> bool:
        """Whether there is no time left."""
        return self._until is not None and time.monotonic() >= self._until


def _came(outcome: Outcome | Exception) -> Ran | Exception | Postponed:
    if isinstance(outcome, Outcome):
        return Ran(outcome.value, outcome.lines)
    if isinstance(outcome, OutOfTime):
        return Postponed()
    return _error(outcome) if isinstance(outcome, CodeFailure) else outcome


def _error(failure: CodeFailure) -> CodeError:
    return CodeError(str(failure), failure.lines)


@cache
def _sandboxed() -> Sandboxed:
    return Sandboxed(_sandbox())


@cache
def _sandbox() -> Sandbox:
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox
