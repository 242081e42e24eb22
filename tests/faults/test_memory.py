"""A measurement of the wrong process would find every bound kept."""

from __future__ import annotations

import subprocess
import sys

from tests.faults import memory

# Keeps a process that holds a hundred megabytes, and says when it does.
_KEEPER = """
import subprocess, sys
held = "x = b'x' * 100_000_000; print('held', flush=True); input()"
subprocess.run([sys.executable, "-c", held], check=True)
"""


def test_memory_of_a_process_below_counts() -> None:
    with subprocess.Popen(
        (sys.executable, "-c", _KEEPER), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == b"held\n"
        assert 95 < memory.largest_below(keeper.pid) < 200
        keeper.communicate(b"\n")
