"""F16: faults of all kinds, one after the other, for as long as one likes."""

from __future__ import annotations

import os
import time

from tests.faults import memory
from tests.faults.scenario import Scene, scenario
from tests.faults.strikes import broker, collector, database, workers
from tests.product import Product

SECONDS = float(os.environ.get("FAULT_SOAK_SECONDS", "240"))
_EVERY_SECONDS = 25.0
_MOST_MEGABYTES = 300
_MOST_QUEUE_MEGABYTES = 64
_BLOWS = (
    workers.kill_pool_children,
    workers.kill_worker,
    collector.kill_collector,
    broker.restart_redis,
    broker.flush_redis,
    broker.cut_clients_off,
    database.kill_database,
    database.end_sessions,
)


@scenario("F16", "soak with faults at random")
def soak(scene: Scene) -> None:
    """Strike at random, again and again, and watch memory and the size of the queues."""
    ends, peak = time.monotonic() + SECONDS, 0.0
    while time.monotonic() < ends:
        scene.chance.choice(_BLOWS)(scene)
        until = time.monotonic() + _EVERY_SECONDS
        while time.monotonic() < until:
            peak = max(peak, *_memory(scene.product))
            time.sleep(0.5)
    scene.claim(f"each process stays below {_MOST_MEGABYTES} MB", peak < _MOST_MEGABYTES, peak)
    tables = ("event_queue", "delivery_queue")
    sizes = [
        scene.oracle.rows("SELECT pg_total_relation_size(%s::regclass) / 1048576", table)[0][0]
        for table in tables
    ]
    small = max(sizes) < _MOST_QUEUE_MEGABYTES
    scene.claim("the queues' tables stay small", small, dict(zip(tables, sizes, strict=True)))


def _memory(product: Product) -> list[float]:
    return [memory.largest(product, name) for name in ("ui", "collector", "worker", "beat")]
