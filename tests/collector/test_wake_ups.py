"""Hints to the workers: few, and never at the cost of a request."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis
from redis.exceptions import RedisError

from capi_admin.up.redis import EmbeddedRedis
from collector.wakeup import WakeUp, celery_sender
from tests.collector.edge import eventually


class Sender:
    """Counts messages; may refuse or hold them."""

    def __init__(self) -> None:
        self.sent = 0
        self.is_away = False
        self.may_pass = threading.Event()
        self.may_pass.set()

    def __call__(self) -> None:
        self.may_pass.wait()
        if self.is_away:
            raise ConnectionError("canary@shop.example")
        self.sent += 1


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def wake_up(sender: Sender) -> Iterator[Callable[..., WakeUp]]:
    """Makes wake-ups over the sender, and ends them."""
    made: list[WakeUp] = []

    def make(interval: float = 0.0) -> WakeUp:
        made.append(WakeUp(sender, interval))
        made[-1].start()
        return made[-1]

    yield make
    sender.may_pass.set()
    for one in made:
        one.stop()


def test_many_commits_within_an_interval_send_one_message_now_and_one_after(
    sender: Sender, wake_up: Callable[..., WakeUp]
) -> None:
    hints = wake_up(interval=0.2)
    hints.soon()
    eventually(lambda: sender.sent == 1)
    for _ in range(100):
        hints.soon()
    eventually(lambda: sender.sent == 2)
    hints.stop()
    assert sender.sent <= 3


def test_broker_that_hangs_holds_nobody_up(sender: Sender, wake_up: Callable[..., WakeUp]) -> None:
    sender.may_pass.clear()
    hints = wake_up()
    for _ in range(10):
        hints.soon()
    assert sender.sent == 0
    sender.may_pass.set()
    eventually(lambda: sender.sent >= 1)


def test_broker_that_is_away_is_counted_told_once_and_tried_again(
    sender: Sender, wake_up: Callable[..., WakeUp], caplog: pytest.LogCaptureFixture
) -> None:
    sender.is_away = True
    hints = wake_up()
    for failures in (1, 2, 3):
        hints.soon()
        eventually(lambda failures=failures: hints.failures == failures)  # type: ignore[misc]
    sender.is_away = False
    hints.soon()
    eventually(lambda: sender.sent == 1)
    assert caplog.text.count("broker is away") == 1
    assert "canary" not in caplog.text


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A broker of its own, that a test can stop."""
    with EmbeddedRedis(tmp_path, durable=False) as server:
        yield server


@pytest.fixture
def app(redis_server: EmbeddedRedis) -> Iterator[Celery]:
    app = Celery("test", broker=redis_server.url, set_as_current=False)
    yield app
    app.close()


def test_message_names_the_task_and_carries_nothing(
    app: Celery, redis_server: EmbeddedRedis
) -> None:
    celery_sender(app)()
    with Redis.from_url(redis_server.url) as redis:
        message = json.loads(redis.lpop("celery"))
    assert message["headers"]["task"] == "delivery.process_events"
    assert message["headers"]["argsrepr"] == "()"
    assert message["headers"]["kwargsrepr"] == "{}"


def test_messages_do_not_pile_up_while_no_worker_takes_them(
    app: Celery, redis_server: EmbeddedRedis
) -> None:
    send = celery_sender(app)
    for _ in range(80):
        send()
    with Redis.from_url(redis_server.url) as redis:
        assert redis.llen("celery") == 50


def test_broker_that_lost_everything_takes_the_next_message(
    app: Celery, redis_server: EmbeddedRedis
) -> None:
    send = celery_sender(app)
    send()
    with Redis.from_url(redis_server.url) as redis:
        redis.flushall()
        redis.client_kill_filter(_type="normal", skipme=True)
        send()
        assert redis.llen("celery") == 1


def test_broker_that_stopped_is_not_waited_for(app: Celery, redis_server: EmbeddedRedis) -> None:
    send = celery_sender(app)
    send()
    redis_server.stop()
    with pytest.raises(RedisError):
        send()


def test_broker_that_froze_is_given_up_and_used_again_later(
    app: Celery, redis_server: EmbeddedRedis
) -> None:
    send = celery_sender(app)
    with Redis.from_url(redis_server.url) as redis:
        send()
        process = redis.info()["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(RedisError):
                send()
        finally:
            os.kill(process, signal.SIGCONT)
        send()
        assert redis.llen("celery") == 2
