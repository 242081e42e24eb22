"""The running product, the ordeal it goes through, and a table of what came of it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.faults.ordeal import Ordeal, run_ordeal
from tests.product import Product

_ordeals: list[Ordeal] = []


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The product as `make run` starts it."""
    with Product() as running:
        yield running


@pytest.fixture(scope="session")
def ordeal(product: Product) -> Ordeal:
    """Every fault, struck once. FAULT_SEED repeats an earlier run's choices."""
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FAULT_SEED={seed}")  # noqa: T201 - pytest shows it where a test fails
    ordeal = run_ordeal(product, seed)
    _ordeals.append(ordeal)
    if ordeal.quiet_seconds is None:
        print(product.log_text())  # noqa: T201 - says what stands still
    return ordeal


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seed and one line for each fault."""
    for ordeal in _ordeals:
        terminalreporter.section(f"faults (FAULT_SEED={ordeal.seed})")
        for line in ordeal.table():
            terminalreporter.write_line(line)
