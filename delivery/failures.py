"""Say of an error what a log may hold: its kind and its place. Its text may quote an event."""

from __future__ import annotations

from pathlib import Path


def described(error: BaseException) -> dict[str, str]:
    """Return the error's type, and the file and line it came from."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return {"error": type(error).__name__}
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return {"error": type(error).__name__, "at": place}
