"""Everything a build can be refused or warned for, found before anything is compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from extensions import registry
from extensions.contract import Delegate, Package, Problem
from extensions.core.secret import SECRET, secret_for
from extensions.tokens import names_in
from extensions.validation import problems_in

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a build, with a pointer to the exact field."""

    severity: Literal["error", "warning"]
    resource: str  # public id of the extension, data element or rule
    name: str  # its name, with the component's where it is about one
    field: str  # dotted path of the setting; "" for the resource as a whole
    message: str


def check_document(document: Mapping[str, Any]) -> list[Finding]:
    """Return every error and warning of a build's document."""
    return list(_Check(document).findings())


class _Check:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.elements = {content["name"]: content for content in document["data_elements"]}
        self.extensions = {content["package"]: content for content in document["extensions"]}

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

    def _extension(self, content: Content) -> Iterator[Finding]:
        package = registry.packages().get(content["package"])
        if package is None:
            yield _error(content, "", f"The package {content['package']} is not available.")
            return
        for problem in problems_in(package, content["settings"]):
            yield _of(content, content["name"], problem)
        yield from self._tokens(content, content["name"], _templates(package, content["settings"]))

    def _element(self, content: Content) -> Iterator[Finding]:
        yield from self._delegated(content, content["name"], content)
        if content["delegate"] != SECRET.id:
            return
        if secret_for(content["settings"], self.document["stage"]) is None:
            yield _error(content, "secrets", f"No secret is chosen for {self.document['stage']}.")

    def _rule(self, content: Content) -> Iterator[Finding]:
        actions = [part for part in content["components"] if part["kind"] == "action"]
        if not actions:
            yield Finding("warning", content["id"], content["name"], "", "The rule has no action.")
        for part in content["components"]:
            yield from self._delegated(content, f"{content['name']} › {part['name']}", part)

    def _delegated(self, content: Content, name: str, part: Content) -> Iterator[Finding]:
        delegate = _delegate(part["delegate"])
        if delegate is None:
            message = f"The component type {part['delegate']} is not available."
            yield Finding("error", content["id"], name, "", message)
            return
        yield from self._installed(content, name, delegate)
        for problem in problems_in(delegate, part["settings"]):
            yield _of(content, name, problem)
        yield from self._tokens(content, name, _templates(delegate, part["settings"]))

    def _installed(self, content: Content, name: str, delegate: Delegate) -> Iterator[Finding]:
        package = registry.package_of(delegate.id)
        installed = self.extensions.get(package.id)
        if installed is None:
            message = f"The extension {package.name} is not in this library or upstream of it."
            yield Finding("error", content["id"], name, "", message)
        elif not installed["enabled"]:
            message = f"The extension {package.name} is disabled."
            yield Finding("error", content["id"], name, "", message)

    def _tokens(self, content: Content, name: str, settings: Content) -> Iterator[Finding]:
        for field, setting in settings.items():
            for element in dict.fromkeys(names_in(setting)):
                found = self.elements.get(element)
                if found is None:
                    message = (
                        f"The data element {element} is not in this library or upstream of it."
                    )
                    yield Finding("error", content["id"], name, field, message)
                elif not found["enabled"]:
                    message = f"The data element {element} is disabled."
                    yield Finding("error", content["id"], name, field, message)

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
                yield _error(content, "name", message)

    def _cycles(self) -> Iterator[Finding]:
        enabled = {name: content for name, content in self.elements.items() if content["enabled"]}
        links = {
            name: [used for used in _used_by(content) if used in enabled]
            for name, content in enabled.items()
        }
        for name, content in enabled.items():
            chain = _chain_back(name, links)
            if chain:
                path = " → ".join(chain)
                yield _error(content, "", f"The data element refers to itself: {path}.")


def _templates(described: Delegate | Package, settings: Content) -> dict[str, Any]:
    """Return the settings that may hold tokens; braces in the others mean nothing."""
    fields = described.schema.get("properties", {})
    return {
        name: setting
        for name, setting in settings.items()
        if fields.get(name, {}).get("ui", {}).get("picker", True)
    }


def _used_by(element: Content) -> Iterator[str]:
    delegate = _delegate(element["delegate"])
    return names_in(_templates(delegate, element["settings"])) if delegate else iter(())


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


def _delegate(delegate_id: str) -> Delegate | None:
    try:
        return registry.delegate(delegate_id)
    except registry.UnknownDelegate:
        return None


def _error(content: Content, field: str, message: str) -> Finding:
    return Finding("error", content["id"], content["name"], field, message)


def _of(content: Content, name: str, problem: Problem) -> Finding:
    return Finding(problem.severity, content["id"], name, problem.field, problem.message)
