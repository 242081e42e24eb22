"""Which events came before: where their keys stand, and for how long.

The table is a ring of slots. Each takes the keys of one period; what is older than the window is
emptied whole, so the table neither bloats nor needs one delete per event. A key is looked up where
this period's keys go and where the periods before it put theirs, as far as the window reaches.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import OperationalError, connection, transaction

from delivery.failures import described, is_clash
from delivery.ids import first_id_at
from delivery.partitions import LOCK_WAIT

logger = structlog.get_logger(__name__)

HOURS = 3_600_000  # milliseconds
PERIOD = 48 * HOURS
SLOTS = 6
MOST_HOURS = 168  # the window's longest; the ring has a period to spare for it
# Two collectors near the end of a period, whose clocks differ by less, look into each other's slot.
MARGIN = 60_000
_LOOKED_UP = 5  # slots besides the current one: as many as the longest window touches, and the next
# Slots are emptied well away from the ends of periods, whatever a server's clock says.
_QUIET = HOURS


class Window(NamedTuple):
    """Where to put a key now and where to look for it.

    Args:
        slot: takes the keys of this period.
        others: the other slots that may know a key; always as many, so that one statement fits.
        since: the first event id that still counts.
        is_at_edge: a collector with another clock may be in the neighbouring period.
    """

    slot: int
    others: tuple[int, ...]
    since: uuid.UUID
    is_at_edge: bool


def window_at(milliseconds: int, hours: int) -> Window:
    """Return the window of so many hours that ends at a moment (Unix milliseconds)."""
    period, into = divmod(milliseconds, PERIOD)
    is_at_edge = into < MARGIN or into >= PERIOD - MARGIN
    others = [period - back for back in range(1, _reach(hours) + 1)]
    if into >= PERIOD - MARGIN:
        others.append(period + 1)
    slots = [each % SLOTS for each in others or [period]]
    slots += slots[:1] * (_LOOKED_UP - len(slots))
    since = first_id_at(max(0, milliseconds - hours * HOURS))
    return Window(period % SLOTS, tuple(slots), since, is_at_edge)


def forget_old(milliseconds: int) -> list[int]:
    """Empty the slots whose keys no window reaches any more; return which."""
    period, into = divmod(milliseconds, PERIOD)
    if not _QUIET <= into < PERIOD - _QUIET:
        return []
    reach = _reach(settings.DUPLICATE_HOURS)
    needed = {(period - back) % SLOTS for back in range(reach + 1)}
    return [slot for slot in range(SLOTS) if slot not in needed and _empty(slot)]


def _reach(hours: int) -> int:
    """How many earlier periods a window touches."""
    return -(-hours * HOURS // PERIOD)


def _empty(slot: int) -> bool:
    table = f"event_key_{slot}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_relation_size(%s) > 0", [table])
            if not cursor.fetchone()[0]:
                return False
            # Collectors use the table all the time: better try again in an hour than hold them up.
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            cursor.execute(f"TRUNCATE {table}")
    except OperationalError as error:
        if not is_clash(error):
            raise
        logger.warning("keys_not_forgotten", table=table, **described(error))
        return False
    return True
