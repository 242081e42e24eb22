"""Erasing a person: found wherever they are, gone for good, and never back."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DataError, connection
from django.utils import timezone

from accounts.models import AuditEntry, User
from delivery import (
    answering,
    chains,
    claims,
    erasing,
    evaluation,
    finishing,
    replay,
    requesting,
    sending,
    tasks,
)
from delivery.erasing import Person
from delivery.filtering import Filters
from delivery.models import (
    Attempt,
    Delivery,
    DeliveryAnswer,
    DeliveryBody,
    Erasure,
    ErasureMatch,
    Event,
    EventBody,
    QueuedDelivery,
    QueuedEvent,
    Replay,
    ReplayedDelivery,
)
from delivery.replay import Selection
from extensions.contract import Answer, Verdict
from rules.provisioning import create_property
from tests.delivery.far_side import call, extension, rule_of
from tests.delivery.world import (
    EMAIL,
    Scripted,
    World,
    attempts,
    count,
    element,
    end_leases,
    evaluate,
    refused,
    rule,
    sha256,
    taken,
    work,
)

TABLES = (
    "event", "delivery", "delivery_queue", "delivery_answer", "attempt", "destination",
    "replayed_delivery", "replayed_event", "erasure",
)  # fmt: skip
OTHER = "somebody.else@shop.example"


def look(world: World, **person: str) -> Erasure:
    begun = erasing.look_for(
        world.property, Person(**(person or {"email": EMAIL})), uuid.uuid4(), None
    )
    return erasing.run(begun)


def erase(world: World, **person: str) -> Erasure:
    found = look(world, **person)
    erasing.confirm(found, None)
    found.refresh_from_db()
    return erasing.run(found)


def outcomes() -> list[tuple[str, str]]:
    return sorted(Event.objects.values_list("outcome", "reason"))


def every_text() -> str:
    """All that the tables of the log hold, bodies opened."""
    texts = [str(body.open()) for body in [*EventBody.objects.all(), *DeliveryBody.objects.all()]]
    texts += [str(one.open_response()) for one in Attempt.objects.all()]
    for one in DeliveryAnswer.objects.all():
        texts.append(str(answering.opened(answering.standing([one.event_id])[one.event_id])))
    with connection.cursor() as cursor:
        for table in (*TABLES, AuditEntry._meta.db_table):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - a test's own words
            texts.append(str(cursor.fetchall()))
    return "\n".join(texts)


# --- Found ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"email": EMAIL}, {"email": EMAIL}),
        ({"email": f" {EMAIL.upper()} "}, {"email": EMAIL}),
        ({"email": sha256(EMAIL)}, {"email": EMAIL}),
        ({"email": OTHER, "phone": "+49 (170) 123-4567"}, {"phone": "0049170/1234567"}),
        ({"email": OTHER, "phone": "491701234567"}, {"phone": "+49 170 1234567"}),
        ({"email": OTHER, "customer": {"ids": ["x", "C-4711"]}}, {"external_id": "C-4711"}),
        ({"email": OTHER, "customer": 4711}, {"external_id": "4711"}),
        ({"email": OTHER, "customer": sha256("c-4711")}, {"external_id": "C-4711"}),
    ],
)
def test_person_is_found_in_the_content_of_an_event_that_was_never_sent(
    world: World, sent: dict[str, Any], asked: dict[str, str]
) -> None:
    world.post(name="Nothing", **sent)
    world.post(email=OTHER)
    found = look(world, **asked)
    assert (found.state, found.found, found.looked_at) == ("found", 1, 2)


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"email": EMAIL}, {"email": EMAIL}),
        ({"phone": "+49 (170) 123-4567"}, {"phone": "0049170/1234567"}),
        ({"customer": "C-4711"}, {"external_id": "C-4711"}),
    ],
)
def test_person_is_found_by_what_was_sent_when_the_content_is_gone(
    world: World, script: Scripted, sent: dict[str, Any], asked: dict[str, str]
) -> None:
    told = rule(phone="{{phone}}", externalId="{{customer}}")
    world.publish(told, elements=[element("phone"), element("customer")])
    world.post(**{"email": OTHER, **sent})
    world.post(email=OTHER)
    work()
    EventBody.objects.all().delete()
    assert look(world, **asked).found == 1


def test_looking_changes_nothing_and_can_be_given_up(world: World, script: Scripted) -> None:
    world.post()
    work()
    found = look(world)
    assert outcomes() == [("delivered", "")]
    erasing.stop(found, None)
    found.refresh_from_db()
    assert (found.state, found.needles, ErasureMatch.objects.count()) == ("stopped", [], 0)


def test_other_property_is_left_alone(world: World) -> None:
    world.post()
    other = World.of(create_property("Other", None))
    other.publish()
    assert look(other).found == 0


def test_looking_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "LOOK", 2)
    world.post(5)
    begun = erasing.look_for(world.property, Person(EMAIL), uuid.uuid4(), None)
    assert erasing.step(begun.pk)
    begun.refresh_from_db()
    assert (begun.looked_at, begun.found, begun.state) == (2, 2, "looking")
    tasks.erase_on()
    begun.refresh_from_db()
    assert (begun.looked_at, begun.found, begun.state) == (5, 5, "found")


# --- Gone -------------------------------------------------------------------------------------


def test_nothing_of_the_person_is_left(world: World, script: Scripted, admin: User) -> None:
    script.answer = lambda events: Answer(
        400, {}, f'{{"error": {{"code": 100, "message": "bad {EMAIL}"}}}}'.encode()
    )
    world.post(id="order-of-canary")
    work()
    replay.start(
        replay.plan(Selection(world.property, Filters()), timezone.now()),
        admin,
        uuid.uuid4(),
        may_count_twice=False,
    )
    tasks.replay_on()
    work()
    before = every_text()
    assert EMAIL in before
    assert sha256(EMAIL) in before
    done = erase(world)
    assert (done.state, done.erased, done.needles) == ("done", 1, [])
    left = every_text()
    assert EMAIL not in left
    assert sha256(EMAIL) not in left
    assert "order-of-canary" not in left
    assert outcomes() == [("erased", "erasure_request")]
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"erased"}
    assert ReplayedDelivery.objects.get().payload is None


def test_audit_tells_of_it_without_the_person(world: World, admin: User) -> None:
    world.post()
    found = erasing.run(
        erasing.look_for(world.property, Person(EMAIL, "", "C-1"), uuid.uuid4(), admin)
    )
    erasing.confirm(found, admin)
    entries = AuditEntry.objects.order_by("id")
    assert [entry.action for entry in entries][-2:] == ["person.looked_for", "person.erased"]
    for entry in entries:
        assert EMAIL not in str(vars(entry))
    last = entries.last()
    assert last is not None
    assert last.detail == {"given": "email, external_id", "events": 1}


def test_others_stay(world: World, script: Scripted) -> None:
    world.post()
    world.post(2, email=OTHER)
    work()
    erase(world)
    assert [outcome for outcome, _ in outcomes()] == ["delivered", "delivered", "erased"]
    assert EventBody.objects.count() == 2


def test_event_that_came_after_the_look_is_erased_with_the_rest(
    world: World, script: Scripted
) -> None:
    world.post()
    found = look(world)
    world.post()
    erasing.confirm(found, None)
    found.refresh_from_db()
    assert erasing.run(found).erased == 2


def test_worker_that_dies_in_between_leaves_the_rest_to_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post(2)
    found = look(world)
    erasing.confirm(found, None)
    found.refresh_from_db()
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_ERASE_DELIVERIES", ("SELECT 1/0",))
        with pytest.raises(DataError):
            erasing.run(found)
    tasks.erase_on()
    found.refresh_from_db()
    assert (found.state, found.erased) == ("done", 2)


def test_request_that_fails_keeps_no_other_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post()
    first, second = (
        erasing.look_for(world.property, Person(text), uuid.uuid4(), None)
        for text in (OTHER, EMAIL)
    )
    whole = erasing._look

    def failing(found: Erasure) -> bool:
        if found.pk == first.pk:
            raise ZeroDivisionError
        return whole(found)

    monkeypatch.setattr(erasing, "_look", failing)
    tasks.erase_on()
    assert dict(Erasure.objects.values_list("pk", "state")) == {
        first.pk: "looking", second.pk: "found",
    }  # fmt: skip


def test_what_nobody_decides_about_is_forgotten(world: World) -> None:
    world.post()
    old, young = look(world), look(world)
    Erasure.objects.filter(pk=old.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    tasks.keep_partitions()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, old.needles, old.matches.count()) == ("stopped", [], 0)
    assert (young.state, len(young.needles) > 0) == ("found", True)


def test_host_that_came_out_of_the_event_is_gone(world: World, script: Scripted) -> None:
    one = rule_of(call("https://{{to}}.tenant.example/x"))
    world.publish(one, extensions=[extension()])
    world.post(to="c-4711")
    evaluate()
    assert "c-4711" not in Delivery.objects.get().name
    erase(world)
    assert Delivery.objects.get().name == "erased"


# --- Against work under way -------------------------------------------------------------------


def test_event_that_waits_is_never_judged(world: World, script: Scripted) -> None:
    world.post()
    erase(world)
    assert (QueuedEvent.objects.count(), evaluate()) == (0, 0)
    assert outcomes() == [("erased", "erasure_request")]


def test_event_that_is_being_judged_stays_erased(world: World, script: Scripted) -> None:
    world.post()
    claim = claims.claim_events(10)
    assert claim is not None
    erase(world)
    assert evaluation._evaluate(claim) == 0
    assert (count("delivery"), count("delivery_queue")) == (0, 0)
    assert outcomes() == [("erased", "erasure_request")]


def test_delivery_that_waits_is_not_sent(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    erase(world)
    sending.send_due(5)
    assert script.requests == []
    assert (QueuedDelivery.objects.count(), count("delivery_body")) == (0, 0)


def test_delivery_that_is_claimed_is_not_sent(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    claim = claims.claim_deliveries(requesting.most_events)
    assert claim is not None
    erase(world)
    assert requesting.make_ready(claim) is None
    end_leases()
    assert outcomes() == [("erased", "erasure_request")]


@pytest.mark.parametrize("outcome", ["delivered", "rejected", "retry", "hold"])
def test_answer_that_comes_afterwards_changes_nothing(
    world: World, script: Scripted, outcome: Any
) -> None:
    world.post()
    evaluate()
    claim = claims.claim_deliveries(requesting.most_events)
    assert claim is not None
    assert requesting.make_ready(claim) is not None
    erase(world)
    finishing.finish(claim, Verdict(outcome, "x", "x"), Answer(200, {}, b"{}"), 1)
    end_leases()
    sending.send_due(1)
    assert set(Delivery.objects.values_list("outcome", "reason")) == {("erased", "erasure_request")}
    assert outcomes() == [("erased", "erasure_request")]
    assert QueuedDelivery.objects.count() == 0


def under_way() -> claims.DeliveryClaim:
    """A claim whose request has been opened."""
    evaluate()
    claim = claims.claim_deliveries(requesting.most_events)
    assert claim is not None
    assert requesting.make_ready(claim) is not None
    return claim


@pytest.mark.parametrize("others", [0, 1])
def test_answer_that_comes_afterwards_is_not_kept(
    world: World, script: Scripted, others: int
) -> None:
    world.post()
    world.post(others, email=OTHER)
    claim = under_way()
    erase(world)
    # The request of others goes on, and a sweep must still find it.
    assert attempts() == ["open" if others else "unknown"]
    quoting = f"bad {EMAIL}"
    finishing.finish(
        claim, Verdict("delivered", "x", quoting, quoting), Answer(200, {}, quoting.encode()), 1
    )
    assert EMAIL not in every_text()
    assert attempts() == ["delivered" if others else "unknown"]


def test_delivery_that_is_erased_while_its_request_is_made_does_not_travel(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post()
    [other] = world.post(email=OTHER)
    evaluate()
    opening = requesting.open_attempt

    def open_late(claim: claims.DeliveryClaim, keys: list[claims.Key]) -> list[claims.Key]:
        if len(keys) == 2:
            erase(world)
        return opening(claim, keys)

    monkeypatch.setattr(requesting, "open_attempt", open_late)
    sending.send_due(5)
    assert script.batches == [[other.hex]]
    assert Attempt.objects.get().event_count == 1
    assert sorted(Delivery.objects.values_list("outcome", flat=True)) == ["delivered", "erased"]


def test_request_whose_deliveries_are_all_erased_is_not_made(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post()
    evaluate()
    opening = requesting.open_attempt

    def open_late(claim: claims.DeliveryClaim, keys: list[claims.Key]) -> list[claims.Key]:
        erase(world)
        return opening(claim, keys)

    monkeypatch.setattr(requesting, "open_attempt", open_late)
    sending.send_due(5)
    assert (script.requests, attempts()) == ([], [])


def test_event_erased_between_two_steps_of_a_replay_is_not_sent(
    world: World, script: Scripted, admin: User
) -> None:
    script.answer = refused
    [event_id] = world.post()
    work()
    script.answer = taken
    script.requests.clear()
    found = replay.plan(Selection(world.property, Filters()), timezone.now())
    [run] = replay.start(found, admin, uuid.uuid4(), may_count_twice=False)
    erasing._run(erasing._ERASE_EVENTS, [event_id])  # the second half is still to come
    assert chains.resend(run, [claims.Key(event_id, Delivery.objects.get().component)]) == 0
    sending.send_due(5)
    assert script.requests == []


def test_erased_event_is_not_replayed(world: World, script: Scripted, admin: User) -> None:
    script.answer = refused
    world.post()
    work()
    script.answer = taken
    world.publish(rule())
    erase(world)
    for choice in Replay.Choice.values:
        found = replay.plan(Selection(world.property, Filters(), choice), timezone.now())
        assert found.total == 0


# --- The command ------------------------------------------------------------------------------


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    lines = iter([EMAIL, "", ""])
    monkeypatch.setattr("builtins.input", lambda *_: next(lines))
    out = io.StringIO()
    call_command("erase_subject", "--no-input", *arguments, stdout=out)
    return out.getvalue()


def test_command_only_counts_unless_told_to_erase(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.post(2)
    said = command(monkeypatch)
    assert "2 of 2 events tell of the person" in said
    assert "Nothing was erased" in said
    assert EMAIL not in said
    assert outcomes() == [("received", "")] * 2


def test_command_erases(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.post(2)
    said = command(monkeypatch, "--erase", "--property", world.property.public_id)
    assert "Erased: 2 events." in said
    assert outcomes() == [("erased", "erasure_request")] * 2
