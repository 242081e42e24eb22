"""The fences hold for the process itself, whatever its JavaScript engine would let through."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCED = """
import ctypes, os, socket, sys
sys.path.insert(0, {root!r})
from custom_code import fences
libc = ctypes.CDLL(None)
fences.raise_all(1 << 30)
assert fences.standing() == ["limits", "calls"], fences.standing()
{act}
os.write(1, b"came through")
os._exit(0)
"""
ACTS = {
    "open a file": "open('/etc/hostname')",
    "write a file": "open('/tmp/x', 'w')",
    "open a socket": "socket.socket()",
    "fork": "os.fork()",
    "start a program": "os.execv('/bin/true', ['true'])",
    "kill": "os.kill(1, 0)",
    "read a folder": "os.listdir('/')",
    "load a library": "ctypes.CDLL('libresolv.so.2')",
    "trace": "libc.ptrace(0, 0, 0, 0)",
    "rename a file": "os.rename('/tmp/a', '/tmp/b')",
    "change the fences": "libc.prctl(22, 0, 0, 0, 0)",
}  # fmt: skip

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="System calls are filtered on Linux alone, as docs/production.md says.",
)


def fenced(act: str) -> subprocess.CompletedProcess[bytes]:
    program = FENCED.format(root=str(ROOT), act=act)
    return subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, timeout=30)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_no_way_out(act: str) -> None:
    done = fenced(act)
    assert done.stdout == b""
    assert done.returncode == -signal.SIGSYS


def test_what_is_needed_is_let_through() -> None:
    done = fenced("bytes(50_000_000)")
    assert done.stdout == b"came through"


def test_memory_has_an_end() -> None:
    done = fenced("bytes(3 << 30)")
    assert b"MemoryError" in done.stderr
