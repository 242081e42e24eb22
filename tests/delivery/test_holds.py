"""Destinations that are held: why, how long, and how everything flows again."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import claims, finishing, holds, pausing, requesting, wakeups
from delivery.models import Delivery, Destination, Event, QueuedDelivery
from extensions.contract import Answer, Verdict
from tests.delivery.world import (
    Scripted,
    World,
    attempts,
    bad_token,
    evaluate,
    lost,
    pass_time,
    refused,
    rule,
    sent_in,
    server_error,
    taken,
    the_delivery,
    the_destination,
    the_event,
    work,
)


def outcomes() -> set[str]:
    return set(Delivery.objects.values_list("outcome", flat=True))


def test_invalid_token_holds_the_destination(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(3)
    work()
    destination = the_destination()
    assert destination.is_held
    assert destination.hold_reason == "meta:190:463"
    assert destination.hold_title == "The access token has expired"
    assert destination.hold_explanation
    assert outcomes() == {"held"}
    assert attempts() == ["hold"]


def test_hold_spends_no_attempt(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post()
    work()
    queued = QueuedDelivery.objects.get()
    assert (queued.attempts, queued.first_attempt_at, queued.claims) == (0, None, 0)


def test_held_destination_is_left_alone(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post()
    work()
    world.post(5)
    work()
    assert len(script.requests) == 1


def test_event_for_a_held_destination_is_held_from_the_start(
    world: World, script: Scripted
) -> None:
    script.answer = bad_token
    world.post()
    work()
    world.post()
    evaluate()
    assert outcomes() == {"held"}
    assert set(Event.objects.values_list("outcome", flat=True)) == {"evaluated"}


def test_waiting_deliveries_are_shown_as_held_too(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extensions.meta.destination.MetaDestination.max_events", 2)
    monkeypatch.setattr("delivery.claims.MOST_IN_FLIGHT", 1)
    script.answer = bad_token
    world.post(5)
    work()
    assert len(script.requests) == 1
    assert outcomes() == {"held"}


def test_probe_is_small(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(30)
    work()
    pass_time(seconds=31)
    work()
    assert [len(batch) for batch in script.batches] == [30, 10]


def test_probe_takes_no_more_than_a_request_may_carry(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(30)
    work()
    pass_time(seconds=31)
    claim = claims.claim_deliveries(lambda _: 1)
    assert claim is not None
    assert claim.is_probe
    assert len(claim.rows) == 1


def test_probe_that_fails_doubles_the_pause(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post()
    work()
    pauses = [pause()]
    for _ in range(6):
        pass_time(seconds=pauses[-1] + 1)
        work()
        pauses.append(pause())
    assert pauses == [30, 60, 120, 240, 480, 900, 900]


def pause() -> int:
    until = the_destination().hold_until
    assert until is not None
    return round((until - timezone.now()).total_seconds())


def test_probe_that_succeeds_lets_everything_flow(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(30)
    work()
    script.answer = taken
    pass_time(seconds=31)
    work()
    assert outcomes() == {"delivered"}
    destination = the_destination()
    assert not destination.is_held
    assert (destination.hold_count, destination.hold_reason) == (0, "")


def test_probe_whose_event_is_refused_shows_that_the_destination_is_well(
    world: World, script: Scripted
) -> None:
    script.answer = bad_token
    world.post()
    work()
    script.answer = refused
    pass_time(seconds=31)
    work()
    assert outcomes() == {"rejected"}
    assert not the_destination().is_held


def test_time_spent_held_is_no_part_of_the_retry_window(world: World, script: Scripted) -> None:
    script.answer = server_error
    world.post(12)
    work()
    script.answer = bad_token
    pass_time(minutes=1)
    work()
    pass_time(days=3, hours=1)
    answers = iter((taken, server_error))
    script.answer = lambda events: next(answers)(events)
    work()
    assert [len(batch) for batch in script.batches] == [12, 12, 10, 2]
    assert outcomes() == {"delivered", "pending"}


def test_delivery_held_past_its_time_expires(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(20)
    work()
    pass_time(days=8)
    work()
    assert outcomes() == {"expired"}
    assert set(Event.objects.values_list("outcome", "reason")) == {("expired", "too_old")}


def test_five_failures_in_a_row_hold_the_destination(world: World, script: Scripted) -> None:
    script.answer = server_error
    for _ in range(5):
        assert Destination.objects.filter(held_at__isnull=False).count() == 0
        world.post()
        work()
    destination = the_destination()
    assert destination.hold_reason == "failing"
    assert "Meta is not available" in destination.hold_explanation
    assert outcomes() == {"held"}


def test_success_in_between_starts_the_count_again(world: World, script: Scripted) -> None:
    for answer in (server_error, server_error, server_error, server_error, taken, server_error):
        script.answer = answer
        world.post()
        work()
    assert not the_destination().is_held
    assert the_destination().failures == 1


def answer_in_turn(world: World, script: Scripted, answers: Iterable[Any]) -> None:
    for answer in answers:
        script.answer = answer
        world.post()
        work()


def test_half_of_ten_requests_failing_holds_the_destination(world: World, script: Scripted) -> None:
    answer_in_turn(world, script, [taken, server_error] * 4 + [taken])
    assert not the_destination().is_held
    answer_in_turn(world, script, [server_error])
    destination = the_destination()
    assert destination.hold_reason == "failing"
    assert "half of those of a minute" in destination.hold_explanation
    assert "Meta is not available" in destination.hold_explanation


def test_less_than_half_of_the_requests_failing_does_not(world: World, script: Scripted) -> None:
    answer_in_turn(world, script, [taken, taken, server_error] * 6)
    assert not the_destination().is_held


def test_failures_of_another_minute_do_not_count(world: World, script: Scripted) -> None:
    answer_in_turn(world, script, [taken, server_error] * 4 + [taken])
    Destination.objects.update(minute_began_at=timezone.now() - timedelta(seconds=61))
    answer_in_turn(world, script, [server_error])
    destination = the_destination()
    assert not destination.is_held
    assert (destination.minute_requests, destination.minute_failures) == (1, 1)


def test_refusals_count_neither_for_nor_against_a_minute(world: World, script: Scripted) -> None:
    answer_in_turn(world, script, [taken, server_error, refused] * 4)
    destination = the_destination()
    assert (destination.minute_requests, destination.minute_failures) == (8, 4)


def test_minute_begins_anew_with_the_end_of_a_hold(world: World, script: Scripted) -> None:
    answer_in_turn(world, script, [taken, server_error] * 5)
    script.answer = taken
    Destination.objects.update(hold_until=timezone.now())
    work()
    destination = the_destination()
    assert not destination.is_held
    assert destination.minute_failures == 0
    answer_in_turn(world, script, [server_error])
    assert not the_destination().is_held


def test_delivered_request_costs_a_statement_and_a_look_at_broken_credentials(
    world: World, script: Scripted
) -> None:
    answer_in_turn(world, script, [taken])
    with CaptureQueriesContext(connection) as queries:
        holds.note(the_destination().pk, Verdict("delivered", "", ""), is_probe=False)
    told = [query["sql"].split()[0] for query in queries][1:]  # after the test's own
    assert told == ["UPDATE", "SELECT"]


def test_request_taken_while_a_hold_begins_does_not_end_it(
    committed_world: World, script: Scripted
) -> None:
    committed_world.post()
    work()
    before = the_destination()

    def run() -> None:
        try:
            with transaction.atomic():
                holds.note(before.pk, Verdict("delivered", "", ""), is_probe=False)
        finally:
            connections.close_all()

    other = threading.Thread(target=run)
    with transaction.atomic():
        holds.note(before.pk, Verdict("hold", "x", "It is held"), is_probe=False)
        other.start()
        with connection.cursor() as cursor:
            waiting = 0
            while not waiting and other.is_alive():
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                [(waiting,)] = cursor.fetchall()
        assert waiting
    other.join()
    after = the_destination()
    assert (after.is_held, after.hold_title) == (True, "It is held")
    assert (after.last_delivered_at, after.minute_requests) == (before.last_delivered_at, 1)


def test_answer_for_a_destination_that_was_deleted_is_nobodys(world: World) -> None:
    for outcome in ("delivered", "rejected"):
        holds.note(2**40, Verdict(outcome, "", ""), is_probe=False)


def test_refusals_never_hold_a_destination(world: World, script: Scripted) -> None:
    script.answer = refused
    for _ in range(7):
        world.post()
        work()
    assert not the_destination().is_held


def test_end_of_an_outage_makes_everything_due_at_once(world: World, script: Scripted) -> None:
    script.answer = server_error
    for _ in range(5):
        world.post(2)
        work()
    script.answer = taken
    Destination.objects.update(hold_until=timezone.now())
    work()
    assert outcomes() == {"delivered"}


def test_release_by_hand_lets_everything_flow(
    world: World,
    script: Scripted,
    django_capture_on_commit_callbacks: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(wakeups, "wake", woken.append)
    script.answer = bad_token
    world.post(3)
    work()
    script.answer = taken
    with django_capture_on_commit_callbacks(execute=True):
        holds.release(the_destination())
    assert woken == ["delivery.send_due"]
    work()
    assert outcomes() == {"delivered"}


def test_destination_held_by_hand_is_not_tried(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    Destination.objects.update(held_at=timezone.now(), hold_until=None)
    work()
    assert script.requests == []


def test_other_destinations_go_on_while_one_is_held(world: World, script: Scripted) -> None:
    world.publish(rule(), {**rule(isTestEvent=True, testEventCode="TEST1"), "name": "Test"})
    script.answer = lambda events: taken(events)
    world.post()
    evaluate()
    Destination.objects.filter(label__contains="TEST1").update(held_at=timezone.now())
    work()
    assert Delivery.objects.filter(outcome="delivered").count() == 1
    assert len(script.requests) == 1


def test_new_token_in_a_new_build_takes_over_what_was_held(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(3)
    work()
    script.answer = taken
    world.publish(token="EAAanotherToken0123456789")
    world.post()
    work()
    assert outcomes() == {"delivered"}
    assert not Destination.objects.filter(held_at__isnull=False).exists()


def test_taken_over_deliveries_keep_their_payload(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post(id="first")
    work()
    script.answer = taken
    world.publish(token="EAAanotherToken0123456789")
    world.post(id="second")
    work()
    held, _, taken_over = script.requests
    assert sent_in(held) == sent_in(taken_over)


def test_token_of_another_pixel_takes_nothing_over(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post()
    work()
    script.answer = taken
    world.publish(pixelId="999", token="EAAanotherToken0123456789")
    world.post()
    work()
    assert Delivery.objects.filter(outcome="held").count() == 1


def test_request_under_way_when_a_hold_began_does_not_prolong_it(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extensions.meta.destination.MetaDestination.max_events", 1)
    script.answer = bad_token
    world.post(4)
    work()
    assert len(script.requests) == 4
    assert the_destination().hold_count == 1


def test_rate_limit_lets_the_whole_destination_rest(world: World, script: Scripted) -> None:
    script.answer = lambda events: Answer(200, {"retry-after": "120"}, taken(events).body)
    world.post()
    work()
    world.post()
    work()
    assert len(script.requests) == 1
    assert not the_destination().is_held
    pass_time(seconds=121)
    work()
    assert len(script.requests) == 2


def test_short_rest_never_ends_a_long_one(world: World) -> None:
    world.post()
    evaluate()
    rests = []
    for seconds in (3600, 5):
        verdict = Verdict("delivered", "", "", after_seconds=seconds)
        holds.note(the_destination().pk, verdict, is_probe=False)
        rests.append(the_destination().rest_until)
    assert rests[0] == rests[1]


def test_held_deliveries_survive_an_event_without_answer(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post()
    work()
    script.answer = lost
    pass_time(seconds=31)
    work()
    assert the_destination().is_held
    script.answer = taken
    pass_time(seconds=61)
    work()
    assert the_event().outcome == "delivered"
    assert len(the_delivery().attempt_ids) == 3


@pytest.mark.parametrize("outcome", ["delivered", "rejected", "retry", "hold"])
def test_pause_outlasts_the_probe_that_is_under_way(
    world: World, script: Scripted, outcome: Any
) -> None:
    script.answer = bad_token
    world.post(2)
    work()
    pass_time(hours=1)
    claim = claims.claim_deliveries(requesting.most_events)
    assert claim is not None
    assert claim.is_probe
    assert requesting.make_ready(claim) is not None
    pausing.pause(the_destination(), "The lawyers said so")
    finishing.finish(claim, Verdict(outcome, "x", "x", "x", after_seconds=60), Answer(200), 1)
    paused = the_destination()
    assert (paused.is_held, paused.hold_reason, paused.hold_until) == (True, "operator", None)
    assert paused.hold_explanation == "The lawyers said so"
    assert paused.rest_until is not None
