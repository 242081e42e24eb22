"""Which deliveries travel together: the pure part of making, and of splitting, a batch."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from delivery.claims import MOST_CLAIMS, Key, QueuedRow
from delivery.ids import milliseconds_of

# Up to here a lost answer is met by sending again: Meta and its like remember an event's id that
# long ("within 48 hours", Conversions API documentation on deduplication).
RESEND_WITHIN = dt.timedelta(hours=48)
# Destinations ask for events as they happen; Meta advises within the hour.
LATE_AFTER = dt.timedelta(hours=1)
# A comma between two payloads; what stands around them is the package's to leave room for.
_BETWEEN = 1


def why_not(row: QueuedRow, now: dt.datetime) -> str:
    """Return the code of the reason not to send a delivery any more; "" to send it."""
    if row.expires_at <= now:
        return "too_old"
    if row.claims > MOST_CLAIMS:
        return "worker_crash"
    if row.ambiguous_at is not None and row.ambiguous_at <= now - RESEND_WITHIN:
        return "ambiguous_over_48h"
    return ""


def is_late(event_id: uuid.UUID, sent_at: dt.datetime) -> bool:
    """Whether an event had waited here for long when it was sent."""
    waited = sent_at.timestamp() - milliseconds_of(event_id) / 1000
    return waited > LATE_AFTER.total_seconds()


def fitting(payloads: Iterable[bytes], most_bytes: int) -> int:
    """Return how many payloads, from the first on, fit into one request. One always does."""
    total = count = 0
    for payload in payloads:
        total += len(payload) + _BETWEEN
        if count and total > most_bytes:
            break
        count += 1
    return count


def halves(keys: Sequence[Key]) -> tuple[Sequence[Key], Sequence[Key]]:
    """Split a refused batch in two, so that its bad events come to stand alone."""
    middle = (len(keys) + 1) // 2
    return keys[:middle], keys[middle:]
