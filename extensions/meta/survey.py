"""What only many payloads together show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extensions.contract import JSON, Notice


def survey(payloads: Sequence[Mapping[str, JSON]]) -> Sequence[Notice]:
    """Return what is remarkable about the payloads as a whole."""
    return ()
