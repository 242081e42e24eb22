"""Let what was just judged leave at once.

Its deliveries are written as already claimed and its request as already opened, by the transaction
that judges their events. That is what a claim would come to a moment later, without reading,
opening and writing each of them again. Whatever speaks against it leaves them to the queue, where
claims deal with all that can go wrong.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence

import structlog
from django.db import Error

from delivery.attempts import record_attempt
from delivery.batches import fitting
from delivery.claims import (
    DELIVERY_LEASE_SECONDS,
    DeliveryClaim,
    Key,
    QueuedRow,
    note_served,
    open_destinations,
)
from delivery.destinations import sender_of
from delivery.failures import described
from delivery.ids import new_id
from delivery.models import Destination
from delivery.owing import Lease, Owed
from delivery.requesting import Ready, base_url_of, compose
from extensions import contract

logger = structlog.get_logger(__name__)

# A destination's row is not written with every batch that goes to it.
_LATELY = dt.timedelta(minutes=1)
# Half of the lease is left for the request itself, as with any claim.
_LATEST_SECONDS = DELIVERY_LEASE_SECONDS / 2


class Departures:
    """The requests that leave with one batch of judged events.

    `ready` holds them once the transaction that wrote them is over: not before may they be made.
    """

    def __init__(self, room: int, guarded_room: int) -> None:
        """Take how many requests this process may still make, and how many of these to hosts that
        rules name.
        """
        self._room = room
        self._guarded_room = guarded_room
        self._boarding: list[Ready] = []
        self._long_unserved: set[int] = set()
        self._leased_at = 0.0
        self.ready: list[Ready] = []

    def board(
        self,
        owed: Sequence[Owed],
        found: Mapping[tuple[int, bytes], Destination],
        at: dt.datetime,
    ) -> dict[Key, Lease]:
        """Record requests for as many deliveries as may leave now; return the lease of each."""
        if self._room <= 0:
            return {}
        groups = _groups(owed, found, at)
        self._leased_at = time.monotonic()
        may_leave = open_destinations(groups) if groups else {}
        leaving: dict[Key, Lease] = {}
        for key, (free, until) in may_leave.items():
            for claim in self._requests(
                found[groups[key][0].place.identity], groups[key], free, at
            ):
                leaving |= {row.key: Lease(claim.token, until) for row in claim.rows}
        return leaving

    def set_out(self) -> None:
        """The transaction is over: the requests may be made, unless it took too long for that.

        Too little is left of their leases then. These end, and somebody else makes the requests.
        """
        if time.monotonic() - self._leased_at < _LATEST_SECONDS:
            self.ready = self._boarding
        elif self._boarding:
            logger.error("too_late_to_leave", requests=len(self._boarding))

    def note_served(self) -> None:
        """Write, now and then, that these destinations are in use."""
        if self.ready and self._long_unserved:
            note_served(self._long_unserved)

    def _requests(
        self, destination: Destination, owed: Sequence[Owed], free: int, at: dt.datetime
    ) -> Iterator[DeliveryClaim]:
        sender = sender_of(destination.package)
        if self._guarded_room <= 0 and not base_url_of(destination.package):
            return
        while sender is not None and owed and free > 0 and self._room > 0:
            batch = _batch(owed, sender)
            ready = _composed(destination, sender, batch, at)
            if ready is None or (ready.is_guarded and self._guarded_room <= 0):
                return
            record_attempt(ready.claim)
            self._boarding.append(ready)
            if not _was_served_lately(destination, at):
                self._long_unserved.add(destination.pk)
            self._room -= 1
            self._guarded_room -= ready.is_guarded
            free -= 1
            owed = owed[len(batch) :]
            yield ready.claim


def _was_served_lately(destination: Destination, at: dt.datetime) -> bool:
    served_at = destination.last_served_at
    return served_at is not None and at - served_at < _LATELY


def _groups(
    owed: Sequence[Owed], found: Mapping[tuple[int, bytes], Destination], at: dt.datetime
) -> dict[int, list[Owed]]:
    """Return what is not too old to be sent, by its destination."""
    groups: dict[int, list[Owed]] = {}
    for item in owed:
        if item.expires_at > at:
            groups.setdefault(found[item.place.identity].id, []).append(item)
    return groups


def _batch(owed: Sequence[Owed], sender: contract.Destination) -> Sequence[Owed]:
    batch = owed[: sender.max_events]
    return batch[: fitting((item.payload for item in batch), sender.max_bytes)]


def _composed(
    destination: Destination, sender: contract.Destination, batch: Sequence[Owed], at: dt.datetime
) -> Ready | None:
    """Make the request; None where anything is in the way of it."""
    ordered = sorted(batch, key=_by_key)
    rows = [
        QueuedRow(item.event_id, item.component, item.expires_at, 0, None, 1) for item in ordered
    ]
    claim = DeliveryClaim(new_id(), at, destination.pk, is_probe=False, rows=rows)
    try:
        return compose(claim, destination, sender, [item.payload for item in ordered])
    except Error:
        raise  # the transaction is lost, whatever it was
    except Exception as error:  # noqa: BLE001 - a claim of the queue tells what it comes to
        logger.info("left_to_the_queue", destination_id=destination.pk, **described(error))
        return None


def _by_key(item: Owed) -> Key:
    return item.key
