"""What must hold after every fault, each as one function that names what speaks against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.faults.oracle import LoggedDelivery
from tests.faults.scenario import Scenario, Trial

# After a request that failed the first wait is 3 to 10 s long (`delivery.backoff`).
_LEAST_GAP_SECONDS = 3.0
_MOST_ATTEMPTS = 40
_SHARE_OF_RATE = 0.1
_SLACK_SECONDS = 15.0


def accepted_once(trial: Trial, _: Scenario) -> Iterator[str]:
    """I1: every event answered 2xx is in the log once, under the id that was told, and over."""
    for client_id, told in trial.ledger.accepted.items():
        rows = trial.sight.events.get(client_id, [])
        if [row.id for row in rows] != [told] or not rows[0].is_final:
            yield f"{client_id}: told {told.hex}, found {[(r.id.hex, r.outcome) for r in rows]}"
    for client_id in trial.sight.events.keys() - trial.ledger.names.keys():
        yield f"{client_id}: nobody sent it"


def visible(trial: Trial, _: Scenario) -> Iterator[str]:
    """I2: every event is in the Event Log that people see."""
    yield from (event_id.hex for event_id in sorted(trial.sight.unseen))


def refused_is_absent_or_final(trial: Trial, _: Scenario) -> Iterator[str]:
    """I3: an event without a promise is absent, or there once and over."""
    for client_id in trial.ledger.refused.keys() | trial.ledger.unanswered:
        rows = trial.sight.events.get(client_id, [])
        if len(rows) > 1 or not all(row.is_final for row in rows):
            yield f"{client_id}: {[(row.id.hex, row.outcome) for row in rows]}"


def delivered_was_taken(trial: Trial, scenario: Scenario) -> Iterator[str]:
    """I4: what is delivered was taken by Meta; all copies are equal, and no more than was lost."""
    for delivery in trial.sight.deliveries:
        copies = trial.sight.copies.get(delivery.pixel, {}).get(delivery.dedup_id, [])
        name = f"{delivery.client_id} at {delivery.pixel}"
        if delivery.outcome == "delivered" and not copies:
            yield f"{name}: never taken"
        if {copy.event_name for copy in copies} - {delivery.name}:
            yield f"{name}: taken under another name"
        if len({copy.digest for copy in copies}) > 1:
            yield f"{name}: its copies differ"
        if len(copies) > 1 + _lost(delivery) and not scenario.sends_again:
            yield f"{name}: taken {len(copies)} times, {_lost(delivery)} answers lost"
    if not scenario.loses_answers and trial.sight.sent_twice:
        yield f"sent twice although no answer can be lost: {sorted(trial.sight.sent_twice)}"


def as_expected(trial: Trial, _: Scenario) -> Iterator[str]:
    """I5: every event ends as the fault means it to; no good one is refused or given up."""
    for client_id, rows in trial.sight.events.items():
        for row in rows:
            if row.outcome not in trial.outcomes_of(client_id):
                yield f"{client_id}: {row.outcome} ({row.reason})"


def nothing_left_over(trial: Trial, _: Scenario) -> Iterator[str]:
    """I6: no row waits, no attempt is open, and nothing was tried too often or too soon."""
    for what, count in trial.sight.waiting.items():
        if count:
            yield f"{what}: {count}"
    for delivery in trial.sight.deliveries:
        if len(delivery.attempts) > _MOST_ATTEMPTS:
            yield f"{delivery.client_id}: {len(delivery.attempts)} attempts"
        if any(gap < _LEAST_GAP_SECONDS for gap in delivery.gaps):
            yield f"{delivery.client_id}: tried again after {min(delivery.gaps):.1f} s"


INVARIANTS: dict[str, Callable[[Trial, Scenario], Iterator[str]]] = {
    "I1 accepted once": accepted_once,
    "I2 visible": visible,
    "I3 refused is absent or over": refused_is_absent_or_final,
    "I4 delivered was taken": delivered_was_taken,
    "I5 ends as expected": as_expected,
    "I6 nothing left over": nothing_left_over,
}


def most_seconds(trial: Trial, scenario: Scenario, per_second: float) -> float:
    """I8: how long a backlog may take: the product's own waits, and a tenth of the run's pace."""
    return scenario.waits + _SLACK_SECONDS + trial.backlog / (per_second * _SHARE_OF_RATE)


def _lost(delivery: LoggedDelivery) -> int:
    return delivery.attempts.count("unknown")
