"""What went wrong: whose trouble it is, and what a log may hold of it."""

from __future__ import annotations

from pathlib import Path

from django.db import InterfaceError, OperationalError, connection

# The database's own trouble, which says nothing about any event or delivery. Other errors of its,
# such as those of a value that fits no column, come from an event and count against it.
DATABASE_TROUBLE = (OperationalError, InterfaceError)


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
