"""The whole way: events accepted, evaluated, delivered and in the log, and what each stage costs.

Real processes as shipped: PostgreSQL with everything durable, Redis, the collector, a Celery worker
with two processes, beat. The generator and a stand-in for Meta (`bench.meta`: answers after
300 ms; the strict sandbox costs more than what is measured) share the machine with them. The
build and the events are those of `bench.engine`.

1. Single-event requests at the highest rate at which the backlog stays flat.
2. A backlog, drained by one worker process and by two.
3. The same as 1 for `bench.plain`, one Celery task for each event.

With --log-rows the first measurement is made twice, at one rate: on an empty log, and after the log
was filled with that many events. With --soak so many events are posted at that rate, and the
memory of each process is printed over time.

Usage: python -m bench.forward [--seconds 30] [--backlog 100000] [--log-rows 0] [--soak 0]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString

from bench.rig import Connection, Generator, Rig
from bench.steady import (
    Backlog,
    Steady,
    find_rate,
    measure,
    measure_flat,
    wait_until_empty,
)
from bench.visible import Watch
from capi_admin.up.options import HOST

KEYS = (
    "events_per_second",
    "accept_p99_ms",
    "visible_p99_ms",
    "drain_one_worker",
    "drain_two_workers",
    "baseline_events_per_second",
    "rss_mb_max",
)
_CONNECTIONS = 192  # so that no event waits for a free one at 5,000 a second
_PLAIN_THREADS = 100
_FIRST_RATE, _FIRST_PLAIN_RATE = 1000.0, 200.0
_STAGES = ("collector", "postgres", "worker", "beat", "redis", "meta", "generator", "plain")
_BACKLOG = "SELECT (SELECT count(*) FROM event_queue) + (SELECT count(*) FROM delivery_queue)"
_WAITING = "SELECT count(*) FROM event_queue WHERE lease_token IS NULL"
_SOAK_STEP_SECONDS = 10.0
_PLAIN_TABLE = """
CREATE TABLE IF NOT EXISTS plain_event (
    id bigserial PRIMARY KEY, received_at timestamptz NOT NULL DEFAULT now(), body bytea NOT NULL,
    outcome text NOT NULL DEFAULT 'received', answer text NOT NULL DEFAULT '')
"""


@dataclass(frozen=True, slots=True)
class Drained:
    """A backlog that was worked off."""

    rate: float
    microseconds: dict[str, float]  # of each stage for each event


def flow(rig: Rig, options: argparse.Namespace) -> tuple[Steady, float, list[str]]:
    """Measure the whole way; return that, the delay until events are visible, and remarks."""
    rig.launch("collector")
    rig.launch("beat")
    rig.launch("worker")
    generator = rig.generator(_CONNECTIONS)
    with rig.connect() as database:
        backlog = _counter(database, _BACKLOG)
        _warm_up(generator, backlog)
        rate = options.rate or find_rate(generator, backlog, options.search, _FIRST_RATE)
        with Watch(rig) as watch:
            measured = measure if options.rate else measure_flat
            found = measured(rig, generator, backlog, rate, options.seconds)
        visible_ms = watch.p99_ms()  # now: what is on its way is counted by the moment
        rate = found.rate
        remarks: list[str] = []
        if options.log_rows:
            remarks += _compare(rig, generator, backlog, found, rate, options)
        if options.soak:
            remarks += _soak(rig, generator, rate, options.soak)
        generator.stop()
        wait_until_empty(backlog)
    return found, visible_ms, remarks


def _compare(
    rig: Rig,
    generator: Generator,
    backlog: Backlog,
    empty: Steady,
    rate: float,
    options: argparse.Namespace,
) -> Iterator[str]:
    generator.rate(0)
    wait_until_empty(backlog)
    rig.furnish("log", str(options.log_rows))
    full = measure(rig, generator, backlog, rate, options.seconds)
    yield f"cost of an event, empty log and log of {options.log_rows:,} events"
    for stage in ("postgres", "worker", "collector"):
        before, after = empty.cost(stage), full.cost(stage)
        yield f"{stage:28}{before:>10.0f} µs{after:>10.0f} µs{after / max(1, before) - 1:>+9.0%}"


def _soak(rig: Rig, generator: Generator, rate: float, count: int) -> Iterator[str]:
    generator.rate(rate)
    posted, began = 0, time.monotonic()
    while posted < count:
        time.sleep(_SOAK_STEP_SECONDS)
        posted += generator.report().accepted
        memory = "".join(f"{name} {size:.0f}  " for name, size in rig.memory().items())
        yield f"{time.monotonic() - began:>6.0f} s {posted:>10,} events; MB: {memory}"
    generator.rate(0)


def drain(rig: Rig, count: int, workers: int) -> Drained:
    """Measure how fast so many worker processes work off a backlog."""
    rig.furnish("backlog", str(count))
    with rig.connect() as database:
        waiting, left = _counter(database, _WAITING), _counter(database, _BACKLOG)
        rig.launch("worker", "--concurrency", str(workers))
        while waiting() == count:
            time.sleep(0.02)
        began, before = time.monotonic(), rig.cpu()
        wait_until_empty(left)
        seconds, after = time.monotonic() - began, rig.cpu()
    rig.end("worker")
    each = {name: 1e6 * (after[name] - before[name]) / count for name in ("postgres", "worker")}
    return Drained(count / seconds, each)


def baseline(rig: Rig, options: argparse.Namespace) -> Steady:
    """Measure the plain design, as the first measurement is made."""
    with rig.connect() as database:
        database.execute(_PLAIN_TABLE)
        host = ("--interface", "wsgi", "--host", HOST, "--port", str(rig.ports["plain"]))
        threads = ("--workers", "1", "--blocking-threads", "16", "--log-level", "error")
        rig.run("plain", (rig.program("granian"), *host, *threads, "bench.plain:endpoint"))
        rig.wait_for_port("plain")
        for name in ("worker", "worker 2"):
            rig.run(
                name,
                (
                    *(rig.program("celery"), "--quiet", "-A", "bench.plain", "worker"),
                    *("--pool", "threads", "--concurrency", str(_PLAIN_THREADS)),
                    *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
                    *("--hostname", f"{name.replace(' ', '-')}@%h"),
                ),
            )
        generator = rig.generator(_CONNECTIONS, name="plain")
        left = _counter(database, "SELECT count(*) FROM plain_event WHERE outcome = 'received'")
        _warm_up(generator, left)
        if options.rate:
            found = measure(rig, generator, left, options.rate, options.seconds)
        else:
            rate = find_rate(generator, left, options.search, _FIRST_PLAIN_RATE)
            found = measure_flat(rig, generator, left, rate, options.seconds)
        generator.stop()
    return found


def _warm_up(generator: Generator, backlog: Backlog) -> None:
    """Return when the workers are there and have made their connections."""
    generator.rate(_FIRST_PLAIN_RATE)
    time.sleep(1)
    generator.rate(0)
    wait_until_empty(backlog)


def _counter(database: Connection, query: LiteralString) -> Backlog:
    def count() -> int:
        [found] = database.execute(query).fetchall()
        return found[0]

    return count


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables and the line of JSON."""
    parser = argparse.ArgumentParser(description="The whole way of an event.")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--search", type=float, default=30, help="seconds to look for the rate")
    parser.add_argument("--rate", type=float, default=0, help="of both designs, not looked for")
    parser.add_argument("--backlog", type=int, default=100_000, help="events to drain")
    parser.add_argument("--log-rows", type=int, default=0, help="events of an old log")
    parser.add_argument("--soak", type=int, default=0, help="events to post for the memory's sake")
    parser.add_argument("--only", choices=("flow", "drain", "baseline"), help="leave out the rest")
    options = parser.parse_args(arguments)
    for line in run(options):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return 0


