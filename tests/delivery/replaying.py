"""Replays as a test plans and begins them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from delivery import replay
from delivery.filtering import Filters
from delivery.models import Event, Replay
from delivery.replay import Selection
from tests.delivery.world import Scripted, World, refused, refusing, taken, work

RECORDED, AGAIN = Replay.Choice.RECORDED, Replay.Choice.AGAIN


def plan(world: World, choice: str = RECORDED, **options: Any) -> replay.Plan:
    filters = options.pop("filters", Filters())
    return replay.plan(Selection(world.property, filters, choice, **options), timezone.now())


def begin(
    world: World, admin: User, choice: str = RECORDED, *, twice: bool = False, **options: Any
) -> list[Replay]:
    found = plan(world, choice, **options)
    return replay.start(found, admin, uuid.uuid4(), may_count_twice=twice)


def rejected(world: World, script: Scripted, count: int = 1, **data: Any) -> None:
    """Let events be refused by the destination."""
    script.answer = refused
    world.post(count, **data)
    work()
    script.answer = taken
    script.requests.clear()


def refused_contact(world: World, script: Scripted) -> None:
    """Let the destination take an event's other deliveries, and refuse that of a contact."""
    script.answer = refusing(lambda event: event["event_name"] == "Contact")
    world.post()
    work()
    script.answer = taken
    script.requests.clear()


def outcomes() -> list[str]:
    return sorted(Event.objects.values_list("outcome", flat=True))


def age(**amount: float) -> None:
    """Let every attempt lie that much further back."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE attempt SET started_at = started_at - %s", [dt.timedelta(**amount)])
