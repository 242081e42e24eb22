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

# "IS TRUE" keeps this from becoming a join after all: the keys are hashed once.
_PAIR = "(({0}.event_id, {0}.component) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))) IS TRUE"
# Finds the deliveries of some keys; takes what `keys` returns.
AMONG = f"d.event_id = ANY(%s::uuid[]) AND {_PAIR.format('d')}"
# Chooses some keys of a claim, whose rows in the queue are found by its token; takes what `pairs`
# returns.
CHOSEN = _PAIR.format("q")


def keys(values: Sequence[Key]) -> tuple[str, str, str]:
    """Return what `AMONG` takes."""
    events, components = pairs(values)
    return events, events, components


def pairs(values: Sequence[Key]) -> tuple[str, str]:
    """Return what `CHOSEN` takes."""
    return ids(key.event_id for key in values), texts(key.component for key in values)


def ids(values: Iterable[uuid.UUID]) -> str:
    """Return a ``uuid[]``."""
    return "{" + ",".join([value.hex for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """Return a ``text[]``. Every element is quoted, so that none is taken for NULL."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"
