"""What an ingest protocol says about itself: one `Endpoint` for each of its paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from collector.http import Answer, Request, about_event
from collector.problems import INVALID_EVENT, TOO_MANY_EVENTS, Refused
from delivery.intake import Entered

MAX_EVENTS = 1_000

# What became of one event of a request.
Outcome = Entered | Refused


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
        read: the events in a parsed body; in the place of one that has a wrong shape a `Refused`.
            Raises `Refused` when the body itself has one.
        answer: what a client that posted these events is told of each.
        read_line: the event on a line of a body of lines. None: such bodies are not taken.
        is_partial: whether the good events of a request are taken when others are refused.
    """

    path: re.Pattern[str]
    datastream: Callable[[Request], str]
    read: Callable[[Any], Sequence[Submitted | Refused]]
    answer: Callable[[Request, Sequence[Outcome]], Answer]
    read_line: Callable[[Any], Submitted] | None = None
    is_partial: bool = False


def require_count(events: Sequence[Any]) -> None:
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


def shown_ids(outcomes: Sequence[Outcome]) -> list[dict[str, str]]:
    """Return the ids of events that were all taken."""
    return [{"id": each.id.hex} for each in outcomes if isinstance(each, Entered)]


def shown(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return what became of each event, in their order."""
    return [_shown(each) for each in outcomes]


def _shown(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return about_event(outcome)
    told: dict[str, Any] = {"id": outcome.id.hex}
    if outcome.is_duplicate:
        told["duplicate"] = True
    if outcome.is_conflict:
        told["conflict"] = True
    return told
