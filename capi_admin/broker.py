"""Our Celery's way to Redis, which does not go deaf when Redis goes away, and soon finds it back.

A worker holds as many messages as it has free hands. When Redis is away at the moment a task ends,
or has no memory left for a command, kombu 5.7 cannot acknowledge its message, and goes on holding
it. With its last hand full the worker stops listening, and from then on it does not even notice
that its connection is dead: it never works again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kombu
from celery.app import amqp
from kombu.transport import redis, virtual
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import ResponseError

_WAITS = {"interval_start": 1, "interval_step": 1, "interval_max": 3}


class QoS(redis.QoS):
    """What a channel holds: a message is let go of even when Redis cannot be told.

    Redis hands such a message out again later, which our tasks do not mind. The error goes on to
    whoever asked; the next look at the connection finds it dead, and a new one is made.
    """

    def ack(self, delivery_tag: str) -> None:
        """Let go of a message that is done."""
        with self._letting_go(delivery_tag):
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Let go of a message that is not wanted, or that another worker shall have."""
        with self._letting_go(delivery_tag):
            super().reject(delivery_tag, requeue=requeue)

    @contextmanager
    def _letting_go(self, delivery_tag: str) -> Iterator[None]:
        channel: Any = self.channel  # of Redis, which its type does not say
        try:
            yield
        except channel.connection_errors:
            virtual.QoS.ack(self, delivery_tag)
            raise
        except ResponseError as error:
            # Out of memory, say. Celery gets over a lost connection, and over nothing else.
            virtual.QoS.ack(self, delivery_tag)
            raise ConnectionLost(str(error)) from error


class Channel(redis.Channel):
    """A channel that holds messages our way."""

    QoS = QoS


class Transport(redis.Transport):
    """Celery's `broker_transport`, for every connection of the product."""

    Channel = Channel


class Connection(kombu.Connection):
    """A connection that is soon there again, however long Redis was away.

    By default Celery waits two seconds longer after each try, up to half a minute.
    """

    def ensure_connection(self, *args: Any, **kwargs: Any) -> Any:
        """Try until it is there, with short waits."""
        return super().ensure_connection(*args, **(_WAITS | kwargs))


class AMQP(amqp.AMQP):
    """What Celery makes its connections with."""

    Connection = Connection
