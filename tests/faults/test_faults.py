"""Whatever fails, an event that was answered 2xx is delivered, and nobody lends a hand."""

from __future__ import annotations

import pytest

from tests.faults import report
from tests.faults.chosen import IS_FULL, TITLES
from tests.faults.invariants import INVARIANTS
from tests.faults.ordeal import Ordeal
from tests.faults.scenario import SCENARIOS

pytestmark = pytest.mark.processes

each_fault = pytest.mark.parametrize("title", TITLES)
apart = pytest.mark.parametrize("title", [t for t in TITLES if SCENARIOS[t].is_apart])
steadfast = pytest.mark.parametrize("title", [t for t in TITLES if not SCENARIOS[t].may_refuse])


@each_fault
@pytest.mark.parametrize("invariant", list(INVARIANTS))
def test_invariant_holds(ordeal: Ordeal, title: str, invariant: str) -> None:
    against = INVARIANTS[invariant](ordeal.trials[title], SCENARIOS[title])
    assert list(against)[:10] == []


@each_fault
def test_fault_was_played(ordeal: Ordeal, title: str) -> None:
    assert ordeal.trials[title].broken == ""


@each_fault
def test_what_else_must_hold(ordeal: Ordeal, title: str) -> None:
    claims = ordeal.trials[title].claims
    assert {sentence: words for sentence, words in claims.items() if words} == {}


@each_fault
def test_events_are_accepted_before_and_after_the_fault(ordeal: Ordeal, title: str) -> None:
    assert len(ordeal.trials[title].ledger.accepted) >= 30


@apart
def test_other_events_flow_again_without_a_hand(ordeal: Ordeal, title: str) -> None:
    assert ordeal.trials[title].recovered_seconds is not None


@steadfast
def test_collector_takes_every_event_meanwhile(ordeal: Ordeal, title: str) -> None:
    ledger = ordeal.trials[title].ledger
    assert (ledger.refused, ledger.unanswered) == ({}, set())


@pytest.mark.skipif(not IS_FULL, reason="only the whole plan measures")
@apart
def test_backlog_is_gone_in_time(ordeal: Ordeal, title: str) -> None:  # I8
    trial = ordeal.trials[title]
    assert not report.is_too_slow(ordeal, trial, title), (
        f"{trial.backlog} rows took {trial.drained_seconds} s at {ordeal.per_second:.0f} a second"
    )


def test_queues_are_empty_and_no_request_is_open_in_the_end(ordeal: Ordeal) -> None:
    assert ordeal.waiting == {"event_queue": 0, "delivery_queue": 0, "open attempts": 0}
