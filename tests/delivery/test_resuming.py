"""A rule that waits for what a call brings back, and goes on with it."""

from __future__ import annotations

from typing import Any

from django.db import connection

from delivery import answering, claims
from delivery.models import Delivery, Event, QueuedDelivery
from tests.delivery.far_side import FarSide, Says, call, extension, outcome_of, rule_of, stashed
from tests.delivery.world import (
    Scripted,
    World,
    count,
    evaluate,
    pass_time,
    rule,
    sent_in,
    sha256,
    work,
)

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


def three_steps(far: FarSide) -> dict[str, Any]:
    """A rule of two calls whose answers a third one sends on."""
    return rule_of(
        call(f"{far.origin}/one", "one"),
        call(f"{far.origin}/two", "two"),
        call(f"{far.origin}/end", method="POST", body="{{One}} {{Two}}"),
    )


THREE = [stashed("One", "responses.one"), stashed("Two", "responses.two")]


def test_two_calls_are_made_side_by_side_and_both_answers_are_sent_on(
    world: World, far: FarSide
) -> None:
    far.answer = lambda asked: Says(body=asked.path.encode())
    world.publish(three_steps(far), elements=THREE, extensions=[extension()])
    [event_id] = world.post()
    assert evaluate() == 2  # before any answer
    work()
    assert sorted(far.paths[:2]) == ["/one", "/two"]
    assert [asked.body for asked in far.requests[2:]] == [b"/one /two"]
    assert outcome_of(event_id) == ("delivered", "")


def test_call_needs_what_the_one_before_answered(world: World, far: FarSide) -> None:
    far.answer = lambda asked: Says(body=b"2" if asked.path == "/one" else b"3")
    chain = rule_of(
        call(f"{far.origin}/one", "one"),
        call(f"{far.origin}/{{{{One}}}}", "two"),
        call(f"{far.origin}/{{{{Two}}}}"),
    )
    world.publish(chain, elements=THREE, extensions=[extension()])
    world.post()
    work()
    assert far.paths == ["/one", "/2", "/3"]


def test_action_that_needs_no_answer_waits_for_none(
    world: World, far: FarSide, script: Scripted
) -> None:
    send_lead = rule()["components"][1]
    world.publish(rule_of(call(f"{far.origin}/who", "who"), send_lead), extensions=[extension()])
    world.post()
    assert evaluate() == 2
    assert not QueuedDelivery.objects.filter(awaited=True).exists()
    work()
    assert count("delivery_answer") == 0


def test_answer_goes_to_meta(world: World, far: FarSide, script: Scripted) -> None:
    far.says(body={"city": "Bern"})
    lead = rule(city="{{City}}")["components"][1]
    publish(world, rule_of(call(f"{far.origin}/who", "who"), lead))
    world.post(id="7")
    work()
    [event] = sent_in(script.requests[0])
    assert event["user_data"]["ct"] == [sha256("bern")]


def test_failed_call_ends_its_rule_where_its_answer_is_needed(world: World, far: FarSide) -> None:
    far.says(404)
    publish(world, two_calls(far), rule_of(call(f"{far.origin}/other"), name="Other"))
    [event_id] = world.post(id="7")
    work()
    assert sorted(far.paths) == ["/other", "/who?id=7"]
    assert outcome_of(event_id) == ("rejected", "fetch:404")
    assert count("event_queue") == 0


def test_failed_call_does_not_end_a_rule_that_needs_nothing_of_it(
    world: World, far: FarSide
) -> None:
    far.answer = lambda asked: Says(404 if asked.path == "/who" else 200)
    publish(world, rule_of(call(f"{far.origin}/who", "who"), call(f"{far.origin}/there")))
    world.post()
    work()
    assert sorted(far.paths) == ["/there", "/who"]


def test_rule_waits_through_retries(world: World, far: FarSide) -> None:
    far.says(503)
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    work()
    assert outcome_of(event_id) == ("evaluated", "")
    far.says(body={"city": "Bern"})
    pass_time(minutes=5)
    work()
    assert far.paths == ["/who?id=7", "/who?id=7", "/there"]
    assert outcome_of(event_id) == ("delivered", "")


def test_call_that_is_given_up_ends_its_rule(world: World, far: FarSide) -> None:
    far.says(503)
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    work()
    pass_time(hours=25)
    work()
    evaluate()
    assert outcome_of(event_id) == ("expired", "too_old")
    assert count("event_queue") == count("delivery_queue") == 0


def test_build_that_is_published_meanwhile_changes_nothing(world: World, far: FarSide) -> None:
    far.says(body={"city": "Bern"})
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    first = Event.objects.get()
    world.publish(rule_of(call(f"{far.origin}/new")), extensions=[extension()])
    work()
    assert far.paths == ["/who?id=7", "/there"]
    after = Event.objects.get()
    assert (after.build_id, after.evaluated_at) == (first.build_id, first.evaluated_at)
    assert outcome_of(event_id) == ("delivered", "")


def test_answers_that_come_one_by_one_do_not_count_as_crashes(world: World, far: FarSide) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    Event.objects.update(outcome="evaluated")
    for _ in range(claims.MOST_CLAIMS + 1):
        with connection.cursor() as cursor:
            cursor.execute(answering._RESUME, [[event_id]])
        claim = claims.claim_events(1)  # the next answer comes while this one is looked at
        assert claim is not None
        assert claim.claims == {event_id: 1}
