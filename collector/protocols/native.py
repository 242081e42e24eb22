"""Our own protocol: POST one event, a list or lines of them, to `/v1/events/<datastream>`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from collector.endpoint import Endpoint, Outcome, Submitted, require_count, require_object, shown
from collector.http import Answer, Request, json_answer
from collector.problems import INVALID_EVENT, Refused

_CONTENT = frozenset({"xdm", "data"})
_TAKEN_APART = _CONTENT | {"request"}
_REQUEST = frozenset({"ip", "userAgent", "referer", "cookies", "headers"})


def read(body: Any) -> list[Submitted | Refused]:
    """Read one event, a list, or ``{"events": […]}``.

    An event with nothing but `xdm`, `data` and `request` is taken apart; any other object is
    taken whole, as `data`.
    """
    if isinstance(body, dict) and isinstance(body.get("events"), list) and len(body) == 1:
        body = body["events"]
    events = body if isinstance(body, list) else [body]
    require_count(events)
    return [_tried(event, number) for number, event in enumerate(events)]


def _tried(event: Any, number: int) -> Submitted | Refused:
    try:
        return _submitted(event, f"event {number}")
    except Refused as refused:
        return refused


def read_line(event: Any) -> Submitted:
    """Read the event on one line."""
    return _submitted(event, "the event")


def _submitted(event: Any, place: str) -> Submitted:
    if not isinstance(event, dict) or not event:
        name = place[0].upper() + place[1:]
        raise Refused(INVALID_EVENT, f"{name} is not an object with something in it.")
    if not _CONTENT.isdisjoint(event) and event.keys() <= _TAKEN_APART:
        return Submitted(
            require_object(event.get("xdm"), f"xdm of {place}"),
            require_object(event.get("data"), f"data of {place}"),
            require_object(event.get("request"), f"request of {place}") or None,
        )
    return _whole(event)


def _whole(event: dict[str, Any]) -> Submitted:
    request = event.get("request")
    if isinstance(request, dict) and request and request.keys() <= _REQUEST:
        data = {key: value for key, value in event.items() if key != "request"}
        return Submitted({}, data, request)
    return Submitted({}, event)


def _answer(_: Request, outcomes: Sequence[Outcome]) -> Answer:
    return json_answer(202, {"events": shown(outcomes)})


ENDPOINTS = (
    Endpoint(
        re.compile(r"/v1/events/(?P<datastream>[^/]+)"),
        lambda request: request.path_parts["datastream"],
        read,
        _answer,
        read_line,
        is_partial=True,
    ),
)
