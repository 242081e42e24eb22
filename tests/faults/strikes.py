"""The faults: each strikes a product that is under load, and returns when the blow has fallen."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import requests
from redis import Redis

from tests.faults.ledger import Load, wait_until
from tests.faults.oracle import Oracle
from tests.faults.places import Place
from tests.product import Product, children
from tests.up.places import is_alive

OUTAGE_SECONDS = 10.0
_SLOW_SECONDS = 10.0
_BACKLOG = 60


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault strikes."""

    product: Product
    oracle: Oracle
    place: Place
    load: Load


def kill_pool_children(scene: Scene) -> None:
    """Kill the processes that do Celery's work, while requests are under way."""
    with _slow_answers(scene):
        for pid in children(scene.product.pid("worker")):
            _kill(pid)


def kill_worker(scene: Scene) -> None:
    """Kill the worker's main process, while requests are under way."""
    with _slow_answers(scene):
        _kill(scene.product.pid("worker"))


def freeze_redis(scene: Scene) -> None:
    """Have Redis take connections, and answer nothing, for ten seconds."""
    pid = scene.product.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(OUTAGE_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


def keep_redis_down(scene: Scene) -> None:
    """Kill Redis whenever it comes back, so that it is away for about ten seconds."""
    for _ in range(4):  # the supervisor waits 0, 1, 2 and 5 seconds
        _kill(scene.product.pid("redis"))
        assert wait_until(lambda: _runs(scene.product, "redis"))


def flush_redis(scene: Scene) -> None:
    """Empty Redis, Celery's queue and bindings included."""
    with Redis.from_url(scene.product.redis_url, socket_timeout=10) as redis:
        redis.flushall()


def fail_at_meta(scene: Scene) -> None:
    """Have the sandbox answer 500 for ten seconds."""
    fault = {"status": 500, "seconds": OUTAGE_SECONDS, "pixel": scene.place.pixel}
    _post_fault(scene.product, fault)
    time.sleep(OUTAGE_SECONDS)


def kill_collector(scene: Scene) -> None:
    """Kill the collector amid its requests."""
    _kill(scene.product.pid("collector"))


def kill_database(scene: Scene) -> None:
    """Kill PostgreSQL's main process."""
    _kill(scene.product.pid("postgres"))


STRIKES: dict[str, Callable[[Scene], None]] = {
    "pool children killed": kill_pool_children,
    "worker killed": kill_worker,
    "redis frozen": freeze_redis,
    "redis down": keep_redis_down,
    "redis flushed": flush_redis,
    "meta answers 500": fail_at_meta,
    "collector killed": kill_collector,
    "postgres killed": kill_database,
}
# Each leaves a request without its answer, or may.
AMBIGUOUS = {
    "pool children killed",
    "worker killed",
    "redis frozen",
    "redis down",
    "postgres killed",
}


@contextmanager
def _slow_answers(scene: Scene) -> Iterator[None]:
    """Have the sandbox take events and answer late.

    The block begins when requests wait for their answers, and a backlog behind them.
    """
    fault = {"delay_seconds": _SLOW_SECONDS, "pixel": scene.place.pixel}
    _post_fault(scene.product, fault)
    assert wait_until(lambda: scene.oracle.is_in_flight(scene.place))
    scene.load.take(_BACKLOG)
    yield
    requests.delete(f"{scene.product.sandbox}/faults", timeout=10).raise_for_status()


def _post_fault(product: Product, fault: dict[str, Any]) -> None:
    requests.post(f"{product.sandbox}/faults", json=fault, timeout=10).raise_for_status()


def _runs(product: Product, name: str) -> bool:
    with suppress(LookupError):
        return product.pid(name) > 0
    return False


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not is_alive(pid))
