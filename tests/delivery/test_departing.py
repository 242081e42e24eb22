"""Deliveries that leave with the batch their events were judged in, and those that may not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from psycopg.errors import AdminShutdown

from delivery import claims, evaluation, holds, requesting, sending
from delivery.departing import Departures
from delivery.models import Attempt, Delivery, QueuedDelivery
from extensions.contract import Answer
from extensions.core.secret import reference
from tests.delivery.world import (
    Scripted,
    World,
    attempts,
    bad_token,
    count,
    database_error,
    end_leases,
    pass_time,
    refused,
    server_error,
    taken,
    the_delivery,
    the_destination,
    the_event,
    work,
)


def judge(room: int = 8, guarded_room: int = 8) -> Departures:
    """Judge what came in, as a worker does that has room for so many requests."""
    departures = Departures(room, guarded_room)
    assert evaluation.evaluate_due(departures) is not None
    return departures


def queued() -> list[tuple[bool, int]]:
    """Whether each queued delivery is claimed, and how often."""
    rows = QueuedDelivery.objects.order_by("event_id").values_list("lease_token", "claims")
    return [(token is not None, claimed) for token, claimed in rows]


def test_judged_events_leave_as_they_would_by_a_claim(world: World, script: Scripted) -> None:
    world.post(3, age=dt.timedelta(seconds=1))
    [ready] = judge().ready
    assert [row.claims for row in ready.claim.rows] == [1, 1, 1]
    assert claims.claim_deliveries(requesting.most_events) is None
    assert queued() == [(True, 1)] * 3
    [attempt] = Attempt.objects.all()
    assert (attempt.id, attempt.outcome, attempt.event_count) == (ready.claim.token, "open", 3)
    found = Delivery.objects.values_list("outcome", "attempt_ids")
    assert list(found) == [("in_flight", [attempt.id])] * 3


def test_request_is_the_one_a_claim_would_make(world: World, script: Scripted) -> None:
    world.post(3, id="7")
    [ready] = judge().ready
    end_leases()
    claim = claims.claim_deliveries(requesting.most_events)
    assert claim is not None
    again = requesting.make_ready(claim)
    assert again is not None
    assert again.request == ready.request
    assert again.base_url == ready.base_url
    assert again.credentials == ready.credentials


def test_request_is_on_disk_before_it_is_made(world: World, script: Scripted) -> None:
    """The commit of a batch whose requests leave is waited for; that of another is not."""
    world.post()
    assert _commit_of(lambda: judge()) == "on"
    world.post()
    assert _commit_of(lambda: judge(room=0)) == "off"


def _commit_of(work_: Any) -> str:
    found = ["on"]

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if "event_queue" not in sql and "synchronous_commit" in sql:
            found.append("off" if "off" in sql else "on")
        return result

    with connection.execute_wrapper(watch):
        work_()
    return found[-1]


def test_lease_lasts_as_long_as_that_of_a_claim(world: World, script: Scripted) -> None:
    world.post()
    judge()
    [seconds] = _lease_seconds()
    assert claims.DELIVERY_LEASE_SECONDS - 5 < seconds <= claims.DELIVERY_LEASE_SECONDS


def _lease_seconds() -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM lease_until - statement_timestamp()) FROM delivery_queue"
        )
        return [float(seconds) for (seconds,) in cursor.fetchall()]


def test_worker_that_dies_before_it_sends_leaves_it_to_the_next(
    world: World, script: Scripted
) -> None:
    world.post()
    assert judge().ready
    end_leases()
    assert attempts() == ["unknown"]
    work()
    assert attempts() == ["unknown", "delivered"]
    assert the_event().outcome == "delivered"


def test_process_without_room_leaves_them_to_the_queue(world: World, script: Scripted) -> None:
    world.post()
    assert judge(room=0).ready == []
    assert queued() == [(False, 0)]
    assert the_delivery().outcome == "pending"
    work()
    assert attempts() == ["delivered"]


def test_held_destination_gets_nothing_at_once(world: World, script: Scripted) -> None:
    script.answer = bad_token
    world.post()
    work()
    world.post()
    assert judge().ready == []
    assert {one.outcome for one in Delivery.objects.all()} == {"held"}
    holds.release(the_destination())
    world.post()
    assert len(judge().ready) == 1


def test_resting_destination_gets_nothing_at_once(world: World, script: Scripted) -> None:
    script.answer = lambda _: Answer(429, {"retry-after": "60"}, b"{}")
    world.post()
    work()
    world.post()
    assert judge().ready == []
    pass_time(minutes=2)
    world.post()
    assert len(judge().ready) == 1


def test_busy_destination_gets_no_more_requests_than_it_may(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOST_IN_FLIGHT", 2)
    made = []
    for _ in range(3):
        world.post()
        made.append(len(judge().ready))
    assert made == [1, 1, 0]
    assert queued() == [(True, 1), (True, 1), (False, 0)]


def test_batch_beyond_one_request_leaves_by_several(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post(5)
    monkeypatch.setattr("delivery.departing.fitting", lambda payloads, _: min(2, len([*payloads])))
    ready = judge(room=2).ready
    assert [len(one.claim.rows) for one in ready] == [2, 2]
    assert sorted(queued()) == [(False, 0), *[(True, 1)] * 4]


def test_what_is_too_old_is_ended_by_the_queue(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.owing._moment", lambda _: timezone.now() - dt.timedelta(hours=1))
    world.post()
    assert judge().ready == []
    work()
    assert the_delivery().outcome == "expired"
    assert script.requests == []


def test_credential_that_is_gone_holds_the_destination(world: World, script: Scripted) -> None:
    secret = world.secret("EAAsecret0123456789")
    world.publish(token=None, accessToken=reference(secret.public_id))
    secret.delete()
    world.post()
    assert judge().ready == []
    work()
    assert the_destination().is_held
    assert script.requests == []


def test_package_that_cannot_make_its_request_costs_only_the_request(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("delivery.departing.compose", broken)
    world.post()
    assert judge().ready == []
    assert queued() == [(False, 0)]
    monkeypatch.undo()


def test_event_whose_worker_died_goes_by_the_queue(world: World, script: Scripted) -> None:
    """What it owes may be what ends workers, and must not take its other deliveries along."""
    world.post()
    assert claims.claim_events(10) is not None
    end_leases()  # the worker died
    assert judge().ready == []
    assert queued() == [(False, 0)]


def test_requests_that_are_late_for_their_leases_are_not_made(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.departing._LATEST_SECONDS", 0.0)
    world.post()
    assert judge().ready == []
    end_leases()
    work()
    assert attempts() == ["unknown", "delivered"]


def test_requests_leave_whatever_follows_their_transaction(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise database_error(AdminShutdown)

    monkeypatch.setattr("delivery.departing.note_served", broken)
    world.post(age=dt.timedelta(seconds=1))
    sending.send_due(30)
    assert the_event().outcome == "delivered"


def test_process_without_room_for_guarded_requests_makes_none(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.departing.base_url_of", lambda _: "")
    world.post(2)
    assert judge(guarded_room=0).ready == []
    assert queued() == [(False, 0)] * 2


def test_batch_whose_writing_fails_sends_nothing(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("delivery.advising.add_up", broken)
    world.post()
    assert judge().ready == []
    assert count("attempt") == count("delivery") == count("delivery_queue") == 0
    assert count("event_queue") == 1


def test_refusal_of_a_batch_that_left_at_once_is_split(world: World, script: Scripted) -> None:
    script.answer = lambda events: taken(events) if len(events) == 1 else refused(events)
    world.post(2, age=dt.timedelta(seconds=1))
    sending.send_due(30)
    assert {one.outcome for one in Delivery.objects.all()} == {"delivered"}
    assert sorted(attempts()) == ["delivered", "delivered", "rejected"]


def test_failure_of_a_batch_that_left_at_once_is_tried_again(
    world: World, script: Scripted
) -> None:
    script.answer = server_error
    world.post(2, age=dt.timedelta(seconds=1))
    sending.send_due(30)
    assert [row.attempts for row in QueuedDelivery.objects.all()] == [1, 1]
    pass_time(minutes=10)
    script.answer = taken
    work()
    assert {one.outcome for one in Delivery.objects.all()} == {"delivered"}
