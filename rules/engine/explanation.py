"""Tell an evaluation in full. Runs the same callables again, so it cannot disagree with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from extensions.contract import (
    JSON,
    Answered,
    CodeRunner,
    Compiler,
    Fixed,
    Kept,
    LogLine,
    Refused,
    Scope,
    Send,
    Settings,
)
from extensions.core.secret import REFERENCE, SecretRef
from rules.engine.compiled import (
    CompiledAction,
    CompiledCondition,
    CompiledElement,
    CompiledRule,
    Stopped,
    answer,
    begin,
    keep,
)
from rules.engine.deciding import decided_in
from rules.engine.elements import failure_message
from rules.engine.labels import Leaf, leaves
from rules.engine.logic import Group, group_of
from rules.engine.program import Program
from rules.engine.results import (
    ComponentTrace,
    ElementTrace,
    GroupTrace,
    RuleResult,
    RuleTrace,
    Trace,
)

_HIDDEN = "••••"  # in place of a secret, wherever it came from

Part = CompiledCondition | CompiledAction
Ran = TypeVar("Ran")


def explain(
    program: Program,
    event: Mapping[str, Any],
    request: Mapping[str, Any],
    *,
    event_id: str,
    received_at: int,
    now: int,
    code: CodeRunner | None = None,
    answers: Mapping[str, Answered] | None = None,
) -> Trace:
    """Tell everything `Program.evaluate` looked at; the arguments are the same.

    Returns the trace of every rule, and of every data element that was asked for.
    """
    stashes: dict[str, Mapping[str, JSON]] = {}
    scope = Scope(
        event,
        request,
        event_id,
        received_at,
        now,
        code=code,
        lines=[],
        stashes=stashes,
        answers=answers or {},
    )
    rules = [_explain_rule(program, rule, scope) for rule in program.rules]
    scope.stashes = None
    asked = {*scope.elements, *scope.failed, *stashes}
    of_asked = (program.elements[name].content["settings"] for name in asked)
    asked |= decided_in([*_settings_of(program, rules), *of_asked], program.elements)
    return Trace(
        rules,
        [
            _explain_element(element, scope, stashes.get(name))
            for name, element in program.elements.items()
            if name in asked
        ],
    )


def _settings_of(program: Program, rules: Sequence[RuleTrace]) -> Iterator[Settings]:
    """Yield the settings of every component that ran, and of the extensions they belong to."""
    components = (part for rule in rules for part in (*rule.conditions, *rule.actions))
    ran = {part.id for part in components if part.verdict != "not_reached"}
    packages = set()
    for rule in program.rules:
        parts: tuple[Part, ...] = (*rule.logic.leaves(), *rule.actions)
        for part in parts:
            if part.content["id"] in ran:
                packages.add(_package_of(part))
                yield part.content["settings"]
    for package in packages & program.configurations.keys():
        yield program.configurations[package]


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A condition or action that notes what it does; runs as the one it stands for."""

    part: Part
    trace: ComponentTrace
    program: Program

    def run(self, scope: Scope, do: Callable[[Scope], Ran]) -> Ran:
        trace = self.trace
        scope.lines = trace.lines
        try:
            return do(scope)
        except Stopped as stopped:
            trace.verdict, trace.message = "failed", stopped.message
            raise
        finally:
            scope.lines = []  # asking for the values once more is no run of the component
            trace.read_stash = scope.stash_was_read
            trace.values = _values(self.program, self.part, scope)

    def forget(self) -> None:
        """Tell of it as not reached: it would have seen what it is not to see."""
        trace = self.trace
        trace.verdict, trace.message, trace.values = "not_reached", "", []
        trace.lines.clear()


def _explain_rule(program: Program, rule: CompiledRule, scope: Scope) -> RuleTrace:
    def recorded(part: Part, kind: Literal["condition", "action"]) -> _Recorded:
        return _Recorded(part, _untold(part, kind), program)

    conditions = rule.logic.of(lambda part: recorded(part, "condition"))
    actions = [recorded(part, "action") for part in rule.actions]
    groups = [GroupTrace(group.id, group.kind, "not_reached") for group in conditions.groups()]
    told = RuleTrace(
        rule.id,
        rule.name,
        "fired",
        "",
        [leaf.trace for leaf in conditions.leaves()],
        [action.trace for action in actions],
        conditions.kind,
        groups,
    )
    begin(scope)
    try:
        if not _holds(conditions, scope, groups):
            told.verdict, told.message = "not_met", _not_met(conditions)
            return told
        missing = _act_all(rule, actions, scope)
    except Stopped as stopped:
        told.verdict, told.message = "failed", stopped.message
        return told
    if missing is not None:
        told.verdict, told.message = missing.verdict, missing.message or _waits(actions, missing)
    return told


def _holds(group: Group[_Recorded], scope: Scope, groups: list[GroupTrace]) -> bool:
    """Decide as `compiled.holds` does, and note how the groups fared."""
    held = not group.decider
    for member in group.members:
        if isinstance(member, Group):
            met = _group_holds(member, scope, groups)
        else:
            met = _test(member, scope)
        if met is group.decider:
            held = met
            break
    return held


def _group_holds(group: Group[_Recorded], scope: Scope, groups: list[GroupTrace]) -> bool:
    [place] = [place for place, trace in enumerate(groups) if trace.id == group.id]
    try:
        held = _holds(group, scope, groups)
    except Stopped:
        groups[place] = replace(groups[place], verdict="failed")
        raise
    groups[place] = replace(groups[place], verdict="met" if held else "not_met")
    return held


