"""What the host process gives up before it runs anybody's code.

The JavaScript engine offers no files, no network and no processes anyway. These fences hold even
if somebody finds a fault in the engine: limits that every POSIX system has, and on Linux a filter
of system calls that lets through reading, writing, memory and the way out, and nothing else.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_FILTER = 2

# Classic BPF as seccomp(2) takes it: code, jump if true, jump if false, operand.
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE = 0, 4
_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000

# By machine: its audit architecture, and the numbers of the system calls that are let through.
_MACHINES: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {
            "read": 0, "write": 1, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
            "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "madvise": 28,
            "mremap": 25, "sched_yield": 24, "futex": 202, "clock_gettime": 228,
            "clock_getres": 229, "getrandom": 318, "exit": 60, "exit_group": 231,
            "poll": 7, "getrusage": 98, "times": 100, "sigaltstack": 131, "close": 3,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "read": 63, "write": 64, "mmap": 222, "mprotect": 226, "munmap": 215, "brk": 214,
            "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "madvise": 233,
            "mremap": 216, "sched_yield": 124, "futex": 98, "clock_gettime": 113,
            "clock_getres": 114, "getrandom": 278, "exit": 93, "exit_group": 94,
            "ppoll": 73, "getrusage": 165, "times": 153, "sigaltstack": 132, "close": 57,
        },
    ),
}  # fmt: skip

_raised: list[str] = []


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def raise_all(process_bytes: int) -> None:
    """Give up what this machine lets a process give up.

    Raises:
        OSError: the system refused a fence it should have.
    """
    _limit(process_bytes)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        _control(libc, _PR_SET_PDEATHSIG, signal.SIGKILL)
        _control(libc, _PR_SET_NO_NEW_PRIVS, 1)
        if platform.machine() in _MACHINES:
            _filter_calls(libc, *_MACHINES[platform.machine()])


def standing() -> list[str]:
    """Return the names of the fences that were raised: ``limits``, ``calls``."""
    return list(_raised)


def _limit(process_bytes: int) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, process_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))
    _raised.append("limits")


def _control(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "The process could not be fenced in.")


def _filter_calls(libc: ctypes.CDLL, architecture: int, allowed: dict[str, int]) -> None:
    steps = [
        _INSTRUCTION.pack(_LOAD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        _INSTRUCTION.pack(_JUMP_IF_EQUAL, 1, 0, architecture),
        _INSTRUCTION.pack(_RETURN, 0, 0, _KILL_PROCESS),
        _INSTRUCTION.pack(_LOAD_WORD, 0, 0, _OFFSET_NUMBER),
    ]
    for number in allowed.values():
        steps.append(_INSTRUCTION.pack(_JUMP_IF_EQUAL, 0, 1, number))
        steps.append(_INSTRUCTION.pack(_RETURN, 0, 0, _ALLOW))
    steps.append(_INSTRUCTION.pack(_RETURN, 0, 0, _KILL_PROCESS))
    code = ctypes.create_string_buffer(b"".join(steps))
    program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "The system calls could not be fenced in.")
    _raised.append("calls")
