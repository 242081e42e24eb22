"""Ends, stops and continues the product's processes, each by its number."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from tests.faults.ledger import wait_until
from tests.product import Product, children, descendants
from tests.up.places import is_alive


def kill(pid: int) -> None:
    """Kill a process, and wait until it is gone."""
    send(pid, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(pid))


def kill_all(pids: Iterable[int]) -> None:
    """Kill processes at one blow: none of them sees another one end."""
    pids = list(pids)
    for pid in pids:
        send(pid, signal.SIGSTOP)
    for pid in pids:
        send(pid, signal.SIGKILL)
    assert wait_until(lambda: not any(map(is_alive, pids)))


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def frozen(pids: Iterable[int]) -> Iterator[None]:
    """Let processes stand still as long as the block lasts."""
    pids = list(pids)
    for pid in pids:
        send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            send(pid, signal.SIGCONT)


def runs(product: Product, name: str) -> bool:
    """Say whether a process of the product is there."""
    with suppress(LookupError):
        return product.pid(name) > 0
    return False


def worker_tree(product: Product) -> list[int]:
    """Return the worker's main process and those that do its work, as soon as there are any."""
    assert wait_until(lambda: runs(product, "worker") and bool(pool(product)))
    return [product.pid("worker"), *pool(product)]


def collector_tree(product: Product) -> list[int]:
    """Return the collector's main process and those that serve."""
    pid = product.pid("collector")
    return [pid, *sorted(descendants(pid))]


def pool(product: Product) -> list[int]:
    """Return the processes that do the worker's work; none while it starts."""
    with suppress(LookupError):
        return children(product.pid("worker"))
    return []
