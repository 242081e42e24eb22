"""A rule that waits for what a call brings back, and goes on with it."""

from __future__ import annotations

from typing import Any

from delivery.models import Delivery, Event, QueuedDelivery
from tests.delivery.far_side import FarSide, call, extension, outcome_of, rule_of, stashed
from tests.delivery.world import World, count, evaluate, work

ELEMENTS = [stashed("City", "results.who.body.city"), stashed("Text", "responses.who")]


def publish(world: World, *rules: dict[str, Any], **more: Any) -> None:
    world.publish(*rules, elements=ELEMENTS, extensions=[extension()], **more)


def two_calls(far: FarSide) -> dict[str, Any]:
    """A rule whose second call tells what the first one answered."""
    return rule_of(
        call(f"{far.origin}/who?id={{{{id}}}}", "who"),
        call(
            f"{far.origin}/there",
            method="POST",
            bodyType="json",
            bodyJson={"city": "{{City}}", "said": "{{Text}}"},
        ),
    )


def test_call_goes_out_with_the_answer_of_the_one_before(world: World, far: FarSide) -> None:
    far.says(body={"city": "Bern"})
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    work()
    assert far.paths == ["/who?id=7", "/there"]
    assert far.requests[1].json == {"city": "Bern", "said": '{"city": "Bern"}'}
    assert outcome_of(event_id) == ("delivered", "")
    assert count("event_queue") == count("delivery_queue") == 0


def test_rule_stops_where_the_answer_is_needed(world: World, far: FarSide) -> None:
    publish(world, two_calls(far))
    world.post(id="7")
    assert evaluate() == 1
    [queued] = QueuedDelivery.objects.all()
    assert queued.awaited
    assert Event.objects.get().outcome == "evaluated"
    assert Delivery.objects.get().name == f"GET 127.0.0.1:{far.port}/who"
