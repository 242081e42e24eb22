"""Commits that nobody has to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def unhurried() -> Iterator[None]:
    """Run a transaction whose commit takes effect at once and reaches the disk a moment later.

    For work that simply begins again where a database that ended forgot it, and that nobody outside
    the database has been told of. A later commit that is waited for brings all those before it to
    the disk, so a request, which is recorded by such a one, never rests on what may be forgotten.

    https://www.postgresql.org/docs/current/wal-async-commit.html
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        yield


def hurry() -> None:
    """Let the commit of an `unhurried` transaction be waited for after all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO DEFAULT")