def _test(recorded: _Recorded, scope: Scope) -> bool:
    assert isinstance(recorded.part, CompiledCondition)  # noqa: S101 - for the types
    met = recorded.run(scope, recorded.part.met)
    recorded.trace.verdict = "met" if met else "not_met"
    return met


def _act_all(rule: CompiledRule, actions: Sequence[_Recorded], scope: Scope) -> RuleResult | None:
    """Run actions as `compiled.run` does; return what the rule comes to where an answer lacks.

    Raises:
        Stopped: one of them failed.
    """
    missing: RuleResult | None = None
    for recorded in actions:
        part = recorded.part
        assert isinstance(part, CompiledAction)  # noqa: S101 - for the types
        try:
            result = recorded.run(scope, part.ran)
        except Stopped:
            if missing is None or not recorded.trace.read_stash:
                raise
            recorded.forget()
            return _blamed(actions, missing)
        if missing is not None and recorded.trace.read_stash:
            recorded.forget()
            return _blamed(actions, missing)
        _note(recorded.trace, result)
        if isinstance(result, Kept):
            keep(scope, result)
        elif isinstance(result, Send) and result.awaits:
            missing = answer(rule, part, scope, result, missing)
    return None


def _note(trace: ComponentTrace, result: Send | Refused | Kept) -> None:
    trace.result = result
    trace.verdict = "refused" if isinstance(result, Refused) else "ran"


def _blamed(actions: Sequence[_Recorded], missing: RuleResult) -> RuleResult:
    """Tell of calls that failed where a later action wanted what they bring. Else they just ran."""
    for trace in (action.trace for action in actions if action.trace.verdict == "ran"):
        if isinstance(trace.result, Send) and trace.result.failure:
            trace.verdict, trace.message = "failed", trace.result.failure
    return missing


def _waits(actions: Sequence[_Recorded], missing: RuleResult) -> str:
    [name] = [action.trace.name for action in actions if action.trace.id == missing.component]
    return f"It waits for the answer of “{name}”."


def _not_met(group: Group[_Recorded]) -> str:
    """Say what kept the rule from firing: the last of its conditions that was looked at."""
    if group.kind == "any":
        return "None of its conditions was met."
    for member in group.members:
        if isinstance(member, Group):
            looked = [leaf for leaf in member.leaves() if leaf.trace.verdict == "not_met"]
            held = [leaf for leaf in member.leaves() if leaf.trace.verdict == "met"]
            if member.kind == "any" and looked and not held:
                names = ", ".join(f"“{leaf.trace.name}”" for leaf in looked)
                return _alone(looked[0]) if len(looked) == 1 else f"None of {names} was met."
            if member.kind == "all" and looked:
                return _alone(looked[0])
        elif member.trace.verdict == "not_met":
            return _alone(member)
    return ""


def _alone(recorded: _Recorded) -> str:
    trace = recorded.trace
    if trace.negate:
        return f"The exception “{trace.name}” applied."
    return f"“{trace.name}” was not met."


def _untold(part: Part, kind: Literal["condition", "action"]) -> ComponentTrace:
    content = part.content
    return ComponentTrace(
        content["id"],
        kind,
        content["name"],
        part.delegate.name,
        part.delegate.summarise(content["settings"]),
        content["negate"],
        group=group_of(content),
    )


def _values(program: Program, part: Part, scope: Scope) -> list[tuple[str, Any]]:
    compiler = program.compiler_for(_package_of(part))
    settings = leaves(part.delegate.schema, part.content["settings"])
    return [(leaf.label, _value(leaf, compiler, scope)) for leaf in settings]


def _package_of(part: Part) -> str:
    return part.delegate.id.split("::", 1)[0]


def _value(leaf: Leaf, compiler: Compiler, scope: Scope) -> Any:
    if not leaf.takes_tokens:
        return leaf.value
    try:
        value = compiler.value(leaf.value)(scope)
    except Exception as error:  # noqa: BLE001 - one value that fails must not hide the others
        return failure_message(error)
    return _HIDDEN if leaf.is_secret and value is not None else _hidden(value)


def _hidden(value: JSON) -> JSON:
    """Return the value without the names of secrets in it, which are nobody's to read."""
    if isinstance(value, SecretRef):
        return _HIDDEN
    if isinstance(value, str):
        return REFERENCE.sub(_HIDDEN, value)
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {key: _hidden(item) for key, item in value.items()}
    return value


def _explain_element(
    element: CompiledElement, scope: Scope, stash: Mapping[str, JSON] | None
) -> ElementTrace:
    """Tell of an element; `stash` is the one it read, if it read one."""
    content = element.content
    lines: list[LogLine] = []
    scope.lines, scope.stash = lines, stash or {}
    try:
        raw, message = element.raw(scope), ""
    except Exception as error:  # noqa: BLE001 - it failed in the evaluation too; this tells it
        raw, message = None, failure_message(error)
    scope.lines = []
    is_kept = stash is not None or isinstance(element.value, Fixed)
    value = element.value(scope) if is_kept and not message else None
    return ElementTrace(
        content["name"],
        element.delegate.name,
        element.delegate.summarise(content["settings"]),
        _hidden(raw),
        _hidden(content["default"]),
        _hidden(scope.elements.get(content["name"], value)),
        message,
        lines,
    )
