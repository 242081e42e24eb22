"""Columns of a batch, as the text PostgreSQL reads an array from.

A batch is written by one statement whose parameters are arrays, a column each. The driver's own way
looks at every element by itself; here a column is one `join`. The statement says of which type an
array is, as in ``%s::uuid[]``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable


def ids(values: Iterable[uuid.UUID]) -> str:
    """Return a ``uuid[]``."""
    return "{" + ",".join([value.hex for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """Return a ``text[]``. Every element is quoted, so that none is taken for NULL."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def numbers(values: Iterable[int | None]) -> str:
    """Return a ``bigint[]``; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"
