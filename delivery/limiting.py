"""How often a person may do what costs much, and how much of it runs at a time.

So many times a minute: counted in Redis, so that every process counts together. Where Redis is
away, each counts alone. At a time: what waits for the network holds a thread of this process, and
other people's pages need those too.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import structlog
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from delivery.failures import described

logger = structlog.get_logger(__name__)

MOST_PER_MINUTE = 10
MOST_RUNNING = 2  # in this process
_MINUTE = 60
_REDIS_SECONDS = 0.5

_lock = threading.Lock()
_here: Counter[str] = Counter()
_running: set[str] = set()


def is_allowed(name: str) -> bool:
    """Count one more time under this name; say whether it is within the minute's number."""
    key = f"limit:{name}:{int(time.time()) // _MINUTE}"
    try:
        count = _in_redis(settings.REDIS_URL, key)
    except RedisError as error:
        logger.warning("limit_counted_here", **described(error))
        count = _in_this_process(key)
    return count <= MOST_PER_MINUTE


@contextmanager
def running(name: str) -> Iterator[str]:
    """Take room for what runs under this name, once at a time.

    Gives why there is none, in words for a person; "" where there is.
    """
    with _lock:
        refusal = _refusal(name)
        if not refusal:
            _running.add(name)
    try:
        yield refusal
    finally:
        if not refusal:
            with _lock:
                _running.discard(name)


def _refusal(name: str) -> str:
    if name in _running:
        return "A trial of yours is still running. Wait for its answer, then try again."
    if len(_running) >= MOST_RUNNING:
        return "Others are trying their settings right now. Try again in a few seconds."
    return ""


def _in_redis(url: str, key: str) -> int:
    with _client(url).pipeline() as pipeline:
        pipeline.incr(key)
        pipeline.expire(key, 2 * _MINUTE)
        count, _ = pipeline.execute()
    return int(count)


def _in_this_process(key: str) -> int:
    with _lock:
        for old in [name for name in _here if name.rpartition(":")[2] != key.rpartition(":")[2]]:
            del _here[old]
        _here[key] += 1
        return _here[key]


@cache
def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
