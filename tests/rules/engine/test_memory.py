"""Events leave nothing behind: a worker judges millions of them."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

from bench.engine import document, events
from bench.payload import NOW
from rules.engine import Program, load_build
from rules.engine.document import canonical


def test_nothing_stays_of_the_events_that_were_judged() -> None:
    programs = [Program(document(5)), load_build(canonical(document(50, sections=5)))]
    pool = events(9_000)

    def see(first: int) -> int:
        for number in range(first, first + 3_000):
            judge(programs[number % 2], pool[number], number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        see(0)  # fills what is bounded
        before = see(3_000)
        assert see(6_000) - before < 60_000  # bytes; to keep a payload of each: 4,500,000
    finally:
        tracemalloc.stop()


def test_events_of_unknown_kinds_and_elements_that_fail_leave_nothing() -> None:
    program = Program(document(50, sections=5))

    def see(first: int) -> int:
        for number in range(first, first + 3_000):
            event = {"xdm": {"eventType": f"kind {number}" * 20}, "data": {"section": f"{number}"}}
            judge(program, event, number)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = see(0)
        assert see(3_000) - before < 20_000  # bytes; to keep the kinds: 600,000
    finally:
        tracemalloc.stop()


def judge(program: Program, event: Any, number: int) -> None:
    program.evaluate(event, {}, event_id=f"{number:032x}", received_at=NOW, now=NOW)
