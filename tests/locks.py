"""Who waits for whom in the database, for tests of two connections at once."""

from __future__ import annotations

from django.db import connection


def is_waited_for() -> bool:
    """Whether another connection waits for a lock of ours.

    The view of all locks is asked, as PostgreSQL shows the one of all connections the same way
    until a transaction is over.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None
