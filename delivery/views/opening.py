"""Open what is stored sealed; what is gone or cannot be opened is said in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import vault

UNREADABLE = "is sealed with an encryption key that this server no longer has"
GONE = "is no longer stored"


class Sealed(Protocol):
    """A row that holds something sealed."""

    def open(self) -> Any:
        """Return it, or raise `vault.CannotOpen`."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed, or why it cannot be shown: the end of a sentence."""

    value: Any = None
    problem: str = ""


def opened(row: Sealed | None) -> Opened:
    """Open a row that may be gone."""
    if row is None:
        return Opened(problem=GONE)
    try:
        return Opened(row.open())
    except vault.CannotOpen:
        return Opened(problem=UNREADABLE)
