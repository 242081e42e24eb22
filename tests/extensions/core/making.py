"""What the tests of Core are written with: a compiler, a scope, values of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from extensions.contract import JSON, Resolver, Scope
from extensions.tokens import names_in, whole_token

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


@dataclass(frozen=True)
class ElementCompiler:
    """Resolves a whole ``{{name}}`` to the value the test gave it."""

    elements: Mapping[str, JSON] = field(default_factory=dict)
    stage: str = "development"

    def value(self, template: JSON) -> Resolver:
        name = whole_token(template)
        value = template if name is None else self.elements[name]
        return lambda _scope: value

    def constant(self, template: JSON) -> bool:
        return next(names_in(template), None) is None

    def configuration(self) -> Mapping[str, JSON]:
        return {}


def scope(event: Any = None, request: Any = None) -> Scope:
    """Return a scope that holds the event and the request."""
    return Scope(event or {}, request or {}, "0" * 32, 1_760_000_000, 1_760_000_000)
