"""Replay: what ended undelivered is sent again, once, with the same name and id."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from accounts.models import AuditEntry, User
from delivery import chains, replay, tasks
from delivery.claims import Key
from delivery.filtering import Filters
from delivery.models import (
    Attempt,
    Delivery,
    DeliveryBody,
    Event,
    EventBody,
    QueuedDelivery,
    Replay,
    ReplayedDelivery,
    ReplayedEvent,
)
from delivery.replay import Selection
from rules.provisioning import create_property
from tests.delivery.world import (
    Scripted,
    World,
    bad_token,
    evaluate,
    lost,
    pass_time,
    refused,
    refusing,
    rule,
    sent_in,
    taken,
    the_delivery,
    the_event,
    work,
)
from tests.locks import is_waited_for

RECORDED, AGAIN = Replay.Choice.RECORDED, Replay.Choice.AGAIN


def plan(world: World, choice: str = RECORDED, **options: Any) -> replay.Plan:
    filters = options.pop("filters", Filters())
    return replay.plan(Selection(world.property, filters, choice, **options), timezone.now())


def begin(
    world: World, admin: User, choice: str = RECORDED, *, twice: bool = False, **options: Any
) -> list[Replay]:
    found = plan(world, choice, **options)
    return replay.start(found, admin, uuid.uuid4(), may_count_twice=twice)


def rejected(world: World, script: Scripted, count: int = 1, **data: Any) -> None:
    """Let events be refused by the destination."""
    script.answer = refused
    world.post(count, **data)
    work()
    script.answer = taken
    script.requests.clear()


def outcomes() -> list[str]:
    return sorted(Event.objects.values_list("outcome", flat=True))


def age(**amount: float) -> None:
    """Let every attempt lie that much further back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE attempt SET started_at = started_at - %s", [dt.timedelta(**amount)])


# --- As recorded ------------------------------------------------------------------------------


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
    script.answer = refusing(lambda event: event["event_name"] == "Contact")
    world.post()
    work()
    assert outcomes() == ["partly_delivered"]
    script.answer = taken
    script.requests.clear()
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


# --- What is left out -------------------------------------------------------------------------


def test_too_old_is_counted_and_left_alone(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script, 2)
    Delivery.objects.filter(event_id=Event.objects.earliest("id").pk).update(
        expires_at=timezone.now()
    )
    assert plan(world).kinds == {"ready": 1, "too_old": 1}
    [run] = begin(world, admin)
    tasks.replay_on()
    work()
    run.refresh_from_db()
    assert (run.started, run.left_out, outcomes()) == (1, {"too_old": 1}, ["delivered", "rejected"])


