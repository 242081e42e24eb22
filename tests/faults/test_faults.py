"""Whatever fails, an event that was answered 2xx is delivered, and nobody lends a hand."""

from __future__ import annotations

import pytest

from tests.faults.ordeal import Ordeal, Trial
from tests.faults.strikes import AMBIGUOUS, STRIKES
from tests.product import Product

pytestmark = pytest.mark.processes

each_fault = pytest.mark.parametrize("trial", list(STRIKES), indirect=True)
redis_faults = pytest.mark.parametrize(
    "trial", [name for name in STRIKES if name.startswith("redis")], indirect=True
)


@pytest.fixture
def trial(ordeal: Ordeal, request: pytest.FixtureRequest) -> Trial:
    """One fault's story."""
    return ordeal.trials[request.param]


@each_fault
def test_every_accepted_event_is_once_in_the_log_and_delivered(trial: Trial) -> None:
    promised = {
        client_id: [(event_id, "delivered")]
        for client_id, event_id in trial.ledger.accepted.items()
    }
    assert {client_id: trial.outcomes.get(client_id) for client_id in promised} == promised


@each_fault
def test_events_are_accepted_before_and_after_the_fault(trial: Trial) -> None:
    assert len(trial.ledger.accepted) >= 30


@each_fault
def test_every_accepted_event_reached_meta(trial: Trial) -> None:
    assert trial.ledger.accepted.keys() - trial.received.keys() == set()


@each_fault
def test_an_event_goes_to_meta_under_the_one_name_it_came_with(trial: Trial) -> None:
    sent = {event_id: set(names) for event_id, names in trial.received.items()}
    assert sent == {event_id: {trial.ledger.names[event_id]} for event_id in sent}


@each_fault
def test_an_event_is_sent_again_only_once_for_each_lost_answer(trial: Trial) -> None:
    sends = {event_id: names.total() for event_id, names in trial.received.items()}
    excess = {
        event_id: count
        for event_id, count in sends.items()
        if count > 1 + trial.lost_answers[event_id]
    }
    assert excess == {}


@pytest.mark.parametrize("trial", sorted(STRIKES.keys() - AMBIGUOUS), indirect=True)
def test_nothing_is_sent_twice_where_no_answer_can_be_lost(trial: Trial) -> None:
    assert trial.sent_twice == set()


@each_fault
def test_an_event_without_a_promise_is_absent_or_delivered_too(trial: Trial) -> None:
    unpromised = trial.ledger.refused.keys() | trial.ledger.unanswered
    found = {outcome for key in unpromised for _, outcome in trial.outcomes.get(key, [])}
    assert found <= {"delivered"}


@each_fault
def test_other_events_flow_again_without_a_hand(trial: Trial) -> None:
    assert trial.recovered_seconds is not None


@redis_faults
def test_collector_takes_every_event_while_redis_is_away(trial: Trial) -> None:
    assert (trial.ledger.refused, trial.ledger.unanswered) == ({}, set())


@pytest.mark.parametrize("trial", ["meta answers 500"], indirect=True)
def test_collector_takes_every_event_while_meta_fails(trial: Trial) -> None:
    assert (trial.ledger.refused, trial.ledger.unanswered) == ({}, set())


@pytest.mark.parametrize("trial", ["pool children killed", "worker killed"], indirect=True)
def test_worker_died_with_requests_under_way(trial: Trial) -> None:
    assert trial.lost_answers.total() > 0


@pytest.mark.parametrize("trial", ["collector killed"], indirect=True)
def test_killed_collector_promises_nothing_while_it_is_away(trial: Trial) -> None:
    assert trial.ledger.unanswered != set()


@pytest.mark.parametrize("trial", ["postgres killed"], indirect=True)
def test_collector_refuses_events_while_the_database_is_away(trial: Trial) -> None:
    assert {refusal.status for refusal in trial.ledger.refused.values()} == {503}


@pytest.mark.parametrize("trial", ["postgres killed"], indirect=True)
def test_collector_says_when_to_try_again_while_the_database_is_away(trial: Trial) -> None:
    assert all(refusal.retry_after for refusal in trial.ledger.refused.values())


@pytest.mark.parametrize("trial", ["postgres killed"], indirect=True)
def test_collector_leaves_nobody_without_an_answer_while_the_database_is_away(
    trial: Trial,
) -> None:
    assert trial.ledger.unanswered == set()


def test_queues_are_empty_and_no_request_is_open_in_the_end(ordeal: Ordeal) -> None:
    assert ordeal.waiting == {"event_queue": 0, "delivery_queue": 0, "open attempts": 0}


@pytest.mark.parametrize("name", ["worker", "redis", "collector", "postgres"])
def test_supervisor_says_what_it_started_again(ordeal: Ordeal, product: Product, name: str) -> None:
    assert ordeal.trials
    assert f"{name} ended with signal 9; started again" in product.output
