"""Which faults this run plays, by the environment."""

from __future__ import annotations

import os

from tests.faults import strikes  # noqa: F401 - enters them
from tests.faults.scenario import SCENARIOS

_WANTED = os.environ.get("FAULTS", "")
# A choice by name is looked at as closely as the whole plan.
IS_FULL = bool(_WANTED)
_WORDS = () if _WANTED in ("", "all") else tuple(_WANTED.split(","))

TITLES = [
    title
    for title, scenario in SCENARIOS.items()
    if (any(title.startswith(word) for word in _WORDS) if _WORDS else IS_FULL or scenario.is_quick)
]
