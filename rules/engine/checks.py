"""Everything a build can be refused or warned for, found before anything is compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Literal

from extensions import registry
from extensions.contract import Delegate, Package, Problem, Settings
from extensions.core import date_range
from extensions.core.custom_code import elements_asked, is_code
from extensions.core.date_range import DATE_RANGE
from extensions.core.moments import NOW
from extensions.core.secret import SECRET, secret_for
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.tokens import names_in
from extensions.validation import problems_in, too_deep
from rules.engine.contradictions import Contradiction, contradiction_in
from rules.engine.document import delegate_of
from rules.engine.labels import label_of, leaves
from rules.engine.marks import Mark, marks_in

Content = Mapping[str, Any]
Severity = Literal["error", "warning"]
_Asked = tuple[tuple[str, tuple[str, ...]], ...]  # data elements, by the path of the setting
_Look = tuple[tuple[Problem, ...], _Asked]

_OVER_FOR_ALL = "These dates are over: nothing meets this condition any more."
_OVER = "These dates are over: only an event from before their end meets this condition."
# What every data element has, whatever its type.
_HEAD: Settings = {"properties": {"name": {"title": "Name"}}}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a build, with a pointer to the exact field."""

    severity: Severity
    resource: str  # public id of the extension, data element or rule
    name: str  # its name, with the component's where it is about one
    field: str  # dotted path of the setting; "" for the resource as a whole
    message: str
    component: str = ""  # public id of the rule's component it is about
    label: str = ""  # what the form calls the field


@dataclass(frozen=True, slots=True)
class _Subject:
    """What findings are about: a resource, or one component of a rule."""

    resource: str
    name: str
    schema: Settings  # of the settings
    component: str = ""

    def error(self, field: str, message: str) -> Finding:
        return self.finding("error", field, message)

    def finding(self, severity: Severity, field: str, message: str) -> Finding:
        label = label_of(self.schema, field) if field else ""
        return Finding(severity, self.resource, self.name, field, message, self.component, label)

    def of(self, problem: Problem) -> Finding:
        return self.finding(problem.severity, problem.field, problem.message)


def check_document(
    document: Mapping[str, Any],
    today: date | None = None,
    existing: Collection[str] | None = None,
) -> list[Finding]:
    """Return every error and warning of a build's document.

    With `today` also what the packages advise on that day. `existing` are the names of all data
    elements of the property, so that one that is nowhere is not looked for in a library.
    """
    return list(_Check(document, today, existing).findings())


