"""The folder that holds everything one `make run` keeps: cluster, keys, logs."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from capi_admin.up.problem import CannotStart

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_KEPT_LOGS = 3

SECRETS: dict[str, tuple[str, Callable[[], str]]] = {
    "SECRET_KEY": ("secret_key", lambda: secrets.token_urlsafe(50)),
    "ENCRYPTION_KEYS": (
        "encryption_key",
        lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    ),
}


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Make the folder if need be, and hold it alone until the block ends.

    Raises:
        CannotStart: it cannot be written, or another start holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
        _prove_writable(folder)
        lock = (folder / "up.lock").open("a")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotStart(f"DATA_DIR {folder} cannot be written: {reason}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"DATA_DIR {folder} is in use by another `make run`. End it, or set DATA_DIR."
            ) from None
        yield


def secret_files(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Make the keys that are not given, each in a file of mode 600.

    Returns:
        The variables, such as ``SECRET_KEY_FILE``, that name those files. Never the keys.
    """
    made: dict[str, str] = {}
    for name, (file_name, make) in SECRETS.items():
        if name in given or f"{name}_FILE" in given:
            continue
        path = folder / file_name
        _write_once(path, make)
        made[f"{name}_FILE"] = str(path)
    return made


def log_file(folder: Path, name: str) -> Path:
    """Return the path of a child's new log; the ones before it get the ends .1, .2, .3."""
    logs = folder / "logs"
    logs.mkdir(exist_ok=True, mode=_PRIVATE_FOLDER)
    path = logs / f"{name}.log"
    for age in range(_KEPT_LOGS - 1, 0, -1):
        with suppress(FileNotFoundError):
            path.with_suffix(f".log.{age}").replace(path.with_suffix(f".log.{age + 1}"))
    with suppress(FileNotFoundError):
        path.replace(path.with_suffix(".log.1"))
    return path


def clear_counts(folder: Path) -> None:
    """Remove what processes counted in an earlier start, which may have been another version's."""
    shutil.rmtree(folder / "metrics", ignore_errors=True)


def _prove_writable(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _write_once(path: Path, make: Callable[[], str]) -> None:
    """Write a file whole or not at all; a key cut short by a crash would lock the data away."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(handle, "w") as file:
        file.write(make() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
