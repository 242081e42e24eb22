"""How a bug of our own is told: its kind and place, never its message.

A message may quote what a visitor sent; a line number cannot.
"""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb

import structlog

_log = structlog.get_logger(__name__)
_FRAMES = 8


def report(error: BaseException) -> None:
    """Log an error that nobody foresaw."""
    frames = extract_tb(error.__traceback__)[-_FRAMES:]
    _log.error(
        "Bug in the collector",
        kind=type(error).__name__,
        at=[f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    )
