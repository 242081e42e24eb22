"""Workers that die, freeze, or work side by side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from delivery import claims, evaluation, finishing, sending
from delivery.models import Delivery, Event, QueuedDelivery
from delivery.requesting import Ready, make_ready, most_events
from extensions.contract import Answer, Verdict
from tests.delivery.conftest import RunningSandbox
from tests.delivery.world import (
    Scripted,
    World,
    attempts,
    count,
    end_leases,
    evaluate,
    lost,
    pass_time,
    rule,
    taken,
    the_delivery,
    the_destination,
    the_event,
    work,
)

DELIVERED = Verdict("delivered", "meta:ok", "Taken")


def ready_to_send() -> Ready:
    """Go as far as a worker goes before it posts."""
    claim = claims.claim_deliveries(most_events)
    assert claim is not None
    ready = make_ready(claim)
    assert ready is not None
    return ready


def test_worker_that_died_before_its_answer_leaves_an_unknown_attempt(
    world: World, script: Scripted
) -> None:
    world.post()
    evaluate()
    ready_to_send()
    assert the_delivery().outcome == "in_flight"
    end_leases()
    assert attempts() == ["unknown"]
    assert the_delivery().outcome == "pending"
    assert the_delivery().title == "The answer is unknown"


def test_what_a_dead_worker_held_is_sent_again(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    ready_to_send()
    end_leases()
    work()
    assert attempts() == ["unknown", "delivered"]
    assert the_event().outcome == "delivered"
    assert len(the_delivery().attempt_ids) == 2


def test_worker_that_died_before_its_request_leaves_no_doubt(
    world: World, script: Scripted
) -> None:
    world.post()
    evaluate()
    claims.claim_deliveries(most_events)
    end_leases()
    assert attempts() == []
    assert QueuedDelivery.objects.get().ambiguous_at is None


def test_lease_that_has_not_ended_is_respected(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    ready_to_send()
    work()
    assert script.requests == []


def test_late_worker_changes_nothing_once_another_has_finished(
    world: World, script: Scripted
) -> None:
    world.post()
    evaluate()
    late = ready_to_send()
    end_leases()
    work()
    before = Delivery.objects.values().get()
    rejected = Verdict("rejected", "late", "Late")
    finishing.finish(late.claim, rejected, taken([]), 5)
    assert Delivery.objects.values().get() == before
    assert attempts() == ["unknown", "delivered"]
    assert the_event().outcome == "delivered"


def test_late_worker_does_not_take_rows_from_the_one_who_has_them(
    world: World, script: Scripted
) -> None:
    world.post()
    evaluate()
    late = ready_to_send()
    end_leases()
    ready_to_send()
    for outcome in ("delivered", "retry", "hold", "rejected"):
        finishing.finish(late.claim, Verdict(outcome, "late", "Late"), taken([]), 5)
    assert the_delivery().outcome == "in_flight"
    assert attempts() == ["unknown", "open"]
    assert not the_destination().is_held
    assert count("delivery_queue") == 1


def test_erased_delivery_is_not_brought_back_by_its_request(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    ready = ready_to_send()
    QueuedDelivery.objects.all().delete()
    Delivery.objects.update(outcome="erased")
    Event.objects.update(outcome="erased")
    finishing.finish(ready.claim, DELIVERED, taken([]), 5)
    assert (the_delivery().outcome, the_event().outcome) == ("erased", "erased")


def test_delivery_that_ends_its_workers_is_given_up(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    for _ in range(claims.MOST_CLAIMS):
        claims.claim_deliveries(most_events)
        end_leases()
    work()
    assert (the_event().outcome, the_event().reason) == ("failed", "worker_crash")
    assert script.requests == []


def test_delivery_that_may_end_its_workers_travels_alone(world: World, script: Scripted) -> None:
    world.post(3)
    evaluate()
    for _ in range(claims.ALONE_AFTER):
        claims.claim_deliveries(most_events)
        end_leases()
    work()
    assert [len(batch) for batch in script.batches] == [1, 1, 1]


def test_destination_has_a_bounded_number_of_requests_in_flight(
    world: World, script: Scripted
) -> None:
    world.post(claims.MOST_IN_FLIGHT + 1)
    evaluate()
    taken_up = [claims.claim_deliveries(lambda _: 1) for _ in range(claims.MOST_IN_FLIGHT)]
    assert all(taken_up)
    assert claims.claim_deliveries(lambda _: 1) is None


def test_destinations_are_served_in_turn(world: World, script: Scripted) -> None:
    world.publish(rule(), {**rule(isTestEvent=True, testEventCode="T1"), "name": "Test"})
    world.post(2)
    evaluate()
    served = [claims.claim_deliveries(lambda _: 1) for _ in range(4)]
    first, second, third, fourth = (claim.destination_id for claim in served if claim)
    assert first != second
    assert (first, second) == (third, fourth)


def test_slow_destination_does_not_delay_another(world: World, script: Scripted) -> None:
    other_was_served = threading.Event()

    def answer(events: list[dict[str, Any]]) -> Answer:
        if events[0]["event_name"] == "Slow":
            return taken(events) if other_was_served.wait(10) else lost(events)
        other_was_served.set()
        return taken(events)

    world.publish(
        rule(eventName="Slow", isTestEvent=True, testEventCode="S"),
        {**rule(), "name": "Fast"},
    )
    script.answer = answer
    world.post()
    work()
    assert attempts() == ["delivered", "delivered"]


def test_request_that_never_ends_is_given_up_and_sent_again(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_FLIGHT_SECONDS", 0.2)
    let_go = threading.Event()
    script.answer = lambda events: taken(events) if let_go.wait(10) else lost(events)
    world.post()
    work()
    assert attempts() == ["unknown"]
    let_go.set()
    pass_time(minutes=1)
    work()
    assert attempts() == ["unknown", "delivered"]


def test_request_given_up_before_a_thread_took_it_is_never_made(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post()
    evaluate()
    ready = ready_to_send()
    monkeypatch.setattr(sending, "MOST_FLIGHT_SECONDS", -1)
    waiting: Future[Answer] = Future()
    sending._land({waiting: sending.Flight(ready, time.monotonic())}, 0)
    assert waiting.cancelled()


def test_error_while_finishing_loses_nothing(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    world.post()
    evaluate()
    with monkeypatch.context() as broken:
        broken.setattr(finishing, "finish", fail)
        sending.send_due(5)
    assert the_delivery().outcome == "in_flight"
    end_leases()
    work()
    assert the_event().outcome == "delivered"


def test_workers_side_by_side_deliver_each_event_once(
    committed_world: World, script: Scripted
) -> None:
    committed_world.publish(rule(), {**rule(), "name": "Again"})
    events = {event.hex for event in committed_world.post(300)}
    errors: list[BaseException] = []

    def run() -> None:
        try:
            for _ in range(6):
                while evaluation.evaluate_due() is not None:
                    pass
                sending.send_due(10)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    sent = [event_id for batch in script.batches for event_id in batch]
    assert sorted(sent) == sorted(2 * list(events))
    assert Event.objects.filter(outcome="delivered").count() == 300


def test_two_deliveries_of_one_event_that_finish_together_settle_it(
    committed_world: World, script: Scripted
) -> None:
    committed_world.publish(rule(), {**rule(isTestEvent=True, testEventCode="T"), "name": "T"})
    committed_world.post(200)
    evaluate()
    ready = [ready_to_send(), ready_to_send()]
    barrier = threading.Barrier(2)

    def run(claim: claims.DeliveryClaim) -> None:
        barrier.wait()
        finishing.finish(claim, DELIVERED, taken([]), 5)
        connections.close_all()

    workers = [threading.Thread(target=run, args=[one.claim]) for one in ready]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert set(Event.objects.values_list("outcome", flat=True)) == {"delivered"}


def test_what_was_delivered_is_locked_in_the_order_of_keys(
    committed_world: World, script: Scripted
) -> None:
    """Whoever erases people locks the same rows in that order; in another each might wait for the
    other.
    """
    committed_world.post(3)
    evaluate()
    claim = ready_to_send().claim
    first, _, last = sorted(row.event_id for row in claim.rows)
    QueuedDelivery.objects.filter(event_id=first).update(attempts=0)  # now behind the others
    lock = "SELECT FROM delivery_queue WHERE event_id = %s FOR UPDATE"

    def finish() -> None:
        finishing.finish(claim, DELIVERED, taken([]), 5)
        connections.close_all()

    worker = threading.Thread(target=finish)
    with psycopg.connect(database_url()) as holder, psycopg.connect(database_url()) as other:
        holder.execute(lock, [first])
        worker.start()
        _wait_for_one_that_waits()
        other.execute(f"{lock} NOWAIT", [last])  # raises where the worker has it already
        other.rollback()
        holder.rollback()
        worker.join()
    assert count("delivery_queue") == 0


def _wait_for_one_that_waits() -> None:
    ends = time.monotonic() + 10
    waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not count(waiting):
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_killed_worker_process_loses_nothing(
    committed_world: World, sandbox: RunningSandbox
) -> None:
    sandbox.fault(mode="hang", accept_first=True, count=1)
    committed_world.post(5)
    evaluate()
    code = (
        "import django; django.setup(); from django.conf import settings; import os;"
        "settings.DESTINATION_URLS = {os.environ['PACKAGE']: os.environ['SANDBOX']};"
        "from delivery.sending import send_due; send_due(20)"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "capi_admin.settings",
        "DATABASE_URL": database_url(),
        "PACKAGE": next(iter(settings.DESTINATION_URLS)),
        "SANDBOX": sandbox.url,
    }
    worker = subprocess.Popen([sys.executable, "-c", code], env=environment)
    while not sandbox.requests():
        assert worker.poll() is None
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"in_flight"}
    end_leases()
    work()
    assert set(Event.objects.values_list("outcome", flat=True)) == {"delivered"}
    ids = [event["event_id"] for event in sandbox.received()]
    assert len(ids) == 10
    assert len(set(ids)) == 5


def database_url() -> str:
    """The test's own database, in the form of the setting."""
    found = connection.settings_dict
    user = quote(found["USER"]) + (f":{quote(found['PASSWORD'])}" if found["PASSWORD"] else "")
    return f"postgresql://{user}@/{found['NAME']}?host={quote(found['HOST'], safe='/')}" + (
        f"&port={found['PORT']}" if found["PORT"] else ""
    )
