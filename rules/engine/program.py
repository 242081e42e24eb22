"""A build compiled into plain callables: what every worker runs.

Compiled once, then evaluated per event: data elements are resolved lazily and once per event,
conditions stop at the first that decides, actions run in order, and one rule's failure ends that
rule only. `Program.evaluate` never raises, whatever JSON an event holds.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

import vault
from extensions import registry
from extensions.contract import Answered, CodeRunner, Resolver, Scope, Settings
from extensions.core.secret import SecretRef, referred
from rules.engine import compiled
from rules.engine.checks import Finding, check_document
from rules.engine.compiled import (
    CompiledAction,
    CompiledCondition,
    CompiledElement,
    CompiledRule,
)
from rules.engine.deciding import decided
from rules.engine.document import canonical
from rules.engine.elements import pipeline
from rules.engine.logic import logic_of
from rules.engine.lookup import Lookup
from rules.engine.results import ActionResult, Evaluation, RuleResult
from rules.engine.templates import compile_template

Content = Mapping[str, Any]


class BuildError(Exception):
    """The document cannot be compiled. `findings` says what is wrong, and where."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class _Compiler:
    """What a delegate is offered while it compiles; see `extensions.contract.Compiler`."""

    program: Program
    package: str
    name: str

    @property
    def stage(self) -> str:
        return self.program.stage

    @property
    def build(self) -> str:
        return self.program.build

    def value(self, template: Any) -> Resolver:
        return self.program.value(template)

    def configuration(self) -> Settings:
        return self.program.configurations[self.package]


class Program:
    """The compiled form of one build."""

    def __init__(self, document: Mapping[str, Any], *, is_lazy: bool = False) -> None:
        """Compile a document that has been checked; see `compile_build`.

        With `is_lazy` a rule is compiled when the first event may meet it, for where a build has
        been compiled in whole before.

        Raises:
            UnknownDelegate: no package offers the type of a component or data element.
        """
        self.stage: str = document["stage"]
        self.configurations: dict[str, Settings] = {
            content["package"]: content["settings"] for content in _enabled(document["extensions"])
        }
        self.elements: dict[str, CompiledElement] = {}
        self._document = document
        self._definitions = {
            content["name"]: content for content in _enabled(document["data_elements"])
        }
        self._contents = tuple(_enabled(document["rules"]))
        self._compiled: list[CompiledRule | None] = [None] * len(self._contents)
        self._values: dict[str, Resolver] = {}
        _find_delegates(self._contents, self._definitions)
        self._lookup = Lookup(self._contents, self._element)
        if not is_lazy:
            with undisturbed():
                _ = self.rules

    @cached_property
    def build(self) -> str:
        """What tells this build from any other."""
        return hashlib.sha256(canonical(self._document)).hexdigest()

    @property
    def rules(self) -> tuple[CompiledRule, ...]:
        """Every rule, compiled."""
        return tuple(self._rule_at(place) for place in range(len(self._contents)))

    def evaluate(
        self,
        event: Mapping[str, Any],
        request: Mapping[str, Any],
        *,
        event_id: str,
        received_at: int,
        now: int,
        code: CodeRunner | None = None,
        answers: Mapping[str, Answered] | None = None,
    ) -> Evaluation:
        """Run every rule on an event.

        `event` is ``{"xdm", "data"}``, `request` what the collector noted of the visitor,
        `event_id` 32 hex digits, the times Unix seconds, `code` what runs custom code, if
        anything does, `answers` what actions have brought back since the last evaluation, by
        component id. The same arguments always give the same evaluation.
        """
        scope = Scope(event, request, event_id, received_at, now, code=code, answers=answers or {})
        actions: list[ActionResult] = []
        results = []
        for place in self._lookup.candidates(scope):
            result = self._run(place, scope, actions)
            if result is not None:
                results.append(result)
        return Evaluation(tuple(results), tuple(actions))

    def compiler_for(self, package: str, name: str = "") -> _Compiler:
        """Return what a delegate of the package may use to compile its settings."""
        return _Compiler(self, package, name)

    def value(self, template: Any) -> Resolver:
        """Compile a setting that may hold tokens."""
        if type(template) is not str:
            return compile_template(template, self._element)
        # The same texts stand in many rules of a build.
        if template not in self._values:
            self._values[template] = compile_template(_own(template), self._element)
        return self._values[template]

    def _run(self, place: int, scope: Scope, wanted: list[ActionResult]) -> RuleResult | None:
        rule = self._compiled[place]
        if rule is None:
            try:
                rule = self._rule_at(place)
            except Exception as error:  # noqa: BLE001 - the other rules of the build are to run
                message = f"The rule could not be compiled ({type(error).__name__})."
                return RuleResult(self._contents[place]["id"], "failed", "", message)
        return compiled.run(rule, scope, wanted)

    def _element(self, name: str) -> Resolver:
        if name not in self.elements:
            self.elements[name] = self._compile_element(self._definitions[name])
        return self.elements[name].value

    def _compile_element(self, content: Content) -> CompiledElement:
        delegate = registry.delegate(content["delegate"])
        package = registry.package_of(delegate.id)
        compiler = self.compiler_for(package.id, content["name"])
        raw = decided(delegate.compile(content["settings"], compiler))
        return CompiledElement(content, delegate, raw, pipeline(content, raw))

    def _rule_at(self, place: int) -> CompiledRule:
        rule = self._compiled[place]
        if rule is None:
            rule = self._compiled[place] = self._rule(self._contents[place])
        return rule

    def _rule(self, content: Content) -> CompiledRule:
        return CompiledRule(
            content["id"],
            content["name"],
            logic_of(content).of(self._condition),
            tuple(self._action(part) for part in content["components"] if part["kind"] == "action"),
        )

    def _condition(self, content: Content) -> CompiledCondition:
        delegate = registry.delegate(content["delegate"])
        package = registry.package_of(delegate.id)
        compiler = self.compiler_for(package.id, content["id"])
        test = decided(delegate.compile(content["settings"], compiler))
        return CompiledCondition(content, delegate, test, content["negate"])

    def _action(self, content: Content) -> CompiledAction:
        delegate = registry.delegate(content["delegate"])
        package = registry.package_of(delegate.id)
        compiler = self.compiler_for(package.id, content["id"])
        run = delegate.compile(content["settings"], compiler)
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


def load_build(written: bytes) -> Program:
    """Make a finished build ready to run, from the bytes it was stored as.

    It was checked and compiled when it was made. Checks that became stricter since must not stop
    it, so they are not made again.

    Raises:
        UnknownDelegate: no package offers the type of a component or data element.
    """
    return Program(orjson.loads(written), is_lazy=True)


def _find_delegates(rules: tuple[Content, ...], elements: Mapping[str, Content]) -> None:
    """Miss a package now rather than at some event."""
    parts = (part for rule in rules for part in rule["components"])
    names = {part["delegate"] for part in parts}
    names |= {element["delegate"] for element in elements.values()}
    for name in names:
        registry.delegate(name)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector still while many things are made that all stay.

    It would look through them again and again, which takes more than half of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _own(template: str) -> str:
    """Mark text that names a secret as the build's own, so that delivery may open it."""
    if referred(template) or vault.is_sealed(template):
        return SecretRef(template)
    return template


def _enabled(contents: list[Content]) -> Iterator[Content]:
    return (content for content in contents if content["enabled"])
