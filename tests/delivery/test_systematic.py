"""A destination that refuses every event: held soon, tried in small, and open again by itself."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery import claims, finishing, holds, pausing, transport
from delivery.claims import DeliveryClaim
from delivery.models import Delivery, Destination, QueuedDelivery
from delivery.requesting import make_ready, most_events
from extensions.contract import Answer, Request, Verdict
from tests.delivery.far_side import FarSide
from tests.delivery.test_resuming import publish, two_calls
from tests.delivery.world import (
    Scripted,
    World,
    bad_token,
    evaluate,
    pass_time,
    refused,
    refusing,
    rule,
    sent_in,
    server_error,
    taken,
    the_destination,
    work,
)

# What is spent on a batch of 500 before the destination is held: at most twelve searches at a time,
# each nine halves deep, the refusals that are counted, and what was under way by then.
MOST_BEFORE = 12 * 9 + 16 + 12
MOST_OF_A_TRY = 2 * 10 - 1  # requests that take ten events apart


def outcomes() -> Counter[str]:
    return Counter(Delivery.objects.values_list("outcome", flat=True))


def pause() -> int:
    until = the_destination().hold_until
    assert until is not None
    return round((until - timezone.now()).total_seconds())


def wait_and_work() -> None:
    """Let a pause pass."""
    pass_time(seconds=max(pause(), 0) + 1)
    work()


def refuse_one_by_one(world: World, script: Scripted, count: int) -> None:
    script.answer = refused
    for _ in range(count):
        world.post()
        work()


def hold(world: World, script: Scripted) -> None:
    """Have the destination held, with nothing left in the queue."""
    refuse_one_by_one(world, script, 16)
    script.requests.clear()


def test_sixteen_refused_events_in_a_row_hold_the_destination(
    world: World, script: Scripted
) -> None:
    refuse_one_by_one(world, script, 15)
    assert not the_destination().is_held
    refuse_one_by_one(world, script, 1)
    destination = the_destination()
    assert destination.hold_reason == "systematic"
    assert destination.hold_title == "The destination refuses every event"
    assert "The last answer: A required parameter is missing" in destination.hold_explanation
    assert outcomes() == {"rejected": 16}


def test_overview_and_destination_page_say_so(
    admin_client: Client, world: World, script: Scripted
) -> None:
    hold(world, script)
    pages = (
        world.property.get_absolute_url(),
        reverse("delivery:destinations", args=[world.property.public_id]),
    )
    for url in pages:
        said = admin_client.get(url).content.decode()
        assert "The destination refuses every event" in said
        assert "They probably have something wrong in common" in said


def test_event_that_is_taken_starts_the_count_again(world: World, script: Scripted) -> None:
    refuse_one_by_one(world, script, 15)
    script.answer = taken
    world.post()
    work()
    assert the_destination().refusals == 0
    refuse_one_by_one(world, script, 15)
    assert not the_destination().is_held


def test_failure_in_between_does_not(world: World, script: Scripted) -> None:
    refuse_one_by_one(world, script, 15)
    script.answer = server_error
    world.post()
    work()
    refuse_one_by_one(world, script, 1)
    assert the_destination().hold_reason == "systematic"


def test_destination_that_refuses_all_costs_few_requests(world: World, script: Scripted) -> None:
    script.answer = refused
    world.post(500)
    work()
    assert the_destination().hold_reason == "systematic"
    assert len(script.requests) <= MOST_BEFORE
    assert outcomes()["rejected"] >= 16
    assert set(outcomes()) == {"rejected", "held"}
    for _ in range(5):
        before, ended = len(script.requests), outcomes()["rejected"]
        wait_and_work()
        assert 0 < len(script.requests) - before <= MOST_OF_A_TRY
        assert 0 < outcomes()["rejected"] - ended <= 10
        assert set(outcomes()) == {"rejected", "held"}


def test_pauses_grow(world: World, script: Scripted) -> None:
    script.answer = refused
    world.post(100)
    work()
    pauses = [pause()]
    for _ in range(6):
        wait_and_work()
        pauses.append(pause())
    assert pauses == [30, 60, 120, 240, 480, 900, 900]


def test_every_event_ends_as_rejected_in_time(world: World, script: Scripted) -> None:
    script.answer = refused
    world.post(150)
    work()
    for _ in range(15):
        wait_and_work()
    assert outcomes() == {"rejected": 150}
    assert QueuedDelivery.objects.count() == 0


def test_try_takes_what_has_not_been_refused_yet(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "_FEW_PARTS", 0)  # how much is left depends on the threads
    script.answer = refused
    world.post(200)
    work()
    fresh = {event.hex for event in world.post(10)}
    evaluate()
    script.requests.clear()
    script.answer = taken
    wait_and_work()
    assert {event["event_id"] for event in sent_in(script.requests[0])} == fresh


def test_taken_try_lets_everything_flow(world: World, script: Scripted) -> None:
    script.answer = refused
    world.post(200)
    work()
    rejected = outcomes()["rejected"]
    script.answer = taken
    wait_and_work()
    destination = the_destination()
    assert (destination.is_held, destination.refusals, destination.hold_count) == (False, 0, 0)
    assert outcomes() == {"rejected": rejected, "delivered": 200 - rejected}


def test_what_is_nearly_found_is_found_before_the_first_pause(
    world: World, script: Scripted
) -> None:
    script.answer = refused
    world.post(60)
    work()
    assert outcomes() == {"rejected": 60}
    assert len(script.requests) <= 2 * 60
    assert (the_destination().hold_reason, pause()) == ("systematic", 30)


def test_refused_try_ends_its_own_bad_events_alone(world: World, script: Scripted) -> None:
    hold(world, script)
    bad = {event.hex for event in world.post(3)}
    good = {event.hex for event in world.post(7)}
    script.answer = refusing(lambda event: event["event_id"] in bad)
    wait_and_work()
    assert len(script.requests) <= MOST_OF_A_TRY
    found = dict(Delivery.objects.values_list("event_id", "outcome"))
    assert {key.hex for key, outcome in found.items() if outcome == "delivered"} == good
    assert outcomes() == {"rejected": 16 + 3, "delivered": 7}
    assert not the_destination().is_held


def test_failed_try_holds_it_for_failing_and_the_refusals_still_count(
    world: World, script: Scripted
) -> None:
    hold(world, script)
    world.post(2)
    script.answer = server_error
    wait_and_work()
    assert the_destination().hold_reason == "failing"
    script.answer = refused
    wait_and_work()
    assert the_destination().hold_reason == "systematic"


def test_token_that_ends_meanwhile_is_told(world: World, script: Scripted) -> None:
    hold(world, script)
    world.post()
    script.answer = bad_token
    wait_and_work()
    assert the_destination().hold_reason == "meta:190:463"


def test_person_who_tries_again_starts_the_count_anew(world: World, script: Scripted) -> None:
    script.answer = refused
    world.post(500)
    work()
    before = len(script.requests)
    holds.release(the_destination())
    assert the_destination().refusals == 0
    work()
    assert the_destination().hold_reason == "systematic"
    assert len(script.requests) - before <= MOST_BEFORE


def test_person_may_pause_it(world: World, script: Scripted) -> None:
    hold(world, script)
    world.post()
    pausing.pause(the_destination(), "We look into it")
    pass_time(hours=1)
    work()
    assert script.requests == []


@pytest.mark.parametrize("outcome", ["rejected", "delivered"])
def test_request_under_way_when_it_is_held(
    world: World, script: Scripted, outcome: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is refused waits behind the others; one that is taken refutes the hold."""
    monkeypatch.setattr(holds, "_FEW_PARTS", 3)
    world.post(4)
    claim = _claimed()
    hold(world, script)
    world.post(id="fresh")
    evaluate()
    finishing.finish(claim, Verdict(outcome, "x", "x", "x"), Answer(200), 1)
    assert the_destination().is_held == (outcome == "rejected")
    script.answer = taken
    pass_time(seconds=31)
    work()
    assert script.batches[0] == ["fresh"]


