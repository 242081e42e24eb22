"""Deliveries of one event with all that is stored of them: payload, advice, every attempt."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from accounts.models import Right
from delivery.models import (
    Attempt,
    Delivery,
    DeliveryBody,
    Destination,
    Event,
    ReplayedDelivery,
)
from delivery.outcomes import LOST, DeliveryOutcome
from delivery.views.opening import Opened, opened
from delivery.views.telling import told
from delivery.views.words import Owed, Words

# Who decides where requests go may read what comes back. Others are told what it means: an answer
# is the words of another server, and a call may go to any.
ANSWERS = (Right.DEVELOP, Right.MANAGE_EXTENSIONS)
_NOT_SHOWN = "is shown to people with the right " + " or ".join(f"“{one.label}”" for one in ANSWERS)

# By action: fields that were filled automatically, and where their values came from.
Origins = Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Moment:
    """One attempt, as `components/timeline.html` draws it."""

    outcome: str
    at: dt.datetime
    title: str
    text: str
    json: Any
    json_label: str


@dataclass(frozen=True, slots=True)
class RuleLink:
    """A rule's name, and its address while it exists."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of attempts that ended before a replay."""

    kept: ReplayedDelivery
    label: str  # of its destination
    words: Words
    attempts: list[Moment]
    missing_attempts: int
    tag: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery in full."""

    owed: Owed
    tag: str  # tells it from its sisters: " (2)"; "" for an only one
    rule: RuleLink
    payload: Opened
    attempts: list[Moment]
    missing_attempts: int
    origins: tuple[tuple[str, str], ...] = ()  # fields filled automatically, and from where
    earlier: tuple[Chain, ...] = ()  # the newest first

    @property
    def is_resent(self) -> bool:
        """Whether an answer was lost and it was sent again, so that it may have arrived twice."""
        return self.owed.delivery.outcome != DeliveryOutcome.ERASED and any(
            moment.outcome == Attempt.Outcome.UNKNOWN.label for moment in self.attempts[:-1]
        )

    @property
    def title(self) -> str:
        """What was sent, and to whom where the one does not say the other."""
        name, label = self.owed.delivery.name, self.owed.label
        return (name if label in name else f"{name} to {label}") + self.tag

    @property
    def has_id(self) -> bool:
        """Whether it carries an id, by which a destination can recognise what comes twice."""
        return bool(self.owed.delivery.dedup_id)

    @property
    def may_be_sent_again(self) -> bool:
        """Whether it ended without being delivered."""
        return self.owed.delivery.outcome in LOST

    @property
    def delivery(self) -> Delivery:
        """The delivery itself."""
        return self.owed.delivery

    @property
    def words(self) -> Words:
        """Why it stands where it stands."""
        return self.owed.words


def sends_of(
    event: Event,
    owed: Sequence[Owed],
    rules: Mapping[str, RuleLink],
    origins: Origins,
    *,
    with_answers: bool,
) -> list[Sent]:
    """Return the deliveries of an event in full, with a few queries for all of them.

    What destinations answered is in it only `with_answers`.
    """
    if not owed:
        return []
    bodies = {body.component: body for body in DeliveryBody.objects.filter(event_id=event.id)}
    attempts = _attempts([one.delivery for one in owed], with_answers=with_answers)
    places = Destination.objects.in_bulk({one.delivery.destination_id for one in owed})
    earlier = chains_of(event, with_answers=with_answers)
    return [
        replace(
            _sent(one, f" ({number})" if len(owed) > 1 else "", rules, bodies, places, attempts),
            origins=origins.get(one.delivery.component, ()),
            earlier=tuple(
                chain for chain in earlier if chain.kept.component == one.delivery.component
            ),
        )
        for number, one in enumerate(owed, 1)
    ]


def _sent(
    owed: Owed,
    tag: str,
    rules: Mapping[str, RuleLink],
    bodies: Mapping[str, DeliveryBody],
    places: Mapping[int, Destination],
    attempts: Mapping[uuid.UUID, _Tried],
) -> Sent:
    delivery = owed.delivery
    found = [attempts[key] for key in delivery.attempt_ids if key in attempts]
    return Sent(
        owed,
        tag,
        rules[delivery.rule],
        told(opened(bodies.get(delivery.component)), places.get(delivery.destination_id)),
        [_moment(one, f"Answer to attempt {number}{tag}") for number, one in enumerate(found, 1)],
        len(delivery.attempt_ids) - len(found),
    )


def chains_of(event: Event, *, with_answers: bool) -> list[Chain]:
    """Return what was sent of an event before its replays, the newest first; see `sends_of`."""
    kept = list(ReplayedDelivery.objects.filter(event_id=event.id).order_by("-number", "component"))
    attempts = _attempts(kept, with_answers=with_answers)
    destinations = Destination.objects.defer("sealed_address").in_bulk(
        {one.destination_id for one in kept}
    )
    return [_chain(one, destinations.get(one.destination_id), attempts) for one in kept]


def _chain(
    kept: ReplayedDelivery,
    destination: Destination | None,
    attempts: Mapping[uuid.UUID, _Tried],
) -> Chain:
    found = [attempts[key] for key in kept.attempt_ids if key in attempts]
    tag = f" of round {kept.number}, {kept.component}"
    return Chain(
        kept,
        destination.label if destination else "Deleted destination",
        Words(kept.title, kept.explanation, kept.help_url),
        [_moment(one, f"Answer to attempt {number}{tag}") for number, one in enumerate(found, 1)],
        len(kept.attempt_ids) - len(found),
        tag,
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """An attempt, and its answer as far as it may be shown."""

    attempt: Attempt
    answer: Opened


def _attempts(
    deliveries: Sequence[Delivery | ReplayedDelivery], *, with_answers: bool
) -> dict[uuid.UUID, _Tried]:
    ids = {attempt_id for one in deliveries for attempt_id in one.attempt_ids}
    return {
        attempt_id: _Tried(attempt, _answer(attempt, is_shown=with_answers))
        for attempt_id, attempt in Attempt.objects.in_bulk(ids).items()
    }


def _answer(attempt: Attempt, *, is_shown: bool) -> Opened:
    if is_shown or attempt.response is None:
        return opened(_Answer(attempt))
    return Opened(problem=_NOT_SHOWN)


def _moment(tried: _Tried, answer_label: str) -> Moment:
    attempt, answer = tried.attempt, tried.answer
    facts = [*_facts(attempt), *([f"The answer {answer.problem}"] if answer.problem else [])]
    label = Attempt.Outcome(attempt.outcome).label
    return Moment(
        label,
        attempt.started_at,
        attempt.title or label,
        " · ".join(facts),
        answer.value,
        answer_label,
    )


def _facts(attempt: Attempt) -> Iterator[str]:
    if attempt.http_status:
        yield f"HTTP {attempt.http_status}"
    elif attempt.outcome == Attempt.Outcome.OPEN:
        yield "No answer yet"
    else:
        yield "No HTTP answer"
    if attempt.duration_ms is not None:
        yield f"{attempt.duration_ms:,} ms"
    if attempt.event_count > 1:
        yield f"one of {attempt.event_count:,} events in the request"
    if attempt.trace_id:
        yield f"Trace ID {attempt.trace_id}"


@dataclass(frozen=True, slots=True)
class _Answer:
    attempt: Attempt

    def open(self) -> Any:
        return self.attempt.open_response()
