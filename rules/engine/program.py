"""A build compiled into plain callables: what every worker runs.

Compiled once, then evaluated per event: data elements are resolved lazily and once per event,
conditions stop at the first that fails, actions run in order, and one rule's failure ends that
rule only. `Program.evaluate` never raises, whatever JSON an event holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import vault
from extensions import registry
from extensions.contract import (
    Action,
    ComponentError,
    Condition,
    Delegate,
    Resolver,
    Scope,
    Settings,
)
from extensions.core.secret import SecretRef, referred
from extensions.tokens import names_in
from rules.engine.checks import Finding, check_document
from rules.engine.results import ActionResult, Evaluation, RuleResult
from rules.engine.templates import compile_template

_SPACES = re.compile(r"\s+")


class BuildError(Exception):
    """The document cannot be compiled. `findings` says what is wrong, and where."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition ready to run. With `negate` (Exception) it is met when its test is false."""

    content: Mapping[str, Any]
    delegate: Delegate
    test: Condition
    negate: bool


@dataclass(frozen=True, slots=True)
class CompiledAction:
    """An action ready to run."""

    content: Mapping[str, Any]
    delegate: Delegate
    package: str
    run: Action


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready to run."""

    id: str
    name: str
    conditions: tuple[CompiledCondition, ...]
    actions: tuple[CompiledAction, ...]


@dataclass(frozen=True, slots=True)
class CompiledElement:
    """A data element ready to run: `raw` as its delegate gives it, `value` after the pipeline."""

    content: Mapping[str, Any]
    delegate: Delegate
    raw: Resolver
    value: Resolver


@dataclass(frozen=True, slots=True)
class _Compiler:
    """What a delegate is offered while it compiles; see `extensions.contract.Compiler`."""

    stage: str
    element: Callable[[str], Resolver]
    settings: Settings

    def value(self, template: Any) -> Resolver:
        return compile_template(_own(template), self.element)

    def constant(self, template: Any) -> bool:
        return next(names_in(template), None) is None

    def configuration(self) -> Settings:
        return self.settings


class Program:
    """The compiled form of one build."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Compile a document that has been checked; see `compile_build`."""
        self.stage: str = document["stage"]
        self._definitions = {
            content["name"]: content for content in _enabled(document["data_elements"])
        }
        self._configurations = {
            content["package"]: content["settings"] for content in _enabled(document["extensions"])
        }
        self.elements: dict[str, CompiledElement] = {}
        self.rules = tuple(self._rule(content) for content in _enabled(document["rules"]))

    def evaluate(
        self,
        event: Mapping[str, Any],
        request: Mapping[str, Any],
        *,
        event_id: str,
        received_at: int,
        now: int,
    ) -> Evaluation:
        """Run every rule on an event.

        `event` is ``{"xdm", "data"}``, `request` what the collector noted of the visitor,
        `event_id` 32 hex digits, the times Unix seconds. The same arguments always give the same
        evaluation.
        """
        scope = Scope(event, request, event_id, received_at, now)
        actions: list[ActionResult] = []
        results = tuple(_run_rule(rule, scope, actions) for rule in self.rules)
        return Evaluation(results, tuple(actions))

    def compiler_for(self, package: str) -> _Compiler:
        """Return what a delegate of the package may use to compile its settings."""
        return _Compiler(self.stage, self._element, self._configurations[package])

    def _element(self, name: str) -> Resolver:
        if name not in self.elements:
            self.elements[name] = self._compile_element(self._definitions[name])
        return self.elements[name].value

    def _compile_element(self, content: Mapping[str, Any]) -> CompiledElement:
        delegate = registry.delegate(content["delegate"])
        compiler = self.compiler_for(registry.package_of(delegate.id).id)
        raw = delegate.compile(content["settings"], compiler)
        return CompiledElement(content, delegate, raw, _pipeline(content, raw))

    def _rule(self, content: Mapping[str, Any]) -> CompiledRule:
        parts = content["components"]
        return CompiledRule(
            content["id"],
            content["name"],
            tuple(self._condition(part) for part in parts if part["kind"] == "condition"),
            tuple(self._action(part) for part in parts if part["kind"] == "action"),
        )

    def _condition(self, content: Mapping[str, Any]) -> CompiledCondition:
        delegate = registry.delegate(content["delegate"])
        package = registry.package_of(delegate.id)
        test = delegate.compile(content["settings"], self.compiler_for(package.id))
        return CompiledCondition(content, delegate, test, content["negate"])

    def _action(self, content: Mapping[str, Any]) -> CompiledAction:
        delegate = registry.delegate(content["delegate"])
        package = registry.package_of(delegate.id)
        run = delegate.compile(content["settings"], self.compiler_for(package.id))
        return CompiledAction(content, delegate, package.id, run)


def compile_build(document: Mapping[str, Any]) -> Program:
    """Check a document and compile it.

    Raises:
        BuildError: it has an error; warnings do not stop it.
    """
    errors = [finding for finding in check_document(document) if finding.severity == "error"]
    if errors:
        raise BuildError(errors)
    return Program(document)


def _own(template: Any) -> Any:
    """Mark text that names a secret as the build's own, so that delivery may open it."""
    if isinstance(template, str) and (referred(template) or vault.is_sealed(template)):
        return SecretRef(template)
    return template


def _enabled(contents: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (content for content in contents if content["enabled"])


def _run_rule(rule: CompiledRule, scope: Scope, actions: list[ActionResult]) -> RuleResult:
    component: CompiledCondition | CompiledAction | None = None
    try:
        for component in rule.conditions:
            if component.test(scope) is component.negate:
                return RuleResult(rule.id, "not_met", component.content["id"])
        for component in rule.actions:
            result = component.run(scope)
            actions.append(
                ActionResult(rule.id, component.content["id"], component.package, result)
            )
    except Exception as error:  # noqa: BLE001 - an event may hold anything; see failure_message
        stopped = component.content["id"] if component else ""
        return RuleResult(rule.id, "failed", stopped, failure_message(error))
    return RuleResult(rule.id, "fired")


def failure_message(error: Exception) -> str:
    """Say why a component failed: its own words, or the kind of an error nobody foresaw.

    An unforeseen error's text is left out: it may quote the event.
    """
    if isinstance(error, ComponentError):
        return str(error)
    return f"The component could not work with this event ({type(error).__name__})."


def _pipeline(content: Mapping[str, Any], raw: Resolver) -> Resolver:
    """Return the resolver of a data element: default → clean text → lower case, once per event."""
    name, default = content["name"], content["default"]
    clean, lower = content["clean"], content["lower"]

    def resolve(scope: Scope) -> Any:
        elements = scope.elements
        if name in elements:
            return elements[name]
        value = raw(scope)
        if value is None:
            value = default
        if type(value) is str:  # a secret's reference is no text to clean
            if clean:
                value = _SPACES.sub(" ", value).strip()
            if lower:
                value = value.lower()
        elements[name] = value
        return value

    return resolve
