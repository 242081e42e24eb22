"""A worker keeps its hands free, also of messages that Redis was not there to take back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from kombu import Connection
from kombu.exceptions import OperationalError
from redis import Redis

from capi_admin import broker
from capi_admin.broker import Transport
from capi_admin.up.ports import choose_free
from capi_admin.up.redis import EmbeddedRedis

pytestmark = pytest.mark.processes

QUEUE = "hands"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path, durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connection(redis: EmbeddedRedis) -> Iterator[Connection]:
    link = Connection(redis.url, transport=current_app.conf.broker_transport)
    yield link
    with suppress(*link.connection_errors):
        link.release()


@pytest.fixture
def message(connection: Connection) -> Any:
    """The one message that the channel may hold at a time, taken from its queue."""
    with connection.SimpleQueue(QUEUE) as queue:
        queue.put("work")
    channel = connection.default_channel
    channel.basic_qos(0, 1, False)
    taken = channel.basic_get(QUEUE)
    assert not channel.qos.can_consume()
    return taken


def test_celery_uses_our_transport() -> None:
    with current_app.connection_for_write() as link:
        assert isinstance(link.transport, Transport)


def test_celery_waits_a_few_seconds_between_two_tries_however_long_redis_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kombu.utils.functional.sleep", lambda _: None)
    waits: list[float] = []
    with current_app.connection_for_read(f"redis://127.0.0.1:{choose_free()}/0") as link:
        assert isinstance(link, broker.Connection)
        with pytest.raises(OperationalError):
            link.ensure_connection(lambda _, seconds: waits.append(seconds), 20)
    assert len(waits) == 20
    assert max(waits) <= 3


def test_a_message_is_let_go_of_when_redis_takes_it_back(message: Any) -> None:
    message.ack()
    assert message.channel.qos.can_consume()


@pytest.mark.parametrize("answer", ["ack", "reject", "requeue"])
def test_a_message_is_let_go_of_when_redis_is_away(
    message: Any, redis: EmbeddedRedis, connection: Connection, answer: str
) -> None:
    redis.stop()
    with pytest.raises(connection.connection_errors):
        getattr(message, answer)()
    assert message.channel.qos.can_consume()


@pytest.mark.parametrize("answer", ["ack", "reject", "requeue"])
def test_a_message_is_let_go_of_when_redis_has_no_memory(
    message: Any, redis: EmbeddedRedis, connection: Connection, answer: str
) -> None:
    with Redis.from_url(redis.url) as link:
        link.config_set("maxmemory", 1)
    with pytest.raises(connection.connection_errors):
        getattr(message, answer)()
    assert message.channel.qos.can_consume()
