"""The collector's connections: thrown away at the first doubt, and opened again without a wait."""

from __future__ import annotations

import asyncio

import pytest

from collector.database import Connection, Link, NotAnswering

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
