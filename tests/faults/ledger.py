"""A client that writes down what it was promised, and load made of many of its requests."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.faults.marks import EMAIL_MARK
from tests.faults.places import Place

EVENT_NAMES = ("AddToCart", "Lead", "PageView", "Search")
_CLIENTS = 2
_MOST_EVENTS = 3  # in one request
_PAUSES = (0.05, 0.15)  # seconds between two requests of one client
_ANSWER_SECONDS = 15.0
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that promised nothing."""

    status: int
    retry_after: str | None


@dataclass(slots=True)
class Ledger:
    """What became of every event that was posted, by the id its sender gave it.

    `accepted` has the id under which the log keeps the event, `refused` the answer. `unanswered`
    are those whose request broke off: they may have been stored, and nothing was promised. Every
    line also goes into a file that is only ever added to.
    """

    path: Path | None = None
    names: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, uuid.UUID] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, names: Mapping[str, str]) -> None:
        """Write down what is about to be posted."""
        with self.lock:
            self.names.update(names)
            self._add("posted", names)

    def accept(self, stored: Mapping[str, uuid.UUID]) -> None:
        """Write down a 2xx. What was promised stays promised, whatever came before it."""
        with self.lock:
            self.accepted.update(stored)
            self.unanswered.difference_update(stored)
            for event_id in stored:
                self.refused.pop(event_id, None)
            self._add("accepted", {key: found.hex for key, found in stored.items()})

    def refuse(self, ids: Sequence[str], refusal: Refusal) -> None:
        """Write down another answer."""
        with self.lock:
            self.refused.update(dict.fromkeys(ids, refusal))
            self._add("refused", dict.fromkeys(ids, refusal.status))

    def lose(self, ids: Sequence[str]) -> None:
        """Write down that no answer came."""
        with self.lock:
            self.unanswered.update(ids)
            self._add("unanswered", dict.fromkeys(ids))

    def _add(self, what: str, content: Mapping[str, Any]) -> None:
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(f"{json.dumps({what: dict(content)})}\n")


class Client:
    """Posts events to one place, and keeps its ledger."""

    def __init__(self, collector: str, place: Place, ledger: Ledger, seed: int) -> None:
        self.url = f"{collector}/v1/events/{place.datastream}"
        self.ledger = ledger
        self._random = random.Random(seed)
        self._session = requests.Session()
        self._session.trust_env = False

    def make(self, count: int) -> list[dict[str, Any]]:
        """Return so many new events."""
        return [self._event() for _ in range(count)]

    def post(self) -> None:
        """Post one to three events in one request, and write down what was answered."""
        self.send(self.make(self._random.randint(1, _MOST_EVENTS)))

    def send(
        self, events: list[dict[str, Any]], seconds: float = _ANSWER_SECONDS
    ) -> requests.Response | None:
        """Post these events; return the answer, None when none came in so many seconds."""
        ids = [event["eventId"] for event in events]
        self.ledger.post({event["eventId"]: event["name"] for event in events})
        try:
            answer = self._session.post(self.url, json=events, timeout=seconds)
        except requests.RequestException:
            self.ledger.lose(ids)
            return None
        if answer.ok:
            stored = [uuid.UUID(row["id"]) for row in answer.json()["events"]]
            self.ledger.accept(dict(zip(ids, stored, strict=True)))
        else:
            self.ledger.refuse(ids, Refusal(answer.status_code, answer.headers.get("retry-after")))
        return answer

    def keep_posting(self, stopping: threading.Event, pauses: tuple[float, float]) -> None:
        """Post until told to stop."""
        with self._session:
            while not stopping.wait(self._random.uniform(*pauses)):
                self.post()

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _event(self) -> dict[str, Any]:
        event_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        name = self._random.choice(EVENT_NAMES)
        return {"eventId": event_id, "name": name, "email": f"{event_id}@{EMAIL_MARK}"}


class Load:
    """Several clients at work, as long as the block lasts.

    Args:
        slowness: how much longer than usual the clients pause between two requests.
    """

    def __init__(
        self,
        collector: str,
        place: Place,
        seed: int,
        path: Path | None = None,
        *,
        clients: int = _CLIENTS,
        slowness: float = 1.0,
    ) -> None:
        self.ledger = Ledger(path)
        self._stopping = threading.Event()
        pauses = (_PAUSES[0] * slowness, _PAUSES[1] * slowness)
        workers = [Client(collector, place, self.ledger, seed + n) for n in range(clients)]
        # One that posts only what it is told to.
        self.client = Client(collector, place, self.ledger, seed + clients)
        self._threads = [
            threading.Thread(target=client.keep_posting, args=(self._stopping, pauses))
            for client in workers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self.client.close()

    def take(self, events: int) -> bool:
        """Wait until so many more events have been accepted; say whether they were in time."""
        wanted = len(self.ledger.accepted) + events
        return wait_until(lambda: len(self.ledger.accepted) >= wanted)


def wait_until(holds: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> bool:
    """Wait until something holds; say whether it did before the time was over."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
