"""Write the demo's first events as the collector would have written them, an hour's worth."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from delivery import intake
from delivery.ids import id_at
from demo import content, tracking
from demo.content import Happening, Visitor
from rules.models import Datastream, Environment, Property

_FIRST_SEEN = dt.timedelta(hours=1)  # when the visitors' cookies were set


def accept(property_: Property) -> None:
    """Accept the first events into the property's production environment.

    The worker finds them in the queue when it starts, and evaluates and sends them.
    """
    datastream = Datastream.objects.select_related("environment").get(
        environment__property=property_, environment__stage=Environment.Stage.PRODUCTION
    )
    stream = intake.Stream(datastream.pk, datastream.environment_id, property_.pk)
    connection.ensure_connection()
    intake.accept(connection.connection, _events(stream, timezone.now()))


def _events(stream: intake.Stream, now: dt.datetime) -> Iterator[intake.Accepted]:
    for happening in content.happenings():
        at = now - dt.timedelta(seconds=happening.seconds_ago)
        event_id = id_at(_milliseconds(at), int.from_bytes(os.urandom(10), "big"))
        yield intake.prepare(event_id, stream, at, body(happening, at, now - _FIRST_SEEN))


def body(happening: Happening, at: dt.datetime, first_seen: dt.datetime) -> dict[str, Any]:
    """Return an event and its request, with what the visitor's browser would have added."""
    visitor, event = happening.visitor, happening.event
    xdm, data = dict(event["xdm"]), dict(event["data"])
    web = xdm.get("web", {})
    page = {**web.get("webPageDetails", {}), "URL": content.SHOP_URL + happening.path}
    xdm |= {"timestamp": at.isoformat(timespec="milliseconds")}
    xdm["web"] = {**web, "webPageDetails": page}
    user = data.get("user", {}) | _cookies(visitor, _milliseconds(first_seen))
    return {
        "event": {"xdm": xdm, "data": data | ({"user": user} if user else {})},
        "request": {"ip": visitor.ip, "userAgent": visitor.user_agent, "cookies": {}},
    }


def _cookies(visitor: Visitor, seen_ms: int) -> tracking.Event:
    found = {"fbp": visitor.fbp, "fbc": visitor.fbclid}
    return {name: f"fb.1.{seen_ms}.{value}" for name, value in found.items() if value}


def _milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)
