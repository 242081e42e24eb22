"""The real processes together: all report to be well, and none outlives what keeps them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
import requests

from tests.product import Product, command_line, descendants
from tests.up.places import is_alive, wait_until

pytestmark = pytest.mark.processes


@pytest.fixture
def product() -> Iterator[Product]:
    with Product() as started:
        yield started


def _readiness(product: Product) -> dict[str, str]:
    checks = requests.get(f"{product.ui}/readyz", timeout=10).json()["checks"]
    return {check["name"]: check["state"] for check in checks}


def _counts(product: Product) -> dict[str, float]:
    text = requests.get(f"{product.ui}/metrics", timeout=10).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def _niceness(product: Product, name: str) -> list[int]:
    return [
        os.getpriority(os.PRIO_PROCESS, pid)
        for pid in (product.pid(name), *descendants(product.pid(name)))
    ]


def test_every_process_is_seen_and_counted_and_ends_with_the_one_that_keeps_it(
    product: Product,
) -> None:
    wait_until(lambda: set(_readiness(product).values()) == {"ok"})
    found = _counts(product)
    for kind in ("web", "collector", "worker", "beat"):
        assert found[f'capi_processes{{kind="{kind}"}}'] >= 1

    event = {"xdm": {"eventType": "web.webpagedetails.pageViews"}, "data": {}}
    address = f"{product.collector}/v1/events/{product.datastream}"
    assert requests.post(address, json=event, timeout=10).status_code == 202
    evaluated = 'capi_event_delay_seconds_count{stage="evaluated"}'
    # A label that nothing was counted with yet is not shown.
    wait_until(lambda: _counts(product).get(evaluated, 0) > found.get(evaluated, 0))
    assert _counts(product)["capi_accepted_events_total"] == 1

    running = descendants(product.pid_of_all)
    commands = " ".join(" ".join(command_line(pid)) for pid in running)
    for part in ("granian", "-m collector", "celery", "beat", "meta_sandbox", "postgres"):
        assert part in commands
    collectors, workers = ({*_niceness(product, name)} for name in ("collector", "worker"))
    assert max(collectors) < max(workers)  # whoever waits for an answer comes first
    os.kill(product.pid_of_all, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, running)))
