"""The short-lived folder of an embedded PostgreSQL: its socket, and root's copy of its programs.

It stands in the system's temporary folder because a socket's path must be short. A process that is
killed leaves its folder behind, so each new one first removes those that nobody holds any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
_PREFIX = "capi-admin-pg-"
_HOLD = "held"
# The shortest limit of a socket's path among the systems we run on (macOS: 104 with its end mark).
_LONGEST_SOCKET_PATH = 103


class RuntimeFolder:
    """A private folder, held by this process until `remove` or the process's end."""

    def __init__(self) -> None:
        parent = _parent()
        _sweep(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._hold = (self.path / _HOLD).open("w")
        fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._hold.close()


def listens(address: Path) -> bool:
    """Say whether a server listens on a socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(address))
        except OSError:
            return False
    return True


def _parent() -> Path:
    parent = Path(tempfile.gettempdir())
    longest = parent / f"{_PREFIX}12345678" / SOCKET_NAME
    if len(os.fsencode(longest)) > _LONGEST_SOCKET_PATH:
        return Path("/tmp")  # noqa: S108 - the folder made in it is private and has a new name
    return parent


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / _HOLD).open() as hold:
            _remove_unheld(folder, hold)


def _remove_unheld(folder: Path, hold: TextIOWrapper) -> None:
    """Remove a folder unless its process lives.

    Raises:
        OSError: it is held.
    """
    fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Where a server outlives its parent, its folder is needed to find and end it.
    if not listens(folder / SOCKET_NAME):
        shutil.rmtree(folder, ignore_errors=True)
