"""Posts events in a process of its own, at little cost: plain sockets that stay open.

It takes orders by its standard input, a line each: `rate 5000` (events a second; 0 stops), `flood`
(as fast as the answers come) and `report`, which is answered by a line of JSON about the time since
the last report. A request counts from the moment it was due, so a slow server is not asked less
often than it should be without that being seen.

Usage: python -m bench.generator PORT[,PORT…] PATH [--connections 64] [--list 1]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence

import orjson

from bench.engine import events
from bench.payload import BROWSER

POOL = 4000  # different people; each event has an id of its own
_LATE_SECONDS = 1.0  # what lies further back is not made up for
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ID = b"0" * 16
_READ_BYTES = 65_536
_LOST = 599  # in place of a status: the server closed the connection


class _Link:
    """One connection, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.due_at = 0.0
        self.connect()

    def connect(self) -> None:
        """Connect, also anew after the server closed the connection."""
        self.socket = socket.create_connection(("127.0.0.1", self._port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = b""

    def send(self, request: bytes, due_at: float) -> None:
        """Send a request that was due at a moment."""
        self.due_at = due_at
        self.socket.sendall(request)

    def receive(self) -> int:
        """Take what came; return the status of a whole answer, else 0.

        Raises:
            ConnectionError: the server closed the connection.
        """
        data = self.socket.recv(_READ_BYTES)
        if not data:
            raise ConnectionError
        answer = self._answer + data if self._answer else data
        end = answer.find(b"\r\n\r\n")
        found = _LENGTH.search(answer, 0, end) if end >= 0 else None
        if found is None or len(answer) < end + 4 + int(found[1]):
            self._answer = answer
            return 0
        self._answer = b""
        return int(answer[9:12])


class Load:
    """The requests under way, and what became of those that are over."""

    def __init__(self, ports: Sequence[int], path: str, connections: int, per_request: int) -> None:
        self._requests = _requests(path, per_request)
        self._per_request = per_request
        self._links = {link.socket.fileno(): link for link in _links(ports, connections)}
        self._idle = deque(self._links.values())
        self._poll = select.epoll()
        for descriptor in (*self._links, sys.stdin.fileno()):
            self._poll.register(descriptor, select.EPOLLIN)
        self._rate = 0.0
        self._next_at = 0.0
        self._orders = b""
        self._forget()

    def run(self) -> None:
        """Follow orders until there are no more."""
        is_open = True
        while is_open:
            self._send_due()
            for descriptor, _ in self._poll.poll(self._pause()):
                link = self._links.get(descriptor)
                if link is None:
                    is_open = self._take_orders()
                else:
                    self._receive(link)

    def _pause(self) -> float:
        if not self._rate or not self._idle:
            return 0.1
        return max(0.001, self._next_at - time.perf_counter())

    def _send_due(self) -> None:
        if not self._rate:
            return
        now = time.perf_counter()
        self._next_at = max(self._next_at, now - _LATE_SECONDS)
        while self._idle and self._next_at <= now:
            link = self._idle.popleft()
            link.send(next(self._requests), self._next_at if self._rate < _FLOOD else now)
            self._next_at += self._per_request / self._rate

    def _receive(self, link: _Link) -> None:
        try:
            status = link.receive()
        except ConnectionError:
            status = _LOST
            self._connect_again(link)
        if not status:
            return
        self._idle.append(link)
        if status < 300:
            self._accepted += self._per_request
            self._seconds.append(time.perf_counter() - link.due_at)
        else:
            self._refused += self._per_request

    def _connect_again(self, link: _Link) -> None:
        del self._links[link.socket.fileno()]
        link.socket.close()
        link.connect()
        self._links[link.socket.fileno()] = link
        self._poll.register(link.socket.fileno(), select.EPOLLIN)

    def _take_orders(self) -> bool:
        data = os.read(sys.stdin.fileno(), _READ_BYTES)
        *orders, self._orders = (self._orders + data).split(b"\n")
        for order in orders:
            self._obey(order.decode().split())
        return bool(data)

    def _obey(self, order: Sequence[str]) -> None:
        if order[0] == "report":
            sys.stdout.write(json.dumps(self._report()) + "\n")
            sys.stdout.flush()
            return
        self._rate = _FLOOD if order[0] == "flood" else float(order[1])
        self._next_at = time.perf_counter()

    def _report(self) -> dict[str, float]:
        waits = sorted(self._seconds) or [0.0]
        report = {
            "seconds": time.perf_counter() - self._since,
            "accepted": self._accepted,
            "refused": self._refused,
            "p50_ms": 1000 * waits[len(waits) // 2],
            "p99_ms": 1000 * waits[len(waits) * 99 // 100],
        }
        self._forget()
        return report

    def _forget(self) -> None:
        self._since = time.perf_counter()
        self._accepted = self._refused = 0
        self._seconds: list[float] = []


_FLOOD = 1e9


def _links(ports: Sequence[int], count: int) -> Iterator[_Link]:
    """Connect so often, to each port as often as to the others."""
    for port in itertools.islice(itertools.cycle(ports), count):
        yield _Link(port)


def _requests(path: str, per_request: int) -> Iterator[bytes]:
    """Give requests without end. Every event has an id that no other has, in any run."""
    now = int(time.time())
    ids = itertools.count(time.time_ns())
    pieces = itertools.cycle([_pieces(event, now) for event in events(POOL)])
    opening, closing = (b"", b"") if per_request == 1 else (b"[", b"]")
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: {BROWSER}\r\n"
        "content-type: application/json\r\ncontent-length: "
    ).encode()
    while True:
        made = (next(pieces) for _ in range(per_request))
        body = b",".join(b"%b%016x%b" % (before, next(ids), after) for before, after in made)
        body = opening + body + closing
        yield b"%b%d\r\n\r\n%b" % (head, len(body), body)


def _pieces(event: dict[str, object], now: int) -> tuple[bytes, bytes]:
    """Return the event as JSON, before and after the place of its id."""
    xdm, data = event["xdm"], event["data"]
    written = orjson.dumps(
        {"xdm": {"_id": _ID.decode(), **dict_of(xdm)}, "data": {**dict_of(data), "time": now}}
    )
    before, after = written.split(_ID, 1)
    return before, after


def dict_of(value: object) -> dict[str, object]:
    """Return a value that is known to be an object."""
    if not isinstance(value, dict):
        raise TypeError("An event has objects here.")
    return value


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main(arguments: Sequence[str]) -> None:
    """Connect, and follow the orders."""
    parser = argparse.ArgumentParser(description="A generator of events.")
    parser.add_argument("ports", type=_numbers, metavar="PORT[,PORT]")
    parser.add_argument("path")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--list", type=int, default=1, help="events of a request")
    options = parser.parse_args(arguments)
    Load(options.ports, options.path, options.connections, options.list).run()


if __name__ == "__main__":
    main(sys.argv[1:])
