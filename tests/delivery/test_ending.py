"""A worker that is asked to end brings to an end what it is at, and takes up nothing new."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from delivery import ending, evaluation, sending, tasks
from delivery.models import Event
from tests.delivery.world import Scripted, World

_FORKS = """
import os
from delivery import ending
child = os.fork()
if child == 0:
    while not ending.is_near():
        pass
    os._exit(7)
assert not ending.is_near()
ending.announce()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The worker ends as soon as this list holds something."""
    asked: list[bool] = []
    monkeypatch.setattr(ending, "is_near", lambda: bool(asked))
    return asked


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were sent."""
    sent: list[str] = []
    monkeypatch.setattr(tasks.wakeups, "wake", sent.append)
    return sent


def outcomes() -> list[str]:
    return list(Event.objects.order_by("id").values_list("outcome", flat=True))


@pytest.mark.parametrize("task", [tasks.process_events, tasks.send_due])
def test_worker_that_ends_leaves_the_rest_to_others(
    world: World, script: Scripted, ends: list[bool], woken: list[str], task: tasks.Task
) -> None:
    world.post()
    ends.append(True)
    task()
    assert outcomes() == ["received"]
    assert woken == [task.name]


def test_request_that_is_under_way_comes_to_its_end(
    world: World, script: Scripted, ends: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "MOST_EVENTS", 1)
    world.post(2)
    depart = sending._depart

    def depart_and_end(*of: Any) -> None:
        depart(*of)
        ends.append(True)

    # Not by the answer: the thread that gets it may begin when the second one has left, too.
    monkeypatch.setattr(sending, "_depart", depart_and_end)
    tasks.process_events()
    assert outcomes() == ["delivered", "received"]


@pytest.mark.parametrize(("task", "step"), [("replay_on", "replay"), ("erase_on", "erasing")])
def test_long_work_stops_at_the_next_step(
    ends: list[bool], monkeypatch: pytest.MonkeyPatch, task: str, step: str
) -> None:
    steps: list[int] = []

    def take() -> bool:
        steps.append(1)
        if len(steps) == 3:
            ends.append(True)
        return True

    monkeypatch.setattr(getattr(tasks, step), "step_all", take)
    getattr(tasks, task)()
    assert len(steps) == 3


def test_processes_that_were_forked_are_told() -> None:
    subprocess.run([sys.executable, "-c", _FORKS], check=True, timeout=60)
