"""What the tests of Core are written with: a compiler, a scope, values of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from extensions.contract import JSON, Delegate, Fixed, Resolver, Scope
from extensions.core.texts import as_text
from extensions.tokens import TOKEN, names_in, whole_token
from extensions.validation import problems_in

# On a busy machine a single example may take long.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Any JSON an event may hold, numbers that no double can hold among it.
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8)
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


def datetimes(first: str, last: str) -> st.SearchStrategy[datetime]:
    """Return dates and times without a zone, between two written as ISO 8601."""
    return st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last))


@dataclass(frozen=True)
class ElementCompiler:
    """Resolves each ``{{name}}`` to the value the test gave it, as the engine would."""

    elements: Mapping[str, JSON] = field(default_factory=dict)
    stage: str = "development"
    build: str = "build"
    name: str = "Test"

    def value(self, template: JSON) -> Resolver:
        if next(names_in(template), None) is None:
            return Fixed(template)
        return lambda _scope: self._resolved(template)

    def _resolved(self, template: JSON) -> JSON:
        name = whole_token(template)
        if name is not None:
            return self.elements[name]
        if isinstance(template, str):
            return TOKEN.sub(lambda match: self._text(match[1].strip()), template)
        if isinstance(template, dict):
            return {key: self._resolved(item) for key, item in template.items()}
        return [*map(self._resolved, template)] if isinstance(template, list) else template

    def _text(self, name: str) -> str:
        return as_text(self.elements[name]) or ""

    def configuration(self) -> Mapping[str, JSON]:
        return {}


EVENT_ID = "0190f3b2a6c87d10b5e4f3a2c1d0e9f8"
RECEIVED_AT, NOW = 1_760_000_000, 1_760_000_060


def scope(event: Any = None, request: Any = None, **changes: Any) -> Scope:
    """Return a scope that holds the event and the request."""
    facts = {"event_id": EVENT_ID, "received_at": RECEIVED_AT, "now": NOW} | changes
    return Scope(event or {}, request or {}, **facts)


def run(
    delegate: Delegate,
    settings: Mapping[str, JSON],
    elements: Mapping[str, JSON] | None = None,
    at: Scope | None = None,
) -> Any:
    """Compile the delegate with settings its form accepts, and run it."""
    assert errors(delegate, settings) == []
    return delegate.compile(settings, ElementCompiler(elements or {}))(at or scope())


def errors(delegate: Delegate, settings: Mapping[str, JSON]) -> list[tuple[str, str]]:
    """Return field and message of everything that keeps the settings from being saved."""
    return _told(delegate, settings, "error")


def warnings(delegate: Delegate, settings: Mapping[str, JSON]) -> list[tuple[str, str]]:
    """Return field and message of every advice."""
    return _told(delegate, settings, "warning")


def _told(delegate: Delegate, settings: Mapping[str, JSON], kind: str) -> list[tuple[str, str]]:
    found = problems_in(delegate, settings)
    return [(problem.field, problem.message) for problem in found if problem.severity == kind]
