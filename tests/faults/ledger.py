"""A client that writes down what it was promised, and load made of many of its requests."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

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
    are those whose request broke off: they may have been stored, and nothing was promised.
    """

    names: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, uuid.UUID] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client:
    """Posts events to one place, and keeps its ledger."""

    def __init__(self, collector: str, place: Place, ledger: Ledger, seed: int) -> None:
        self._url = f"{collector}/v1/events/{place.datastream}"
        self._ledger = ledger
        self._random = random.Random(seed)
        self._session = requests.Session()
        self._session.trust_env = False

    def post(self) -> None:
        """Post one to three events in one request, and write down what was answered."""
        ids = [str(uuid.UUID(int=self._random.getrandbits(128), version=4)) for _ in self._few()]
        names = {event_id: self._random.choice(EVENT_NAMES) for event_id in ids}
        with self._ledger.lock:
            self._ledger.names.update(names)
        events = [
            {"eventId": event_id, "name": name, "email": f"{event_id}@{EMAIL_MARK}"}
            for event_id, name in names.items()
        ]
        try:
            answer = self._session.post(self._url, json=events, timeout=_ANSWER_SECONDS)
        except requests.RequestException:
            with self._ledger.lock:
                self._ledger.unanswered.update(ids)
            return
        self._write_down(ids, answer)

    def keep_posting(self, stopping: threading.Event) -> None:
        """Post until told to stop."""
        with self._session:
            while not stopping.wait(self._random.uniform(*_PAUSES)):
                self.post()

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _few(self) -> range:
        return range(self._random.randint(1, _MOST_EVENTS))

    def _write_down(self, ids: list[str], answer: requests.Response) -> None:
        with self._ledger.lock:
            if answer.ok:
                stored = [uuid.UUID(row["id"]) for row in answer.json()["events"]]
                self._ledger.accepted.update(zip(ids, stored, strict=True))
                return
            refusal = Refusal(answer.status_code, answer.headers.get("retry-after"))
            self._ledger.refused.update(dict.fromkeys(ids, refusal))


class Load:
    """Several clients at work, as long as the block lasts."""

    def __init__(self, collector: str, place: Place, seed: int) -> None:
        self.ledger = Ledger()
        self._stopping = threading.Event()
        clients = [Client(collector, place, self.ledger, seed + n) for n in range(_CLIENTS)]
        self._threads = [
            threading.Thread(target=client.keep_posting, args=(self._stopping,))
            for client in clients
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

    def take(self, events: int) -> None:
        """Wait until so many more events have been accepted; a test sees when they were not."""
        wanted = len(self.ledger.accepted) + events
        wait_until(lambda: len(self.ledger.accepted) >= wanted)


def wait_until(holds: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> bool:
    """Wait until something holds; say whether it did before the time was over."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
