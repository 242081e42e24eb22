"""Why an event was sent, or was not: the engine run again on the stored event, build and moment."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

import structlog

from delivery import answering
from delivery.failures import described
from delivery.models import Event
from delivery.views.opening import Opened
from extensions.contract import Answered, LogLine, Send
from rules import coding
from rules.engine import Program, Trace, explain, load_build
from rules.engine.results import ComponentTrace, RuleTrace
from rules.models import Build

logger = structlog.get_logger(__name__)

_LONGEST = 400  # characters of a value in a table; the whole value stands in the received event
_KEPT = 4  # builds ready to run: whoever reads a log looks at events of few
_FEW = 3  # rules that are all shown opened when none of them fired


@dataclass(frozen=True, slots=True)
class Drawn:
    """A verdict as `components/status.html` draws it: a state's name, and its word if another."""

    name: str
    word: str = ""


_RULES = {
    "fired": Drawn("fired"),
    "not_met": Drawn("not fired"),
    "failed": Drawn("failed"),
    "waiting": Drawn("waiting"),
}
_PARTS = {
    "met": Drawn("passed"),
    "not_met": Drawn("not passed"),
    "ran": Drawn("passed", "Ran"),
    "sends": Drawn("passed", "Asked to send"),  # what came of that stands with the delivery
    "refused": Drawn("not sent", "Refused"),
    "failed": Drawn("failed"),
    "not_reached": Drawn("skipped", "Not reached"),
}
# An exception blocks its rule when what it says is true; its verdicts need words of their own.
_EXCEPTIONS = _PARTS | {
    "met": Drawn("passed", "Did not apply"),
    "not_met": Drawn("not passed", "Blocked the rule"),
}

# How conditions are joined, in the words of the rule's own page.
_JOINED = {"all": "All of these conditions", "any": "Any of these conditions"}
_GROUPS = {"all": "Group: all of these", "any": "Group: any of these"}


@dataclass(frozen=True, slots=True)
class Value:
    """A setting or data element with what it came to, as JSON text; None where it had none."""

    label: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A condition or an action."""

    id: str
    name: str
    delegate: str
    summary: str
    is_exception: bool
    verdict: Drawn
    message: str
    values: list[Value]
    origins: tuple[tuple[str, str], ...] = ()  # fields that were filled automatically, from where
    lines: tuple[LogLine, ...] = ()  # what its code logged
    is_hashed: bool = False  # before it is sent

    @property
    def title(self) -> str:
        """What it does, or its name where that cannot be said."""
        return self.summary or self.name

    @property
    def subtitle(self) -> str:
        """Its name and type, neither of them said twice."""
        words = dict.fromkeys((self.name, self.delegate))
        return " · ".join(word for word in words if word != self.title)


@dataclass(frozen=True, slots=True)
class Block:
    """Parts that stand together; those of a group stand below its name and verdict."""

    parts: list[Part]
    name: str = ""
    verdict: Drawn | None = None


@dataclass(frozen=True, slots=True)
class RuleStory:
    """What one rule made of the event."""

    id: str
    name: str
    verdict: Drawn
    message: str
    is_open: bool
    joined: str  # heading of the conditions: how they are joined, where that is to be said
    conditions: list[Block]
    actions: list[Part]
    url: str = ""  # of its editor, while it exists

    @property
    def action_blocks(self) -> list[Block]:
        """The actions as `_parts.html` draws them: they have no groups."""
        return [Block(self.actions)] if self.actions else []


@dataclass(frozen=True, slots=True)
class Element:
    """A data element that was asked for."""

    name: str
    summary: str
    raw: str | None
    default: str | None
    value: str | None
    message: str
    lines: tuple[LogLine, ...] = ()  # what its code logged


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the rules did with an event, or why that cannot be told."""

    problem: str = ""
    rules: list[RuleStory] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)


