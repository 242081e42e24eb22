"""The tasks as Celery finds them, the sweep, and wake-ups without a broker."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest
from celery import Celery, current_app
from django.conf import settings
from django.db import connection

from delivery import claims, sweeping, tasks, wakeups
from delivery.models import Destination
from tests.delivery.world import (
    Scripted,
    World,
    count,
    end_leases,
    evaluate,
    pass_time,
    server_error,
    the_event,
    work,
)


@pytest.fixture
def woken(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were asked for."""
    asked: list[str] = []
    monkeypatch.setattr(wakeups, "wake", lambda name: asked.append(name) or True)
    return asked


@pytest.mark.parametrize(
    "name",
    [
        "delivery.process_events",
        "delivery.send_due",
        "delivery.sweep",
        "delivery.keep_partitions",
    ],
)
def test_task_is_known_to_celery_by_its_name(name: str) -> None:
    current_app.loader.import_default_modules()
    assert name in current_app.tasks


def test_every_scheduled_task_of_delivery_exists() -> None:
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {name for name in scheduled if name.startswith("delivery.")} <= set(current_app.tasks)


def test_no_task_is_interrupted_in_the_middle_of_an_event() -> None:
    current_app.loader.import_default_modules()
    assert current_app.conf.task_soft_time_limit is None
    assert {task.soft_time_limit for task in current_app.tasks.values()} == {None}


def test_what_was_judged_leaves_at_once(world: World, woken: list[str], script: Scripted) -> None:
    world.post()
    tasks.process_events()
    assert woken == []
    assert the_event().outcome == "delivered"


def test_events_gather_for_a_moment_and_travel_together(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post()
    breaths = iter([lambda: world.post(2)])
    monkeypatch.setattr(
        "delivery.sending.time.sleep", lambda _: next(breaths, lambda: pass_time(seconds=9))()
    )
    tasks.process_events()
    assert [len(batch) for batch in script.batches] == [3]


def test_full_batch_does_not_wait_for_others(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.evaluation.MOST_EVENTS", 2)
    monkeypatch.setattr("delivery.sending.LINGER_SECONDS", 3600)
    world.post(2)
    tasks.process_events()
    assert [len(batch) for batch in script.batches] == [2]


def test_evaluating_what_sends_nothing_wakes_nobody(world: World, woken: list[str]) -> None:
    world.post(name="PageView")
    tasks.process_events()
    assert woken == []


def test_sender_that_finds_everything_done_wakes_nobody(
    world: World, woken: list[str], script: Scripted
) -> None:
    world.post()
    evaluate()
    tasks.send_due()
    assert woken == []
    assert the_event().outcome == "delivered"


def test_sender_out_of_time_asks_for_another_run(
    world: World, woken: list[str], script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post()
    evaluate()
    monkeypatch.setattr(tasks, "BUDGET_SECONDS", 0)
    tasks.send_due()
    assert woken == ["delivery.send_due"]


def test_sweep_wakes_for_events(world: World, woken: list[str]) -> None:
    world.post()
    tasks.sweep()
    assert woken == ["delivery.process_events"]


def test_sweep_wakes_for_deliveries(world: World, woken: list[str]) -> None:
    world.post()
    evaluate()
    tasks.sweep()
    assert woken == ["delivery.send_due"]


def test_sweep_wakes_nobody_before_a_retry_is_due(
    world: World, woken: list[str], script: Scripted
) -> None:
    script.answer = server_error
    world.post()
    work()
    tasks.sweep()
    assert woken == []
    pass_time(minutes=1)
    tasks.sweep()
    assert woken == ["delivery.send_due"]


def test_sweep_wakes_nobody_for_a_destination_that_is_held(world: World, woken: list[str]) -> None:
    world.post()
    evaluate()
    Destination.objects.update(held_at="2026-01-01T00:00:00Z")
    tasks.sweep()
    assert woken == []


def test_sweep_wakes_nobody_for_a_destination_that_is_busy(
    world: World, woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post(2)
    evaluate()
    monkeypatch.setattr(sweeping, "MOST_IN_FLIGHT", 1)
    claims.claim_deliveries(lambda _: 1)
    tasks.sweep()
    assert woken == []


def test_sweep_with_nothing_to_do_wakes_nobody(world: World, woken: list[str]) -> None:
    tasks.sweep()
    assert woken == []


def test_sender_evaluates_while_it_waits_for_answers(
    world: World, woken: list[str], script: Scripted
) -> None:
    world.post()
    evaluate()
    world.post()
    tasks.send_due()
    assert count("event_queue") == count("delivery_queue") == 0
    assert len(script.batches) == 2


def test_lost_wake_ups_change_nothing(world: World, script: Scripted) -> None:
    world.post()
    tasks.sweep()
    tasks.process_events()
    tasks.sweep()
    tasks.send_due()
    assert the_event().outcome == "delivered"


def test_doubled_wake_ups_change_nothing(world: World, script: Scripted) -> None:
    world.post()
    for _ in range(2):
        tasks.process_events()
    for _ in range(2):
        tasks.send_due()
    assert len(script.requests) == 1


def test_partitions_are_made_ahead(db: None) -> None:
    tasks.keep_partitions()
    assert count("pg_inherits WHERE inhparent = 'delivery'::regclass") == 9


def test_outcomes_are_written_without_new_index_entries(world: World, script: Scripted) -> None:
    """Pages are left with room, so that a later version of a row stays on its page."""
    tasks.keep_partitions()
    world.post(200)
    for _ in range(2):
        tasks.process_events()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_updated(c.oid)),"
            " sum(pg_stat_get_xact_tuples_hot_updated(c.oid)) FROM pg_class AS c"
            " WHERE relname ~ '^delivery_[0-9]+$'"
        )
        updated, in_place = cursor.fetchone()
    assert updated == in_place > 0


def test_sweep_brings_back_what_a_dead_worker_left(world: World, woken: list[str]) -> None:
    world.post()
    claims.claim_events(10)
    tasks.sweep()
    assert woken == []
    end_leases()
    tasks.sweep()
    assert woken == ["delivery.process_events"]


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        address = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        app = Celery("away", broker=address, set_as_current=False)
        app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        monkeypatch.setattr(wakeups, "current_app", app)
        yield


def test_wake_up_without_a_broker_is_lost_and_said_so(
    broker_away: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert wakeups.wake("delivery.send_due") is False
    assert "wake_up_lost" in caplog.text


def test_wake_up_reaches_the_broker_and_carries_nothing() -> None:
    with current_app.connection_for_read() as connection:
        queue = connection.SimpleQueue(current_app.conf.task_default_queue)
        queue.clear()
        assert wakeups.wake("delivery.send_due") is True
        message = queue.get(timeout=5)
        message.ack()
        queue.close()
    assert message.headers["task"] == "delivery.send_due"
    assert message.payload[:2] == [[], {}]
