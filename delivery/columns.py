"""Columns of a batch, as the text PostgreSQL reads an array from.

A batch is written by one statement whose parameters are arrays, a column each. The driver's own way
looks at every element by itself; here a column is one `join`. The statement says of which type an
array is, as in ``%s::uuid[]``.

What is to be written into rows is not joined to them. A join by an id that is also in an array is
planned with one row in mind, and then takes the square of the batch; without that array every
partition is asked. So rows are found by the array of their ids alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from delivery.claims import Key

# Finds the deliveries of some keys; takes what `keys` returns. "IS TRUE" keeps this from becoming
# a join after all: the keys are hashed once.
AMONG = """
d.event_id = ANY(%s::uuid[]) AND (
    (d.event_id, d.component) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))) IS TRUE
"""


def keys(values: Sequence[Key]) -> tuple[str, str, str]:
    """Return what `AMONG` takes."""
    events = ids(key.event_id for key in values)
    return events, events, texts(key.component for key in values)


def ids(values: Iterable[uuid.UUID]) -> str:
    """Return a ``uuid[]``."""
    return "{" + ",".join([value.hex for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """Return a ``text[]``. Every element is quoted, so that none is taken for NULL."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"
