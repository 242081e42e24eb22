"""Whatever fails, an event that was answered 2xx is delivered, and nobody lends a hand.

Tokens, keys and raw addresses stay where they belong, also while everything fails around them. All
tests of the ordeal stand in this file, so that a parallel run plays it once.
"""

from __future__ import annotations

import re

import pytest

from tests.faults import canary, report
from tests.faults.canary import CONTROLS, Findings
from tests.faults.chosen import IS_FULL, TITLES
from tests.faults.invariants import INVARIANTS
from tests.faults.meta import Meta
from tests.faults.ordeal import Ordeal
from tests.faults.scenario import SCENARIOS
from tests.product import Product

pytestmark = pytest.mark.processes

each_fault = pytest.mark.parametrize("title", TITLES)
apart = pytest.mark.parametrize("title", [t for t in TITLES if SCENARIOS[t].is_apart])
prompt = pytest.mark.parametrize("title", [t for t in TITLES if SCENARIOS[t].resumes_within])
steadfast = pytest.mark.parametrize("title", [t for t in TITLES if not SCENARIOS[t].may_refuse])

each_place = pytest.mark.parametrize("place", list(CONTROLS))


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


@pytest.mark.skipif(not IS_FULL, reason="only the whole plan measures")
@prompt
def test_other_events_flow_again_soon(ordeal: Ordeal, title: str) -> None:
    trial = ordeal.trials[title]
    assert not report.is_late(ordeal, trial, title), f"after {trial.recovered_seconds} s"


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


# --- What must not lie open: I7 -----------------------------------------------------------------


@pytest.fixture(scope="session")
def findings(behind_meta: tuple[Product, Meta], ordeal: Ordeal) -> Findings:
    """What was found after the ordeal, whose tokens and addresses bear the same marks."""
    assert ordeal.trials
    return canary.let_fly(*behind_meta)


@each_place
def test_no_access_token_lies_open(findings: Findings, place: str) -> None:
    assert findings.by_place[place]["token"] == []


@each_place
@pytest.mark.parametrize(
    "key", ["wrong server key", *(f"server key of the {name}" for name in canary.PIXELS)]
)
def test_no_server_key_lies_open(findings: Findings, place: str, key: str) -> None:
    assert findings.by_place[place][key] == []


@each_place
def test_no_raw_email_address_lies_open(findings: Findings, place: str) -> None:
    assert findings.by_place[place]["e-mail"] == []


@each_place
def test_search_finds_what_does_lie_open(findings: Findings, place: str) -> None:
    assert findings.by_place[place]["control"] != []


@pytest.mark.parametrize("name", [canary.INLINE, canary.IN_SECRET])
def test_meta_gets_the_token_and_the_hashed_address(findings: Findings, name: str) -> None:
    assert findings.arrived[name] == {"token_is_right": True, "email_is_right": True}


@pytest.mark.parametrize(
    "page",
    [
        r"/properties/PR\w+/",
        r"/properties/PR\w+/extensions/EX\w+/",
        r"/properties/PR\w+/extensions/install/\w+/",
        r"/properties/PR\w+/secrets/SE\w+/",
        r"/properties/PR\w+/secrets/new/",
        r"/properties/PR\w+/data-elements/DE\w+/",
        r"/properties/PR\w+/rules/RL\w+/",
        r"/properties/PR\w+/environments/EN\w+/",
        r"/properties/PR\w+/datastreams/\w+/",
        r"/properties/PR\w+/datastreams/\w+/keys/new/",
        r"/properties/PR\w+/libraries/LB\w+/",
        r"/properties/PR\w+/builds/BL\w+/",
        r"/properties/PR\w+/events/",
        r"/properties/PR\w+/events/[0-9a-f]{32}/",
    ],
)
def test_pages_that_know_of_the_token_are_searched(findings: Findings, page: str) -> None:
    assert any(re.fullmatch(page, path) for path in findings.visited)
