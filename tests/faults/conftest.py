"""The running product behind a Meta that can fail, the ordeal, and a table of what came of it.

FAULTS=all plays the whole plan instead of the shortened set, or the scenarios whose titles begin
with one of the words given, by comma. FAULT_SEED repeats an earlier run's choices.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.faults import report, summary
from tests.faults.chosen import IS_FULL, TITLES
from tests.faults.meta import Meta
from tests.faults.ordeal import Ordeal, play
from tests.product import Product


@pytest.fixture(scope="session")
def behind_meta() -> Iterator[tuple[Product, Meta]]:
    """The product as `make run` starts it, sending to our Meta."""
    product = Product()
    with Meta(product.sandbox) as meta:
        product.set("META_GRAPH_URL", meta.url)
        with product:
            yield product, meta


@pytest.fixture(scope="session")
def product(behind_meta: tuple[Product, Meta]) -> Product:
    """The product."""
    return behind_meta[0]


@pytest.fixture(scope="session")
def ordeal(
    behind_meta: tuple[Product, Meta],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Ordeal:
    """Every chosen fault, struck once."""
    product, meta = behind_meta
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FAULT_SEED={seed}")  # noqa: T201 - pytest shows it where a test fails
    ordeal = Ordeal(seed, IS_FULL)
    try:
        play(ordeal, product, meta, TITLES, tmp_path_factory.mktemp("ledgers"))
    finally:  # what is known of one that breaks off is told too
        summary.tell(request.config, f"faults (FAULT_SEED={seed})", ordeal.lines())
    if IS_FULL:
        (report.write if os.environ["FAULTS"] == "all" else report.renew)(ordeal)
    if ordeal.quiet_seconds is None:
        print(product.log_text())  # noqa: T201 - says what stands still
    return ordeal
