"""The faults, each in the module named for what it strikes. Importing this enters all of them."""

from __future__ import annotations

from tests.faults.strikes import (  # noqa: F401 - each enters its own scenarios
    broker,
    builds,
    clocks,
    collector,
    database,
    destination,
    hostile,
    poison,
    soak,
    storage,
    submitting,
    workers,
)
