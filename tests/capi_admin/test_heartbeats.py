"""Signs of life: who writes them, when, and what is made of them."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from django.conf import settings
from django.utils import timezone

from delivery import heartbeats
from delivery.heartbeats import KINDS, LATE_SECONDS, Pulse
from delivery.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_every_kind_has_its_own_patience() -> None:
    assert LATE_SECONDS.keys() == set(KINDS)


def test_a_process_has_one_row_however_often_it_writes() -> None:
    pulse = Pulse("web", works_by_itself=True)
    pulse.write()
    pulse.write()
    (row,) = Heartbeat.objects.all()
    assert (row.kind, row.version) == ("web", settings.VERSION)
    assert row.name.endswith(f":{os.getpid()}")


def test_only_work_keeps_a_worker_young(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("delivery.heartbeats.time.monotonic", lambda: clock[0])
    pulse = Pulse("worker")
    clock[0] += 300
    pulse.write()
    assert heartbeats.signs()["worker"].processes == 0
    assert heartbeats.signs()["worker"].age_seconds == pytest.approx(300, abs=5)

    pulse.touch()
    pulse.write()
    assert heartbeats.signs()["worker"].processes == 1


def test_a_web_process_works_as_long_as_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("delivery.heartbeats.time.monotonic", lambda: clock[0])
    pulse = Pulse("web", works_by_itself=True)
    clock[0] += 300
    pulse.write()
    assert heartbeats.signs()["web"].processes == 1


def test_rows_of_processes_long_gone_are_removed() -> None:
    long_ago = timezone.now() - dt.timedelta(hours=2)
    Heartbeat.objects.create(
        kind="worker", name="gone", version="", started_at=long_ago, seen_at=long_ago
    )
    Pulse("beat").write()
    assert [row.kind for row in Heartbeat.objects.all()] == ["beat"]
