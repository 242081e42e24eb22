"""Refusing in time: too much that waits, for too long, or too little room on the disk."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone

from collector import pressure
from collector.pressure import Marks, Pressure
from collector.problems import Refused
from delivery.models import Event, QueuedDelivery, QueuedEvent
from delivery.models.destinations import Destination
from rules.models import Datastream
from tests.collector.conftest import MakeEdge
from tests.collector.edge import eventually

EVENT = {"data": {"event": "x"}}
MARKS = Marks(events=100, hours=10, free_percent=10)


def told(one: Pressure) -> str:
    """The code of what it refuses with; empty when there is room."""
    try:
        one.require_room()
    except Refused as refused:
        return refused.problem.code
    return ""


def test_refusing_begins_at_the_high_mark_and_ends_at_the_low_one() -> None:
    one = Pressure(MARKS)
    for waiting, code in ((99, ""), (100, "backlog"), (81, "backlog"), (79, ""), (99, "")):
        one.judge(waiting, 0, None)
        assert told(one) == code


def test_what_waits_too_long_is_refused_until_it_is_clearly_better() -> None:
    one = Pressure(MARKS)
    for hours, code in ((9.9, ""), (10, "backlog"), (8.1, "backlog"), (7.9, "")):
        one.judge(0, hours, None)
        assert told(one) == code


def test_disk_is_low_until_there_is_clearly_more_room() -> None:
    one = Pressure(MARKS)
    for free, code in ((10, ""), (9.9, "disk-low"), (12.4, "disk-low"), (12.6, "")):
        one.judge(0, 0, free)
        assert told(one) == code


def test_disk_that_cannot_be_seen_is_not_judged() -> None:
    one = Pressure(MARKS)
    one.judge(0, 0, None)
    assert told(one) == ""


def test_mark_of_zero_is_none() -> None:
    one = Pressure(Marks())
    one.judge(10**9, 10**6, 0)
    assert told(one) == ""


def test_too_much_that_waits_is_503_until_it_is_less(make_edge: MakeEdge, native: str) -> None:
    edge = make_edge(marks=Marks(events=20))
    assert edge.post(native, [EVENT] * 20).status == 202
    eventually(lambda: edge.post(native, EVENT).status == 503)
    response = edge.post(native, EVENT)
    assert response.problem == "backlog"
    assert 10 <= int(response.headers["retry-after"]) <= 30
    QueuedEvent.objects.all().delete()
    eventually(lambda: edge.post(native, EVENT).status == 202)


def test_deliveries_that_wait_count_as_well(
    make_edge: MakeEdge, native: str, datastream: Datastream
) -> None:
    destination = _destination(datastream)
    _owe(destination, 20, timezone.now())
    edge = make_edge(marks=Marks(events=20))
    eventually(lambda: edge.post(native, EVENT).problem == "backlog")


def test_event_that_is_due_for_too_long_is_503(make_edge: MakeEdge, native: str) -> None:
    edge = make_edge(marks=Marks(hours=1))
    assert edge.post(native, EVENT).status == 202
    QueuedEvent.objects.update(next_at=timezone.now() - dt.timedelta(hours=2))
    eventually(lambda: edge.post(native, EVENT).problem == "backlog")


def test_delivery_that_is_due_for_too_long_is_503_unless_its_destination_is_held(
    make_edge: MakeEdge, native: str, datastream: Datastream
) -> None:
    destination = _destination(datastream)
    _owe(destination, 1, timezone.now() - dt.timedelta(hours=2))
    edge = make_edge(marks=Marks(hours=1))
    eventually(lambda: edge.post(native, EVENT).problem == "backlog")
    Destination.objects.update(held_at=timezone.now())
    eventually(lambda: edge.post(native, EVENT).status == 202)


def test_full_disk_is_503_and_nothing_is_lost_on_the_way(
    make_edge: MakeEdge, native: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SimpleNamespace(f_blocks=100, f_bfree=50, f_bavail=50)
    seen: list[str] = []
    monkeypatch.setattr(pressure.os, "statvfs", lambda folder: seen.append(folder) or disk)
    edge = make_edge(marks=Marks(free_percent=10, folder=str(tmp_path)))
    assert edge.post(native, EVENT).status == 202
    disk.f_bavail = 2
    eventually(lambda: edge.post(native, EVENT).problem == "disk-low")
    disk.f_bavail = 40
    eventually(lambda: edge.post(native, EVENT).status == 202)
    assert set(seen) == {str(tmp_path)}
    assert Event.objects.count() == QueuedEvent.objects.count()


def test_disk_of_a_database_beside_us_is_found(
    make_edge: MakeEdge, native: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SimpleNamespace(f_blocks=100, f_bfree=1, f_bavail=1)
    monkeypatch.setattr(pressure.os, "statvfs", lambda _: disk)
    edge = make_edge(marks=Marks(free_percent=10, embedded=str(tmp_path)))
    eventually(lambda: edge.post(native, EVENT).problem == "disk-low")


def _destination(datastream: Datastream) -> Destination:
    return Destination.objects.create(
        environment=datastream.environment, package="p", key=b"k" * 16, place=b"p" * 16,
        label="l", sealed_address=b"",
    )  # fmt: skip


def _owe(destination: Destination, count: int, due: dt.datetime) -> None:
    QueuedDelivery.objects.bulk_create(
        QueuedDelivery(
            event_id=uuid.uuid4(), component="c", destination_id=destination.pk, next_at=due,
            expires_at=due + dt.timedelta(days=7),
        )
        for _ in range(count)
    )  # fmt: skip
