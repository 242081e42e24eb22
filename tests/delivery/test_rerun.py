"""Replay with the current build: what events owe is judged anew."""

from __future__ import annotations

import datetime as dt

from accounts.models import User
from delivery import tasks
from delivery.models import EventBody, ReplayedDelivery, ReplayedEvent
from tests.delivery.replaying import AGAIN, begin, outcomes, plan, refused_contact, rejected
from tests.delivery.world import (
    Scripted,
    World,
    pass_time,
    rule,
    sent_in,
    the_delivery,
    the_event,
    work,
)


def test_current_build_decides_anew(world: World, script: Scripted, admin: User) -> None:
    world.publish(rule(eventName=""))
    world.post(id="order-7")
    work()
    assert the_event().outcome == "not_sent"
    build = world.publish(rule())
    begin(world, admin, AGAIN)
    tasks.replay_on()
    work()
    event = the_event()
    assert (event.outcome, event.build_id) == ("delivered", build.pk)
    assert [e["event_id"] for r in script.requests for e in sent_in(r)] == ["order-7"]
    assert ReplayedEvent.objects.get().outcome == "not_sent"


def test_broken_build_and_then_a_good_one(world: World, script: Scripted, admin: User) -> None:
    world.publish_document(b"{}")
    world.post()
    world.post(age=dt.timedelta(days=8))
    work()
    assert outcomes() == ["failed", "received"]
    world.publish()
    begin(world, admin, AGAIN)
    tasks.replay_on()
    pass_time(minutes=10)
    work()
    assert set(outcomes()) <= {"delivered", "not_sent"}


def test_what_was_delivered_is_not_sent_again(world: World, script: Scripted, admin: User) -> None:
    lead, contact = rule(), rule(eventName="Contact")
    world.publish(lead, contact)
    refused_contact(world, script)
    begin(world, admin, AGAIN)
    tasks.replay_on()
    work()
    assert [e["event_name"] for r in script.requests for e in sent_in(r)] == ["Contact"]
    assert outcomes() == ["delivered"]


def test_what_was_delivered_is_sent_again_where_chosen(
    world: World, script: Scripted, admin: User
) -> None:
    world.post()
    work()
    begin(world, admin, AGAIN, with_delivered=True)
    tasks.replay_on()
    work()
    first, second = (sent_in(request)[0] for request in script.requests)
    assert (first["event_name"], first["event_id"]) == (second["event_name"], second["event_id"])
    [chain] = ReplayedDelivery.objects.all()
    assert chain.outcome == "delivered"
    assert chain.open()["event_id"] == first["event_id"]


def test_other_name_than_one_that_arrived_is_refused(
    world: World, script: Scripted, admin: User
) -> None:
    lead = rule()
    world.publish(lead)
    world.post()
    work()
    lead["components"][1]["settings"]["eventName"] = "Contact"
    world.publish(lead)
    begin(world, admin, AGAIN, with_delivered=True)
    tasks.replay_on()
    work()
    assert len(script.requests) == 1
    event = the_event()
    assert (event.outcome, event.reason) == ("not_sent", "replay_other_id")


def test_rejected_event_may_get_another_name(world: World, script: Scripted, admin: User) -> None:
    lead = rule()
    world.publish(lead)
    rejected(world, script)
    lead["components"][1]["settings"]["eventName"] = "Contact"
    world.publish(lead)
    begin(world, admin, AGAIN)
    tasks.replay_on()
    work()
    assert the_delivery().name == "Contact"
    assert ReplayedDelivery.objects.get().name == "Lead"


def test_event_whose_body_is_gone_cannot_run_again(
    world: World, script: Scripted, admin: User
) -> None:
    rejected(world, script)
    EventBody.objects.all().delete()
    assert plan(world, AGAIN).kinds == {"no_event": 1}
    assert plan(world).kinds == {"ready": 1}


def test_nothing_runs_again_without_a_build(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    world.environment.active_build = None
    world.environment.save()
    assert plan(world, AGAIN).kinds == {"no_build": 1}
