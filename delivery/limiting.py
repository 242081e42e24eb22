"""How often a person may do what reaches the network: so many times a minute.

Counted in Redis, so that every process counts together. Where Redis is away, each counts alone.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
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
_MINUTE = 60
_REDIS_SECONDS = 0.5

_lock = threading.Lock()
_here: Counter[str] = Counter()


def is_allowed(name: str) -> bool:
    """Count one more time under this name; say whether it is within the minute's number."""
    key = f"limit:{name}:{int(time.time()) // _MINUTE}"
    try:
        count = _in_redis(settings.REDIS_URL, key)
    except RedisError as error:
        logger.warning("limit_counted_here", **described(error))
        count = _in_this_process(key)
    return count <= MOST_PER_MINUTE


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
