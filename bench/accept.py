"""How many events the collector takes, each safe on disk before its 2xx: alone, and in lists.

PostgreSQL with everything durable, two collectors as `--scale collector=2` has them, and the
generator share the machine. No worker runs: what is measured is acceptance alone.

Usage: python -m bench.accept [--seconds 15] [--connections 128] [--collectors 2]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bench.rig import COLLECTORS, Reading, Report, Rig

LIST = 50
KEYS = ("single", "lists_of_50")
_WARM_SECONDS = 2.0
_STAGES = ("collector", "postgres", "generator")


class Measured(NamedTuple):
    """One way to post."""

    report: Report
    cpu: Reading

    @property
    def rate(self) -> float:
        """Events accepted a second."""
        return self.report.accepted / self.report.seconds


def measure(rig: Rig, per_request: int, connections: int, seconds: float) -> Measured:
    """Flood the collector for so long."""
    generator = rig.generator(connections, per_request)
    try:
        generator.flood()
        time.sleep(min(_WARM_SECONDS, seconds))
        generator.report()
        before = rig.cpu()
        time.sleep(seconds)
        report = generator.report()
        after = rig.cpu()
    finally:
        generator.stop()
    return Measured(report, {name: after[name] - before[name] for name in _STAGES})


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Events accepted a second.")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--collectors", type=int, choices=(1, 2), default=2)
    options = parser.parse_args(arguments)
    with Rig() as rig:
        for name in COLLECTORS[: options.collectors]:
            rig.launch(name)
        single = measure(rig, 1, options.connections, options.seconds)
        lists = measure(rig, LIST, max(1, options.connections // 4), options.seconds)
    for line in _table({"one event": single, f"lists of {LIST}": lists}):
        sys.stdout.write(f"{line}\n")
    result = dict(zip(KEYS, (round(single.rate), round(lists.rate)), strict=True))
    sys.stdout.write(f"{json.dumps(result)}\n")
    return 0


def _table(found: dict[str, Measured]) -> Iterator[str]:
    stages = "".join(f"{name:>12}" for name in _STAGES)
    yield f"{'a request holds':18}{'events/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'refused':>9}{stages}"
    for name, one in found.items():
        each = (1e6 * one.cpu[stage] / max(1, one.report.accepted) for stage in _STAGES)
        costs = "".join(f"{cost:>9.0f} µs" for cost in each)
        report = one.report
        yield (
            f"{name:18}{one.rate:>10,.0f}{report.p50_ms:>9.1f}{report.p99_ms:>9.1f}"
            f"{report.refused:>9,}{costs}"
        )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
