"""Judge events: run the build that each is evaluated with, and say what it comes to.

Nothing is written here. An event whose rule waited for an answer is evaluated with the build and
the moment of the first time and with all answers so far, and comes to what it does not owe yet.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import structlog
from django.conf import settings

import vault
from delivery import answering, claims, destinations, owing, programs
from delivery.answering import Standing
from delivery.backoff import patience_seconds
from delivery.component_limit import limited
from delivery.contexts import body_context
from delivery.failures import described
from delivery.outcomes import EventOutcome
from delivery.owing import Owed
from delivery.people import person_hashes
from delivery.reasons import REASONS
from delivery.storable import fit, notices
from extensions.contract import Answered, Refused, Send
from rules import coding
from rules.engine import ActionResult, Evaluation, Program
from rules.engine.rounds import Job, Postponed, evaluate_all

logger = structlog.get_logger(__name__)

# What custom code of a claim may take. Events it leaves no time for are claimed again; the lease is
# longer, as the code of one event is always run.
_CODE_SECONDS = 20
# Opened and evaluated together: events unfold to many times their sealed size.
_MOST_SEALED_BYTES = 512 * 1024
# What only this server lacks, a key or an extension, may come with its next start. Destinations
# take no event that is older than this.
MOST_PATIENCE = dt.timedelta(days=7)


class Received(NamedTuple):
    """An event as it lies in the log."""

    id: uuid.UUID
    environment_id: int
    received_at: float  # Unix seconds
    sealed_body: bytes | None
    outcome: str
    build_id: int | None
    evaluated_at: dt.datetime | None
    claims: int
    refusals: list[dict[str, Any]]
    live: programs.Live | None = None  # what it is evaluated with; None: its property is gone
    standing: tuple[Standing, ...] = ()  # its deliveries from before

    @property
    def is_resumed(self) -> bool:
        """Whether it was evaluated before, up to an answer that its rule waits for."""
        return self.outcome == EventOutcome.EVALUATED


@dataclass(slots=True)
class Judged:
    """What became of an event."""

    id: uuid.UUID
    outcome: EventOutcome
    reason: str
    build_id: int | None
    refusals: list[dict[str, Any]]
    owed: list[Owed]
    person_hashes: set[bytes]
    is_resumed: bool = False


class _GivenUp(Exception):
    """The event cannot be evaluated. Its argument is the reason's code."""


class _NotYet(Exception):
    """This server cannot evaluate the event now. Its argument is the code of what it lacks."""


# None is what an event comes to where no build is live.
_Came = Evaluation | _GivenUp | _NotYet | Postponed | None


def with_builds_of_before(received: list[Received]) -> list[Received]:
    """Give those that are resumed the build of the first time in place of the live one."""
    builds = {event.build_id for event in received if event.is_resumed and event.build_id}
    recorded = programs.recorded(builds)
    return [_with_build(event, recorded) if event.is_resumed else event for event in received]


def _with_build(event: Received, recorded: Mapping[int, Program | None]) -> Received:
    if event.live is None:
        return event
    program = recorded.get(event.build_id) if event.build_id else None
    return event._replace(live=replace(event.live, build_id=event.build_id, program=program))


def judge_all(
    received: list[Received], now: dt.datetime
) -> tuple[list[Judged], dict[uuid.UUID, float]]:
    """Judge events; return also how many seconds those wait that cannot be judged yet."""
    judged: list[Judged] = []
    waits: dict[uuid.UUID, float] = {}
    lacking: Counter[str] = Counter()
    ring = settings.KEY_RING
    for event, came in _evaluate_all(received, now, ring):
        try:
            judged.append(_judge(event, came, now, ring))
        except Postponed:
            waits[event.id] = 0.0
        except _NotYet as missing:
            lacking[str(missing)] += 1
            waits[event.id] = patience_seconds(now.timestamp() - event.received_at)
    for code, count in lacking.items():
        logger.error("events_put_off", reason=code, events=count)
    return judged, waits


