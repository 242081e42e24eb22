"""F4: Redis frozen, away, emptied, its clients cut off, and without room."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from redis import Redis

from tests.faults.ledger import wait_until
from tests.faults.scenario import Scene, scenario
from tests.faults.signals import kill, runs

_FREEZE_SECONDS = 10.0
# It only wakes: the collector does without it, and work goes on at once when it is back.
_FACTS: dict[str, Any] = {"may_refuse": False, "resumes_within": 10.0}


def _redis(scene: Scene) -> Redis:
    return Redis.from_url(scene.product.redis_url, socket_timeout=10)


@scenario("F4", "Redis frozen", is_quick=True, **_FACTS)
def freeze_redis(scene: Scene) -> None:
    """Have Redis take connections, and answer nothing."""
    pid = scene.product.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(_FREEZE_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


@scenario("F4", "Redis restarted", is_quick=True, **_FACTS)
def restart_redis(scene: Scene) -> None:
    """Kill Redis; the supervisor starts it again."""
    kill(scene.product.pid("redis"))
    assert wait_until(lambda: runs(scene.product, "redis"))


@scenario("F4", "Redis away for a minute", **_FACTS)
def keep_redis_down(scene: Scene) -> None:
    """Kill Redis whenever it comes back."""
    ends = time.monotonic() + 60.0
    while time.monotonic() < ends:
        kill(scene.product.pid("redis"))
        assert wait_until(lambda: runs(scene.product, "redis"))


@scenario("F4", "Redis emptied", is_quick=True, **_FACTS)
def flush_redis(scene: Scene) -> None:
    """Empty Redis, Celery's queue and bindings included."""
    with _redis(scene) as redis:
        redis.flushall()


@scenario("F4", "Redis cuts its clients off", is_quick=True, **_FACTS)
def cut_clients_off(scene: Scene) -> None:
    """Have Redis close every connection, several times."""
    for _ in range(5):
        with _redis(scene) as redis:
            for kind in ("normal", "pubsub"):
                redis.client_kill_filter(_type=kind, skipme=True)
        time.sleep(0.5)


@scenario("F4", "Redis without room", is_quick=True, **_FACTS)
def fill_redis(scene: Scene) -> None:
    """Have Redis refuse every write for want of memory."""
    with _redis(scene) as redis:
        redis.config_set("maxmemory", 1)
        time.sleep(scene.seconds(5, 30))
        redis.config_set("maxmemory", 0)
