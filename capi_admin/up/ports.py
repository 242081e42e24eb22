"""Is a port free? Asked before anything starts, so that the answer is one clear line."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Mapping

from capi_admin.up.options import HOST
from capi_admin.up.problem import CannotStart

# Processes of a start that was killed need a moment to let go of their ports.
_PATIENCE_SECONDS = 3.0
_PAUSE_SECONDS = 0.1
# Below the range that systems hand out to outgoing connections, so a server of ours that restarts
# finds its port still free.
_QUIET_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Say whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def require_free(ports: Mapping[str, int]) -> None:
    """Wait a moment until all named ports are free.

    Raises:
        CannotStart: one stays taken, or may not be used; names the port and its variable.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for variable, port in ports.items():
        while not is_free(port):
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Port {port} is taken. Stop what uses it, or set {variable} to another port."
                )
            time.sleep(_PAUSE_SECONDS)


def choose_free() -> int:
    """Return a free loopback port for a server of our own.

    Raises:
        CannotStart: none was found.
    """
    for port in random.sample(_QUIET_RANGE, 200):
        if is_free(port):
            return port
    raise CannotStart(
        f"No free port between {_QUIET_RANGE.start} and {_QUIET_RANGE.stop} on {HOST}."
    )
