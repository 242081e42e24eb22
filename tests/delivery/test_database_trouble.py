"""The database goes away in the middle of the work: no delivery pays for it, no answer is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.utils import OperationalError

from delivery import attempts as attempt_log
from delivery import claims, finishing, sending, sparing
from delivery.models import Delivery, Event, QueuedDelivery
from extensions.contract import Answer
from tests.delivery.test_fencing import database_url
from tests.delivery.world import (
    Scripted,
    World,
    attempts,
    end_leases,
    evaluate,
    pass_time,
    taken,
    the_delivery,
    the_event,
    work,
)

TOO_OFTEN = claims.MOST_CLAIMS + 2


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    sparing._broken_off.clear()
    yield
    sparing._broken_off.clear()


def break_connection(*_: Any) -> None:
    """End this thread's own connection, as a restart of the database does."""
    assert connection.connection is not None
    pid = connection.connection.info.backend_pid
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def breaking(function: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The function, whose first calls find the connection broken."""
    left = iter(range(times))

    def call(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is not None:
            break_connection()
        return function(*arguments, **named)

    return call


def test_connection_that_breaks_before_a_request_counts_against_no_delivery(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_world.post(2)
    evaluate()
    broken = breaking(attempt_log.Attempt.objects.create, TOO_OFTEN)
    monkeypatch.setattr(attempt_log.Attempt.objects, "create", broken)
    for _ in range(TOO_OFTEN):
        work()
        assert script.requests == []
        assert set(QueuedDelivery.objects.values_list("claims", "lease_token")) == {(0, None)}
        pass_time(minutes=1)
    work()
    assert set(Event.objects.values_list("outcome", flat=True)) == {"delivered"}
    assert attempts() == ["delivered"]


def test_what_was_broken_off_is_not_taken_up_at_once(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_world.post()
    evaluate()
    broken = breaking(attempt_log.Attempt.objects.create, 1)
    monkeypatch.setattr(attempt_log.Attempt.objects, "create", broken)
    work()
    assert claims.claim_deliveries(lambda _: 10) is None


def test_answer_survives_a_connection_that_broke_meanwhile(
    committed_world: World, script: Scripted
) -> None:
    main = threading.get_ident()
    pid = []

    def answer(events: list[dict[str, Any]]) -> Answer:
        assert threading.get_ident() != main
        with psycopg.connect(database_url(), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
        return taken(events)

    script.answer = answer
    committed_world.post()
    evaluate()
    connection.ensure_connection()
    pid.append(connection.connection.info.backend_pid)
    work()
    assert attempts() == ["delivered"]
    assert the_event().outcome == "delivered"


def test_answers_that_cannot_be_written_count_against_no_delivery(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_world.post()
    evaluate()
    with monkeypatch.context() as trouble:
        trouble.setattr(finishing, "settle_events", breaking(lambda _: 0, 1_000))
        for _ in range(TOO_OFTEN):
            sending.send_due(5)
            assert QueuedDelivery.objects.get().claims == 0
            end_leases()
    assert the_delivery().outcome == "pending"
    work()
    assert set(attempts()) == {"unknown", "delivered"}
    assert the_event().outcome == "delivered"


def test_claim_is_taken_back_once_the_database_is_there_again(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError

    committed_world.post()
    evaluate()
    with monkeypatch.context() as trouble:
        trouble.setattr(sending, "make_ready", away)
        trouble.setattr(claims, "spare_deliveries", away)
        sending.send_due(5)
        assert QueuedDelivery.objects.get().claims == 1
        end_leases()
        assert QueuedDelivery.objects.get().claims == 1
    sparing.catch_up()
    assert QueuedDelivery.objects.get().claims == 0


def test_claim_of_another_worker_stays_with_it(committed_world: World, script: Scripted) -> None:
    committed_world.post()
    evaluate()
    broken_off = claims.claim_deliveries(lambda _: 10)
    assert broken_off is not None
    end_leases()
    other = claims.claim_deliveries(lambda _: 10)
    assert other is not None
    claims.spare_deliveries(broken_off, 2)
    assert QueuedDelivery.objects.get().lease_token == other.token
    assert QueuedDelivery.objects.get().claims == 1


def test_crash_still_counts(committed_world: World, script: Scripted) -> None:
    committed_world.post()
    evaluate()
    for _ in range(claims.MOST_CLAIMS):
        claims.claim_deliveries(lambda _: 10)
        end_leases()
    work()
    assert Delivery.objects.get().reason == "worker_crash"


def test_trouble_while_answers_are_awaited_loses_none(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def away_at_first() -> None:
        if not go_on.is_set():
            go_on.set()
            raise OperationalError

    script.answer = lambda events: taken(events) if go_on.wait(10) else Answer(0)
    committed_world.post()
    evaluate()
    monkeypatch.setattr("delivery.evaluation.evaluate_due", away_at_first)
    sending.send_due(5)
    assert attempts() == ["delivered"]