def _judge(event: Received, came: _Came, now: dt.datetime, ring: vault.KeyRing) -> Judged:
    live = event.live
    build_id = live.build_id if live else None
    try:
        if isinstance(came, BaseException):
            raise came
        evaluation = came
    except _NotYet as missing:
        if now.timestamp() - event.received_at < MOST_PATIENCE.total_seconds():
            raise
        return _given_up(event, str(missing), build_id)
    except _GivenUp as given_up:
        return _given_up(event, str(given_up), build_id)
    if evaluation is None or live is None:
        return Judged(event.id, EventOutcome.NOT_SENT, "no_build", None, [], [], set())
    judged = _begun(event, build_id)
    waiting = {rule.rule for rule in evaluation.rules if rule.verdict == "waiting"}
    for action in evaluation.actions:
        _take(judged, action, event, live, ring, is_waiting=action.rule in waiting)
    if not judged.owed and not event.is_resumed:
        judged.outcome, judged.reason = EventOutcome.NOT_SENT, _why_nothing(evaluation, judged)
    return judged


def _begun(event: Received, build_id: int | None) -> Judged:
    found = Judged(event.id, EventOutcome.EVALUATED, "", build_id, [], [], set())
    found.is_resumed = event.is_resumed
    return found


def _given_up(event: Received, code: str, build_id: int | None) -> Judged:
    """Fail an event; one that has sent something already just sends nothing more."""
    if not event.is_resumed:
        return Judged(event.id, EventOutcome.FAILED, code, build_id, [], [], set())
    judged = _begun(event, build_id)
    awaited = next((one for one in event.standing if one.sealed is not None), None)
    component, rule = (awaited.key.component, awaited.rule) if awaited else ("", "")
    refused = _refused(code)
    told = {"component": component, "rule": rule, "code": code, "message": refused.message}
    judged.refusals = [*event.refusals, {**told, "notices": []}]
    return judged


def _evaluate_all(
    received: Sequence[Received], now: dt.datetime, ring: vault.KeyRing
) -> Iterator[tuple[Received, _Came]]:
    """Evaluate events, those of one build together; yield what became of each."""
    groups = list(_groups(received))
    ends = time.monotonic() + _CODE_SECONDS
    for number, group in enumerate(groups):
        # A build whose code is slow takes only its share of the time.
        seconds = (ends - time.monotonic()) / (len(groups) - number)
        yield from zip(group, _evaluate_group(group, now, ring, seconds), strict=True)


def _groups(received: Sequence[Received]) -> Iterator[list[Received]]:
    """Yield the events of one build, as many as may be open at a time."""
    groups: dict[Program | None, list[Received]] = {}
    sizes: Counter[Program | None] = Counter()
    for event in received:
        program = event.live.program if event.live else None
        size = len(event.sealed_body or b"")
        if program in groups and sizes[program] + size > _MOST_SEALED_BYTES:
            yield groups.pop(program)
            sizes[program] = 0
        groups.setdefault(program, []).append(event)
        sizes[program] += size
    yield from groups.values()


def _evaluate_group(
    group: Sequence[Received], now: dt.datetime, ring: vault.KeyRing, seconds: float
) -> list[_Came]:
    came: list[_Came] = [None] * len(group)
    jobs: dict[int, Job] = {}  # by the places of their events
    program = None
    for place, event in enumerate(group):
        try:
            program = _program(event)
            if program is not None:
                jobs[place] = _job(event, now, ring)
        except (_GivenUp, _NotYet) as error:
            came[place] = error
    if program is None or not jobs:
        return came
    with limited():
        found = evaluate_all(program, list(jobs.values()), coding.many_runner(seconds))
    for place, one in zip(jobs, found, strict=True):
        came[place] = _seen(group[place].id, one)
    return came


def _program(event: Received) -> Program | None:
    """Return what evaluates an event; None where no build is live.

    Raises:
        _GivenUp: it ends its workers, or its property is gone.
        _NotYet: its build cannot be compiled here.
    """
    if event.claims > claims.MOST_CLAIMS:
        raise _GivenUp("worker_crash")
    live = event.live
    if live is None:
        raise _GivenUp("property_deleted")
    if live.build_id is None:
        return None
    if live.program is None:
        raise _NotYet("build_error")
    return live.program


