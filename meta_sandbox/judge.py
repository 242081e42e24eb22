"""Decide one request to the events endpoint: token and proof first, then pixel, then payload.

Pure: the same request at the same time always has the same verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from meta_sandbox import doubts, graph
from meta_sandbox.graph import GraphError
from meta_sandbox.validation import check_body
from meta_sandbox.wire import Request

HIDDEN_TOKEN: Final = "[access token]"  # noqa: S105 - the text shown in place of a token
# Shorter tokens may be ordinary words, and hiding those would change the events.
SHORTEST_HIDDEN_TOKEN: Final = 16


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """One event as it will be remembered; `encoded` is its JSON."""

    name: str
    id: str | None
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    """How the sandbox was set up.

    app_secret: of the Meta app; with one, every request has to prove that it knows it.
    warns: whether the answer lists what is doubtful about events that are taken.
    """

    app_secret: str = ""
    warns: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Meta would do with a request. Either `error` is set or `events` holds all of them.

    `reason` says for our own page what Meta does not: which event, and which field.
    """

    token: str
    error: GraphError | None = None
    reason: str = ""
    events: tuple[AcceptedEvent, ...] = ()
    test_event_code: str | None = None
    partner_agent: str | None = None
    messages: tuple[str, ...] = ()


def judge(request: Request, pixel: str, now: float, terms: Terms) -> Verdict:
    """Judge a request for `pixel`; `now` is Unix time in seconds."""
    body, unreadable = _parse(request)
    token = graph.find_token(request.headers, request.query, body)
    error = (
        graph.token_error(token)
        or graph.proof_error(request.query, body, token, terms.app_secret)
        or graph.object_error(pixel)
        or unreadable
    )
    if error:
        return Verdict(token, error, error.message)
    return _judge_payload(token, body, now, terms)


def _parse(request: Request) -> tuple[Any, GraphError | None]:
    if request.media_type != "application/json":
        return None, graph.NOT_JSON_TYPE
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return None, graph.MALFORMED_JSON
    return body, None if isinstance(body, dict) else graph.NOT_AN_OBJECT


def _judge_payload(token: str, body: dict[str, Any], now: float, terms: Terms) -> Verdict:
    if finding := check_body(body, now):
        return Verdict(token, graph.payload_error(finding), finding.reason)
    try:
        events = tuple(_accept(event, token) for event in body["data"])
    except TypeError:  # orjson writes fewer levels of nesting than it reads
        return Verdict(token, graph.TOO_DEEP, graph.TOO_DEEP.message)
    return Verdict(
        token,
        events=events,
        test_event_code=_hide(body.get("test_event_code"), token),
        partner_agent=_hide(body.get("partner_agent"), token),
        messages=doubts.messages(body) if terms.warns else (),
    )


def _accept(event: dict[str, Any], token: str) -> AcceptedEvent:
    encoded = orjson.dumps(event)
    if orjson.dumps(token)[1:-1] in encoded:
        event = _hide(event, token)
        encoded = orjson.dumps(event)
    return AcceptedEvent(event["event_name"], event.get("event_id"), encoded)


def _hide(value: Any, token: str) -> Any:
    """The value without the token: one that strayed into an event must not come out on a page."""
    if len(token) < SHORTEST_HIDDEN_TOKEN:
        return value
    if isinstance(value, str):
        return value.replace(token, HIDDEN_TOKEN)
    if isinstance(value, list):
        return [_hide(item, token) for item in value]
    if isinstance(value, dict):
        return {_hide(key, token): _hide(item, token) for key, item in value.items()}
    return value
