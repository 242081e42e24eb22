"""The parts of a build ready to run, and how a rule runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extensions.contract import (
    JSON,
    Action,
    Condition,
    Delegate,
    Kept,
    Refused,
    Resolver,
    Scope,
    Send,
)
from rules.engine.elements import failure_message
from rules.engine.logic import Group
from rules.engine.results import ActionResult, RuleResult

NO_VERDICT = "The condition gave neither true nor false."


class Stopped(Exception):
    """A component failed; its rule ends."""

    def __init__(self, component: str, message: str) -> None:
        super().__init__(message)
        self.component = component
        self.message = message


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition ready to run. With `negate` (Exception) it is met when its test is false."""

    content: Mapping[str, Any]
    delegate: Delegate
    test: Condition
    negate: bool

    def met(self, scope: Scope) -> bool:
        """Whether it is met.

        Raises:
            Stopped: it failed.
        """
        try:
            verdict = self.test(scope)
        except Exception as error:  # noqa: BLE001 - an event may hold anything
            raise Stopped(self.content["id"], failure_message(error)) from None
        if verdict is not True and verdict is not False:
            raise Stopped(self.content["id"], NO_VERDICT)
        return verdict is not self.negate


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """An action ready to run."""

    content: Mapping[str, Any]
    delegate: Delegate
    package: str
    run: Action

    def ran(self, scope: Scope) -> Send | Refused | Kept:
        """Return what the action wants.

        Raises:
            Stopped: it failed.
        """
        scope.stash_was_read = False
        try:
            return self.run(scope)
        except Exception as error:  # noqa: BLE001 - an event may hold anything
            raise Stopped(self.content["id"], failure_message(error)) from None


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run."""

    id: str
    name: str
    logic: Group[CompiledCondition]
    actions: tuple[CompiledAction, ...]


@dataclass(frozen=True, slots=True)
class CompiledElement:
    """A data element ready to run: `raw` as its delegate gives it, `value` after the pipeline."""

    content: Mapping[str, Any]
    delegate: Delegate
    raw: Resolver
    value: Resolver


def holds(group: Group[CompiledCondition], scope: Scope) -> bool:
    """Whether the conditions of a group are met; stops at the first that decides.

    Raises:
        Stopped: one of them failed.
    """
    decider = group.kind == "any"
    for member in group.members:
        met = holds(member, scope) if isinstance(member, Group) else member.met(scope)
        if met is decider:
            return decider
    return not decider


def run(rule: CompiledRule, scope: Scope, wanted: list[ActionResult]) -> RuleResult | None:
    """Run a rule, and add to `wanted` what its actions want; None where it is not met.

    Where an action reads the stash while an answer is missing that an earlier one brings, the rule
    ends before it: what it would have seen is not what it is to see.
    """
    begin(scope)
    missing: RuleResult | None = None
    try:
        if not holds(rule.logic, scope):
            return None
        for action in rule.actions:
            result = action.ran(scope)
            if missing is not None and scope.stash_was_read:
                return missing
            if isinstance(result, Kept):
                keep(scope, result)
                continue
            wanted.append(ActionResult(rule.id, action.content["id"], action.package, result))
            if isinstance(result, Send) and result.awaits:
                missing = answer(rule, action, scope, result, missing)
    except Stopped as stopped:
        if missing is not None and scope.stash_was_read:
            return missing
        return RuleResult(rule.id, "failed", stopped.component, stopped.message)
    return RuleResult(rule.id, "fired")


def answer(
    rule: CompiledRule, action: CompiledAction, scope: Scope, send: Send, before: RuleResult | None
) -> RuleResult | None:
    """Take over what an action's answer keeps; return what the rule comes to without an answer.

    `before` is what it comes to already. An answer that will never come decides over those that
    may; of each kind the first.
    """
    for kept in send.kept:
        keep(scope, kept)
    if send.failure and (before is None or before.verdict != "failed"):
        return RuleResult(rule.id, "failed", action.content["id"], send.failure)
    if send.kept or send.failure or before is not None:
        return before
    return RuleResult(rule.id, "waiting", action.content["id"])


def begin(scope: Scope) -> None:
    """Prepare the scope for the next rule, which begins with nothing in its stash."""
    scope.stash = {}
    scope.stash_was_read = False


def keep(scope: Scope, kept: Kept) -> None:
    """Put a value into the rule's stash.

    What earlier actions read of the old one stays as it was: a payload may hold it.
    """
    scope.stash = _with(scope.stash, kept.path, kept.value)


def _with(stash: Mapping[str, JSON], path: tuple[str, ...], value: JSON) -> dict[str, JSON]:
    key, *rest = path
    if not rest:
        return {**stash, key: value}
    inner = stash.get(key)
    return {**stash, key: _with(inner if isinstance(inner, dict) else {}, tuple(rest), value)}
