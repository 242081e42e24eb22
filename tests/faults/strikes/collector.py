"""F2 and F13: the collector killed amid its commits, and posted more than it can take."""

from __future__ import annotations

import os
import threading
import time

from tests.faults import memory
from tests.faults.ledger import Client, Load, wait_until
from tests.faults.scenario import Scene, Trial, scenario
from tests.faults.signals import collector_tree, kill_all, runs

# How long the whole plan lasts under ten times the load, and then under the usual one.
BURST_SECONDS = float(os.environ.get("FAULT_BURST_SECONDS", "60"))
CALM_SECONDS = float(os.environ.get("FAULT_CALM_SECONDS", "60"))
_COMMITTING = 8  # clients that keep the group commit busy
_MOST_MEGABYTES = 300


def _promises_nothing(trial: Trial, scene: Scene) -> None:
    scene.claim("requests broke off", bool(trial.ledger.unanswered))


@scenario("F2", "collector killed amid its commits", is_quick=True, check=_promises_nothing)
def kill_collector(scene: Scene) -> None:
    """Kill the collector while many clients wait for their commits."""
    stopping = threading.Event()
    clients = [
        Client(
            scene.product.collector, scene.place, scene.load.ledger, scene.chance.getrandbits(32)
        )
        for _ in range(_COMMITTING)
    ]
    threads = [
        threading.Thread(target=client.keep_posting, args=(stopping, (0.0, 0.01)))
        for client in clients
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in range(round(scene.seconds(1, 5))):
            scene.load.take(scene.chance.randint(50, 150))
            kill_all(collector_tree(scene.product))
            assert wait_until(lambda: runs(scene.product, "collector"))
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


@scenario("F13", "ten times the load for a while", has_twin=False, loses_answers=False)
def burst(scene: Scene) -> None:
    """Post ten times as much for a while, then as before; the collector keeps within bounds."""
    peak = 0.0
    ends = time.monotonic() + scene.seconds(10, BURST_SECONDS)
    stopping = threading.Event()
    clients = [
        Client(
            scene.product.collector, scene.place, scene.load.ledger, scene.chance.getrandbits(32)
        )
        for _ in range(10)
    ]
    threads = [threading.Thread(target=_flood, args=(client, stopping)) for client in clients]
    for thread in threads:
        thread.start()
    while time.monotonic() < ends:
        peak = max(peak, memory.largest(scene.product, "collector"))
        time.sleep(0.2)
    stopping.set()
    for thread in threads:
        thread.join()
    ends = time.monotonic() + scene.seconds(5, CALM_SECONDS)
    while time.monotonic() < ends:
        peak = max(peak, memory.largest(scene.product, "collector"))
        time.sleep(1)
    ledger = scene.load.ledger
    scene.claim(
        f"each process of the collector stays below {_MOST_MEGABYTES} MB",
        peak < _MOST_MEGABYTES,
        f"{peak:.0f}",
    )
    statuses = {refusal.status for refusal in ledger.refused.values()}
    scene.claim("whatever is refused is refused with 429 or 503", statuses <= {429, 503}, statuses)


@scenario("F13", "one destination has 95 % of the events", loses_answers=False)
def crowd_out(scene: Scene) -> None:
    """Flood one destination; the events of another one must not wait behind them."""
    stopping = threading.Event()
    flooding = threading.Thread(target=_flood, args=(scene.load.client, stopping))
    with Load(scene.product.collector, scene.bystander, scene.chance.getrandbits(32)) as few:
        few.take(20)
        began = scene.oracle.rows("SELECT now()")[0][0]
        flooding.start()
        time.sleep(scene.seconds(5, 45))
        crowded = set(few.ledger.accepted.values())
        stopping.set()
        flooding.join()
    share = len(scene.load.ledger.accepted) / (
        len(scene.load.ledger.accepted) + len(few.ledger.accepted)
    )
    scene.claim("nearly all events are the one destination's", share > 0.9, f"{share:.2f}")
    assert wait_until(lambda: scene.oracle.is_quiet(scene.bystander), 180)
    few_seconds, many_seconds = (
        scene.oracle.rows(_P95, place.environment_id, began)[0][0]
        for place in (scene.bystander, scene.place)
    )
    scene.claim("the others were posted meanwhile", len(crowded) > 20, len(crowded))
    scene.claim(
        "the others wait less than five seconds (95 of 100)",
        few_seconds < 5, f"{few_seconds:.1f} s, and {many_seconds:.1f} s in the crowd",
    )  # fmt: skip


_P95 = """
SELECT COALESCE(percentile_cont(0.95) WITHIN GROUP (
    ORDER BY EXTRACT(EPOCH FROM d.finished_at - e.received_at)), 0)::float
FROM delivery AS d JOIN event AS e ON e.id = d.event_id
WHERE e.environment_id = %s AND e.received_at > %s AND d.finished_at IS NOT NULL
"""


def _flood(client: Client, stopping: threading.Event) -> None:
    while not stopping.is_set():
        client.send(client.make(50), 30)
