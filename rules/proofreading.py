"""Find custom code that cannot be read, before it fails on every event.

The process that runs code reads it, and runs none of it. Where this server runs no code, or has no
such process at the moment, nothing is found that keeps anybody from saving or building.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import structlog

from custom_code.sandbox import Fault, Unavailable
from extensions import registry
from extensions.contract import Delegate, Package, Problem, Settings
from extensions.core.custom_code import is_code
from rules import coding
from rules.engine import Finding, label_of
from rules.engine.checks import Severity

log = structlog.get_logger(__name__)

_FIELD = "source"
_ANY_FAULT = Fault("…", 1)
_SWITCHED_OFF = "Custom code is switched off on this server, so this fails with every event."

Content = Mapping[str, Any]


def problems_in(described: Delegate | Package, settings: Settings) -> list[Problem]:
    """Return what keeps the code of settings from being read; nothing for settings without."""
    source = settings.get(_FIELD)
    if not is_code(described.id) or not isinstance(source, str):
        return []
    return [Problem(_FIELD, _words(fault)) for fault in _faults([source]) if fault]


def told_of(described: Delegate | Package) -> list[Problem]:
    """Return what may be said of the code of settings, for the docs; … stands for what differs."""
    return [Problem(_FIELD, _words(_ANY_FAULT))] if is_code(described.id) else []


def findings_in(document: Mapping[str, Any]) -> list[Finding]:
    """Return the same of everything that is enabled in a build's document, at its field.

    Where this server runs no code, warn of each code instead.
    """
    parts = [(of, part) for of, part in _parts(document) if _has_code(part)]
    if coding.runner() is None:
        return [_finding(of, part, "warning", _SWITCHED_OFF) for of, part in parts]
    faults = _faults([part["settings"][_FIELD] for _, part in parts])
    return [
        _finding(of, part, "error", _words(fault))
        for (of, part), fault in zip(parts, faults, strict=True)
        if fault
    ]


def _parts(document: Mapping[str, Any]) -> Iterator[tuple[Content, Content]]:
    """Yield each data element and each component, after the resource it belongs to."""
    yield from ((content, content) for content in _enabled(document["data_elements"]))
    for rule in _enabled(document["rules"]):
        yield from ((rule, part) for part in rule["components"])


def _enabled(contents: Iterable[Content]) -> Iterator[Content]:
    return (content for content in contents if content["enabled"])


def _has_code(part: Content) -> bool:
    return is_code(part["delegate"]) and isinstance(part["settings"].get(_FIELD), str)


def _finding(resource: Content, part: Content, severity: Severity, message: str) -> Finding:
    label = label_of(registry.delegate(part["delegate"]).schema, _FIELD)
    name, component = resource["name"], ""
    if part is not resource:
        name, component = f"{name} › {part['name']}", part["id"]
    return Finding(severity, resource["id"], name, _FIELD, message, component, label)


def _faults(sources: Sequence[str]) -> Sequence[Fault | None]:
    """Read codes, alike ones once."""
    different = list(dict.fromkeys(sources))
    try:
        found = dict(zip(different, coding.look(different), strict=True))
    except Unavailable:
        log.warning("custom_code_not_read", codes=len(different))
        return [None for _ in sources]
    return [found[source] for source in sources]


def _words(fault: Fault) -> str:
    said = fault.message.removeprefix("SyntaxError: ")
    where = f" in line {fault.line}" if fault.line else ""
    return f"This code cannot be read{where}: {said}."
