"""Calls that a person has made again: what waited for them goes on."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from accounts.models import User
from delivery import replay
from delivery.filtering import Filters
from delivery.models import Replay
from delivery.replay import Selection
from tests.delivery.far_side import FarSide, Says, call, outcome_of, rule_of
from tests.delivery.test_resuming import publish, two_calls
from tests.delivery.world import World, count, work


def again(world: World, admin: User, choice: str, **options: Any) -> None:
    found = replay.plan(Selection(world.property, Filters(), choice, **options), timezone.now())
    replay.start(found, admin, uuid.uuid4(), may_count_twice=False)
    while replay.step_all():
        pass
    work()


def test_failed_call_that_is_sent_again_resumes_its_rule(
    world: World, far: FarSide, admin_user: User
) -> None:
    far.says(404)
    publish(world, two_calls(far))
    [event_id] = world.post(id="7")
    work()
    assert outcome_of(event_id) == ("rejected", "fetch:404")
    far.says(body={"city": "Bern"})
    again(world, admin_user, Replay.Choice.RECORDED)
    assert far.paths == ["/who?id=7", "/who?id=7", "/there"]
    assert far.requests[2].json["city"] == "Bern"
    assert outcome_of(event_id) == ("delivered", "")


def test_failed_call_nobody_waited_for_is_just_sent_again(
    world: World, far: FarSide, admin_user: User
) -> None:
    far.says(404)
    publish(world, rule_of(call(f"{far.origin}/who", "who")))
    [event_id] = world.post()
    work()
    far.says(200)
    again(world, admin_user, Replay.Choice.RECORDED)
    assert outcome_of(event_id) == ("delivered", "")
    assert count("delivery_answer") == 0


def test_event_that_is_run_again_makes_its_calls_again(
    world: World, far: FarSide, admin_user: User
) -> None:
    far.says(404)
    rule = two_calls(far)
    publish(world, rule)
    [event_id] = world.post(id="7")
    work()
    far.says(body={"city": "Bern"})
    publish(world, rule)
    again(world, admin_user, Replay.Choice.AGAIN)
    assert far.paths == ["/who?id=7", "/who?id=7", "/there"]
    assert outcome_of(event_id) == ("delivered", "")


def test_run_again_with_what_was_delivered_asks_anew(
    world: World, far: FarSide, admin_user: User
) -> None:
    far.answer = lambda _asked: Says(body=f'{{"city": "{len(far.requests)}"}}'.encode())
    publish(world, two_calls(far))
    world.post(id="7")
    work()
    again(world, admin_user, Replay.Choice.AGAIN, with_delivered=True)
    assert far.paths == ["/who?id=7", "/there"] * 2
    assert far.requests[3].json["city"] == "3"  # the answer of this time


def test_delivered_call_stays_and_what_failed_after_it_is_made_with_its_answer(
    world: World, far: FarSide, admin_user: User
) -> None:
    far.answer = lambda asked: Says(404 if asked.path == "/there" else 200, b'{"city": "Bern"}')
    rule = two_calls(far)
    publish(world, rule)
    [event_id] = world.post(id="7")
    work()
    far.says(body={})
    again(world, admin_user, Replay.Choice.AGAIN)
    assert far.paths == ["/who?id=7", "/there", "/there"]
    assert far.requests[2].json["city"] == "Bern"
    assert outcome_of(event_id) == ("delivered", "")
