"""Finds how many events a second flow through, without a growing backlog or slow answers, and
measures there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.rig import Generator, Reading, Report, Rig

_STEP_SECONDS = 1.0
# Events on their way when all is well: the linger, Meta's answer time, and as much again.
_WAY_SECONDS = 1.5
# What an answer may take, but for the slowest one of a hundred.
PROMPT_MS = 50.0
_FEW = 100  # on their way where only the watch on the log posts
_MOST_TRIES = 8
_SLOWER, _A_LITTLE_SLOWER = 0.85, 0.95
# Quickly at first, in small steps once it was too much.
_FASTER, _A_LITTLE_FASTER = 1.25, 1.04
_LEAST, _MOST = 100.0, 50_000.0
_JUST_BELOW = 0.97
# Between two looks at the backlog: so many times as long as the look took.
_PAUSE = 30
_LEAST_PAUSE_SECONDS, _MOST_PAUSE_SECONDS = 0.1, 1.0

Backlog = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Steady:
    """One measurement at an even rate."""

    report: Report
    backlog_before: int
    backlog_after: int
    cpu: Reading
    memory: Reading = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Events a second that were accepted and that came to their end, whichever is less."""
        done = self.report.accepted - max(0, self.backlog_after - self.backlog_before)
        return done / self.report.seconds

    @property
    def is_flat(self) -> bool:
        """Whether no more waits than before, give or take a second's worth."""
        return self.backlog_after - self.backlog_before < self.rate

    @property
    def holds(self) -> bool:
        """Whether it could go on like this, and clients are answered promptly."""
        return self.is_flat and self.report.p99_ms < PROMPT_MS

    def cost(self, stage: str) -> float:
        """Microseconds of the processor that a stage took for each event."""
        return 1e6 * self.cpu.get(stage, 0.0) / max(1, self.report.accepted)


def find_rate(generator: Generator, backlog: Backlog, seconds: float, first: float) -> float:
    """Return the rate at which the backlog stays where it is, looking for it so long.

    What a rate that was too high has left behind is worked off before the next one is tried: it
    would speak against any.
    """
    rate, good, faster = first, _LEAST, _FASTER
    ends = time.monotonic() + seconds
    generator.report()
    while time.monotonic() < ends:
        generator.rate(rate)
        time.sleep(_STEP_SECONDS)
        report, waiting = generator.report(), backlog()
        # A collector that cannot keep up shows here, not in the backlog.
        taken = report.accepted / report.seconds
        if waiting > rate * _WAY_SECONDS or taken < rate * _SLOWER:
            generator.rate(0)
            wait_until_empty(backlog)
            generator.report()
            rate *= _SLOWER
            faster = _A_LITTLE_FASTER
        else:
            good = taken
            rate *= faster
        rate = min(_MOST, max(_LEAST, rate))
    return good * _JUST_BELOW


def measure_flat(
    rig: Rig, generator: Generator, backlog: Backlog, rate: float, seconds: float
) -> Steady:
    """Measure at a rate, or at the first one below it that holds."""
    for _ in range(_MOST_TRIES):
        found = measure(rig, generator, backlog, rate, seconds)
        if found.holds:
            break
        rate *= _A_LITTLE_SLOWER
        generator.rate(0)
        wait_until_empty(backlog, but_for=_FEW)
    return found


def measure(
    rig: Rig, generator: Generator, backlog: Backlog, rate: float, seconds: float
) -> Steady:
    """Measure at a rate, after its backlog has settled."""
    generator.rate(rate)
    time.sleep(min(_WAY_SECONDS, seconds))
    generator.report()
    waiting, before = backlog(), rig.cpu()
    time.sleep(seconds)
    report, after = generator.report(), rig.cpu()
    spent = {name: after[name] - before.get(name, 0.0) for name in after}
    return Steady(report, waiting, backlog(), spent, rig.memory())


def wait_until_empty(backlog: Backlog, seconds: float = 600, but_for: int = 0) -> None:
    """Return when nothing waits, or no more than so many.

    Raises:
        TimeoutError: something still does.
    """
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        left = backlog()
        if left <= but_for:
            return
        if asked > deadline:
            raise TimeoutError(f"{left} events are still on their way.")
        # Counting a large backlog takes PostgreSQL tens of milliseconds, which must not become a
        # part of what is measured.
        pause = _PAUSE * (time.monotonic() - asked)
        time.sleep(min(max(_LEAST_PAUSE_SECONDS, pause), _MOST_PAUSE_SECONDS))
