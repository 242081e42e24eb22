"""The collector's connections: thrown away at the first doubt, and opened again without a wait."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from collector import database
from collector.database import Connection, Link, NotAnswering, conninfo

pytestmark = pytest.mark.asyncio


async def nothing(_: Connection) -> None:
    """What never comes to be asked."""


async def test_attempt_that_was_given_up_does_not_stand_in_the_way_of_the_next() -> None:
    came: list[asyncio.StreamWriter] = []

    async def be_silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)

    async with await asyncio.start_server(be_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        link = Link(f"host=127.0.0.1 port={port} user=nobody dbname=none sslmode=disable")
        for _ in range(2):
            with pytest.raises(NotAnswering):
                await link.run(nothing, 0.1)
        await link.close()
        assert len(came) == 2
        for writer in came:
            writer.close()
            await writer.wait_closed()


async def test_connection_given_up_while_it_is_set_up_does_not_either(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Link(conninfo(), clock=lambda: 0.0)
    with monkeypatch.context() as slowly:
        slowly.setattr(database, "_SESSION", ("SELECT pg_sleep(10)",))
        with pytest.raises(NotAnswering):
            await link.run(nothing, 0.2)
    await link.run(nothing, 10)
    await link.close()


async def test_server_that_failed_is_not_asked_again_at_once() -> None:
    link = Link("host=127.0.0.1 port=1 user=nobody dbname=none")
    with pytest.raises(psycopg.OperationalError):
        await link.run(nothing, 10)
    with pytest.raises(NotAnswering):
        await link.run(nothing, 10)
