"""From an accepted event to an event in the sandbox."""

from __future__ import annotations

from delivery.models import Attempt
from tests.delivery.conftest import RunningSandbox
from tests.delivery.world import (
    EMAIL,
    PIXEL,
    Scripted,
    World,
    attempts,
    count,
    rule,
    sha256,
    the_delivery,
    the_destination,
    the_event,
    work,
)


def test_accepted_event_is_delivered(world: World, sandbox: RunningSandbox) -> None:
    world.post(id="order-1")
    work()
    assert the_event().outcome == "delivered"
    assert the_delivery().outcome == "delivered"
    assert the_delivery().finished_at is not None


def test_sandbox_receives_the_hashed_email_and_the_event_id(
    world: World, sandbox: RunningSandbox
) -> None:
    world.post(id="order-1")
    work()
    (event,) = sandbox.received()
    assert event["event_id"] == "order-1"
    assert event["user_data"]["em"] == [sha256(EMAIL)]


def test_nothing_stays_in_the_queues(world: World, sandbox: RunningSandbox) -> None:
    world.post(3)
    work()
    assert count("event_queue") == count("delivery_queue") == 0


def test_attempt_is_recorded_with_the_answer(world: World, sandbox: RunningSandbox) -> None:
    world.post(2)
    work()
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.http_status, attempt.event_count) == ("delivered", 200, 2)
    assert attempt.open_response()["events_received"] == 2
    assert attempt.trace_id
    assert attempt.duration_ms is not None


def test_delivery_names_its_attempts(world: World, sandbox: RunningSandbox) -> None:
    world.post()
    work()
    assert the_delivery().attempt_ids == [Attempt.objects.get().pk]


def test_destination_has_a_name_for_people(world: World, sandbox: RunningSandbox) -> None:
    world.post()
    work()
    assert the_destination().label == f"Pixel {PIXEL}"
    assert the_destination().last_delivered_at is not None


def test_event_of_two_rules_is_delivered_when_both_are(world: World, script: Scripted) -> None:
    world.publish(rule(), {**rule(), "name": "Again"})
    world.post()
    work()
    assert count("delivery") == 2
    assert the_event().outcome == "delivered"


def test_destinations_of_other_environments_stay_apart(world: World, script: Scripted) -> None:
    other = World.of(world.property, "staging")
    other.publish()
    world.post()
    other.post()
    work()
    assert len(script.requests) == 2
    assert count("destination") == 2


def test_second_run_sends_nothing_again(world: World, sandbox: RunningSandbox) -> None:
    world.post()
    work()
    work()
    assert attempts() == ["delivered"]
    assert len(sandbox.received()) == 1
