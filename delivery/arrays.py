"""Arrays as PostgreSQL reads them off the wire, made without a detour per element.

A group of events is written by one statement whose parameters are arrays, a column each. The
driver's own way visits every element with its type machinery; here a column is one `join`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any

from psycopg import AsyncConnection, Connection, pq
from psycopg.adapt import Dumper

_UUID, _BYTEA, _TEXT, _INT8, _TIMESTAMPTZ = 2950, 17, 25, 20, 1184
_HEAD = Struct("!iiiii").pack  # dimensions, has nulls, type, length, first index
_SIZE = Struct("!i").pack
_NUMBER = Struct("!iq").pack
_UUID_SIZE = _SIZE(16)
_NULL = _SIZE(-1)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class Wire(bytes):
    """A parameter in PostgreSQL's binary form; the statement's cast says of which type."""


class _WireDumper(Dumper):
    format = pq.Format.BINARY
    oid = 0

    def dump(self, obj: Wire) -> bytes:
        return obj


def teach(connection: Connection[Any] | AsyncConnection[Any]) -> None:
    """Let a connection take `Wire` parameters."""
    connection.adapters.register_dumper(Wire, _WireDumper)


def uuids(values: Sequence[bytes | None]) -> Wire:
    """Return a ``uuid[]`` of 16 bytes each; None is NULL."""
    return _array(_UUID, [_NULL if v is None else _UUID_SIZE + v for v in values])


def blobs(values: Iterable[bytes]) -> Wire:
    """Return a ``bytea[]``."""
    return _array(_BYTEA, [_SIZE(len(v)) + v for v in values])


def texts(values: Iterable[str]) -> Wire:
    """Return a ``text[]``."""
    encoded = [v.encode() for v in values]
    return _array(_TEXT, [_SIZE(len(v)) + v for v in encoded])


def numbers(values: Iterable[int]) -> Wire:
    """Return an ``int8[]``."""
    return _array(_INT8, [_NUMBER(8, v) for v in values])


def moments(values: Iterable[dt.datetime]) -> Wire:
    """Return a ``timestamptz[]``."""
    return _array(_TIMESTAMPTZ, [_NUMBER(8, microseconds(v)) for v in values])


def microseconds(moment: dt.datetime) -> int:
    """Return what a ``timestamptz`` is on the wire: microseconds since 2000."""
    return (moment - _EPOCH) // _MICROSECOND


def _array(element: int, parts: list[bytes]) -> Wire:
    return Wire(_HEAD(1, 1, element, len(parts), 1) + b"".join(parts))