def elements_named(described: Delegate | Package, settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the names of the data elements that settings ask for, by the setting's path."""
    if too_deep(settings):
        return {}
    return dict(_all_asked(described, settings))


def takes_secrets(schema: Settings, path: str) -> bool:
    """Whether secrets may stand in the setting at a path."""
    found = schema.get("properties", {}).get(path.partition(".")[0], {})
    return bool(found.get("ui", {}).get("secrets", True))


def circle_from(name: str, elements: Mapping[str, Content]) -> list[str] | None:
    """Return the way from a data element back to itself, if there is one.

    `elements` are the contents of all data elements, by name.
    """
    return _chain_back(name, _links(elements))


class _Check:
    def __init__(
        self,
        document: Mapping[str, Any],
        today: date | None,
        existing: Collection[str] | None,
    ) -> None:
        self.document = document
        self.today = today
        self.existing = existing
        self.elements = {content["name"]: content for content in document["data_elements"]}
        self.extensions = {content["package"]: content for content in document["extensions"]}
        self.looked: dict[tuple[str, str], _Look] = {}

    def findings(self) -> Iterator[Finding]:
        for content in self.document["extensions"]:
            if content["enabled"]:
                yield from self._extension(content)
        for content in self.document["data_elements"]:
            if content["enabled"]:
                yield from self._element(content)
        for content in self.document["rules"]:
            if content["enabled"]:
                yield from self._rule(content)
        yield from self._twins()
        yield from self._cycles()
        yield from map(self._marked, marks_in(self.document))

    def _extension(self, content: Content) -> Iterator[Finding]:
        package = registry.packages().get(content["package"])
        if package is None:
            message = f"The package {content['package']} is not available."
            yield _subject(content, {}).error("", message)
            return
        subject = _subject(content, package.schema)
        problems = problems_in(package, content["settings"])
        yield from map(subject.of, problems)
        if self.today is not None and not _has_error(problems):
            for advice in package.advise(content["settings"], self.today):
                yield subject.finding("warning", advice.field, advice.message)
        for path, names in elements_named(package, content["settings"]).items():
            yield from self._known(subject, path, names)

    def _element(self, content: Content) -> Iterator[Finding]:
        stage = self.document["stage"]
        yield from self._delegated(content, content)
        if content["delegate"] == SECRET.id and secret_for(content["settings"], stage) is None:
            subject = _subject(content, SECRET.schema)
            yield subject.error(f"secrets.{stage}", f"No secret is chosen for {stage}.")

    def _rule(self, content: Content) -> Iterator[Finding]:
        actions = [part for part in content["components"] if part["kind"] == "action"]
        if not actions:
            yield _subject(content, {}).finding("warning", "", "The rule has no action.")
        found = [
            finding
            for part in content["components"]
            for finding in self._delegated(content, part, part)
        ]
        yield from found
        if any(finding.severity == "error" for finding in found):
            return
        yield from self._logic(content)
        contradiction = contradiction_in(content, self.elements)
        if contradiction is not None:
            yield _never(content, contradiction)
        if self.today is not None:
            yield from _over(content, self.today)

    def _logic(self, content: Content) -> Iterator[Finding]:
        logic = content.get("logic") or {}
        kinds = [logic.get("top", "all"), *(logic.get("groups") or {}).values()]
        if not {"all", "any"}.issuperset(kinds):
            message = "Conditions are joined by all or any, and by nothing else."
            yield _subject(content, {}).error("logic", message)

    def _delegated(
        self, content: Content, part: Content, component: Content | None = None
    ) -> Iterator[Finding]:
        delegate = delegate_of(part)
        subject = _subject(content, delegate.schema if delegate else {}, component)
        if delegate is None:
            yield subject.error("", f"The component type {part['delegate']} is not available.")
            return
        yield from self._installed(subject, delegate)
        if problems := too_deep(part["settings"]):
            yield from map(subject.of, problems)
            return
        # Hundreds of rules have conditions that are alike; each kind is looked through once.
        looks = (delegate.id, repr(part["settings"]))
        if looks not in self.looked:
            self.looked[looks] = _look(delegate, part["settings"])
        found, asked = self.looked[looks]
        yield from map(subject.of, found)
        # Code may do without an element, or ask only sometimes: it need not be a mistake.
        severity: Severity = "warning" if is_code(delegate.id) else "error"
        for path, names in asked:
            yield from self._known(subject, path, names, severity)
            if not takes_secrets(delegate.schema, path):
                yield from self._shown(subject, path, names)
            elif refusal := self._refusal(delegate, part["settings"], names):
                yield subject.error(path, refusal)

    def _installed(self, subject: _Subject, delegate: Delegate) -> Iterator[Finding]:
        package = registry.package_of(delegate.id)
        installed = self.extensions.get(package.id)
        if installed is None:
            yield subject.error(
                "", f"The extension {package.name} is not in this library or upstream of it."
            )
        elif not installed["enabled"]:
            yield subject.error("", f"The extension {package.name} is disabled.")

    def _known(
        self, subject: _Subject, path: str, names: Iterable[str], severity: Severity = "error"
    ) -> Iterator[Finding]:
        """Find data elements that a setting names in vain."""
        for element in names:
            found = self.elements.get(element)
            if found is None:
                yield subject.finding(severity, path, self._absent(element))
            elif not found["enabled"]:
                message = f"The data element {element} is disabled."
                yield subject.finding(severity, path, message)

    def _refusal(self, delegate: Delegate, settings: Settings, names: Iterable[str]) -> str:
        """Say why the secrets among these data elements may not be there; empty if they may."""
        has_secret = any(map(self._is_secret, names))
        return delegate.no_secrets(settings) if has_secret else ""

    def _is_secret(self, element: str) -> bool:
        return bool(self.elements.get(element, {}).get("delegate") == SECRET.id)

    def _shown(self, subject: _Subject, path: str, names: Iterable[str]) -> Iterator[Finding]:
        """Find secrets in a setting that many may read."""
        for element in names:
            if self._is_secret(element):
                yield subject.error(path, f"{element} is a secret, and none may stand here.")

    def _absent(self, element: str) -> str:
        if self.existing is not None and element not in self.existing:
            return f"There is no data element {element}. Create it, or take it out here."
        return f"The data element {element} is not in this library or upstream of it."

    def _twins(self) -> Iterator[Finding]:
        """Find names that two data elements have: a token could mean either."""
        enabled = [content for content in self.document["data_elements"] if content["enabled"]]
        counts = Counter(content["name"] for content in enabled)
        for content in enabled:
            if counts[content["name"]] > 1:
                message = (
                    f"Another data element of this build is called {content['name']} too. "
                    "Add the newest revision of both to the library."
                )
                yield _subject(content, _HEAD).error("name", message)

    def _cycles(self) -> Iterator[Finding]:
        enabled = {name: content for name, content in self.elements.items() if content["enabled"]}
        links = _links(enabled)
        for name, content in enabled.items():
            chain = _chain_back(name, links)
            if chain:
                yield _of_circle(content, chain)

    def _marked(self, mark: Mark) -> Finding:
        # What a mark stands for does a build no harm, and is easily forgotten.
        loud = "Test code in production: " if self.document["stage"] == "production" else ""
        name = f"{mark.name} › {mark.component_name}" if mark.component else mark.name
        message = f"{loud}{mark.words}. What is sent like this still counts at its destination."
        return Finding(
            "warning", mark.resource, name, mark.field, message, mark.component, mark.label
        )


def _subject(content: Content, schema: Settings, component: Content | None = None) -> _Subject:
    if component is None:
        return _Subject(content["id"], content["name"], schema)
    name = f"{content['name']} › {component['name']}"
    return _Subject(content["id"], name, schema, component["id"])


def _never(content: Content, contradiction: Contradiction) -> Finding:
    first, second = contradiction
    subject = _subject(content, VALUE_COMPARISON.schema, second)
    field = "rightOperand" if "rightOperand" in second["settings"] else ""
    if first is second:
        message = "This rule can never fire: its data element never has this value."
    else:
        message = f"This rule can never fire: what meets “{first['name']}” never meets this."
    return subject.finding("warning", field, message)


def _over(content: Content, today: date) -> Iterator[Finding]:
    """Find conditions whose dates are over."""
    for part in content["components"]:
        if part["delegate"] != DATE_RANGE.id or part["negate"]:
            continue
        if date_range.is_over(part["settings"], today):
            subject = _subject(content, DATE_RANGE.schema, part)
            is_never = part["settings"].get("source") == NOW
            yield subject.finding("warning", "end", _OVER_FOR_ALL if is_never else _OVER)


def _of_circle(content: Content, chain: list[str]) -> Finding:
    delegate = delegate_of(content)
    schema = delegate.schema if delegate else {}
    named = elements_named(delegate, content["settings"]) if delegate else {}
    field = next((path for path, names in named.items() if chain[1] in names), "")
    return _subject(content, schema).error(field, in_circle(chain))


def in_circle(chain: list[str]) -> str:
    """Say that a data element leads back to itself, and how."""
    return f"The data element refers to itself: {' → '.join(chain)}."


def _has_error(problems: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _templates(schema: Settings, settings: Settings) -> dict[str, Any]:
    """Return the settings that may hold tokens, by their paths."""
    return {leaf.path: leaf.value for leaf in leaves(schema, settings) if leaf.takes_tokens}


def _asked(schema: Settings, settings: Settings) -> _Asked:
    """Return the names of the data elements that settings hold, by their paths."""
    found = (
        (path, tuple(dict.fromkeys(names_in(setting))))
        for path, setting in _templates(schema, settings).items()
    )
    return tuple((path, names) for path, names in found if names)


def _all_asked(described: Delegate | Package, settings: Settings) -> _Asked:
    """Return what `_asked` does, and what custom code asks for."""
    asked = _asked(described.schema, settings)
    if is_code(described.id):
        return (*asked, ("source", tuple(dict.fromkeys(elements_asked(settings)))))
    return asked


def _look(delegate: Delegate, settings: Settings) -> _Look:
    return tuple(problems_in(delegate, settings)), _all_asked(delegate, settings)


def _links(elements: Mapping[str, Content]) -> dict[str, list[str]]:
    """Return for each data element those of them that it asks for."""
    return {
        name: [used for used in _used_by(content) if used in elements]
        for name, content in elements.items()
    }


def _used_by(element: Content) -> Iterator[str]:
    delegate = delegate_of(element)
    if delegate is None:
        return iter(())
    return chain.from_iterable(elements_named(delegate, element["settings"]).values())


def _chain_back(start: str, links: Mapping[str, list[str]]) -> list[str] | None:
    """Return the way from an element back to itself, if there is one."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for used in links[way[-1]]:
            if used == start:
                return [*way, start]
            if used not in seen:
                seen.add(used)
                ways.append([*way, used])
    return None
