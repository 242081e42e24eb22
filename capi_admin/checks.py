"""What `manage.py prepare` and `manage.py check --deploy --database default` look at.

Errors stop a start: with them events could be lost, or could never be read. Warnings are told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's word
from django.db import DatabaseError, connection
from redis import Redis
from redis.exceptions import RedisError

from capi_admin import gauges
from delivery import keys

TAG = "surroundings"
MOST_CLOCK_SECONDS = 2.0
_REDIS_SECONDS = 2.0

# Without these a power failure loses events that were answered 2xx.
_DURABLE = {"fsync": {"on"}, "full_page_writes": {"on"}}
_COMMITS = {"on", "local", "remote_write", "remote_apply"}

# Setting of Celery, and what it has to be: without these, messages are lost or repeated for ever.
# Sources: Celery's page on Redis as a broker; celery #4354, #5935, #9339.
_MANDATORY: dict[str, Callable[[Any], bool]] = {
    "task_acks_late": lambda value: value is True,
    "task_reject_on_worker_lost": lambda value: value is True,
    "task_ignore_result": lambda value: value is True,
    "worker_prefetch_multiplier": lambda value: value == 1,
    "task_serializer": lambda value: value == "json",
    "accept_content": lambda value: list(value) == ["json"],
    "broker_transport": lambda value: value == "capi_admin.broker:Transport",
    "worker_soft_shutdown_timeout": lambda value: bool(value) and value > 0,
    # A process of the pool that grows is replaced; celery #3436, #4843.
    "worker_max_tasks_per_child": lambda value: bool(value) and value > 0,
    "worker_max_memory_per_child": lambda value: bool(value) and value > 0,
    "worker_cancel_long_running_tasks_on_connection_loss": lambda value: value is True,
    "task_time_limit": lambda value: bool(value) and value > 0,
}
# Options that Celery reads in several places; #9339. What a dead worker held comes back every
# `unacked_restore_interval` times `unacked_restore_throttle` seconds, by default 100.
_OPTIONS_AT = ("broker_transport_options", "result_backend_transport_options")
_OPTIONS: dict[str, Callable[[Any], bool]] = {
    "unacked_restore_interval": lambda value: value is not None and 0 < value <= 10,
    "unacked_restore_throttle": lambda value: value == 1,
    "socket_keepalive": lambda value: value is True,
    "health_check_interval": lambda value: value is not None and 0 < value <= 60,
}

Check = Callable[..., list[CheckMessage]]


@register(TAG, deploy=True)
def celery_settings(**_: Any) -> list[CheckMessage]:
    """Celery has the settings that keep it from losing messages."""
    conf: Any = current_app.conf
    wrong = [name for name, is_right in _MANDATORY.items() if not is_right(conf[name])]
    wrong += [
        f"{place}.{name}"
        for place in _OPTIONS_AT
        for name, is_right in _OPTIONS.items()
        if not is_right((conf[place] or {}).get(name))
    ]
    # A task that may run longer than its message stays hidden is given to a second worker.
    longest = conf["task_time_limit"] or 0
    hidden = {f"{place}.visibility_timeout": conf[place] or {} for place in _OPTIONS_AT}
    hidden["visibility_timeout"] = conf
    wrong += [
        name
        for name, options in hidden.items()
        if (options.get("visibility_timeout") or 0) <= longest
    ]
    return [
        Error(f"Celery's setting {name} is not what the product needs.", id="capi.E001")
        for name in wrong
    ]


@register(TAG, deploy=True)
def database_is_durable(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The database keeps what it has confirmed."""
    return _of_database(databases, _durability)


@register(TAG, deploy=True)
def keys_are_right(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The encryption keys are those that the database was sealed with."""
    return _of_database(databases, _keys)


@register(TAG, deploy=True)
def partitions_are_there(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The log has its partitions for today and tomorrow."""
    return _of_database(databases, _partitions)


@register(TAG, deploy=True)
def clocks_agree(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """This server and the database have the same time."""
    return _of_database(databases, _clock)


@register(TAG, deploy=True)
def redis_keeps_messages(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Redis throws nothing away when its memory is full."""
    if not databases:
        return []
    limits: dict[str, Any] = {
        "socket_timeout": _REDIS_SECONDS,
        "socket_connect_timeout": _REDIS_SECONDS,
    }
    try:
        with Redis.from_url(settings.REDIS_URL, **limits) as link:
            policy = link.info("memory").get("maxmemory_policy", "noeviction")
    except (RedisError, OSError):
        return [Warning("REDIS_URL does not answer. Workers are not woken.", id="capi.W001")]
    if policy == "noeviction":
        return []
    words = f"Redis has the eviction policy {policy}, and would throw messages away."
    return [Warning(words, hint="Set maxmemory-policy noeviction.", id="capi.W002")]


def _of_database(
    databases: Sequence[str] | None, check: Callable[[], Iterator[CheckMessage]]
) -> list[CheckMessage]:
    """Run a check where the database may be asked; without `--database` it may not."""
    if not databases:
        return []
    try:
        return list(check())
    except DatabaseError:
        return [Error("The database cannot be asked, or has no tables yet.", id="capi.E002")]


def _durability() -> Iterator[CheckMessage]:
    for name, allowed in {**_DURABLE, "synchronous_commit": _COMMITS}.items():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s)", [name])
            value = cursor.fetchone()[0]
        if value not in allowed:
            words = f"The database has {name} = {value}: a crash would lose accepted events."
            yield Error(words, hint=f"Set {name} = on in postgresql.conf.", id="capi.E003")


def _keys() -> Iterator[CheckMessage]:
    try:
        keys.check()
    except keys.WrongKeys as problem:
        yield Error(str(problem), id="capi.E004")


def _partitions() -> Iterator[CheckMessage]:
    if gauges.days_ahead() < 2:
        words = "The log lacks partitions for today or tomorrow."
        yield Warning(words, hint="Run manage.py prepare, and see that beat runs.", id="capi.W003")


def _clock() -> Iterator[CheckMessage]:
    seconds = gauges.clock_difference()
    if abs(seconds) > MOST_CLOCK_SECONDS:
        words = f"This server's clock differs from the database's by {abs(seconds):.0f} s."
        yield Warning(words, hint="Let NTP set both clocks.", id="capi.W004")
