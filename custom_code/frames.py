"""How the two processes talk: messages of a kind and a body, each after its length in four bytes.

The kind is one letter, the body any bytes, mostly JSON. The host reads and writes whole messages
and may wait for them; the other side must never wait for a host for longer than it wants to.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

# To the host: what is allowed, a code that will be run under a number, a run, what a data element
# gave, codes to look at, and that all codes so far will not be run again.
LIMITS, CODE, RUN, GIVEN, LOOK, FORGET = b"L", b"C", b"R", b"G", b"K", b"F"
# From the host: its fences, what came of a run, that a run asks for a data element, and what is
# wrong with the codes it looked at.
READY, CAME, ASKS, SEEN = b"H", b"O", b"Q", b"S"

MOST_BYTES = 8 * 1024 * 1024
NUMBER = struct.Struct(">I")
_HEAD = struct.Struct(">Ic")
_PIECE = 64 * 1024

Message = tuple[bytes, bytes]  # kind and body


class Closed(Exception):
    """The other side is gone, or says what no message can be."""


def packed(kind: bytes, body: bytes) -> bytes:
    """Return a message as it travels."""
    return _HEAD.pack(len(body), kind) + body


class Incoming:
    """Bytes that came, given out message by message."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, piece: bytes) -> None:
        """Take what came. Nothing came where the other side has gone.

        Raises:
            Closed: it has gone.
        """
        if not piece:
            raise Closed
        self._bytes += piece

    def messages(self) -> Iterator[Message]:
        """Yield the messages that are complete.

        Raises:
            Closed: one is larger than any may be.
        """
        start = 0
        try:
            while len(self._bytes) - start >= _HEAD.size:
                length, kind = _HEAD.unpack_from(self._bytes, start)
                if length > MOST_BYTES:
                    raise Closed
                end = start + _HEAD.size + length
                if end > len(self._bytes):
                    return
                body = bytes(self._bytes[start + _HEAD.size : end])
                start = end
                yield kind, body
        finally:
            del self._bytes[:start]


def read_piece(descriptor: int) -> bytes:
    """Read what is there; wait where nothing is, unless the pipe does not wait.

    Raises:
        Closed: the pipe is broken.
        BlockingIOError: nothing is there, and the pipe does not wait.
    """
    try:
        return os.read(descriptor, _PIECE)
    except BlockingIOError:
        raise
    except OSError as error:
        raise Closed from error


def write_piece(descriptor: int, waiting: memoryview | bytes) -> int:
    """Write as much as fits, and return how much that was.

    Raises:
        Closed: nobody reads any more.
    """
    try:
        return os.write(descriptor, waiting)
    except BlockingIOError:
        return 0
    except OSError as error:
        raise Closed from error
