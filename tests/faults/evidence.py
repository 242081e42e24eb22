"""Every place where something might lie that should not: found, read and searched."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.faults.marks import forms_of
from tests.product import Product, command_line

# A label, such as a file's name, and what stands there.
Exhibits = Iterable[tuple[str, bytes]]
_LOGS = "logs"


def search(exhibits: Exhibits, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the labels under which each text, plainly written or encoded, stands."""
    forms = {name: forms_of(text) for name, text in texts.items()}
    found: dict[str, list[str]] = {name: [] for name in texts}
    for label, content in exhibits:
        for name, written in forms.items():
            if any(form in content for form in written):
                found[name].append(label)
    return found


def logs(product: Product) -> Exhibits:
    """Return what the processes wrote to their logs."""
    return _files(product.data_dir / _LOGS)


def terminal(product: Product) -> Exhibits:
    """Return what the person at the terminal saw."""
    return [("terminal", product.output.encode())]


def files(product: Product) -> Exhibits:
    """Return every other file the product keeps: cluster, write-ahead log, Redis, keys."""
    for folder in product.data_dir.iterdir():
        if folder.name != _LOGS:
            yield from _files(folder)


def tables(product: Product) -> Exhibits:
    """Return every row of every table, binary columns in hexadecimal."""
    with psycopg.connect(product.database_url, connect_timeout=10) as link:
        names = link.execute(
            "SELECT relname FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (name,) in names:
            copy_out = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
            with link.cursor() as cursor, cursor.copy(copy_out) as copy:
                yield name, b"".join(copy)


def command_lines() -> Exhibits:
    """Return the command line of every process of this machine that we may see."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            yield folder.name, "\0".join(command_line(int(folder.name))).encode()


class RedisTap:
    """Hears every command that Redis is given, as long as the block lasts."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        place = (address.hostname or "", address.port or 0)
        self._socket = socket.create_connection(place, timeout=60)
        self._socket.sendall(f"AUTH {address.password}\r\nMONITOR\r\n".encode())
        self._heard = bytearray()
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    @property
    def heard(self) -> Exhibits:
        """The commands, one to a line."""
        return [("redis", bytes(self._heard))]

    def _listen(self) -> None:
        with suppress(OSError):
            while data := self._socket.recv(65_536):
                self._heard += data


def _files(top: Path) -> Iterator[tuple[str, bytes]]:
    for path in [top, *top.rglob("*")]:
        with suppress(FileNotFoundError):  # servers drop files while we look
            if path.is_file():
                yield str(path.relative_to(top.parent)), path.read_bytes()
