"""What is counted at the edge: once for each request or group, never for each event."""

from __future__ import annotations

import collections
from collections.abc import Iterable

from prometheus_client import Counter, Histogram

_COMMIT_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2)
_COMMIT_EVENTS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)

ACCEPTED = Counter(
    "capi_accepted_events",
    "Events that were stored and answered 2xx.",
    registry=None,
)
DUPLICATES = Counter(
    "capi_duplicate_events",
    "Events that were posted before: answered 2xx, and not stored again.",
    registry=None,
)
CONFLICTS = Counter(
    "capi_conflicting_events",
    "Events under the id and name of an earlier one that was not equal: answered 2xx, and not "
    "stored.",
    registry=None,
)
REFUSED = Counter(
    "capi_refused_requests",
    "Requests that were answered with a problem, by the last part of its type.",
    ["reason"],
    registry=None,
)
REFUSED_EVENTS = Counter(
    "capi_refused_events",
    "Events that were refused in a request whose other events were stored, by the last part of "
    "their problem's type.",
    ["reason"],
    registry=None,
)
COMMIT_SECONDS = Histogram(
    "capi_commit_seconds",
    "Seconds that one group of events took to be stored.",
    registry=None,
    buckets=_COMMIT_SECONDS,
)
COMMIT_EVENTS = Histogram(
    "capi_commit_events",
    "Events in one group.",
    registry=None,
    buckets=_COMMIT_EVENTS,
)
METRICS = (
    *(ACCEPTED, DUPLICATES, CONFLICTS),
    *(REFUSED, REFUSED_EVENTS),
    *(COMMIT_SECONDS, COMMIT_EVENTS),
)


def committed(accepted: int, duplicates: int, conflicts: int, seconds: float) -> None:
    """Count a group that was stored; a conflict is no duplicate."""
    ACCEPTED.inc(accepted)
    if duplicates:
        DUPLICATES.inc(duplicates)
    if conflicts:
        CONFLICTS.inc(conflicts)
    COMMIT_SECONDS.observe(seconds)
    COMMIT_EVENTS.observe(accepted + duplicates + conflicts)


def refused(reason: str) -> None:
    """Count a request that was refused; `reason` is a code of `collector.problems`."""
    REFUSED.labels(reason).inc()


def refused_events(reasons: Iterable[str]) -> None:
    """Count what a partly good request was told of its bad events; reasons as for `refused`."""
    for reason, count in collections.Counter(reasons).items():
        REFUSED_EVENTS.labels(reason).inc(count)
