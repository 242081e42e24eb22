"""What is sent again, when, and for how long."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from delivery import batches
from delivery.ids import id_at
from delivery.models import Attempt, Delivery, QueuedDelivery
from tests.delivery.conftest import RunningSandbox
from tests.delivery.world import (
    Scripted,
    World,
    attempts,
    count,
    evaluate,
    lost,
    pass_time,
    sent_in,
    server_error,
    taken,
    the_delivery,
    the_event,
    work,
)


def test_server_error_is_retried_until_it_is_over(world: World, sandbox: RunningSandbox) -> None:
    sandbox.fault(status=500, count=2)
    world.post(id="order-1")
    work()
    assert the_delivery().outcome == "pending"
    assert the_event().outcome == "evaluated"
    for _ in range(2):
        pass_time(minutes=2)
        work()
    assert the_event().outcome == "delivered"
    assert [event["event_id"] for event in sandbox.received()] == ["order-1"]


def test_retry_sends_the_same_bytes(world: World, script: Scripted) -> None:
    script.answer = server_error
    world.post(5, code="ü ✓")
    work()
    script.answer = taken
    pass_time(minutes=1)
    work()
    first, second = script.requests
    assert first.body == second.body


def test_retry_is_not_made_before_its_time(world: World, script: Scripted) -> None:
    script.answer = server_error
    world.post()
    work()
    work()
    assert len(script.requests) == 1
    wait = QueuedDelivery.objects.get().next_at - timezone.now()
    assert 0 < wait.total_seconds() <= 10


def test_waiting_delivery_says_why(world: World, script: Scripted) -> None:
    script.answer = server_error
    world.post()
    work()
    delivery = the_delivery()
    assert (delivery.reason, delivery.title) == ("meta:2", "Meta is not available")


def test_lost_answer_leaves_an_attempt_whose_answer_is_unknown(
    world: World, script: Scripted
) -> None:
    script.answer = lost
    world.post()
    work()
    assert attempts() == ["unknown"]
    assert QueuedDelivery.objects.get().ambiguous_at is not None


def test_event_sent_twice_has_one_id(world: World, sandbox: RunningSandbox) -> None:
    sandbox.fault(mode="close", accept_first=True, count=1)
    world.post()
    work()
    pass_time(minutes=1)
    work()
    first, second = sandbox.received()
    assert first == second
    assert the_event().outcome == "delivered"


def test_lost_answer_of_two_days_ago_is_not_followed_by_another_request(
    world: World, script: Scripted
) -> None:
    script.answer = lost
    world.post()
    work()
    pass_time(hours=49)
    script.answer = taken
    work()
    assert (the_event().outcome, the_event().reason) == ("failed", "ambiguous_over_48h")
    assert len(script.requests) == 1


def test_three_days_of_failures_are_enough(world: World, script: Scripted) -> None:
    script.answer = server_error
    world.post()
    work()
    QueuedDelivery.objects.update(ambiguous_at=None)
    pass_time(hours=73)
    work()
    assert (the_event().outcome, the_event().reason) == ("failed", "retry_window")
    explanation = the_delivery().explanation
    assert explanation.startswith("Every try within 72 hours failed")
    assert explanation.endswith(f"The last answer: {Attempt.objects.latest('id').title}")
    assert "Meta is not available" in explanation
    assert count("delivery_queue") == 0


def test_waits_grow_with_the_attempts(world: World, script: Scripted) -> None:
    script.answer = server_error
    world.post()
    for expected in (1, 2, 3):
        work()
        assert QueuedDelivery.objects.get().attempts == expected
        pass_time(minutes=5)


def test_answer_that_is_no_json_is_kept_as_text(world: World, sandbox: RunningSandbox) -> None:
    sandbox.fault(mode="html", status=200, count=1)
    world.post()
    work()
    assert "Sorry" in Attempt.objects.get().open_response()
    assert attempts() == ["unknown"]


def test_long_answer_is_kept_up_to_a_bound(world: World, sandbox: RunningSandbox) -> None:
    sandbox.fault(status=500, body="x" * 65_536, count=1)
    world.post()
    work()
    assert len(Attempt.objects.get().open_response()) == 65_536


def test_event_too_old_at_the_moment_of_sending_is_expired_and_left_out(
    world: World, script: Scripted
) -> None:
    script.answer = server_error
    world.post(id="old")
    work()
    Delivery.objects.update(name="old")
    QueuedDelivery.objects.update(
        expires_at=timezone.now(), next_at=timezone.now(), ambiguous_at=None
    )
    script.answer = taken
    world.post(id="new")
    work()
    assert [event["event_id"] for event in sent_in(script.requests[-1])] == ["new"]
    old = Delivery.objects.get(name="old")
    assert (old.outcome, old.reason, len(old.attempt_ids)) == ("expired", "too_old", 1)


def test_unreadable_payload_fails_and_leaves_the_others_alone(
    world: World, script: Scripted
) -> None:
    bad, good = world.post(2)
    evaluate()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE delivery_body SET payload = 'x' WHERE event_id = %s", [bad])
    work()
    assert Delivery.objects.get(event_id=bad).reason == "payload_unreadable"
    assert Delivery.objects.get(event_id=good).outcome == "delivered"


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (59, False), (61, True)])
def test_event_is_late_an_hour_after_it_came(minutes: int, is_late: bool) -> None:
    came = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    event_id = id_at(int(came.timestamp() * 1000), 0)
    assert batches.is_late(event_id, came + dt.timedelta(minutes=minutes)) == is_late


def test_delivery_that_had_to_wait_says_so(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.answer = server_error
    world.post()
    work()
    script.answer = taken
    monkeypatch.setattr(batches, "LATE_AFTER", dt.timedelta(hours=-1))
    pass_time(minutes=1)
    work()
    [notice] = [one for one in the_delivery().notices if one["code"] == "late"]
    assert "more than an hour" in notice["message"]


def test_delivery_in_time_has_no_such_remark(world: World, script: Scripted) -> None:
    world.post()
    work()
    assert [one["code"] for one in the_delivery().notices if one["code"] == "late"] == []
