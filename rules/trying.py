"""Try a data element, a condition or an action, as it stands in its form, on one event.

Nothing is saved and nothing is sent: the engine runs what a build made now would hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extensions.contract import JSON, LogLine, Scope
from extensions.core.secret import SECRET, SecretRef
from rules import coding, ids
from rules.engine import Program, assemble, check_document, explain
from rules.engine.elements import failure_message, pipeline
from rules.engine.results import ComponentTrace
from rules.models import Property
from rules.revising import heads

Content = Mapping[str, Any]
HIDDEN = "••••"  # in place of a secret


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as it is stored, and the moment and stage of its evaluation."""

    event: Mapping[str, JSON]
    request: Mapping[str, JSON]
    event_id: str  # 32 hex digits
    received_at: int  # Unix seconds
    now: int  # Unix seconds
    stage: str


@dataclass(frozen=True, slots=True)
class Step:
    """What a data element's value was after one step on its way."""

    label: str
    value: JSON


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: the steps of a data element, or the trace of a component."""

    problem: str = ""  # in words for people, and the line of code where there is one
    steps: Sequence[Step] = ()
    trace: ComponentTrace | None = None
    lines: Sequence[LogLine] = field(default_factory=tuple)


def element(property_: Property, content: Content, on: Happened) -> Tried:
    """Resolve a data element that need not be saved, step by step."""
    name = str(content["name"] or "This data element")
    named: dict[str, Any] = {**content, "enabled": True, "name": name}
    document = _document(property_, on.stage, [("data_element", named)])
    problem = _first_problem(document, str(content["id"]))
    if problem:
        return Tried(problem)
    lines: list[LogLine] = []
    scope = _scope(on, lines)
    try:
        program = Program(document, is_lazy=True)
        program.value(f"{{{{{name}}}}}")
        raw = program.elements[name].raw(scope)
    except Exception as error:  # noqa: BLE001 - an event may hold anything
        return Tried(failure_message(error), lines=lines)
    return Tried(steps=_steps(content, raw, scope), lines=lines)


def component(property_: Property, part: Content, on: Happened) -> Tried:
    """Run a condition or an action that need not be kept, alone in a rule of its own."""
    rule = {"id": ids.rule_id(), "name": "Tried", "enabled": True, "components": [part]}
    document = _document(property_, on.stage, [("rule", rule)])
    problem = _first_problem(document, str(rule["id"]))
    if problem:
        return Tried(problem)
    try:
        told = explain(
            Program(document, is_lazy=True),
            on.event,
            on.request,
            event_id=on.event_id,
            received_at=on.received_at,
            now=on.now,
            code=coding.runner(),
        )
    except Exception as error:  # noqa: BLE001 - another data element may be broken
        return Tried(failure_message(error))
    [trace] = [*told.rules[0].conditions, *told.rules[0].actions]
    problem = trace.message or getattr(trace.result, "message", "")
    return Tried(problem, trace=trace, lines=trace.lines)


def _document(property_: Property, stage: str, ours: list[tuple[str, Content]]) -> dict[str, Any]:
    """Return the document of a build of everything that is saved, but its rules, and of ours."""
    names = {content["name"] for kind, content in ours if kind == "data_element"}
    saved = [
        (head.KIND, head.content())
        for head in heads(property_)
        if head.KIND == "extension" or (head.KIND == "data_element" and head.name not in names)
    ]
    return assemble(property_.public_id, stage, [*saved, *ours])


def _first_problem(document: Content, resource: str) -> str:
    """Return what keeps it from running. The names of secrets do not: none is opened here."""
    existing = {content["name"] for content in document["data_elements"]}
    found = (
        finding.message
        for finding in check_document(document, existing=existing)
        if finding.severity == "error" and finding.resource == resource
    )
    return next(found, "")


def _scope(on: Happened, lines: list[LogLine]) -> Scope:
    return Scope(
        on.event,
        on.request,
        on.event_id,
        on.received_at,
        on.now,
        code=coding.runner(),
        lines=lines,
    )


def _steps(content: Content, raw: JSON, scope: Scope) -> list[Step]:
    """Return the value after each step that is switched on: the engine's own, one by one."""
    if content["delegate"] == SECRET.id or isinstance(raw, SecretRef):
        return [Step("Secret", HIDDEN)]
    on = {"default": None, "clean": False, "lower": False}
    steps = [Step("Value as it comes", raw)]
    for name, label in (
        ("default", "With the default value"),
        ("clean", "Cleaned"),
        ("lower", "In lower case"),
    ):
        if content[name] not in (None, False):
            on[name] = content[name]
            finish = pipeline({"name": f"{name} of it", **on}, lambda _scope: raw)
            steps.append(Step(label, finish(scope)))
    return steps
