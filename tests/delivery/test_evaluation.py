"""What an event becomes when it is evaluated."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import DataError, connection
from psycopg.errors import AdminShutdown, DeadlockDetected
from pytest_django import Settings

import vault
from delivery import claims, destinations, evaluation, judging, programs
from delivery.contexts import body_context
from delivery.models import Destination, Event, QueuedEvent
from delivery.people import person_hashes
from extensions import registry
from extensions.contract import Ran
from rules import coding
from rules.engine import Program
from rules.engine.checks import Finding
from tests.delivery.world import (
    EMAIL,
    Scripted,
    World,
    count,
    database_error,
    end_leases,
    evaluate,
    pass_time,
    rule,
    sent_in,
    sha256,
    the_delivery,
    the_event,
    work,
)


def outcome() -> tuple[str, str]:
    event = the_event()
    return event.outcome, event.reason


def test_event_without_a_build_is_not_sent(world: World) -> None:
    world.environment.active_build = None
    world.environment.save()
    world.post()
    evaluate()
    assert outcome() == ("not_sent", "no_build")
    assert the_event().build_id is None


def test_event_that_no_rule_matches_is_not_sent(world: World) -> None:
    world.post(name="PageView")
    evaluate()
    assert outcome() == ("not_sent", "no_rule_matched")


def test_event_whose_rule_only_keeps_something_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = Mock(run_many=lambda calls: [Ran(1) for _ in calls])
    monkeypatch.setattr(coding, "many_runner", lambda _seconds: code)
    keeping = rule()
    action = keeping["components"][1]
    action["delegate"] = "core::actions::custom-code"
    action["settings"] = {"source": "return 1", "keyName": "one"}
    world.publish(keeping)
    world.post()
    evaluate()
    assert outcome() == ("not_sent", "nothing_to_send")


def test_event_whose_rule_fails_says_so(world: World) -> None:
    failing = rule()
    condition = failing["components"][0]["settings"]
    condition["comparison"]["operator"] = "matchesRegex"
    condition["rightOperand"] = "{{code}}"
    world.publish(failing)
    world.post(code="(")
    evaluate()
    assert outcome() == ("not_sent", "rule_failed")


def test_refused_action_gives_the_event_its_code(world: World) -> None:
    world.publish(rule(eventSourceUrl="{{to}}"))
    world.post()
    evaluate()
    assert outcome() == ("not_sent", "missing_event_source_url")
    (refusal,) = the_event().refusals
    assert refusal["code"] == "missing_event_source_url"
    assert "http" in refusal["message"]


def test_event_with_a_delivery_and_a_refusal_is_partly_delivered(
    world: World, script: Scripted
) -> None:
    world.publish(rule(), {**rule(eventSourceUrl="{{to}}"), "name": "Without a page"})
    world.post()
    work()
    assert outcome() == ("partly_delivered", "missing_event_source_url")


def test_event_records_the_build_and_the_second_it_was_judged_by(world: World) -> None:
    world.post()
    evaluate()
    event = the_event()
    assert event.build == world.environment.active_build
    assert event.evaluated_at is not None
    assert event.evaluated_at.microsecond == 0


def test_event_is_judged_by_the_build_that_is_live_now(world: World) -> None:
    world.publish(rule(eventName="Purchase", customData='{"value": 1, "currency": "EUR"}'))
    world.post()
    evaluate()
    assert the_delivery().name == "Purchase"


def test_body_that_does_not_open_fails_its_event(world: World) -> None:
    world.post()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE event_body SET body = 'x'")
    evaluate()
    assert outcome() == ("failed", "body_unreadable")


def test_body_that_does_not_open_leaves_the_others_alone(world: World, script: Scripted) -> None:
    bad, good = world.post(2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE event_body SET body = 'x' WHERE event_id = %s", [bad])
    work()
    assert Event.objects.get(pk=good).outcome == "delivered"


def test_event_sealed_by_a_key_that_is_away_waits_for_it(
    world: World, script: Scripted, settings: Settings
) -> None:
    world.post()
    ring, settings.KEY_RING = settings.KEY_RING, vault.KeyRing([b"x" * 32])
    for _ in range(claims.MOST_CLAIMS + 1):
        pass_time(minutes=5)
        evaluate()
    assert outcome() == ("received", "")
    settings.KEY_RING = ring
    pass_time(minutes=5)
    work()
    assert outcome() == ("delivered", "")


def test_event_whose_key_stays_away_for_a_week_is_given_up(
    world: World, settings: Settings
) -> None:
    world.post(age=judging.MOST_PATIENCE + dt.timedelta(minutes=1))
    settings.KEY_RING = vault.KeyRing([b"x" * 32])
    evaluate()
    assert outcome() == ("failed", "body_unreadable")


def test_event_waits_for_a_server_that_can_compile_its_build(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lack(delegate_id: str) -> None:
        raise registry.UnknownDelegate(delegate_id)

    programs._compiled.cache_clear()
    world.post()
    with monkeypatch.context() as before_the_update:
        before_the_update.setattr(registry, "delegate", lack)
        for _ in range(claims.MOST_CLAIMS + 1):
            pass_time(minutes=5)
            evaluate()
    assert outcome() == ("received", "")
    pass_time(minutes=5)
    work()
    assert outcome() == ("delivered", "")


def test_event_whose_build_compiles_nowhere_for_a_week_is_given_up(world: World) -> None:
    world.publish_document(b'{"format": 1, "stage": "production"}')
    world.post(age=judging.MOST_PATIENCE + dt.timedelta(minutes=1))
    evaluate()
    assert outcome() == ("failed", "build_error")


def test_event_that_waits_keeps_no_other_from_being_judged(
    world: World, script: Scripted, settings: Settings
) -> None:
    (waiting,) = world.post()
    other = vault.KeyRing([b"x" * 32])
    with connection.cursor() as cursor:
        sealed = vault.pack(other, {}, body_context(waiting))
        cursor.execute("UPDATE event_body SET body = %s", [sealed])
    (good,) = world.post()
    work()
    assert Event.objects.get(pk=waiting).outcome == "received"
    assert Event.objects.get(pk=good).outcome == "delivered"


def test_build_stays_live_when_checks_become_stricter(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("error", "", "", "", "Not any more.")
    monkeypatch.setattr("rules.engine.program.check_document", lambda _: [finding])
    programs._compiled.cache_clear()
    world.post()
    work()
    assert outcome() == ("delivered", "")


def test_database_trouble_while_a_build_is_read_fails_no_event(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise database_error(AdminShutdown)

    world.post()
    with monkeypatch.context() as broken:
        broken.setattr(programs, "_compiled", fail)
        evaluation.evaluate_due()
    assert outcome() == ("received", "")
    QueuedEvent.objects.update(next_at="2020-01-01T00:00:00Z")
    work()
    assert outcome() == ("delivered", "")


def test_clash_with_another_worker_counts_against_no_event(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clash(*_: object) -> int:
        raise database_error(DeadlockDetected)

    world.post()
    with monkeypatch.context() as patched:
        patched.setattr(evaluation, "_evaluate", clash)
        assert evaluation.evaluate_due() == 0
    assert QueuedEvent.objects.get().claims == 0


def test_build_is_compiled_once(world: World, script: Scripted) -> None:
    programs._compiled.cache_clear()
    for _ in range(3):
        world.post()
        work()
    assert programs._compiled.cache_info().misses == 1


def test_event_that_breaks_the_engine_leaves_the_others_alone(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = world.post(2)
    whole = Program.evaluate

    def break_once(self: Program, *arguments: Any, event_id: str, **rest: Any) -> Any:
        if event_id == bad.hex:
            raise RecursionError
        return whole(self, *arguments, event_id=event_id, **rest)

    monkeypatch.setattr(Program, "evaluate", break_once)
    work()
    assert Event.objects.get(pk=bad).reason == "build_error"
    assert Event.objects.get(pk=good).outcome == "delivered"


def test_payload_without_a_form_in_json_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise TypeError

    monkeypatch.setattr("delivery.owing.owe", refuse)
    world.post()
    evaluate()
    assert outcome() == ("not_sent", "unwritable_payload")


def test_event_that_ends_its_workers_is_given_up(world: World) -> None:
    world.post()
    for _ in range(claims.MOST_CLAIMS):
        assert claims.claim_events(10)
        end_leases()
    evaluate()
    assert outcome() == ("failed", "worker_crash")


def test_event_that_may_end_its_workers_travels_alone(world: World) -> None:
    world.post(3)
    for _ in range(claims.ALONE_AFTER):
        claims.claim_events(10)
        end_leases()
    claim = claims.claim_events(10)
    assert claim is not None
    assert len(claim.claims) == 1


def test_neighbours_of_a_deadly_event_are_delivered(world: World, script: Scripted) -> None:
    deadly, *others = world.post(4)
    while (claim := claims.claim_events(10)) is not None:
        if deadly in claim.claims and claim.claims[deadly] <= claims.MOST_CLAIMS:
            end_leases()  # the worker died
        else:
            evaluation._evaluate(claim)
    work()
    assert Event.objects.get(pk=deadly).reason == "worker_crash"
    assert all(Event.objects.get(pk=other).outcome == "delivered" for other in others)


def test_unforeseen_error_gives_the_events_back(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post(2)

    def fail(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(programs, "live_in", fail)
        assert evaluation.evaluate_due() == 0
    QueuedEvent.objects.update(next_at="2020-01-01T00:00:00Z")
    work()
    assert set(Event.objects.values_list("outcome", flat=True)) == {"delivered"}


def test_database_trouble_is_never_held_against_an_event(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise database_error(AdminShutdown)

    world.post()
    with monkeypatch.context() as broken:
        broken.setattr(destinations, "find_or_create", fail)
        for _ in range(claims.MOST_CLAIMS + 1):
            evaluation.evaluate_due()
            pass_time(minutes=1)
    work()
    assert outcome() == ("delivered", "")


def test_error_that_an_event_itself_brings_counts_against_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(owed: list[Any], *_: Any) -> None:
        if owed:
            raise DataError

    world.post()
    monkeypatch.setattr("delivery.owing.write", fail)
    for _ in range(claims.MOST_CLAIMS + 1):
        evaluation.evaluate_due()
        pass_time(minutes=1)
    assert outcome() == ("failed", "worker_crash")


def test_erased_event_stays_erased(world: World) -> None:
    world.post()
    claim = claims.claim_events(10)
    assert claim is not None
    Event.objects.update(outcome="erased")
    evaluation._evaluate(claim)
    assert outcome() == ("erased", "")
    assert count("delivery") == count("event_queue") == 0


def test_worker_that_lost_its_lease_writes_no_evaluation(world: World) -> None:
    world.post()
    late = claims.claim_events(10)
    assert late is not None
    end_leases()
    assert claims.claim_events(10) is not None
    evaluation._evaluate(late)
    assert outcome() == ("received", "")
    assert count("delivery") == 0
    assert count("event_queue") == 1


def test_visitors_make_only_so_many_destinations(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destinations, "MOST_IN_ENVIRONMENT", 2)
    world.publish(pixelId="{{to}}")
    for pixel in ("1", "2", "3"):
        world.post(to=pixel)
    evaluate()
    world.post(to="1")
    work()
    assert Destination.objects.count() == 2
    found = Event.objects.order_by("id").values_list("outcome", "reason")
    refused = ("not_sent", "too_many_destinations")
    assert list(found) == [("delivered", ""), ("delivered", ""), refused, ("delivered", "")]


def test_action_without_room_for_its_destination_stops_no_other(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destinations, "MOST_IN_ENVIRONMENT", 1)
    world.publish(rule(), {**rule(isTestEvent=True, testEventCode="TEST1"), "name": "Test"})
    world.post()
    work()
    assert outcome() == ("partly_delivered", "too_many_destinations")


def test_event_and_action_have_one_delivery_however_often_it_is_evaluated(world: World) -> None:
    world.post()
    first = claims.claim_events(10)
    end_leases()
    second = claims.claim_events(10)
    assert first is not None
    assert second is not None
    evaluation._evaluate(second)
    evaluation._evaluate(first)
    assert count("delivery") == 1


def test_events_of_one_person_can_be_found(world: World) -> None:
    world.post()
    evaluate()
    told = person_hashes(settings.KEY_RING, [sha256(EMAIL)])
    found = Event.objects.filter(person_hashes__contains=list(told))
    assert found.count() == 1


def test_payload_is_kept_sealed_and_opens_only_in_its_place(world: World) -> None:
    (event_id,) = world.post()
    evaluate()
    from delivery.models import DeliveryBody

    body = DeliveryBody.objects.get()
    assert body.open()["event_name"] == "Lead"
    with pytest.raises(vault.CannotOpen):
        vault.unpack(settings.KEY_RING, bytes(body.payload), body_context(event_id))


def test_event_name_that_is_too_long_for_its_column_is_cut_there_only(
    world: World, script: Scripted
) -> None:
    world.publish(rule(condition=False, eventName="{{code}}"))
    world.post(code="x" * 300)
    work()
    assert the_delivery().name == "x" * 255
    assert sent_in(script.requests[0])[0]["event_name"] == "x" * 300
