"""The database goes away in the middle of the work: no delivery pays for it, no answer is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg import errors

from delivery import attempts as attempt_log
from delivery import claims, failures, finishing, sending, sharing, sparing
from delivery.models import Delivery, Event, QueuedDelivery
from extensions.contract import Answer
from tests.delivery.test_fencing import database_url
from tests.delivery.world import (
    Scripted,
    World,
    attempts,
    database_error,
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
        trouble.setattr(finishing, "settle_delivered", breaking(lambda _: 0, 1_000))
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
        raise database_error(errors.AdminShutdown)

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

    def away_at_first(_most: int) -> list[sharing.Due]:
        if not go_on.is_set():
            go_on.set()
            raise database_error(errors.AdminShutdown)
        return []

    script.answer = lambda events: taken(events) if go_on.wait(10) else Answer(0)
    committed_world.post()
    evaluate()
    monkeypatch.setattr("delivery.sharing.look", away_at_first)
    sending.send_due(5)
    assert attempts() == ["delivered"]


OWN_TROUBLE = [errors.ConnectionFailure, errors.DiskFull, errors.TooManyConnections]
OWN_TROUBLE += [errors.AdminShutdown, errors.CannotConnectNow]
OUR_TROUBLE = [errors.ProgramLimitExceeded, errors.QueryCanceled]
CLASHES = [errors.DeadlockDetected, errors.LockNotAvailable]


@pytest.mark.parametrize("kind", OWN_TROUBLE)
@pytest.mark.django_db
def test_loss_of_the_database_is_its_own_trouble(kind: type[psycopg.Error]) -> None:
    assert failures.is_database_trouble(database_error(kind))
    assert failures.is_database_trouble(kind())  # as COPY raises it, past Django


@pytest.mark.parametrize("kind", [*OUR_TROUBLE, *CLASHES, psycopg.OperationalError])
@pytest.mark.django_db
def test_other_operational_errors_are_not(kind: type[psycopg.Error]) -> None:
    connection.ensure_connection()
    assert not failures.is_database_trouble(database_error(kind))


def test_connection_that_cannot_be_made_is_trouble(transactional_db: None) -> None:
    connection.close()
    assert failures.is_database_trouble(database_error(psycopg.OperationalError))


def failing(function: Callable[..., Any], kind: type[psycopg.Error], times: int) -> Any:
    """The function, whose first calls the database refuses."""
    left = iter(range(times))

    def call(*arguments: Any, **named: Any) -> Any:
        if next(left, None) is not None:
            raise database_error(kind)
        return function(*arguments, **named)

    return call


@pytest.mark.parametrize("kind", OUR_TROUBLE)
def test_outcome_that_never_can_be_written_ends_in_giving_up(
    committed_world: World,
    script: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[psycopg.Error],
) -> None:
    committed_world.post()
    evaluate()
    with monkeypatch.context() as trouble:
        trouble.setattr(finishing, "settle_delivered", failing(lambda _: 0, kind, 1_000))
        for _ in range(claims.MOST_CLAIMS):
            sending.send_due(5)
            end_leases()
    work()
    assert len(script.requests) == claims.MOST_CLAIMS
    assert the_delivery().reason == "worker_crash"


@pytest.mark.parametrize("kind", CLASHES)
def test_clash_of_two_workers_is_tried_once_more(
    committed_world: World,
    script: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[psycopg.Error],
) -> None:
    committed_world.post()
    evaluate()
    settle = finishing.settle_delivered
    monkeypatch.setattr(finishing, "settle_delivered", failing(settle, kind, 1))
    sending.send_due(5)
    assert attempts() == ["delivered"]


def test_trouble_that_never_ends_resends_only_so_often(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_world.post()
    evaluate()
    most = claims.MOST_SPARED + claims.MOST_CLAIMS
    with monkeypatch.context() as trouble:
        lost = failing(lambda _: 0, errors.AdminShutdown, 1_000)
        trouble.setattr(finishing, "settle_delivered", lost)
        for _ in range(most + 3):
            sending.send_due(5)
            end_leases()
    assert len(script.requests) == most
    work()
    assert len(script.requests) == most


def test_claim_that_cannot_be_taken_back_counts_and_ends_nothing_else(
    committed_world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed_world.post()
    evaluate()
    claim = claims.claim_deliveries(lambda _: 10)
    assert claim is not None
    refused = failing(claims.spare_deliveries, errors.QueryCanceled, 1)
    monkeypatch.setattr(claims, "spare_deliveries", refused)
    sparing.spare(claim, database_error(errors.AdminShutdown))
    assert not sparing._broken_off
    assert QueuedDelivery.objects.get().claims == 1
