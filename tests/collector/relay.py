"""A database that can be cut off, frozen and brought back: a relay in front of the real one."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_CHUNK = 65_536


class Relay:
    """Passes bytes between a port of its own and the server."""

    def __init__(self, conninfo: str) -> None:
        self._server: dict[str, Any] = dict(conninfo_to_dict(conninfo))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pipes: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._listener: asyncio.Server | None = None
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port: int = probe.getsockname()[1]
        self.restore()

    @property
    def conninfo(self) -> str:
        """How to reach the database through the relay."""
        more: dict[str, Any] = {"host": "127.0.0.1", "port": self._port, "sslmode": "disable"}
        return make_conninfo(**{**self._server, **more})

    def cut(self) -> None:
        """The server is gone: connections end, and new ones are refused."""
        self._run(self._cut())

    def freeze(self) -> None:
        """The server hangs: connections stand, and nothing comes back."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def restore(self) -> None:
        """The server is back."""
        self._run(self._restore())

    def close(self) -> None:
        self.restore()
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _cut(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in self._writers:
            writer.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _restore(self) -> None:
        self._flowing.set()
        if self._listener is None:
            self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await self._open_server()
        self._writers |= {writer, server_writer}
        for source, target in ((reader, server_writer), (server_reader, writer)):
            pipe = asyncio.create_task(self._pipe(source, target))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _open_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = str(self._server["host"]), self._server.get("port") or "5432"
        if host.startswith("/"):
            return await asyncio.open_unix_connection(str(Path(host) / f".s.PGSQL.{port}"))
        return await asyncio.open_connection(host, int(port))

    async def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                await self._flowing.wait()
                target.write(chunk)
                await target.drain()
        self._writers.discard(target)
        target.close()
