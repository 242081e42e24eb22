"""The collector as an ASGI application: what happens to a request, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import psycopg

from collector import bugs, cors, keys, metrics
from collector.commit import Committer, Limits
from collector.database import Connection, Link, NotAnswering
from collector.endpoint import Endpoint, Outcome
from collector.enrich import Proxies
from collector.events import prepared
from collector.http import (
    Answer,
    BodyReader,
    ClientGone,
    Message,
    Receive,
    Request,
    Send,
    json_answer,
    refusal,
)
from collector.pressure import Marks, Pressure
from collector.problems import METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE, Refused
from collector.quotas import Quotas
from collector.router import endpoint_for
from collector.streams import Datastream, Datastreams
from collector.wakeup import WakeUp
from delivery.intake import Accepted, Entered

_ROUND_SECONDS = 1.0
_ROUND_LIMIT_SECONDS = 5.0
_LAST_ROUND_SECONDS = 2.0
_USED = """
UPDATE rules_serverkey SET last_used_at = statement_timestamp()
WHERE digest = ANY(%s)
  AND (last_used_at IS NULL OR last_used_at < statement_timestamp() - interval '1 minute')
"""


class Collector:
    """Takes events in, and answers 2xx only when they are safe."""

    def __init__(
        self,
        conninfo: str,
        proxies: Proxies,
        wake_up: Callable[[], None],
        limits: Limits | None = None,
        marks: Marks | None = None,
    ) -> None:
        """Take the database, the trusted proxies, and what tells a worker that events wait."""
        self._proxies = proxies
        self._wake_up = WakeUp(wake_up)
        self._links = (Link(conninfo), Link(conninfo), Link(conninfo))
        self._committer = Committer(self._links[0], self._wake_up.soon, limits)
        self._datastreams = Datastreams(self._links[1])
        self._quotas = Quotas()
        self._pressure = Pressure(marks or Marks())
        self._used_keys: set[bytes] = set()
        self._reader = BodyReader()
        self._background: list[asyncio.Task[None]] = []
        self._ending = asyncio.Event()
        self._pages: dict[str, Callable[[], Answer]] = {
            "/healthz": lambda: json_answer(200, {"status": "ok"}),
            "/readyz": self._ready,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        handlers: dict[str, Callable[[Message, Receive, Send], Awaitable[None]]] = {
            "http": self._http,
            "lifespan": self._lifespan,
            "websocket": _no_websocket,
        }
        await handlers[scope["type"]](scope, receive, send)

    async def start(self) -> None:
        """Begin. The database may be away: requests are answered 503 until it is back."""
        self._wake_up.start()
        self._committer.start()
        self._ending.clear()
        self._background = [
            asyncio.create_task(self._keep_watch()),
            asyncio.create_task(self._datastreams.keep_fresh()),
        ]

    async def stop(self) -> None:
        """Store what was taken, answer everybody, and let go of the database."""
        await self._committer.stop()
        await self._end_background()
        self._wake_up.stop()
        with suppress(psycopg.Error, NotAnswering, OSError):
            await self._links[2].run(self._account, _LAST_ROUND_SECONDS)
        await asyncio.gather(*(link.close() for link in self._links))

    async def _end_background(self) -> None:
        self._ending.set()
        # The round under way gets time to end: what it counted could else be written after the
        # last word, which counted more.
        for watch in self._background[:1]:
            await asyncio.wait({watch}, timeout=_LAST_ROUND_SECONDS)
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self._background.clear()  # and what their last errors still hold: connections

    async def _keep_watch(self) -> None:
        """See every second how much room there is, and settle accounts with other collectors."""
        while not self._ending.is_set():
            try:
                with suppress(psycopg.Error, NotAnswering, OSError):
                    await self._links[2].run(self._watch, _ROUND_LIMIT_SECONDS)
                # Else the first event after the database has been away finds a dead connection.
                with suppress(psycopg.Error, NotAnswering, OSError):
                    await self._links[0].keep_alive(_ROUND_SECONDS)
            except Exception as error:  # noqa: BLE001 - nobody would restart this loop
                bugs.report(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _ROUND_SECONDS)

    async def _watch(self, connection: Connection) -> None:
        await self._pressure.read(connection)
        await self._account(connection)

    async def _account(self, connection: Connection) -> None:
        await self._quotas.exchange(connection, list(self._datastreams.known()))
        if used := list(self._used_keys):
            self._used_keys.clear()
            await connection.execute(_USED, [used])

    async def _lifespan(self, _: Message, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with suppress(ClientGone):
            answer = await self._answer(request)
            await answer.send(request, send)

    async def _answer(self, request: Request) -> Answer:
        try:
            return await self._respond(request)
        except Refused as refused:
            return _refusal(request, refused)
        except ClientGone:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: a bug of ours is no page of the client's
            bugs.report(error)
            return _refusal(request, Refused(UNAVAILABLE))

    async def _respond(self, request: Request) -> Answer:
        if page := self._pages.get(request.path):
            _require_method(request, "GET", "HEAD")
            return page()
        endpoint = endpoint_for(request)
        if endpoint is None:
            raise Refused(NOT_FOUND)
        _require_method(request, "OPTIONS", "POST")
        datastream = await self._datastreams.find(endpoint.datastream(request))
        cors.admit(request, datastream)
        if request.method == "OPTIONS":
            return cors.preflight(request)
        key = keys.admit(request, datastream)
        if key is not None:
            self._used_keys.add(key)
        datastream.require_enabled()
        self._pressure.require_room()
        events = await self._take(request, endpoint, datastream, has_key=key is not None)
        return endpoint.answer(request, await self._store(datastream, events))

    async def _take(
        self, request: Request, endpoint: Endpoint, datastream: Datastream, *, has_key: bool
    ) -> Sequence[Accepted | Refused]:
        # The body and what was parsed from it end with this call, not with the commit.
        raw = await self._reader.read(request)
        return prepared(raw, request, endpoint, datastream, self._proxies, has_key=has_key)

    async def _store(
        self, datastream: Datastream, events: Sequence[Accepted | Refused]
    ) -> Sequence[Outcome]:
        good = [event for event in events if isinstance(event, Accepted)]
        self._quotas.reserve(datastream, len(good))
        entered: list[Entered] = []
        try:
            entered = await self._committer.commit(good)
        finally:
            taken = sum(not each.is_duplicate for each in entered)
            self._quotas.settle(datastream, len(good), taken)
        if len(good) < len(events):
            metrics.refused_events(e.problem.code for e in events if isinstance(e, Refused))
        following = iter(entered)
        return [each if isinstance(each, Refused) else next(following) for each in events]

    def _ready(self) -> Answer:
        if self._committer.has_failed_lately() or not self._datastreams.is_fresh():
            raise Refused(UNAVAILABLE)
        return json_answer(200, {"status": "ready"})


def _refusal(request: Request, refused: Refused) -> Answer:
    metrics.refused(refused.problem.code)
    return refusal(request, refused)


def _require_method(request: Request, *allowed: str) -> None:
    if request.method not in allowed:
        raise Refused(METHOD_NOT_ALLOWED, headers=((b"allow", ", ".join(allowed).encode()),))


async def _no_websocket(_: Message, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close"})
