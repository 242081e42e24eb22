"""How long after its 2xx an event stands in the log as delivered, as somebody who looks sees it."""

from __future__ import annotations

import http.client
import threading
import time
import uuid
from types import TracebackType
from typing import Self

import orjson
import psycopg

from bench.engine import events
from bench.rig import Rig
from capi_admin.up.options import HOST

_EVERY_SECONDS = 0.05
_LOOK = "SELECT id FROM event WHERE id = ANY(%s) AND outcome NOT IN ('received', 'evaluated')"


class Watch:
    """Posts events of its own between all others, and looks for them in the log meanwhile."""

    def __init__(self, rig: Rig) -> None:
        self._database: psycopg.Connection[tuple[uuid.UUID]]
        self._database = psycopg.connect(rig.environment["DATABASE_URL"], autocommit=True)
        self._collector = http.client.HTTPConnection(HOST, rig.ports["collector"])
        self._path = rig.path
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._waiting: dict[uuid.UUID, float] = {}
        self.seconds: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._ends.set()
        self._thread.join()
        self._database.close()
        self._collector.close()

    def p99_ms(self) -> float:
        """Return the delay that one of a hundred exceeds; events still on their way count as they
        are.
        """
        now = time.perf_counter()
        found = sorted([*self.seconds, *(now - since for since in self._waiting.values())])
        return 1000 * found[len(found) * 99 // 100] if found else 0.0

    def _run(self) -> None:
        [event] = events(1)
        while not self._ends.wait(_EVERY_SECONDS):
            self._post(event)
            self._look()

    def _post(self, event: dict[str, object]) -> None:
        data = {**_object(event["data"]), "time": int(time.time())}
        body = orjson.dumps(
            {"xdm": {**_object(event["xdm"]), "_id": uuid.uuid4().hex}, "data": data}
        )
        self._collector.request("POST", self._path, body, {"content-type": "application/json"})
        answer = self._collector.getresponse()
        written = answer.read()
        if answer.status < 300:
            [accepted] = orjson.loads(written)["events"]
            self._waiting[uuid.UUID(accepted["id"])] = time.perf_counter()

    def _look(self) -> None:
        rows = self._database.execute(_LOOK, [list(self._waiting)]).fetchall()
        now = time.perf_counter()
        self.seconds += [now - self._waiting.pop(event_id) for (event_id,) in rows]


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("An event has objects here.")
    return value