def _job(event: Received, now: dt.datetime, ring: vault.KeyRing) -> Job:
    """Open an event.

    Raises:
        _GivenUp: it is damaged.
        _NotYet: its key is not in the ring.
    """
    body = _open(event, ring)
    moment = event.evaluated_at if event.is_resumed and event.evaluated_at else now
    return Job(
        body["event"],
        body["request"],
        event_id=event.id.hex,
        received_at=int(event.received_at),
        now=int(moment.timestamp()),
        answers=_answers(event),
    )


def _seen(event_id: uuid.UUID, one: Evaluation | Exception | Postponed) -> _Came:
    """Give up an event that stopped its build with an error: it must never stop the others."""
    if not isinstance(one, Exception):
        return one
    logger.error("event_not_evaluated", event_id=event_id.hex, **described(one))
    return _GivenUp("build_error")


def _open(event: Received, ring: vault.KeyRing) -> dict[str, Any]:
    if event.sealed_body is None:
        raise _GivenUp("body_unreadable")
    try:
        body: dict[str, Any] = vault.unpack(ring, event.sealed_body, body_context(event.id))
    except vault.UnknownKey:
        raise _NotYet("body_unreadable") from None
    except vault.CannotOpen:
        raise _GivenUp("body_unreadable") from None
    return body


def _answers(event: Received) -> dict[str, Answered]:
    if not event.standing:
        return {}
    try:
        return answering.opened(event.standing)
    except vault.UnknownKey:
        raise _NotYet("body_unreadable") from None


def _take(
    judged: Judged,
    action: ActionResult,
    event: Received,
    live: programs.Live,
    ring: vault.KeyRing,
    *,
    is_waiting: bool,
) -> None:
    """Add what an action wants to the event: a delivery, unless it stands already, or a refusal."""
    result = action.result
    if event.standing and any(one.key.component == action.component for one in event.standing):
        return
    if isinstance(result, Send) and destinations.names_foreign_secret(
        action.package, result.address
    ):
        result = _refused("foreign_secret")
    if isinstance(result, Send):
        try:
            place = destinations.place_of(
                ring, event.environment_id, live.property_id, action.package, result.address
            )
            awaited = is_waiting and result.awaits
            judged.owed.append(owing.owe(ring, event.id, action, result, place, awaited=awaited))
        except TypeError:  # orjson's word for a value that JSON has no form for
            result = _refused("unwritable_payload")
        else:
            identifiers = destinations.identifiers_in(action.package, result.payload)
            judged.person_hashes |= person_hashes(ring, identifiers)
    if isinstance(result, Refused):
        judged.refusals.append(_refusal(action, result))


def refuse_without_place(judged: Judged, found: Container[tuple[int, bytes]]) -> None:
    """Refuse what is owed to a place that got no destination."""
    placed = [owed for owed in judged.owed if owed.place.identity in found]
    if len(placed) == len(judged.owed):
        return
    refused = _refused("too_many_destinations")
    judged.refusals += [_refusal(owed, refused) for owed in judged.owed if owed not in placed]
    judged.owed = placed
    if not placed and not judged.is_resumed:
        judged.outcome, judged.reason = EventOutcome.NOT_SENT, refused.code


def _refused(code: str) -> Refused:
    return Refused(code, f"{REASONS[code].title}. {REASONS[code].explanation}")


def _refusal(action: ActionResult | Owed, refused: Refused) -> dict[str, Any]:
    return {
        "component": action.component,
        "rule": action.rule,
        "code": fit(refused.code, 120),
        "message": fit(refused.message, 2000),
        "notices": notices(refused.notices),
    }


def _why_nothing(evaluation: Evaluation, judged: Judged) -> str:
    if judged.refusals:
        return str(judged.refusals[0]["code"])
    verdicts = {rule.verdict for rule in evaluation.rules}
    if "failed" in verdicts:
        return "rule_failed"
    return "nothing_to_send" if "fired" in verdicts else "no_rule_matched"
