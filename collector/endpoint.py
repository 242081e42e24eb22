"""What an ingest protocol says about itself: one `Endpoint` for each of its paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from collector.http import Answer, Request
from collector.problems import INVALID_EVENT, TOO_MANY_EVENTS, Refused

MAX_EVENTS = 1_000


class Submitted(NamedTuple):
    """One event as its sender meant it, in the words of the log."""

    xdm: dict[str, Any]
    data: dict[str, Any]
    # What a server recorded of the visitor's own request; None: the connection is the visitor's.
    request: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path that takes events by POST.

    Args:
        path: matches the whole path; its named groups become `Request.path_parts`.
        datastream: where the request names its datastream; "" when it does not.
        read: the events in a parsed body. Raises `Refused` for a wrong shape.
        answer: what a client that posted these events, now safe under these ids, is told.
    """

    path: re.Pattern[str]
    datastream: Callable[[Request], str]
    read: Callable[[Any], list[Submitted]]
    answer: Callable[[Request, Sequence[str]], Answer]


def require_count(events: list[Any]) -> None:
    """Raise `Refused` when there is no event, or more than `MAX_EVENTS`."""
    if not events:
        raise Refused(INVALID_EVENT, "The body holds no event.")
    if len(events) > MAX_EVENTS:
        raise Refused(TOO_MANY_EVENTS, f"A request has at most {MAX_EVENTS} events.")


def require_object(value: Any, name: str) -> dict[str, Any]:
    """Return a JSON object; an absent one, or null, is empty.

    Raises:
        Refused: it is something else. `name` says where it stands.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(INVALID_EVENT, f"{name} is not an object.")
    return value


def shown_ids(ids: Sequence[str]) -> list[dict[str, str]]:
    """Return ids as every protocol's answer lists them."""
    return [{"id": event_id} for event_id in ids]
