"""What went wrong: whose trouble it is, and what a log may hold of it."""

from __future__ import annotations

from pathlib import Path

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

# Connection lost, resources used up, shutting down.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OF_THE_DATABASE = ("08", "53", "57P0")
_CLASHES = {DeadlockDetected.sqlstate, LockNotAvailable.sqlstate}


def is_database_trouble(error: BaseException) -> bool:
    """Whether it is the database's own trouble, which says nothing about any event or delivery.

    Its other errors may come from what was to be written, such as a statement that takes too long
    or is too large, and count against it. To be asked before the connection is renewed.
    """
    if isinstance(error, OperationalError | InterfaceError):
        error = error.__cause__ or error
    elif not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    code = _sqlstate(error)
    return code.startswith(_OF_THE_DATABASE) if code else _is_disconnected()


def is_clash(error: BaseException) -> bool:
    """Whether two transactions got into each other's way, so that to try once more may help."""
    return _sqlstate(error.__cause__ or error) in _CLASHES


def _sqlstate(error: BaseException) -> str:
    """Return the code the server gave; "" where the error did not come from the server."""
    return (error.sqlstate or "") if isinstance(error, psycopg.Error) else ""


def _is_disconnected() -> bool:
    return connection.connection is None or connection.connection.closed


def renew_connection() -> None:
    """Let go of a connection that is broken, so that the next question opens another."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def described(error: BaseException) -> dict[str, str]:
    """Return the error's type, and the file and line it came from. Its text may quote an event."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return {"error": type(error).__name__}
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return {"error": type(error).__name__, "at": place}
