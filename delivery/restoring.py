"""After a restore: what the database has forgotten may have been sent.

The queues of a restored database are those of the backup's moment. What they owe may have been sent
between that moment and the end of the old database. Sending it again is harmless as long as the
destination remembers the ids of events; later it would count them twice, so somebody has to decide.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import connection

from delivery import evaluation, heartbeats, sweeping
from delivery.models import QueuedEvent

# Whoever takes events or sends them.
_MUST_REST = ("collector", "worker")


class StillRunning(Exception):
    """Collectors or workers run: what they have taken or sent since cannot be told apart."""


class Marked(NamedTuple):
    """What came of it.

    Args:
        deliveries: how many are owed, and may have been sent already.
        events: how many could not be evaluated now; what they will owe is not marked.
    """

    deliveries: int
    events: int


def mark_possibly_sent(since: dt.datetime) -> Marked:
    """Note of every delivery that is owed that it may have been sent at a moment.

    What was not evaluated at the moment of the backup is evaluated first, as it may have been
    evaluated and sent since. Nothing is sent here. Done again, it changes nothing.

    Args:
        since: the moment the database was put back to; aware.

    Raises:
        StillRunning: see the class.
    """
    signs = heartbeats.signs()
    running = [kind for kind in _MUST_REST if kind in signs and signs[kind].processes]
    if running:
        raise StillRunning(", ".join(running))
    sweeping.reap_events()
    while evaluation.evaluate_due() is not None:
        pass
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [since])
        deliveries = cursor.rowcount
    return Marked(deliveries, QueuedEvent.objects.count())


# LEAST leaves NULL out.
_MARK = "UPDATE delivery_queue SET ambiguous_at = LEAST(ambiguous_at, %s)"
