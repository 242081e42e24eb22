"""What processes cost, as Linux counts it: seconds of the processor and memory, by process tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the name: parent, then user, system and both of ended children.
_PARENT, _TIMES = 1, slice(11, 15)


def tree(pid: int) -> list[int]:
    """Return a process and everything below it."""
    return [pid, *(below for child in children(pid) for below in tree(child))]


def children(pid: int) -> Iterator[int]:
    """Give the processes that a process started and that are still there."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            fields = _stat(int(folder.name))
            if fields and int(fields[_PARENT]) == pid:
                yield int(folder.name)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a whole tree, with what its ended processes took."""
    return sum(sum(map(int, _stat(one)[_TIMES])) for one in tree(pid)) / _TICKS


def memory_mb(pid: int) -> float:
    """Return the memory of one process without what is shared by intent, such as a server's cache;
    0 when it is gone.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    found = dict(line.split(":", 1) for line in lines)
    sizes = (found.get(name, "0 kB").split()[0] for name in ("RssAnon", "RssFile"))
    return sum(map(int, sizes)) / 1024


def _stat(pid: int) -> list[str]:
    try:
        # The name, in brackets, may itself hold spaces and brackets.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