def test_payload_that_is_gone_is_counted(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    DeliveryBody.objects.all().delete()
    assert plan(world).kinds == {"no_payload": 1}


def test_what_may_have_arrived_long_ago_needs_a_confirmation_of_its_own(
    world: World, script: Scripted, admin: User
) -> None:
    script.answer = lost
    world.post()
    work()
    pass_time(hours=49)
    age(hours=49)
    work()
    assert the_delivery().reason == "ambiguous_over_48h"
    script.answer = taken
    assert plan(world).kinds == {"twice": 1}
    begin(world, admin)
    tasks.replay_on()
    assert the_delivery().outcome == "failed"
    begin(world, admin, twice=True)
    tasks.replay_on()
    work()
    assert the_delivery().outcome == "delivered"


def test_what_may_have_arrived_of_late_is_sent_on_only_while_its_id_is_remembered(
    world: World, script: Scripted, admin: User
) -> None:
    script.answer = lost
    world.post()
    work()
    age(hours=40)
    script.answer = refused
    pass_time(hours=1)
    work()
    assert (plan(world).kinds, the_delivery().outcome) == ({"ready": 1}, "rejected")
    begin(world, admin)
    tasks.replay_on()
    pass_time(hours=9)
    work()
    assert the_delivery().reason == "ambiguous_over_48h"


def test_filters_of_the_log_choose(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script, 2)
    reason = the_reason()
    delivery = Delivery.objects.first()
    assert delivery is not None
    for filters, found in (
        (Filters(reason=reason), 2),
        (Filters(reason="other"), 0),
        (Filters(destination=delivery.destination_id), 2),
        (Filters(destination=-1), 0),
        (Filters(rule=delivery.rule), 2),
        (Filters(rule="RL0"), 0),
        (Filters(build=world.environment.active_build.public_id), 2),  # type: ignore[union-attr]
        (Filters(build="BL0"), 0),
        (Filters(since=timezone.now() + dt.timedelta(minutes=1)), 0),
        (Filters(until=timezone.now() + dt.timedelta(minutes=1)), 2),
        (Filters(id=delivery.event_id.hex), 1),
        (Filters(outcomes=("failed",)), 0),
    ):
        assert plan(world, filters=filters).total == found, filters


def the_reason() -> str:
    [reason] = set(Event.objects.values_list("reason", flat=True))
    return reason


def test_event_that_comes_after_the_dry_run_is_not_part_of_it(
    world: World, script: Scripted, admin: User
) -> None:
    rejected(world, script)
    found = plan(world)
    rejected(world, script)
    replay.start(found, admin, uuid.uuid4(), may_count_twice=False)
    tasks.replay_on()
    work()
    assert outcomes() == ["delivered", "rejected"]


def test_other_property_is_left_alone(world: World, script: Scripted, admin: User) -> None:
    other = World.of(create_property("Other", None))
    rejected(world, script)
    assert plan(other).total == 0
    assert plan(other, event_id=the_event().pk).total == 0


# --- Run again with the current build ---------------------------------------------------------


def test_current_build_decides_anew(world: World, script: Scripted, admin: User) -> None:
    world.publish(rule(eventName=""))
    world.post(id="order-7")
    work()
    assert the_event().outcome == "not_sent"
    build = world.publish(rule())
    begin(world, admin, AGAIN)
    tasks.replay_on()
    work()
    event = the_event()
    assert (event.outcome, event.build_id) == ("delivered", build.pk)
    assert [e["event_id"] for r in script.requests for e in sent_in(r)] == ["order-7"]
    assert ReplayedEvent.objects.get().outcome == "not_sent"


def test_broken_build_and_then_a_good_one(world: World, script: Scripted, admin: User) -> None:
    world.publish_document(b"{}")
    world.post()
    world.post(age=dt.timedelta(days=8))
    work()
    assert outcomes() == ["failed", "received"]
    world.publish()
    begin(world, admin, AGAIN)
    tasks.replay_on()
    pass_time(minutes=10)
    work()
    assert set(outcomes()) <= {"delivered", "not_sent"}


def test_what_was_delivered_is_not_sent_again(world: World, script: Scripted, admin: User) -> None:
    lead, contact = rule(), rule(eventName="Contact")
    world.publish(lead, contact)
    script.answer = refusing(lambda event: event["event_name"] == "Contact")
    world.post()
    work()
    script.answer = taken
    script.requests.clear()
    begin(world, admin, AGAIN)
    tasks.replay_on()
    work()
    assert [e["event_name"] for r in script.requests for e in sent_in(r)] == ["Contact"]
    assert outcomes() == ["delivered"]


def test_what_was_delivered_is_sent_again_where_chosen(
    world: World, script: Scripted, admin: User
) -> None:
    world.post()
    work()
    begin(world, admin, AGAIN, with_delivered=True)
    tasks.replay_on()
    work()
    first, second = (sent_in(request)[0] for request in script.requests)
    assert (first["event_name"], first["event_id"]) == (second["event_name"], second["event_id"])
    [chain] = ReplayedDelivery.objects.all()
    assert chain.outcome == "delivered"
    assert chain.open()["event_id"] == first["event_id"]


def test_other_name_than_one_that_arrived_is_refused(
    world: World, script: Scripted, admin: User
) -> None:
    lead = rule()
    world.publish(lead)
    world.post()
    work()
    lead["components"][1]["settings"]["eventName"] = "Contact"
    world.publish(lead)
    begin(world, admin, AGAIN, with_delivered=True)
    tasks.replay_on()
    work()
    assert len(script.requests) == 1
    event = the_event()
    assert (event.outcome, event.reason) == ("not_sent", "replay_other_id")


def test_rejected_event_may_get_another_name(world: World, script: Scripted, admin: User) -> None:
    lead = rule()
    world.publish(lead)
    rejected(world, script)
    lead["components"][1]["settings"]["eventName"] = "Contact"
    world.publish(lead)
    begin(world, admin, AGAIN)
    tasks.replay_on()
    work()
    assert the_delivery().name == "Contact"
    assert ReplayedDelivery.objects.get().name == "Lead"


def test_event_whose_body_is_gone_cannot_run_again(
    world: World, script: Scripted, admin: User
) -> None:
    rejected(world, script)
    EventBody.objects.all().delete()
    assert plan(world, AGAIN).kinds == {"no_event": 1}
    assert plan(world).kinds == {"ready": 1}


def test_nothing_runs_again_without_a_build(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    world.environment.active_build = None
    world.environment.save()
    assert plan(world, AGAIN).kinds == {"no_build": 1}


# --- The database itself ----------------------------------------------------------------------


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
