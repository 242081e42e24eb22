"""A component that does not come to an end is stopped, and costs no more than its own rule."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from delivery import component_limit
from delivery.component_limit import TOO_LONG, limited
from delivery.models import Event
from extensions.core.operators import OPERATORS
from rules.engine import Program
from rules.engine.rounds import Job, evaluate_all
from tests.delivery.world import Scripted, World, rule, work
from tests.rules.engine import making

Bind = Callable[[Any, bool], Callable[[Any], bool]]


@pytest.fixture(autouse=True)
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """“contains” never comes to an end for a value that says so, and the limit is a short one."""
    usual = OPERATORS["contains"]

    def bind(right: Any, ignore_case: bool) -> Callable[[Any], bool]:
        test = usual.bind(right, ignore_case)

        def contains(left: Any) -> bool:
            while left == "endless":
                pass
            return test(left)

        return contains

    monkeypatch.setitem(OPERATORS, "contains", replace(usual, bind=bind))
    monkeypatch.setattr(component_limit, "SECONDS", 0.1)
    monkeypatch.setattr(component_limit, "_LOOK_SECONDS", 0.02)


@pytest.fixture
def built() -> Program:
    """Two rules: the first compares what may be endless, the second always fires."""
    with making.guest_in_the_catalog():
        return making.program(
            making.element("a"),
            making.rule(making.condition("{{a}}", "contains", "x"), making.send(1), name="1"),
            making.rule(making.condition("{{a}}", "isTruthy"), making.send(2), name="2"),
        )


def job(value: str) -> Job:
    event = {"xdm": {}, "data": {"a": value}}
    return Job(event, {}, making.MOMENT["event_id"], making.NOW, making.NOW)


def test_only_the_rule_of_the_component_fails(built: Program) -> None:
    with limited():
        found = evaluate_all(built, [job("x"), job("endless"), job("x")])
    verdicts = [[one.verdict for one in came.rules] for came in found]  # type: ignore[union-attr]
    assert verdicts == [["fired", "fired"], ["failed", "fired"], ["fired", "fired"]]
    assert found[1].rules[0].message == TOO_LONG  # type: ignore[union-attr]


def test_many_components_that_are_not_slow_are_not_stopped(
    built: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    find = component_limit._component
    monkeypatch.setattr(
        component_limit, "_component", lambda frame: looks.append(frame) or find(frame)
    )
    with limited():
        while len(looks) < 20:
            [came] = evaluate_all(built, [job("x")])
            assert [one.verdict for one in came.rules] == ["fired", "fired"]  # type: ignore[union-attr]


def test_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with limited():
        assert signal.getitimer(signal.ITIMER_VIRTUAL) != (0.0, 0.0)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGVTALRM) == before


def test_other_threads_evaluate_without_a_limit(built: Program) -> None:
    found: list[Any] = []

    def run() -> None:
        with limited():
            found.extend(evaluate_all(built, [job("x")]))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert [one.verdict for one in found[0].rules] == ["fired", "fired"]


def test_worker_goes_on_after_it(world: World, script: Scripted) -> None:
    slow = rule()
    slow["components"][0]["settings"]["comparison"]["operator"] = "contains"
    world.publish(slow)
    [good], [bad] = world.post(), world.post(name="endless")
    work()
    outcomes = {event.id: (event.outcome, event.reason) for event in Event.objects.all()}
    assert outcomes == {good: ("delivered", ""), bad: ("not_sent", "rule_failed")}