def run(options: argparse.Namespace) -> Iterator[str]:
    """Give the tables and, at last, the line of JSON; what is left out is null there."""
    result: dict[str, float | None] = dict.fromkeys(KEYS)
    with Rig() as rig:
        if options.only in {None, "flow"}:
            found, visible_ms, remarks = flow(rig, options)
            yield from _table("the pipeline", found)
            yield f"{'visible as delivered, p99':28}{visible_ms:>10.0f} ms"
            yield from remarks
            result |= {
                "events_per_second": round(found.rate),
                "accept_p99_ms": round(found.report.p99_ms, 1),
                "visible_p99_ms": round(visible_ms),
                "rss_mb_max": round(max(found.memory.values())),
            }
            rig.end("worker")
        if options.only in {None, "drain"}:
            if options.only:
                rig.launch("beat")
            one, two = (drain(rig, options.backlog, workers) for workers in (1, 2))
            yield from _drain_table(one, two, options.backlog)
            result |= {"drain_one_worker": round(one.rate), "drain_two_workers": round(two.rate)}
        if options.only in {None, "baseline"}:
            for name in rig.running() & {"collector", "beat"}:
                rig.end(name)
            plain = baseline(rig, options)
            yield from _table("one Celery task for each event", plain)
            result["baseline_events_per_second"] = round(plain.rate)
    yield json.dumps(result)


def _table(name: str, found: Steady) -> Iterator[str]:
    report = found.report
    yield f"{name}, {report.seconds:.0f} s"
    yield f"{'events a second':28}{found.rate:>10,.0f}"
    yield f"{'accepted, p50 and p99':28}{report.p50_ms:>10.1f} ms{report.p99_ms:>8.1f} ms"
    yield f"{'refused':28}{report.refused:>10,}"
    yield f"{'backlog, before and after':28}{found.backlog_before:>10,}{found.backlog_after:>11,}"
    for stage in _STAGES:
        if stage in found.cpu:
            size = found.memory.get(stage)
            memory = f"{size:>8.0f} MB" if size else ""
            yield f"{stage + ', of each event':28}{found.cost(stage):>10.0f} µs{memory}"
    total = sum(found.cost(stage) for stage in _STAGES)
    yield f"{'all of it':28}{total:>10.0f} µs"
    yield ""


def _drain_table(one: Drained, two: Drained, count: int) -> Iterator[str]:
    yield f"a backlog of {count:,} events"
    for name, found in (("one worker process", one), ("two worker processes", two)):
        costs = "".join(f"{stage} {each:.0f} µs  " for stage, each in found.microseconds.items())
        yield f"{name:28}{found.rate:>10,.0f} events/s   {costs}"
    yield f"{'two, of one':28}{two.rate / one.rate:>10.2f}"
    yield ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
