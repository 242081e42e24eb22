"""What an evaluation and an explanation give back.

What every event is evaluated to are tuples, which are made in a third of a frozen class's time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from extensions.contract import Kept, LogLine, Refused, Send
from rules.engine.logic import Kind

RuleVerdict = Literal["fired", "not_met", "failed", "waiting"]
# How a component fared: a condition is met or not, an action has run; what stands behind the
# first condition that is not met is not reached, nor is what needs an answer that is not there.
ComponentVerdict = Literal["met", "not_met", "ran", "refused", "failed", "not_reached"]


class RuleResult(NamedTuple):
    """What became of a rule that fired, failed or waits.

    `component` is the one that failed it, if one did, or whose answer it waits for.
    """

    rule: str  # public id
    verdict: Literal["fired", "failed", "waiting"]
    component: str = ""
    message: str = ""


class ActionResult(NamedTuple):
    """What one action wants. `package` names the extension package that knows how to send it."""

    rule: str
    component: str
    package: str
    result: Send | Refused


class Evaluation(NamedTuple):
    """Everything the pipeline needs to know of one event.

    Rules that are not met are left out: of hundreds, most have nothing to do with an event.
    """

    rules: tuple[RuleResult, ...]
    actions: tuple[ActionResult, ...]


@dataclass(slots=True)
class ComponentTrace:
    """One condition or action, with its settings as they resolved."""

    id: str
    kind: Literal["condition", "action"]
    name: str
    delegate: str
    summary: str
    negate: bool
    verdict: ComponentVerdict = "not_reached"
    message: str = ""
    values: list[tuple[str, Any]] = field(default_factory=list)  # label of a setting, its value
    result: Send | Refused | Kept | None = None
    group: str = ""  # id of the group a condition stands in; "" at the top
    lines: list[LogLine] = field(default_factory=list)  # what its code logged
    read_stash: bool = False


@dataclass(frozen=True, slots=True)
class GroupTrace:
    """A group of conditions, and whether it was met; `kind` says how its conditions are joined."""

    id: str
    kind: Kind
    verdict: ComponentVerdict


@dataclass(slots=True)
class RuleTrace:
    """One rule, told from its first condition to its last action."""

    id: str
    name: str
    verdict: RuleVerdict
    message: str
    conditions: list[ComponentTrace]
    actions: list[ComponentTrace]
    kind: Kind = "all"  # how conditions and groups at the top are joined
    groups: list[GroupTrace] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ElementTrace:
    """A data element that was asked for, with what it gave: `raw` became `value`.

    `summary` says where it is read, `default` is what stands in for a missing value, if anything.
    """

    name: str
    delegate: str
    summary: str
    raw: Any
    default: Any
    value: Any
    message: str = ""
    lines: list[LogLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trace:
    """Why an event was sent, or was not."""

    rules: list[RuleTrace]
    elements: list[ElementTrace]
