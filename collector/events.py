"""From a request's body to events ready to be written. Pure but for the clock and the ids."""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from typing import Any

from collector import enrich, parsing
from collector.endpoint import Endpoint, Submitted
from collector.http import Request
from collector.streams import Datastream
from delivery.ids import id_at
from delivery.intake import Accepted, prepare


def prepared(
    raw: bytes,
    request: Request,
    endpoint: Endpoint,
    datastream: Datastream,
    proxies: enrich.Proxies,
) -> list[Accepted]:
    """Return the events of a body, in its order, sealed and with their ids.

    Raises:
        Refused: the body or one of its events is malformed or too large; none is accepted then.
    """
    submitted = endpoint.read(parsing.parse(raw))
    for event in submitted:
        _require_bounds(event, may_be_large=len(raw) > parsing.EVENT_BYTES)
    about = {"datastream": datastream.public_id, "requestId": request.id}
    bounds = datastream.bounds
    observed = enrich.observed(request, proxies, bounds)
    moment, ids = _stamp(len(submitted))
    return [
        prepare(event_id, datastream.stream, moment, _body(event, bounds, observed, about))
        for event_id, event in zip(ids, submitted, strict=True)
    ]


def _require_bounds(event: Submitted, *, may_be_large: bool) -> None:
    content = {"xdm": event.xdm, "data": event.data}
    if may_be_large:
        parsing.require_small(content)
    parsing.require_bounded(content)


def _body(
    event: Submitted, bounds: enrich.Bounds, observed: dict[str, Any], about: dict[str, str]
) -> dict[str, Any]:
    seen = observed if event.request is None else enrich.recorded(event.request, bounds)
    return {"event": {"xdm": event.xdm, "data": event.data}, "request": {**seen, **about}}


def _stamp(count: int) -> tuple[dt.datetime, list[uuid.UUID]]:
    """Return now, and ids of the same millisecond in rising order: the log keeps the sequence."""
    nanoseconds = time.time_ns()
    milliseconds = nanoseconds // 1_000_000
    randomness = sorted(int.from_bytes(os.urandom(10), "big") >> 6 for _ in range(count))
    moment = dt.datetime.fromtimestamp(nanoseconds / 1e9, dt.UTC)
    return moment, [id_at(milliseconds, number) for number in randomness]
