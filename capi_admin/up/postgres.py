"""The embedded PostgreSQL: a real server whose cluster lives in the data folder.

It keeps every durability setting on, and listens on a socket in a private folder only.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from capi_admin.up import account, postgres_programs
from capi_admin.up.child import ChildSpec, spawn
from capi_admin.up.embedded import EmbeddedServer
from capi_admin.up.problem import CannotStart
from capi_admin.up.runtime_folder import SOCKET_NAME, RuntimeFolder, listens

DATABASE = "capi_admin"
_USER = "postgres"
_END_SECONDS = 20.0
_RECYCLED_PID_SECONDS = 3.0

_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_FAST = dict.fromkeys(_DURABLE, "off")
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failing statement may hold a token or a person's data: it is not logged, nor its values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
_INITDB = (
    f"--username={_USER}",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL server for one data folder.

    Args:
        data_dir: holds the cluster in ``postgres/``; made if need be.
        durable: False trades safety at a crash for speed; for tests only.
    """

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        super().__init__(data_dir)
        self.cluster = data_dir / "postgres"
        self._durable = durable
        self._runtime: RuntimeFolder | None = None

    @property
    def url(self) -> str:
        """``postgresql://postgres@/capi_admin?host=<folder of the socket>``."""
        return self._url(DATABASE)

    def prepare(self) -> ChildSpec:
        """Make the cluster on the first start, and return how to run its server.

        Raises:
            CannotStart: no programs for this system, or a folder that cannot be used.
        """
        try:
            return self._prepare()
        except OSError as error:
            raise CannotStart(
                f"{self.title} cannot use {error.filename}: {error.strerror}."
            ) from None

    def is_ready(self) -> bool:
        """Say whether the server takes commands; makes our database when it is not there."""
        try:
            with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as link:
                _make_database(link)
        except psycopg.OperationalError:
            return False
        return True

    def discard(self) -> None:
        """Remove the socket's folder."""
        if self._runtime is not None:
            self._runtime.remove()
            self._runtime = None

    def _prepare(self) -> ChildSpec:
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        programs = postgres_programs.find()
        lent = account.for_cluster(self.cluster)
        runtime = self._runtime = RuntimeFolder()
        if lent is not None:
            programs = programs.copy_to(runtime.path)
            lent.own(runtime.path)
        if not self.cluster.exists():
            self._make_cluster(programs, lent)
        _require_version(self.cluster)
        if lent is not None:
            lent.own(self.cluster)
        return self._spec(programs, lent, runtime.path)

    def _spec(
        self, programs: postgres_programs.Programs, lent: account.Account | None, runtime: Path
    ) -> ChildSpec:
        settings = {
            **_SETTINGS,
            **(_DURABLE if self._durable else _FAST),
            "unix_socket_directories": str(runtime),
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return ChildSpec(
            name=self.name,
            command=(programs.path("postgres"), "-D", _address(self.cluster, lent), *options),
            environment=_bare_environment(),
            folder=self.cluster,
            account=lent,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: roll back, checkpoint, end
            grace_seconds=_END_SECONDS,
            is_quiet=True,
            is_server=True,
            before_start=self._end_left_over,
        )

    def _make_cluster(
        self, programs: postgres_programs.Programs, lent: account.Account | None
    ) -> None:
        # Made aside and moved when whole: a start killed halfway leaves no half cluster.
        draft = self.cluster.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if lent is not None:
            lent.own(draft)
        command = (programs.path("initdb"), f"--pgdata={_address(draft, lent)}", *_INITDB)
        with tempfile.TemporaryFile("w+", errors="replace") as words:
            spec = ChildSpec(
                name="initdb",
                command=command if self._durable else (*command, "--no-sync"),
                environment=_bare_environment(),
                folder=draft,
                account=lent,
            )
            if spawn(spec, words.fileno()).wait():
                words.seek(0)
                raise CannotStart(f"The PostgreSQL cluster cannot be made: {_reason(words)}")
        draft.rename(self.cluster)

    def _url(self, database: str) -> str:
        folder = self._runtime.path if self._runtime else self.cluster
        return f"postgresql://{_USER}@/{database}?host={quote(str(folder), safe='/')}"

    def _end_left_over(self) -> None:
        """End a server that outlived its `make run`, and remove a lock that names a stranger.

        PostgreSQL itself ignores the lock of a dead process. It cannot tell a living stranger that
        got the same number after a reboot from a server of its own.

        Raises:
            CannotStart: the old server does not end.
        """
        lock = self.cluster / "postmaster.pid"
        try:
            lines = lock.read_text().splitlines()
            pid, runtime = int(lines[0]), Path(lines[4])
        except (FileNotFoundError, IndexError, ValueError):
            return
        _end_server(lock, pid, runtime / SOCKET_NAME)


def _end_server(lock: Path, pid: int, address: Path) -> None:
    began, asked = time.monotonic(), False
    while lock.exists() and _is_alive(pid):
        waited = time.monotonic() - began
        if listens(address):
            if waited > _END_SECONDS:
                raise CannotStart(f"An earlier PostgreSQL (process {pid}) does not end.")
            if not asked:
                os.kill(pid, signal.SIGINT)
                asked = True
        elif waited > _RECYCLED_PID_SECONDS:
            lock.unlink(missing_ok=True)
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):  # not there, or not ours
        return False
    return True


def _address(cluster: Path, lent: account.Account | None) -> str:
    """Return how the server names its cluster.

    A lent account may not be able to walk the path from the root. The server starts inside the
    cluster, and Linux lets a process enter its own folder by this name whatever lies above.
    """
    return str(cluster) if lent is None else "/proc/self/cwd"


def _bare_environment() -> dict[str, str]:
    """Return our environment without what would change PostgreSQL's mind (PGDATA, LC_ALL, …)."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    }


def _reason(words: Iterable[str]) -> str:
    """Return the line of initdb's output that says why; its last lines only tidy up."""
    lines = [line.strip() for line in words if line.strip()]
    telling = (line for line in lines if "error:" in line or "FATAL:" in line)
    return next(telling, lines[-1] if lines else "it does not say why")


def _require_version(cluster: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise CannotStart(f"{cluster} is not a PostgreSQL cluster. Move it away.") from None
    if version != postgres_programs.MAJOR_VERSION:
        raise CannotStart(
            f"{cluster} was made by PostgreSQL {version}, and this is "
            f"{postgres_programs.MAJOR_VERSION}. Move it away, or set DATABASE_URL."
        )


def _make_database(link: psycopg.Connection[tuple[object, ...]]) -> None:
    with suppress(psycopg.errors.DuplicateDatabase):
        if link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        link.execute(f"CREATE DATABASE {DATABASE}")
