"""A worker that takes nothing, and a beat that does not tick, end themselves; others do not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from celery import current_app
from django.db import OperationalError
from django.utils import timezone

from capi_admin import rhythm
from capi_admin.rhythm import Scheduler, Watchdog, is_worker_stuck
from capi_admin.up.ports import choose_free
from delivery.heartbeats import Pulse
from delivery.ids import new_id
from delivery.models import Heartbeat, QueuedEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("delivery.heartbeats.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def silent(clock: list[float]) -> Pulse:
    """A worker that has taken nothing for long, while beat ticks and an event is due."""
    pulse = Pulse("worker")
    clock[0] += rhythm.MOST_SILENT_SECONDS + 1
    Pulse("beat").write()
    QueuedEvent.objects.create(
        event_id=new_id(), environment_id=1, next_at=timezone.now() - dt.timedelta(minutes=5)
    )
    return pulse


def test_a_worker_that_takes_nothing_although_work_is_due_is_stuck(silent: Pulse) -> None:
    assert is_worker_stuck(silent)


def test_a_worker_that_took_a_task_lately_is_not(silent: Pulse) -> None:
    silent.touch()
    assert not is_worker_stuck(silent)


def test_a_worker_without_work_is_not(silent: Pulse) -> None:
    QueuedEvent.objects.all().delete()
    assert not is_worker_stuck(silent)


def test_a_worker_is_not_at_fault_when_beat_is_gone(silent: Pulse) -> None:
    Heartbeat.objects.all().delete()
    assert not is_worker_stuck(silent)


def test_a_worker_is_not_at_fault_when_redis_is_away(silent: Pulse, settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{choose_free()}/0"
    assert not is_worker_stuck(silent)


@pytest.mark.parametrize("is_stuck", [True, False])
def test_the_watchdog_ends_what_is_stuck_and_nothing_else(is_stuck: bool) -> None:
    ended: list[bool] = []
    assert Watchdog(lambda: is_stuck, lambda: ended.append(True)).look() is is_stuck
    assert ended == [True] * is_stuck


def test_the_watchdog_ends_nothing_while_the_database_is_away() -> None:
    def ask() -> bool:
        raise OperationalError

    ended: list[bool] = []
    assert not Watchdog(ask, lambda: ended.append(True)).look()
    assert ended == []


def test_every_tick_of_beat_is_a_sign_of_life(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], tmp_path: Any
) -> None:
    pulse = Pulse("beat")
    monkeypatch.setattr(Scheduler, "_watch", lambda _: pulse)
    monkeypatch.setitem(current_app.conf, "beat_schedule", {})
    scheduler = Scheduler(app=current_app, schedule_filename=str(tmp_path / "beat"))
    clock[0] += 50
    assert pulse.idle_seconds == 50

    scheduler.tick()

    assert pulse.idle_seconds == 0
    scheduler.close()


def test_celery_has_our_scheduler() -> None:
    assert current_app.conf.beat_scheduler == "capi_admin.rhythm:Scheduler"
