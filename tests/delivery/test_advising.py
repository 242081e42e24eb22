"""What is kept of warnings: with the delivery, with the refusal, and summed up per rule."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.db import connections, transaction

from delivery import advising, destinations, tasks
from delivery.models import Advice, Destination
from delivery.owing import Owed
from extensions.contract import Answer, Notice, Refused
from rules.engine import ActionResult
from tests.delivery.world import (
    META,
    Scripted,
    World,
    evaluate,
    rule,
    the_delivery,
    the_destination,
    the_event,
    work,
)

TODAY = dt.date(2026, 11, 23)


def owed(world: World, *advice: tuple[str, str], rule: str = "RL1", component: str = "RC1") -> Owed:
    address = {"dataset": "1", "credential": "x"}
    place = destinations.place_of(
        settings.KEY_RING, world.environment.pk, world.property.public_id, META, address
    )
    found = [{"code": code, "field": field, "message": f"About {field}"} for code, field in advice]
    moment = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    return Owed(uuid.uuid4(), component, rule, place, "Lead", "id", moment, found, b"", b"")


def counts() -> dict[tuple[str, str, str], int]:
    rows = Advice.objects.values_list("rule", "code", "field", "count")
    return {(rule, code, field): count for rule, code, field, count in rows}


def add(*items: Owed, day: dt.date = TODAY) -> None:
    with transaction.atomic():
        advising.add_up(items, day)


def test_payloads_and_their_advice_are_counted_by_rule(world: World) -> None:
    add(owed(world, ("bad_phone", "ph")), owed(world), owed(world, rule="RL2"))
    add(owed(world, ("bad_phone", "ph"), ("bad_zip", "zp")))
    assert counts() == {
        ("RL1", "", ""): 3,
        ("RL1", "bad_phone", "ph"): 2,
        ("RL1", "bad_zip", "zp"): 1,
        ("RL2", "", ""): 1,
    }


def test_last_message_is_kept(world: World) -> None:
    add(owed(world, ("bad_phone", "ph")))
    newer = owed(world, ("bad_phone", "ph"))
    newer.notices[0]["message"] = "Newer"
    add(newer)
    assert Advice.objects.get(code="bad_phone").message == "Newer"


def test_each_day_counts_by_itself(world: World) -> None:
    add(owed(world), day=TODAY - dt.timedelta(days=1))
    add(owed(world), owed(world))
    assert sorted(Advice.objects.values_list("count", flat=True)) == [1, 2]


def test_fields_that_events_name_do_not_fill_the_table(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advising, "MOST_A_DAY", 3)
    add(owed(world, ("odd", "a"), ("odd", "b")))
    add(owed(world, ("odd", "c"), ("odd", "b")))
    assert counts() == {("RL1", "", ""): 2, ("RL1", "odd", "a"): 1, ("RL1", "odd", "b"): 2}


def test_old_days_are_forgotten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    add(owed(world), day=TODAY - dt.timedelta(days=31))
    add(owed(world), day=TODAY - dt.timedelta(days=30))
    assert advising.forget_old(TODAY) == 1
    assert Advice.objects.count() == 1


def test_hourly_task_forgets(world: World) -> None:
    add(owed(world), day=dt.date(2020, 1, 1))
    tasks.keep_partitions()
    assert Advice.objects.count() == 0


def test_workers_side_by_side_do_not_wait_for_each_other(committed_world: World) -> None:
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def run(fields: list[str]) -> None:
        try:
            start.wait()
            for _ in range(30):
                add(owed(committed_world, *(("odd", field) for field in fields)))
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)
        finally:
            connections.close_all()

    fields = [f"f{number}" for number in range(40)]
    orders = [fields, fields[::-1], fields[20:] + fields[:20], fields[::2] + fields[1::2]]
    workers = [threading.Thread(target=run, args=[order]) for order in orders]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert set(counts().values()) == {120}


def test_evaluation_sums_up_what_its_payloads_brought(world: World, script: Scripted) -> None:
    world.publish({**rule(phone="{{code}}"), "id": "RL" + "7" * 32})
    world.post(3, code="not a number")
    world.post(2, code="+1 650 253 0000")
    evaluate()
    found = counts()
    assert found["RL" + "7" * 32, "", ""] == 5
    assert 3 in [count for (_, code, _), count in found.items() if code]


def test_event_that_was_erased_meanwhile_is_not_counted(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.evaluation._write_events", lambda *_: set())
    world.post()
    evaluate()
    assert Advice.objects.count() == 0


# --- Kept with what they are about ------------------------------------------------------------


def test_warnings_of_an_answer_are_kept_with_the_delivery(world: World, script: Scripted) -> None:
    def warned(events: list[dict[str, Any]]) -> Answer:
        body = {"events_received": len(events), "messages": ["Update your event_source_url."]}
        return Answer(200, {}, orjson.dumps(body))

    script.answer = warned
    world.post()
    work()
    assert the_delivery().outcome == "delivered"
    assert "event_source_url" in [notice["message"] for notice in the_delivery().notices][-1]


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose only action refuses, with advice."""
    notices = (Notice("odd", "email", "The e-mail was left out."),)
    refused = Refused("consent_denied", "There is no consent. The purpose is “ads”.", notices)

    class Program:
        def evaluate(self, *_: object, **__: object) -> Any:
            class Evaluation:
                rules = ()
                actions = (ActionResult("RL1", "RC1", META, refused),)

            return Evaluation()

    monkeypatch.setattr("delivery.programs._program", lambda *_: Program())


@pytest.mark.usefixtures("refusing")
def test_advice_of_a_refusal_is_kept_with_it(world: World) -> None:
    world.post()
    evaluate()
    assert (the_event().outcome, the_event().reason) == ("not_sent", "consent_denied")
    [refusal] = the_event().refusals
    assert refusal["notices"] == [
        {"code": "odd", "field": "email", "message": "The e-mail was left out."}
    ]


def test_mark_of_an_address_is_kept_with_its_destination(world: World, script: Scripted) -> None:
    world.publish(rule(isTestEvent=True, testEventCode="TEST1"))
    world.post()
    evaluate()
    assert the_destination().mark == "Test event TEST1"


def test_ordinary_destination_has_no_mark(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    assert Destination.objects.get().mark == ""


def test_mark_of_an_older_destination_is_filled_when_it_is_met(
    world: World, script: Scripted
) -> None:
    world.publish(rule(isTestEvent=True, testEventCode="TEST1"))
    world.post()
    evaluate()
    Destination.objects.update(mark="")  # as the migration that brought marks left it
    world.post()
    evaluate()
    assert the_destination().mark == "Test event TEST1"


def test_mark_that_is_right_is_not_written_again(
    world: World, script: Scripted, django_assert_num_queries: Any
) -> None:
    world.publish(rule(isTestEvent=True, testEventCode="TEST1"))
    world.post()
    evaluate()
    address = the_destination().address()
    place = destinations.place_of(
        settings.KEY_RING, world.environment.pk, world.property.public_id, META, address
    )
    Destination.objects.update(key=place.key)
    with django_assert_num_queries(1):
        destinations.find_or_create([place])
