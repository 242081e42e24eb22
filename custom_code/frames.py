"""How the two processes talk: JSON messages, each after its length in four bytes."""

from __future__ import annotations

import os
import select
import struct
import time
from typing import Any

import orjson

MOST_BYTES = 8 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class Closed(Exception):
    """The other side is gone, or says what no message can be."""


class TooLate(Exception):
    """The other side said nothing before the deadline."""


def write(descriptor: int, message: Any) -> None:
    """Write one message.

    Raises:
        Closed: nobody reads any more.
    """
    body = orjson.dumps(message)
    waiting = memoryview(_LENGTH.pack(len(body)) + body)
    try:
        while waiting:
            waiting = waiting[os.write(descriptor, waiting) :]
    except OSError as error:
        raise Closed from error


def read(descriptor: int, deadline: float | None = None) -> Any:
    """Read one message; `deadline` is a moment of `time.monotonic()`.

    Raises:
        Closed: nobody writes any more, or what came is no message.
        TooLate: the deadline passed.
    """
    (length,) = _LENGTH.unpack(_exactly(descriptor, _LENGTH.size, deadline))
    if length > MOST_BYTES:
        raise Closed
    try:
        return orjson.loads(_exactly(descriptor, length, deadline))
    except orjson.JSONDecodeError as error:
        raise Closed from error


def _exactly(descriptor: int, length: int, deadline: float | None) -> bytes:
    found = bytearray()
    while len(found) < length:
        if deadline is not None:
            _wait(descriptor, deadline)
        try:
            piece = os.read(descriptor, length - len(found))
        except OSError as error:
            raise Closed from error
        if not piece:
            raise Closed
        found += piece
    return bytes(found)


def _wait(descriptor: int, deadline: float) -> None:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    left = max(0.0, deadline - time.monotonic())
    if not poller.poll(left * 1000):
        raise TooLate
