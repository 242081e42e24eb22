"""After a restore: what may have been sent since the backup is counted twice by nobody."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from delivery import replay, restoring
from delivery.filtering import Filters
from delivery.heartbeats import Pulse
from delivery.models import QueuedDelivery
from delivery.replay import Selection
from delivery.restoring import Marked
from tests.delivery.world import (
    Scripted,
    World,
    evaluate,
    pass_time,
    server_error,
    taken,
    the_delivery,
    the_event,
    work,
)

LONG_AGO = dt.timedelta(hours=49)
OF_LATE = dt.timedelta(hours=47)


def restored(world: World, ago: dt.timedelta) -> dt.datetime:
    """A database that owes one delivery, put back to a moment."""
    world.post(id="order-1")
    evaluate()
    return timezone.now() - ago


def test_what_may_have_been_sent_long_ago_is_not_sent_again(world: World, script: Scripted) -> None:
    since = restored(world, LONG_AGO)
    assert restoring.mark_possibly_sent(since) == Marked(1, 0)
    work()
    assert (the_event().outcome, the_event().reason) == ("failed", "ambiguous_over_48h")
    assert script.requests == []


def test_it_is_replayed_after_a_question(world: World, script: Scripted) -> None:
    restoring.mark_possibly_sent(restored(world, LONG_AGO))
    work()
    selection = Selection(world.property, Filters())
    assert replay.plan(selection, timezone.now()).kinds == {"twice": 1}


def test_what_was_not_evaluated_at_the_moment_of_the_backup_is_marked_too(
    world: World, script: Scripted
) -> None:
    world.post()
    assert restoring.mark_possibly_sent(timezone.now() - LONG_AGO) == Marked(1, 0)
    work()
    assert the_delivery().reason == "ambiguous_over_48h"
    assert script.requests == []


def test_what_may_have_been_sent_of_late_is_sent_again_with_its_id(
    world: World, script: Scripted
) -> None:
    restoring.mark_possibly_sent(restored(world, OF_LATE))
    script.answer = taken
    work()
    assert (the_delivery().outcome, the_delivery().dedup_id) == ("delivered", "order-1")


def test_the_time_of_a_lost_answer_counts_from_the_first_one(
    world: World, script: Scripted
) -> None:
    since = restored(world, OF_LATE)
    script.answer = server_error
    work()
    restoring.mark_possibly_sent(since)
    restoring.mark_possibly_sent(timezone.now())
    assert QueuedDelivery.objects.get().ambiguous_at == since
    pass_time(hours=2)
    work()
    assert the_delivery().reason == "ambiguous_over_48h"


def test_what_comes_later_is_not_marked(world: World, script: Scripted) -> None:
    restoring.mark_possibly_sent(timezone.now() - LONG_AGO)
    world.post()
    work()
    assert the_event().outcome == "delivered"


@pytest.mark.parametrize("kind", ["collector", "worker"])
def test_nothing_is_marked_while_somebody_takes_or_sends_events(world: World, kind: str) -> None:
    since = restored(world, LONG_AGO)
    Pulse(kind).write()
    with pytest.raises(CommandError, match=f"did two minutes ago: {kind}"):
        call_command("after_restore", since=since.isoformat())
    assert QueuedDelivery.objects.get().ambiguous_at is None


def test_the_admin_may_run_meanwhile(world: World) -> None:
    since = restored(world, LONG_AGO)
    Pulse("web").write()
    said = io.StringIO()
    call_command("after_restore", since=since.isoformat(), stdout=said)
    assert said.getvalue().startswith("1 deliveries may have been sent already. Until 20")
    assert "UTC they are sent again" in said.getvalue()
    assert QueuedDelivery.objects.get().ambiguous_at == since


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("yesterday", "is no moment"),
        ("2026-11-01T03:00", "the zone"),
        ("2999-01-01T00:00Z", "in the past"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused(since: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("after_restore", since=since)