def story_of(event: Event, build: Build | None, body: Opened) -> Story:
    """Tell what every rule of the event's build made of it."""
    if event.evaluated_at is None:
        return Story("The event has not been checked against the rules yet.")
    if event.build_id is None:
        return Story("No build was live in this environment, so no rule looked at the event.")
    if build is None or build.document is None:
        return Story("The build that judged the event has been deleted.")
    if body.problem:
        return Story(f"The rules cannot be told, because the received event {body.problem}.")
    try:
        return _told(_explained(event, bytes(build.document), body.value))
    except Exception as error:  # noqa: BLE001 - the rest of the page can still be shown
        logger.error("event_not_told", event_id=event.id.hex, **described(error))
        return Story(
            "The build that judged the event cannot be run any more. An extension it uses is not "
            "on this server, or stopped with an error."
        )


@lru_cache(maxsize=_KEPT)
def _program(document: bytes) -> Program:
    return load_build(document)


def _explained(event: Event, document: bytes, body: dict[str, Any]) -> Trace:
    assert event.evaluated_at is not None  # noqa: S101 - for the types; see story_of
    return explain(
        _program(document),
        body["event"],
        body["request"],
        event_id=event.id.hex,
        received_at=int(event.received_at.timestamp()),
        now=int(event.evaluated_at.timestamp()),
        code=coding.runner(),
        answers=_answers(event),
    )


def _answers(event: Event) -> dict[str, Answered]:
    return answering.opened(answering.standing([event.id]).get(event.id, ()))


def _told(trace: Trace) -> Story:
    elements = [
        Element(
            one.name,
            one.summary,
            as_text(one.raw),
            as_text(one.default),
            as_text(one.value),
            one.message,
            tuple(one.lines),
        )
        for one in trace.elements
    ]
    # What the event brought about comes first; where nothing was, the reader wants to see why.
    rules = sorted(trace.rules, key=lambda rule: rule.verdict == "not_met")
    nothing_fired = all(rule.verdict == "not_met" for rule in rules)
    opens_all = nothing_fired and len(rules) <= _FEW
    return Story("", [_rule(rule, opens_all) for rule in rules], elements)


def _rule(rule: RuleTrace, opens_all: bool) -> RuleStory:
    return RuleStory(
        rule.id,
        rule.name,
        _RULES[rule.verdict],
        rule.message,
        opens_all or rule.verdict != "not_met",
        _JOINED[rule.kind] if rule.groups or rule.kind == "any" else "Condition",
        _blocks(rule),
        _parts(rule.actions),
    )


def _blocks(rule: RuleTrace) -> list[Block]:
    """Return the conditions as they stand, those of a group together."""
    groups = {group.id: group for group in rule.groups}
    blocks = []
    for group_id, traces in groupby(rule.conditions, key=lambda trace: trace.group):
        group = groups.get(group_id)
        parts = _parts(traces)
        if group is None:
            blocks.append(Block(parts))
        else:
            blocks.append(Block(parts, _GROUPS[group.kind], _PARTS[group.verdict]))
    return blocks


def _parts(traces: Iterable[ComponentTrace]) -> list[Part]:
    return [
        Part(
            trace.id,
            trace.name,
            trace.delegate,
            trace.summary,
            trace.negate,
            (_EXCEPTIONS if trace.negate else _PARTS)[_verdict(trace)],
            trace.message or getattr(trace.result, "message", ""),
            [Value(label, as_text(value)) for label, value in trace.values],
            getattr(trace.result, "origins", ()),
            tuple(trace.lines),
            # An id goes with a payload in which people are hashed; a call is sent as it stands.
            isinstance(trace.result, Send) and bool(trace.result.dedup_id),
        )
        for trace in traces
    ]


def _verdict(trace: ComponentTrace) -> str:
    return "sends" if isinstance(trace.result, Send) else trace.verdict


def as_text(value: Any) -> str | None:
    """Return a JSON value as text of bounded length; None for none."""
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
