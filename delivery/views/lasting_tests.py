"""Environments that have sent test events for so long that somebody may have forgotten it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Min

from delivery.models import Destination
from rules.models import Environment

_LONG = dt.timedelta(days=7)
_STILL = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LastingTest:
    """An environment that still sends test events."""

    environment: str
    since: dt.datetime


def lasting_tests(environments: Collection[Environment], now: dt.datetime) -> list[LastingTest]:
    """Return those that have sent test events for a week, and did so within the last day."""
    names = {one.pk: one.name for one in environments}
    marked = Destination.objects.filter(
        environment__in=names, created_at__lt=now - _LONG, last_delivered_at__gt=now - _STILL
    ).exclude(mark="")
    since = marked.values_list("environment").annotate(Min("created_at")).order_by("environment")
    return [LastingTest(names[key], created_at) for key, created_at in since]
