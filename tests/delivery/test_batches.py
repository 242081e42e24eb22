"""What travels together, and how a refused batch is taken apart."""

from __future__ import annotations

import datetime as dt
import random
import uuid

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery import claims, finishing
from delivery.batches import fitting, halves, why_not
from delivery.claims import Key, QueuedRow
from delivery.models import Delivery, Event
from delivery.requesting import most_events
from extensions.contract import Verdict
from extensions.meta.destination import MetaDestination
from tests.delivery.world import (
    Scripted,
    World,
    count,
    evaluate,
    refused,
    refusing,
    rule,
    sent_in,
    the_delivery,
    the_event,
    work,
)

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def row(**changes: object) -> QueuedRow:
    whole = QueuedRow(uuid.UUID(int=1), "RC1", NOW + dt.timedelta(days=1), 0, None, 1)
    return whole._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"expires_at": NOW}, "too_old"),
        ({"expires_at": NOW + dt.timedelta(seconds=1)}, ""),
        ({"claims": 5}, ""),
        ({"claims": 6}, "worker_crash"),
        ({"ambiguous_at": NOW - dt.timedelta(hours=47)}, ""),
        ({"ambiguous_at": NOW - dt.timedelta(hours=48)}, "ambiguous_over_48h"),
    ],
)
def test_delivery_that_is_not_sent_any_more_has_a_reason(
    changes: dict[str, object], code: str
) -> None:
    assert why_not(row(**changes), NOW) == code


@given(sizes=st.lists(st.integers(1, 50), min_size=1), most=st.integers(1, 200))
def test_as_many_payloads_travel_as_fit_and_always_one(sizes: list[int], most: int) -> None:
    payloads = [b"x" * size for size in sizes]
    found = fitting(payloads, most)
    assert 1 <= found <= len(payloads)
    assert found == 1 or len(b",".join(payloads[:found])) <= most
    if found < len(payloads):
        assert len(b",".join(payloads[: found + 1])) + 1 > most


@given(st.integers(2, 100))
def test_halves_differ_by_one_at_most(size: int) -> None:
    keys = [Key(uuid.UUID(int=number), "RC") for number in range(size)]
    first, second = halves(keys)
    assert [*first, *second] == keys
    assert 0 <= len(first) - len(second) <= 1


def test_events_of_one_destination_travel_together(world: World, script: Scripted) -> None:
    world.post(30)
    work()
    assert [len(batch) for batch in script.batches] == [30]


def test_batch_holds_no_more_events_than_the_destination_takes(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MetaDestination, "max_events", 4)
    world.post(10)
    work()
    assert sorted(len(batch) for batch in script.batches) == [2, 4, 4]


def test_batch_holds_no_more_bytes_than_the_destination_takes(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MetaDestination, "max_bytes", 1500)
    world.post(9)
    work()
    assert len(script.batches) > 1
    assert all(len(request.body) < 1600 for request in script.requests)
    assert count("delivery_queue") == 0


def test_what_did_not_fit_counts_no_claim(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MetaDestination, "max_bytes", 1)
    world.post(9)
    work()
    assert set(Event.objects.values_list("outcome", flat=True)) == {"delivered"}


def test_test_events_never_travel_with_others(world: World, script: Scripted) -> None:
    world.publish(rule(), {**rule(isTestEvent=True, testEventCode="TEST123"), "name": "As a test"})
    world.post(2)
    work()
    codes = [orjson.loads(request.body).get("test_event_code") for request in script.requests]
    assert sorted(codes, key=str) == [None, "TEST123"]


def test_single_refused_event_is_rejected_with_the_destinations_words(
    world: World, script: Scripted
) -> None:
    script.answer = refused
    world.post()
    work()
    delivery = the_delivery()
    assert (delivery.outcome, delivery.reason) == ("rejected", "meta:100:2804019")
    assert delivery.title == "A required parameter is missing"
    assert delivery.explanation
    assert (the_event().outcome, the_event().reason) == ("rejected", "meta:100:2804019")


def test_one_bad_event_is_rejected_and_the_rest_delivered(world: World, script: Scripted) -> None:
    script.answer = refusing(lambda event: event["event_id"] == "bad")
    good = world.post(20)
    (bad,) = world.post(id="bad")
    good += world.post(20)
    work()
    assert Event.objects.get(pk=bad).outcome == "rejected"
    assert set(Event.objects.filter(pk__in=good).values_list("outcome", flat=True)) == {"delivered"}
    assert len(script.requests) <= 2 * 6 + 2


def test_half_of_a_refused_batch_never_joins_new_events(world: World, script: Scripted) -> None:
    world.post(id="bad")
    world.post(id="good")
    evaluate()
    claim = claims.claim_deliveries(most_events)
    assert claim is not None
    finishing.finish(claim, Verdict("rejected", "meta:100", "Refused"), refused([]), 5)
    world.post(id="late")
    script.answer = refusing(lambda event: event["event_id"] == "bad")
    work()
    assert sorted(script.batches) == [["bad"], ["good"], ["late"]]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    size=st.integers(1, 16), seed=st.integers(0, 2**32), share=st.sampled_from([0, 0.05, 0.5, 1])
)
def test_splitting_rejects_exactly_the_bad_events_and_sends_each_good_one_once(
    world: World, script: Scripted, size: int, seed: int, share: float
) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        bad = {world.post()[0].hex for _ in range(size) if chance.random() < share}
        good = {event.hex for event in world.post(size)}
        script.requests.clear()
        script.answer = refusing(lambda event: event["event_id"] in bad)
        work()
        assert {e.id.hex for e in Event.objects.filter(outcome="rejected")} == bad
        assert {e.id.hex for e in Event.objects.filter(outcome="delivered")} == good
        accepted = [
            event["event_id"]
            for request in script.requests
            if not bad & {event["event_id"] for event in sent_in(request)}
            for event in sent_in(request)
        ]
        assert sorted(accepted) == sorted(good)
        assert not Delivery.objects.filter(outcome__in=["pending", "in_flight"]).exists()
        transaction.set_rollback(True)
