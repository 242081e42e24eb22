"""From a request's body to events ready to be written. Pure but for the clock and the ids."""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from collector import enrich, parsing
from collector.endpoint import Endpoint, Submitted, require_count
from collector.http import Request
from collector.problems import Refused
from collector.streams import Datastream
from delivery.ids import id_at
from delivery.intake import Accepted, prepare

_RANDOM_BYTES = 10  # of an id
# What bodies of lines are called.
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})


def prepared(
    raw: bytes,
    request: Request,
    endpoint: Endpoint,
    datastream: Datastream,
    proxies: enrich.Proxies,
    *,
    has_key: bool = False,
) -> list[Accepted | Refused]:
    """Return the events of a body, in its order, sealed and with their ids.

    In the place of a malformed or too large one stands why it is refused. `has_key` says whether
    the request showed a server key.

    Raises:
        Refused: the body is malformed or too large, none of its events is good, or one is not and
            the endpoint takes all or none. Nothing is accepted then.
    """
    events, lines = _read(raw, request, endpoint)
    found = _checked(events, may_be_large=len(raw) > parsing.EVENT_BYTES)
    for line, each in zip(lines, found, strict=False):
        if isinstance(each, Refused):
            each.line = line
    refusals = [each for each in found if isinstance(each, Refused)]
    if refusals and (len(refusals) == len(found) or not endpoint.is_partial):
        raise _for_all(refusals)
    about = {"datastream": datastream.public_id, "requestId": request.id}
    bounds = datastream.bounds
    observed = enrich.observed(request, proxies, bounds)
    moment, ids = _stamp(len(found))
    return [
        each
        if isinstance(each, Refused)
        else prepare(
            event_id,
            datastream.stream,
            moment,
            _body(each, bounds, observed, about),
            has_key=has_key,
        )
        for event_id, each in zip(ids, found, strict=True)
    ]


def _read(
    raw: bytes, request: Request, endpoint: Endpoint
) -> tuple[Sequence[Submitted | Refused], Sequence[int]]:
    """Return the events, and the lines they stand on in a body of lines."""
    if endpoint.read_line is None or request.media_type not in _LINES:
        return endpoint.read(parsing.parse(raw)), ()
    lines = parsing.lines_of(raw)
    require_count(lines)
    return (
        [_read_line(line, endpoint.read_line) for _, line in lines],
        [number for number, _ in lines],
    )


def _read_line(line: bytes, read: Callable[[Any], Submitted]) -> Submitted | Refused:
    try:
        return read(parsing.parse(line, is_line=True))
    except Refused as refused:
        return refused


def _checked(
    events: Sequence[Submitted | Refused], *, may_be_large: bool
) -> list[Submitted | Refused]:
    return [
        each if isinstance(each, Refused) else _within_bounds(each, may_be_large=may_be_large)
        for each in events
    ]


def _within_bounds(event: Submitted, *, may_be_large: bool) -> Submitted | Refused:
    try:
        _require_bounds(event, may_be_large=may_be_large)
    except Refused as refused:
        return refused
    return event


def _for_all(refusals: Sequence[Refused]) -> Refused:
    first = refusals[0]
    if len(refusals) == 1 and first.line is None:
        return first
    whole = Refused(first.problem, first.detail)
    whole.each, whole.line = refusals, first.line
    return whole


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
    moment = dt.datetime.fromtimestamp(nanoseconds / 1e9, dt.UTC)
    # One call for all: the system's randomness costs more by the call than by the byte.
    pool = os.urandom(_RANDOM_BYTES * count)
    pieces = [pool[at : at + _RANDOM_BYTES] for at in range(0, len(pool), _RANDOM_BYTES)]
    randomness = sorted(int.from_bytes(piece, "big") >> 6 for piece in pieces)
    return moment, [id_at(milliseconds, number) for number in randomness]
