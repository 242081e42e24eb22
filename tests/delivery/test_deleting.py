"""What is under way when its property or environment is deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from delivery import claims, finishing, requesting, sending, tasks
from delivery.models import Delivery, Destination, Event
from extensions.contract import Verdict
from tests.delivery.world import Scripted, World, count, evaluate, taken


def delete_environment(world: World) -> None:
    world.environment.active_build = None
    world.environment.save()
    world.environment.delete()


def delete_property(world: World) -> None:
    world.property.environments.update(active_build=None)
    world.property.delete()


DELETIONS = pytest.mark.parametrize("delete", [delete_environment, delete_property])


def outcomes() -> set[tuple[str, str]]:
    return set(Event.objects.values_list("outcome", "reason"))


@DELETIONS
def test_event_that_waits_to_be_judged_ends(world: World, delete: Callable[[World], None]) -> None:
    world.post(2)
    delete(world)
    evaluate()
    assert outcomes() == {("failed", "property_deleted")}
    assert count("event_queue") == 0


@DELETIONS
def test_delivery_that_waits_to_be_sent_ends(
    world: World, script: Scripted, delete: Callable[[World], None]
) -> None:
    world.post(2)
    evaluate()
    delete(world)
    tasks.sweep()
    assert set(Delivery.objects.values_list("outcome", "reason")) == {
        ("failed", "property_deleted")
    }
    assert outcomes() == {("failed", "property_deleted")}
    assert count("delivery_queue") == 0


def test_delivery_of_another_property_is_left_alone(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    gone = World.of(world.property, "staging")
    gone.publish(pixelId="999")
    gone.post()
    evaluate()
    delete_environment(gone)
    tasks.sweep()
    assert count("delivery_queue") == 1
    sending.send_due(5)
    assert outcomes() == {("failed", "property_deleted"), ("delivered", "")}


def test_request_under_way_takes_its_answer(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    ready = claimed()
    delete_property(world)
    answer = taken([{}])
    finishing.finish(ready.claim, ready.sender.read(answer, 1), answer, 5)
    assert outcomes() == {("delivered", "")}


def test_request_under_way_that_fails_is_not_sent_again(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    ready = claimed()
    delete_property(world)
    finishing.finish(ready.claim, Verdict("retry", "later", "Later"), taken([{}]), 5)
    tasks.sweep()
    assert outcomes() == {("failed", "property_deleted")}
    assert count("delivery_queue") == 0


def claimed() -> requesting.Ready:
    claim = claims.claim_deliveries(requesting.most_events)
    assert claim is not None
    ready = requesting.make_ready(claim)
    assert ready is not None
    assert Destination.objects.exists()
    return ready
