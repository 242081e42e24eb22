"""One event while it is made, and the steps that make it.

An action is compiled into steps. What its settings leave empty has no step, and so costs no
event anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from extensions.contract import JSON, Compiler, Notice, Scope, Settings


@dataclass(slots=True)
class Draft:
    """The event so far, and what there is to say about it."""

    scope: Scope
    event: dict[str, JSON] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    origins: list[tuple[str, str]] = field(default_factory=list)  # of what was filled by itself
    source: str = ""  # the action source, once it is known
    expires_at: int = 0  # Unix seconds


Step = Callable[[Draft], None]
"""Adds to the event; raises a `Refusal` where Meta would refuse it."""

Part = Callable[[Settings, Compiler], Step | None]
"""Compiles the settings of one part of the event."""
