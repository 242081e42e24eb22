"""The worker's soft shutdown lasts as long as its tasks, and no longer than it may."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
from celery import signals

from capi_admin import worker
from capi_admin.celery import app
from delivery import ending


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    """Which processes of the pool run a task."""
    found = bytearray(4)
    monkeypatch.setattr(worker, "_BUSY", found)
    monkeypatch.setattr(worker, "_MOST_PROCESSES", len(found))
    return found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """How often the processes were told."""
    times: list[bool] = []
    monkeypatch.setattr(ending, "announce", lambda: times.append(True))
    return times


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The codes that the process would have ended with."""
    codes: list[int] = []
    monkeypatch.setattr(worker.os, "_exit", codes.append)
    monkeypatch.setattr(worker, "_LAST_SECONDS", 0.5)
    return codes


def shut_down(seconds: float) -> float:
    """Return how long it took."""
    ours = worker.Worker.__new__(worker.Worker)
    ours.app = SimpleNamespace(conf=SimpleNamespace(worker_soft_shutdown_timeout=seconds))
    began = time.monotonic()
    ours.wait_for_soft_shutdown()
    return time.monotonic() - began


def test_celery_starts_this_worker() -> None:
    assert issubclass(app.Worker, worker.Worker)


def test_idle_worker_ends_at_once(busy: bytearray, told: list[bool]) -> None:
    assert shut_down(60) < 30
    assert told == [True]


def test_worker_that_hangs_in_its_end_is_ended(
    busy: bytearray, told: list[bool], ended: list[int]
) -> None:
    shut_down(60)
    assert ended == []
    deadline = time.monotonic() + 30
    while not ended and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended == [1]


def test_busy_worker_ends_with_its_last_task(busy: bytearray, told: list[bool]) -> None:
    busy[1] = busy[3] = 1
    done = threading.Timer(0.3, lambda: busy.__setitem__(slice(None), bytes(4)))
    done.start()
    assert 0.2 < shut_down(60) < 30


def test_worker_that_does_not_get_done_waits_no_longer_than_it_may(
    busy: bytearray, told: list[bool]
) -> None:
    busy[0] = 1
    assert shut_down(0.2) >= 0.2


def test_process_is_busy_from_the_begin_of_a_task_to_its_end(busy: bytearray) -> None:
    signals.task_prerun.send(sender=None)
    assert any(busy)
    signals.task_postrun.send(sender=None)
    assert not any(busy)


def test_process_that_takes_a_killed_ones_place_is_not_busy(busy: bytearray) -> None:
    signals.task_prerun.send(sender=None)
    worker._end()
    assert not any(busy)
