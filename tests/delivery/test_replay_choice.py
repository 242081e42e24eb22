"""What a replay leaves out, and why."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils import timezone

from accounts.models import User
from delivery import replay, tasks
from delivery.filtering import Filters
from delivery.models import Delivery, DeliveryBody, Event
from rules.provisioning import create_property
from tests.delivery.replaying import age, begin, outcomes, plan, rejected
from tests.delivery.world import (
    Scripted,
    World,
    lost,
    pass_time,
    refused,
    taken,
    the_delivery,
    the_event,
    work,
)


def test_too_old_is_counted_and_left_alone(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script, 2)
    Delivery.objects.filter(event_id=Event.objects.earliest("id").pk).update(
        expires_at=timezone.now()
    )
    assert plan(world).kinds == {"ready": 1, "too_old": 1}
    [run] = begin(world, admin)
    tasks.replay_on()
    work()
    run.refresh_from_db()
    assert (run.started, run.left_out, outcomes()) == (1, {"too_old": 1}, ["delivered", "rejected"])


def test_payload_that_is_gone_is_counted(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script)
    DeliveryBody.objects.all().delete()
    assert plan(world).kinds == {"no_payload": 1}


def test_what_may_have_arrived_long_ago_needs_a_confirmation_of_its_own(
    world: World, script: Scripted, admin: User
) -> None:
    script.answer = lost
    world.post()
    work()
    pass_time(hours=49)
    age(hours=49)
    work()
    assert the_delivery().reason == "ambiguous_over_48h"
    script.answer = taken
    assert plan(world).kinds == {"twice": 1}
    begin(world, admin)
    tasks.replay_on()
    assert the_delivery().outcome == "failed"
    begin(world, admin, twice=True)
    tasks.replay_on()
    work()
    assert the_delivery().outcome == "delivered"


def test_what_may_have_arrived_of_late_is_sent_on_only_while_its_id_is_remembered(
    world: World, script: Scripted, admin: User
) -> None:
    script.answer = lost
    world.post()
    work()
    age(hours=40)
    script.answer = refused
    pass_time(hours=1)
    work()
    assert (plan(world).kinds, the_delivery().outcome) == ({"ready": 1}, "rejected")
    begin(world, admin)
    tasks.replay_on()
    pass_time(hours=9)
    work()
    assert the_delivery().reason == "ambiguous_over_48h"


def test_filters_of_the_log_choose(world: World, script: Scripted, admin: User) -> None:
    rejected(world, script, 2)
    reason = the_reason()
    delivery = Delivery.objects.first()
    assert delivery is not None
    for filters, found in (
        (Filters(reason=reason), 2),
        (Filters(reason="other"), 0),
        (Filters(destination=delivery.destination_id), 2),
        (Filters(destination=-1), 0),
        (Filters(rule=delivery.rule), 2),
        (Filters(rule="RL0"), 0),
        (Filters(build=world.environment.active_build.public_id), 2),  # type: ignore[union-attr]
        (Filters(build="BL0"), 0),
        (Filters(since=timezone.now() + dt.timedelta(minutes=1)), 0),
        (Filters(until=timezone.now() + dt.timedelta(minutes=1)), 2),
        (Filters(id=delivery.event_id.hex), 1),
        (Filters(outcomes=("failed",)), 0),
    ):
        assert plan(world, filters=filters).total == found, filters


def the_reason() -> str:
    [reason] = set(Event.objects.values_list("reason", flat=True))
    return reason


def test_event_that_comes_after_the_dry_run_is_not_part_of_it(
    world: World, script: Scripted, admin: User
) -> None:
    rejected(world, script)
    found = plan(world)
    rejected(world, script)
    replay.start(found, admin, uuid.uuid4(), may_count_twice=False)
    tasks.replay_on()
    work()
    assert outcomes() == ["delivered", "rejected"]


def test_other_property_is_left_alone(world: World, script: Scripted, admin: User) -> None:
    other = World.of(create_property("Other", None))
    rejected(world, script)
    assert plan(other).total == 0
    assert plan(other, event_id=the_event().pk).total == 0
