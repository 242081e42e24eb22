"""Whether the worker was asked to end.

Its main process hears of that, and tells the processes that it was forked into: what they work on
goes on to its end, and nothing new is taken up.
"""

from __future__ import annotations

import mmap

# Shared by all that are forked after this module was loaded. Where none are, nobody writes it.
_SHARED = mmap.mmap(-1, 1)


def announce() -> None:
    """Tell the processes of this worker that it ends."""
    _SHARED[0] = 1


def is_near() -> bool:
    """Whether nothing new is to be taken up."""
    return _SHARED[0] == 1
