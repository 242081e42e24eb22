"""Tell an evaluation in full. Runs the same callables again, so it cannot disagree with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extensions.contract import Compiler, Refused, Scope
from rules.engine.labels import Leaf, leaves
from rules.engine.program import (
    CompiledAction,
    CompiledCondition,
    CompiledElement,
    CompiledRule,
    Program,
    failure_message,
)
from rules.engine.results import ComponentTrace, ElementTrace, RuleTrace, RuleVerdict, Trace

_HIDDEN = "••••"  # in place of a secret, wherever it came from


def explain(
    program: Program,
    event: Mapping[str, Any],
    request: Mapping[str, Any],
    *,
    event_id: str,
    received_at: int,
    now: int,
) -> Trace:
    """Tell everything `Program.evaluate` looked at; the arguments are the same.

    Returns the trace of every rule, and of every data element that was asked for.
    """
    scope = Scope(event, request, event_id, received_at, now)
    rules = [_explain_rule(program, rule, scope) for rule in program.rules]
    asked = [element for name, element in program.elements.items() if name in scope.elements]
    return Trace(rules, [_explain_element(element, scope) for element in asked])


def _explain_rule(program: Program, rule: CompiledRule, scope: Scope) -> RuleTrace:
    conditions = [_untold(part, "condition") for part in rule.conditions]
    actions = [_untold(part, "action") for part in rule.actions]
    verdict: RuleVerdict = "fired"
    message = ""
    parts: tuple[CompiledCondition | CompiledAction, ...] = (*rule.conditions, *rule.actions)
    for part, trace in zip(parts, (*conditions, *actions), strict=True):
        _run(part, trace, scope)
        trace.values = _values(program, part, scope)
        if trace.verdict == "failed":
            verdict, message = "failed", trace.message
            break
        if trace.verdict == "not_met":
            verdict, message = "not_met", _not_met(trace)
            break
    return RuleTrace(rule.id, rule.name, verdict, message, conditions, actions)


def _not_met(trace: ComponentTrace) -> str:
    if trace.negate:
        return f"The exception “{trace.name}” applied."
    return f"“{trace.name}” was not met."


def _untold(part: CompiledCondition | CompiledAction, kind: Any) -> ComponentTrace:
    content = part.content
    return ComponentTrace(
        content["id"],
        kind,
        content["name"],
        part.delegate.name,
        part.delegate.summarise(content["settings"]),
        content["negate"],
    )


def _run(part: CompiledCondition | CompiledAction, trace: ComponentTrace, scope: Scope) -> None:
    try:
        if isinstance(part, CompiledCondition):
            trace.verdict = "met" if part.test(scope) is not part.negate else "not_met"
            return
        trace.result = part.run(scope)
        trace.verdict = "refused" if isinstance(trace.result, Refused) else "ran"
    except Exception as error:  # noqa: BLE001 - the evaluation caught it too; the trace tells it
        trace.verdict, trace.message = "failed", failure_message(error)


def _values(
    program: Program, part: CompiledCondition | CompiledAction, scope: Scope
) -> list[tuple[str, Any]]:
    package = part.delegate.id.split("::", 1)[0]
    compiler = program.compiler_for(package)
    settings = leaves(part.delegate.schema, part.content["settings"])
    return [(leaf.label, _value(leaf, compiler, scope)) for leaf in settings]


def _value(leaf: Leaf, compiler: Compiler, scope: Scope) -> Any:
    if not leaf.takes_tokens:
        return leaf.value
    try:
        value = compiler.value(leaf.value)(scope)
    except Exception as error:  # noqa: BLE001 - one value that fails must not hide the others
        return failure_message(error)
    return _HIDDEN if leaf.is_secret and value is not None else value


def _explain_element(element: CompiledElement, scope: Scope) -> ElementTrace:
    content = element.content
    try:
        raw, message = element.raw(scope), ""
    except Exception as error:  # noqa: BLE001 - it failed in the evaluation too; this tells it
        raw, message = None, failure_message(error)
    return ElementTrace(
        content["name"],
        element.delegate.name,
        element.delegate.summarise(content["settings"]),
        raw,
        scope.elements.get(content["name"]),
        message,
    )
