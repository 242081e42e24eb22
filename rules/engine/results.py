"""What an evaluation and an explanation give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from extensions.contract import Refused, Send

RuleVerdict = Literal["fired", "not_met", "failed"]
# How a component fared: a condition is met or not, an action has run; what stands behind the
# first condition that is not met is not reached.
ComponentVerdict = Literal["met", "not_met", "ran", "refused", "failed", "not_reached"]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What became of one rule. `component` is the one that stopped it; "" when it fired."""

    rule: str  # public id
    verdict: RuleVerdict
    component: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What one action wants. `package` names the extension package that knows how to send it."""

    rule: str
    component: str
    package: str
    result: Send | Refused


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the pipeline needs to know of one event."""

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
    result: Send | Refused | None = None


@dataclass(slots=True)
class RuleTrace:
    """One rule, told from its first condition to its last action."""

    id: str
    name: str
    verdict: RuleVerdict
    message: str
    conditions: list[ComponentTrace]
    actions: list[ComponentTrace]


@dataclass(frozen=True, slots=True)
class ElementTrace:
    """A data element that was asked for, with what it gave."""

    name: str
    delegate: str
    summary: str
    raw: Any
    value: Any
    message: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Why an event was sent, or was not."""

    rules: list[RuleTrace]
    elements: list[ElementTrace]
