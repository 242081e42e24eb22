"""A property with a deep backlog keeps no other one's new events waiting, nor a fast worker one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery import claims, evaluation
from delivery.models import Event
from delivery.sharing import Due, shares
from rules.provisioning import create_property
from tests.delivery.world import Scripted, World, end_leases, the_event, work

BATCH = evaluation.MOST_EVENTS


def due(*counts: int) -> list[Due]:
    """Environments with so many due events each; the first waits longest."""
    return [Due(number, count, 100.0 - number, 0) for number, count in enumerate(counts)]


def test_new_event_is_evaluated_with_the_next_batch_whatever_waits_elsewhere(
    world: World, script: Scripted
) -> None:
    other = World.of(create_property("Newcomer", None))
    other.publish()
    world.post(2 * BATCH)
    [new] = other.post()
    evaluation.evaluate_due()
    assert Event.objects.get(pk=new).outcome == "evaluated"
    assert Event.objects.filter(outcome="evaluated").count() == BATCH


def test_backlog_of_one_alone_fills_whole_batches(world: World, script: Scripted) -> None:
    world.post(2 * BATCH)
    claim = claims.claim_events(BATCH)
    assert claim is not None
    assert len(claim.claims) == BATCH


def test_oldest_events_of_an_environment_go_first(world: World, script: Scripted) -> None:
    first = world.post(3)
    world.post(3)
    claim = claims.claim_events(3)
    assert claim is not None
    assert sorted(claim.claims) == sorted(first)


def test_deadly_event_ends_although_others_have_waited_longer(
    world: World, script: Scripted
) -> None:
    other = World.of(create_property("Newcomer", None))
    other.publish()
    world.post(400, age=dt.timedelta(hours=1))
    [deadly] = other.post()
    for _ in range(300):
        claim = claims.claim_events(10)
        assert claim is not None
        if claim.claims.get(deadly, 0) > claims.MOST_CLAIMS:
            evaluation._evaluate(claim)
            break
        if deadly in claim.claims:
            end_leases()  # the worker died
    assert Event.objects.get(pk=deadly).reason == "worker_crash"


def test_each_environment_gets_an_even_share_and_what_others_leave() -> None:
    assert shares(due(1000, 3, 1000), 500) == {1: 3, 0: 249, 2: 248}


def test_those_who_wait_longest_go_first_where_there_are_too_many() -> None:
    assert shares(due(1000, 1, 1, 1), 2) == {0: 1, 1: 1}


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30), st.integers(1, 60))
def test_claim_is_full_and_leaves_nobody_out(counts: list[int], most: int) -> None:
    found = shares(due(*counts), most)
    if len(counts) > most:
        assert list(found.values()) == [1] * most
        return
    assert sum(found.values()) == min(most, sum(counts))
    assert all(1 <= share <= counts[place] for place, share in found.items())
    # Who gets less than another one asked for no more.
    least_even = min((found[n] for n in found if found[n] < counts[n]), default=None)
    assert least_even is None or all(share <= least_even + 1 for share in found.values())


def test_worker_that_another_one_was_ahead_of_comes_back(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, beaten = claims.claim_events, [True]
    monkeypatch.setattr(
        claims, "claim_events", lambda *asked: None if beaten and beaten.pop() else claim(*asked)
    )
    world.post()
    work()
    assert the_event().outcome == "delivered"
