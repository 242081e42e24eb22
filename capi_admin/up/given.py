"""Servers that the person named: can they be reached? Asked first, answered in one line."""

from __future__ import annotations

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from capi_admin.up.problem import CannotStart

_TIMEOUT_SECONDS = 5


def require_database(url: str) -> None:
    """Connect once to the server of DATABASE_URL.

    Raises:
        CannotStart: it does not answer. The message never repeats the address: it holds a password.
    """
    try:
        psycopg.connect(url, connect_timeout=_TIMEOUT_SECONDS).close()
    except psycopg.OperationalError as error:
        raise CannotStart(f"DATABASE_URL cannot be reached: {_first_line(error)}") from None
    except (psycopg.Error, ValueError):
        raise CannotStart(
            "DATABASE_URL is not an address such as postgresql://user:password@host:port/name."
        ) from None


def require_redis(url: str) -> None:
    """Connect once to the server of REDIS_URL.

    Raises:
        CannotStart: it does not answer.
    """
    try:
        with Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        ) as link:
            link.ping()
    except (RedisError, OSError) as error:
        raise CannotStart(f"REDIS_URL cannot be reached: {_first_line(error)}") from None
    except ValueError:
        raise CannotStart(
            "REDIS_URL is not an address such as redis://:password@host:port/0."
        ) from None


def is_new(url: str) -> bool:
    """Say whether a database has never been migrated.

    Raises:
        CannotStart: it went away.
    """
    try:
        with psycopg.connect(url, connect_timeout=_TIMEOUT_SECONDS) as link:
            row = link.execute("SELECT to_regclass('django_migrations')").fetchone()
    except psycopg.Error as error:
        raise CannotStart(f"The database cannot be read: {_first_line(error)}") from None
    return row is None or row[0] is None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
