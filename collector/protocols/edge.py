"""The server API of the original, version 2: `/ee/v2/interact` and `/ee/v2/collect`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from collector.endpoint import (
    Endpoint,
    Outcome,
    Submitted,
    require_count,
    require_object,
    shown_ids,
)
from collector.http import Answer, Request, json_answer, no_content
from collector.problems import INVALID_EVENT, Refused

_DATASTREAM_NAMES = ("datastreamId", "dataStreamId", "configId")


def datastream_id(request: Request) -> str:
    """Return the id from the query, under any of the names clients use."""
    return next((request.query[name] for name in _DATASTREAM_NAMES if name in request.query), "")


def read(body: Any) -> list[Submitted]:
    """Read ``{"event": …}``, ``{"events": […]}`` or both; each event has `xdm`, `data` or both."""
    if not isinstance(body, dict):
        raise Refused(INVALID_EVENT, "The body is not an object.")
    events = body.get("events", [])
    if not isinstance(events, list):
        raise Refused(INVALID_EVENT, "events is not a list.")
    if "event" in body:
        events = [body["event"], *events]
    require_count(events)
    return [_submitted(event, number) for number, event in enumerate(events)]


def _submitted(event: Any, number: int) -> Submitted:
    place = f"Event {number}"
    if not isinstance(event, dict) or not ("xdm" in event or "data" in event):
        raise Refused(INVALID_EVENT, f"{place} is not an object with xdm or data.")
    return Submitted(
        require_object(event.get("xdm"), f"xdm of event {number}"),
        require_object(event.get("data"), f"data of event {number}"),
    )


def _interact(request: Request, outcomes: Sequence[Outcome]) -> Answer:
    return json_answer(200, {"requestId": request.id, "handle": [], "events": shown_ids(outcomes)})


def _collect(request: Request, outcomes: Sequence[Outcome]) -> Answer:
    if request.query.get("silent") == "true":
        return no_content()
    return json_answer(202, {"requestId": request.id, "events": shown_ids(outcomes)})


ENDPOINTS = (
    Endpoint(re.compile("/ee/v2/interact"), datastream_id, read, _interact),
    Endpoint(re.compile("/ee/v2/collect"), datastream_id, read, _collect),
)