def _claimed() -> DeliveryClaim:
    evaluate()
    claim = claims.claim_deliveries(most_events)
    assert claim is not None
    ready = make_ready(claim)
    assert ready is not None
    return ready.claim


def test_adjacent_bad_events_keep_no_good_one_from_arriving(world: World, script: Scripted) -> None:
    first = {event.hex for event in world.post(400)}
    bad = {event.hex for event in world.post(50)}
    last = {event.hex for event in world.post(550)}
    script.answer = refusing(lambda event: event["event_id"] in bad)
    work()
    for _ in range(2):  # pauses at most
        if QueuedDelivery.objects.exists():
            wait_and_work()
    _is_told_apart(script, bad, first | last)


def test_spread_bad_events_never_hold_it(world: World, script: Scripted) -> None:
    script.answer = lambda events: refused(events) if _is_one_bad(events) else taken(events)
    for number in range(50):
        world.post(9)
        world.post(id=f"bad-{number}")
    work()
    assert not the_destination().is_held
    assert outcomes() == {"rejected": 50, "delivered": 450}


def _is_one_bad(events: list[dict[str, Any]]) -> bool:
    return any(event["event_id"].startswith("bad-") for event in events)


def _is_told_apart(script: Scripted, bad: set[str], good: set[str]) -> None:
    found = dict(Delivery.objects.values_list("event_id", "outcome"))
    assert {key.hex for key, outcome in found.items() if outcome == "rejected"} == bad
    assert {key.hex for key, outcome in found.items() if outcome == "delivered"} == good
    accepted = [
        event["event_id"]
        for request in script.requests
        if not bad & {event["event_id"] for event in sent_in(request)}
        for event in sent_in(request)
    ]
    assert sorted(accepted) == sorted(good)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    runs=st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=6),
    later=st.integers(0, 12),
    seed=st.integers(0, 2**32),
)
def test_runs_of_bad_events_are_rejected_and_good_ones_arrive_once(
    world: World, script: Scripted, runs: list[tuple[bool, int]], later: int, seed: int
) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        bad: set[str] = set()
        good: set[str] = set()
        script.requests.clear()
        script.answer = refusing(lambda event: event["event_id"] in bad)
        for is_bad, size in runs:
            (bad if is_bad else good).update(event.hex for event in world.post(size))
            if chance.random() < 0.3:
                work()
        work()
        for _ in range(60):
            if not QueuedDelivery.objects.exists():
                break
            if later:  # what comes in meanwhile
                good |= {event.hex for event in world.post(chance.randint(0, later))}
            if the_destination().is_held:
                wait_and_work()
            else:
                work()
        _is_told_apart(script, bad, good)
        transaction.set_rollback(True)


def test_other_destinations_go_on(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish(rule(), {**rule(isTestEvent=True, testEventCode="TEST1"), "name": "Test"})

    def send(_base_url: str, request: Request) -> Answer:
        is_test = b"test_event_code" in request.body
        return (taken if is_test else refused)(sent_in(request))

    monkeypatch.setattr(transport, "send", send)
    world.post(40)
    work()
    reasons = Destination.objects.values_list("hold_reason", flat=True)
    assert sorted(reasons) == ["", "systematic"]
    assert outcomes()["delivered"] == 40


def test_calls_are_answers_of_their_own(world: World, far: FarSide) -> None:
    """A server that is asked about each person may not know twenty in a row."""
    publish(world, two_calls(far))
    far.says(404)
    for number in range(20):
        world.post(id=str(number))
    work()
    assert not Destination.objects.filter(held_at__isnull=False).exists()
    assert Destination.objects.filter(refusals__gt=0).count() == 0
