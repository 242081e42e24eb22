"""The transactions of the hot path: who waits for their commit, how they find their rows, and how
what they are given travels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# Rows of the log are found by their keys. What the planner knows of the day's tables is old: one
# that was small when it was last looked at may have grown by millions since.
_BY_KEY = "SET LOCAL enable_seqscan = off"
_UNHURRIED = f"{_BY_KEY}; SET LOCAL synchronous_commit = off"


@contextmanager
def by_key() -> Iterator[None]:
    """Run a transaction whose statements find their rows through an index."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_BY_KEY)
        yield


@contextmanager
def unhurried() -> Iterator[None]:
    """Do the same, where the commit takes effect at once and reaches the disk a moment later.

    For work that simply begins again where a database that ended forgot it, and that nobody outside
    the database has been told of. A later commit that is waited for brings all those before it to
    the disk, so a request, which is recorded by such a one, never rests on what may be forgotten.

    https://www.postgresql.org/docs/current/wal-async-commit.html
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_UNHURRIED)
        yield


def hurry() -> None:
    """Let the commit of an `unhurried` transaction be waited for after all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO DEFAULT")


def batch_cursor() -> CursorWrapper:
    """Return a cursor whose parameters travel beside the statement, as the columns of a batch are.

    The framework's own writes them into its text, where tens of thousands of characters are quoted
    here, and taken apart again there: a third of the time of such a statement. What is found comes
    back as bytes, too.
    """
    connection.ensure_connection()
    bound: Any = psycopg.Cursor(connection.connection)
    bound.format = psycopg.pq.Format.BINARY
    return connection.make_cursor(bound)
