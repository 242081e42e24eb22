"""What may happen between a call and its answer: erasure, deletion, a lost key, a worker's end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection

import vault
from delivery import answering, claims, erasing, evaluation, finishing
from delivery.models import Delivery, DeliveryAnswer, Event
from delivery.requesting import Ready, make_ready, most_events
from extensions.contract import Answer, Verdict
from tests.delivery.far_side import FarSide, extension, outcome_of
from tests.delivery.test_resuming import THREE, publish, three_steps, two_calls
from tests.delivery.world import World, count, end_leases, evaluate, pass_time, work

TAKEN = Verdict("delivered", "fetch:200", "The server answered 200 OK")


def in_flight() -> Ready:
    """Go as far as a worker goes before it calls."""
    claim = claims.claim_deliveries(most_events)
    assert claim is not None
    ready = make_ready(claim)
    assert ready is not None
    return ready


def lands(ready: Ready, body: bytes = b'{"city": "Bern"}') -> None:
    finishing.finish(ready.claim, TAKEN, Answer(200, {}, body), 1)


def test_event_that_is_erased_during_the_call_sends_nothing_more(
    world: World, far: FarSide
) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    ready = in_flight()
    erasing.erase_events([event_id])
    lands(ready)
    work()
    assert far.paths == []
    assert outcome_of(event_id)[0] == "erased"
    assert count("delivery_answer") == count("delivery_body") == count("event_queue") == 0


def test_event_that_is_erased_after_the_call_sends_nothing_more(world: World, far: FarSide) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    lands(in_flight())
    assert count("delivery_answer") == count("event_queue") == 1
    erasing.erase_events([event_id])
    work()
    assert far.paths == []
    assert outcome_of(event_id)[0] == "erased"
    assert count("delivery_answer") == count("event_queue") == count("delivery_queue") == 0


def test_event_that_is_stored_no_longer_keeps_no_answer(world: World, far: FarSide) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    ready = in_flight()
    Event.objects.filter(pk=event_id).delete()
    lands(ready)
    work()
    assert count("delivery_answer") == count("event_queue") == count("delivery_queue") == 0


def test_property_that_is_deleted_meanwhile_ends_the_rule(world: World, far: FarSide) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    world.property.delete()
    finishing.end_orphans()
    work()
    assert far.paths == []
    assert outcome_of(event_id) == ("failed", "property_deleted")
    assert count("event_queue") == count("delivery_queue") == 0


def test_answer_that_comes_while_a_worker_evaluates_without_it_is_not_lost(
    world: World, far: FarSide
) -> None:
    world.publish(three_steps(far), elements=THREE, extensions=[extension()])
    [event_id] = world.post()
    evaluate()
    first, second = in_flight(), in_flight()
    lands(first, b"1")
    slow = claims.claim_events(10)
    assert slow is not None
    lands(second, b"2")
    assert evaluation._evaluate(slow) == 0
    work()
    assert far.paths == ["/end"]
    assert outcome_of(event_id) == ("delivered", "")


def test_rule_waits_for_an_answer_whose_key_is_missing(
    world: World, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    lands(in_flight())

    def locked(*_: Any) -> Any:
        raise vault.UnknownKey

    with monkeypatch.context() as patch:
        patch.setattr(answering, "opened", locked)
        evaluate()
    assert outcome_of(event_id) == ("evaluated", "")
    pass_time(hours=1)
    work()
    assert far.paths == ["/there"]


def test_damaged_answer_ends_its_rule(world: World, far: FarSide) -> None:
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    evaluate()
    lands(in_flight())
    DeliveryAnswer.objects.update(answer=b"nonsense")
    work()
    assert far.paths == []
    assert outcome_of(event_id)[0] == "delivered"  # the one call that it owed


# --- Workers that die --------------------------------------------------------------------------


class Died(BaseException):
    """A worker is gone in the middle of its work."""


def dying(at: int) -> Callable[..., Any]:
    """A wrapper of database calls that ends the worker before one of them."""
    calls = iter(range(at))

    def wrapper(execute: Any, *arguments: Any) -> Any:
        if next(calls, None) is None:
            raise Died
        return execute(*arguments)

    return wrapper


def calls_of_a_run() -> int:
    """Work, and return how many database calls it takes."""
    seen: list[Any] = []

    def note(execute: Any, *arguments: Any) -> Any:
        seen.append(arguments[0])
        return execute(*arguments)

    with connection.execute_wrapper(note):
        work()
    return len(seen)


PARTS = 8  # the calls of a run are gone through in this many tests


@pytest.mark.parametrize("part", range(PARTS))
def test_worker_that_dies_at_any_database_call_leaves_one_delivery_of_each_action(
    committed_world: World, far: FarSide, part: int
) -> None:
    """A call that was under way when its worker died may be made again, and is told as unknown."""
    far.says(body={"city": "Bern"})
    publish(committed_world, two_calls(far))
    committed_world.post(id="0")
    work()  # once, so that the destinations are there
    committed_world.post(id="0")
    total = calls_of_a_run()
    assert total > 2 * PARTS
    survived: list[int] = []
    for at in range(part, total, PARTS):
        [event_id] = committed_world.post(id=str(at))
        # How often a worker looks around depends on the clock: a short run may end before.
        with suppress(Died), connection.execute_wrapper(dying(at)):
            work()
            survived.append(at)
        connection.close()  # what was open in it is rolled back, as it would be by the server
        for _ in range(4):
            end_leases()
            pass_time(minutes=10)
            work()
        assert outcome_of(event_id) == ("delivered", ""), at
        owed = Delivery.objects.filter(event_id=event_id)
        assert [one.outcome for one in owed] == ["delivered"] * 2, at
    assert count("event_queue") == count("delivery_queue") == 0
    assert part not in survived
