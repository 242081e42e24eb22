"""Replay: what ended undelivered is sent again, once, with the same name and id."""

from __future__ import annotations

import threading
import time
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts.models import AuditEntry, User
from delivery import chains, replay, tasks
from delivery.claims import Key
from delivery.models import (
    Attempt,
    Delivery,
    Event,
    QueuedDelivery,
    Replay,
    ReplayedDelivery,
    ReplayedEvent,
)
from tests.delivery.replaying import begin, outcomes, plan, refused_contact, rejected
from tests.delivery.world import (
    Scripted,
    World,
    bad_token,
    evaluate,
    pass_time,
    refused,
    rule,
    sent_in,
    taken,
    the_delivery,
    the_event,
    work,
)
from tests.locks import is_waited_for


def test_rejected_event_is_sent_again_as_it_was(
    world: World, script: Scripted, admin: User
) -> None:
    script.answer = refused
    world.post(id="order-7")
    work()
    first = sent_in(script.requests[0])
    script.answer = taken
    script.requests.clear()
    begin(world, admin)
    tasks.replay_on()
    work()
    assert [sent_in(request) for request in script.requests] == [first]
    assert (the_event().outcome, the_delivery().outcome) == ("delivered", "delivered")


def test_what_was_is_kept_beside_what_is(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    before = the_delivery()
    [run] = begin(world, admin)
    tasks.replay_on()
    work()
    [chain] = ReplayedDelivery.objects.all()
    assert (chain.number, chain.outcome, chain.reason, chain.replay_id) == (
        1, "rejected", before.reason, run.pk,
    )  # fmt: skip
    assert chain.attempt_ids == before.attempt_ids
    assert the_delivery().attempt_ids != before.attempt_ids
    assert ReplayedEvent.objects.get().outcome == "rejected"
    assert Attempt.objects.count() == 2


def test_only_what_was_not_delivered_is_sent_again(
    world: World, script: Scripted, admin: User
) -> None:
    world.publish(rule(), rule(eventName="Contact"))
    refused_contact(world, script)
    assert outcomes() == ["partly_delivered"]
    begin(world, admin)
    tasks.replay_on()
    work()
    assert [e["event_name"] for r in script.requests for e in sent_in(r)] == ["Contact"]
    assert outcomes() == ["delivered"]


def test_replay_that_is_refused_again_can_be_replayed_again(
    world: World, script: Scripted, admin: User
) -> None:
    rejected(world, script)
    for number in (1, 2):
        script.answer = refused
        begin(world, admin)
        tasks.replay_on()
        work()
        assert the_event().outcome == "rejected"
        assert ReplayedDelivery.objects.count() == number


def test_same_form_twice_starts_once(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    found, token = plan(world), uuid.uuid4()
    first = replay.start(found, admin, token, may_count_twice=False)
    second = replay.start(found, admin, token, may_count_twice=False)
    assert first == second
    assert AuditEntry.objects.filter(action="replay.started").count() == 1


def test_two_people_at_once_send_it_once(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script, 3)
    script.answer = refused  # so that what the first one sent ends as it did before
    begin(world, admin)
    begin(world, admin)
    first, second = Replay.objects.order_by("pk")
    replay.step(first.pk)
    work()
    replay.step(second.pk)
    work()
    assert sorted(len(batch) for batch in script.batches if len(batch) == 1) == [1, 1, 1]
    assert ReplayedDelivery.objects.count() == 3
    second.refresh_from_db()
    assert (second.started, second.left_out) == (0, {"taken": 3})


def test_batches_go_on_where_they_were(
    world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 2)
    rejected(world, script, 5)
    [run] = begin(world, admin)
    assert replay.step(run.pk)
    run.refresh_from_db()
    assert (run.done, run.total, run.state) == (2, 5, "running")
    tasks.replay_on()  # as another worker would, after the first one was killed
    run.refresh_from_db()
    assert (run.done, run.started, run.state) == (5, 5, "done")
    work()
    assert outcomes() == ["delivered"] * 5
    assert sorted(event["event_id"] for r in script.requests for event in sent_in(r)) == sorted(
        Delivery.objects.values_list("dedup_id", flat=True)
    )


def test_worker_that_dies_in_the_middle_of_a_batch_leaves_nothing_half_done(
    committed_world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected(committed_world, script, 2)
    [run] = begin(committed_world, admin)

    with monkeypatch.context() as patched:
        patched.setattr(replay, "chains", SimpleNamespace(resend=_dying))
        with pytest.raises(SystemExit):
            replay.step(run.pk)
    assert (ReplayedDelivery.objects.count(), outcomes()) == (0, ["rejected", "rejected"])
    tasks.replay_on()
    work()
    assert outcomes() == ["delivered", "delivered"]


def _dying(*args: Any) -> int:
    chains.resend(*args)
    raise SystemExit


def test_replay_waits_while_the_queue_is_full(
    world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "ROOM_FOR_DELIVERIES", 2)
    rejected(world, script, 3)
    world.post(2)
    evaluate()
    [run] = begin(world, admin)
    assert not replay.step(run.pk)
    assert replay.waits_for(run) == "New events are sent first."
    work()
    assert replay.step(run.pk)


def test_held_destination_keeps_the_replay_to_another_one_from_nothing(
    world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "ROOM_FOR_DELIVERIES", 1)
    rejected(world, script)
    world.publish(pixelId="777")
    rejected(world, script)
    script.answer = lambda events: bad_token(events)
    runs = begin(world, admin)
    assert len({run.destination_id for run in runs}) == 2
    world.post()
    evaluate()  # fills the room of the newer destination
    moved = [replay.step(run.pk) for run in runs]
    assert moved == [True, False]


def test_replay_to_a_held_destination_is_held(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    script.answer = bad_token
    world.post()
    work()
    begin(world, admin)
    tasks.replay_on()
    assert sorted(Delivery.objects.values_list("outcome", flat=True)) == ["held", "held"]
    script.answer = taken
    pass_time(seconds=31)
    work()
    assert outcomes() == ["delivered", "delivered"]


def test_stopped_replay_sends_no_more(
    world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 1)
    rejected(world, script, 3)
    [run] = begin(world, admin)
    replay.step(run.pk)
    replay.stop(run, admin)
    tasks.replay_on()
    work()
    assert outcomes() == ["delivered", "rejected", "rejected"]
    assert AuditEntry.objects.filter(action="replay.stopped").count() == 1


def test_final_outcome_is_left_only_where_it_is_written_down(
    committed_world: World, script: Scripted, admin: User
) -> None:
    rejected(committed_world, script)
    for table in (Delivery, Event):
        with pytest.raises(IntegrityError), transaction.atomic():
            table.objects.update(outcome="pending" if table is Delivery else "evaluated")
    begin(committed_world, admin)
    tasks.replay_on()
    work()
    # What was written down for one replay opens no other way.
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(outcome="evaluated")


def test_replay_that_fails_keeps_no_other_waiting(
    world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected(world, script)
    [first], [second] = begin(world, admin), begin(world, admin)
    whole = replay._advance

    def failing(running: Replay, room: int) -> None:
        if running.pk == first.pk:
            raise ZeroDivisionError
        whole(running, room)

    monkeypatch.setattr(replay, "_advance", failing)
    tasks.replay_on()
    assert dict(Replay.objects.values_list("pk", "state")) == {
        first.pk: "running", second.pk: "done",
    }  # fmt: skip


def test_bounds_that_come_back_wider_are_counted_again(
    world: World, script: Scripted, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST_EVENTS", 2)
    rejected(world, script, 4)
    shown = plan(world)
    assert (shown.total, shown.is_cut) == (2, True)
    again = plan(world, floor=shown.selection.floor, until=shown.selection.until)
    assert (again.selection, again.total, again.is_cut) == (shown.selection, 2, True)
    wide = plan(world, floor=uuid.UUID(int=0), until=uuid.UUID(int=2**128 - 2))
    assert wide.total == 2


def test_one_who_waits_for_events_holds_no_deliveries(
    committed_world: World, script: Scripted, admin: User
) -> None:
    rejected(committed_world, script)
    [run] = begin(committed_world, admin)
    [key] = [Key(*row) for row in Delivery.objects.values_list("event_id", "component")]

    def resend() -> None:
        with transaction.atomic():
            chains.resend(run, [key])
        connections.close_all()

    worker = threading.Thread(target=resend)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM event WHERE id = %s FOR UPDATE", [key.event_id])
        worker.start()
        while not is_waited_for():
            assert worker.is_alive()
            time.sleep(0.01)
        cursor.execute("SELECT FROM delivery WHERE event_id = %s FOR UPDATE NOWAIT", [key.event_id])
    worker.join()
    assert QueuedDelivery.objects.count() == 1
