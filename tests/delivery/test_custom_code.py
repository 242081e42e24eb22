"""Events whose rules hold code: evaluated together, and none stands in another's way."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pytest_django import Settings

from custom_code import sandbox
from delivery import claims, evaluation, judging
from delivery.models import Event, QueuedEvent
from rules import coding
from rules.engine import Program
from rules.engine.rounds import evaluate_all
from rules.provisioning import create_property
from tests.delivery.world import Scripted, World, evaluate, rule, sent_in, work

LOOP = "for (;;) {}"


def coded(source: str) -> dict[str, Any]:
    """A rule that sends a Lead to Meta when code says so."""
    made = rule()
    made["components"][0] |= {
        "delegate": "core::conditions::custom-code",
        "settings": {"source": source},
    }
    return made


def outcomes() -> list[tuple[str, str]]:
    return list(Event.objects.values_list("outcome", "reason"))


def outcome_of(event_id: uuid.UUID) -> tuple[str, str]:
    event = Event.objects.get(pk=event_id)
    return event.outcome, event.reason


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events were evaluated together, each time."""
    seen: list[int] = []

    def counting(program: Program, jobs: Any, code: Any) -> Any:
        seen.append(len(jobs))
        return evaluate_all(program, jobs, code)

    monkeypatch.setattr(judging, "evaluate_all", counting)
    return seen


def test_code_of_a_claim_runs_together_and_decides_of_each_event(
    world: World, script: Scripted, batches: list[int]
) -> None:
    world.publish(coded("return arc.event.data.total > 1"))
    posted = [world.post(total=total)[0] for total in range(4)]
    work()
    assert batches == [4]
    found = [outcome_of(event_id)[0] for event_id in posted]
    assert found == ["not_sent", "not_sent", "delivered", "delivered"]


@pytest.mark.parametrize(
    "deed",
    [
        LOOP,
        "throw new Error('no')",
        "let s = 'x'; for (;;) s += s",
        "/^(a+)+$/.test('a'.repeat(40) + '!')",
    ],
)
def test_bad_event_stops_no_other(world: World, script: Scripted, deed: str) -> None:
    world.publish(coded(f"if (arc.event.data.bad) {{ {deed} }} return true"))
    posted = [world.post(bad=number == 4)[0] for number in range(9)]
    work()
    assert outcome_of(posted.pop(4)) == ("not_sent", "rule_failed")
    assert [outcome_of(event_id) for event_id in posted] == [("delivered", "")] * 8


def test_events_of_two_builds_are_evaluated_each_by_its_own(
    world: World, script: Scripted, batches: list[int]
) -> None:
    other = World.of(create_property("Other shop", None))
    world.publish(coded("return true"), pixelId="111")
    other.publish(coded("return arc.event.data.total === 1"), pixelId="222")
    for total in range(3):
        world.post(total=total)
        other.post(total=total)
    work()
    assert batches == [3, 3]
    sent = [outcome for outcome, _ in outcomes()]
    assert (sent.count("delivered"), sent.count("not_sent")) == (4, 2)


def test_large_events_are_not_all_open_at_once(
    world: World, script: Scripted, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_MOST_SEALED_BYTES", 500)
    world.post(7)
    work()
    assert sum(batches) == 7
    assert len(batches) > 1
    assert {outcome for outcome, _ in outcomes()} == {"delivered"}


def test_events_that_no_time_is_left_for_are_evaluated_with_the_next_claim(
    world: World, script: Scripted, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_CODE_SECONDS", 0)
    world.publish(coded("return true"))
    world.post(3)
    assert evaluation.evaluate_due() == 1
    assert sorted(outcome for outcome, _ in outcomes()) == ["evaluated", "received", "received"]
    assert list(QueuedEvent.objects.values_list("claims", flat=True)) == [0, 0]
    work()
    assert batches == [3, 2, 1]
    assert {outcome for outcome, _ in outcomes()} == {"delivered"}


def test_time_for_code_is_shared_among_builds(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    many_runner = coding.many_runner
    monkeypatch.setattr(
        coding, "many_runner", lambda seconds: given.append(seconds) or many_runner(seconds)
    )
    other = World.of(create_property("Other shop", None))
    other.publish()
    world.post()
    other.post()
    evaluate()
    assert given[0] <= judging._CODE_SECONDS / 2 < given[1]


def test_where_no_code_runs_its_rules_fail_and_others_go_on(
    world: World, script: Scripted, settings: Settings
) -> None:
    settings.CUSTOM_CODE = False
    world.publish(coded("return true"), rule(eventName="Other"))
    world.post()
    work()
    assert outcomes() == [("delivered", "")]
    assert [sent_in(request)[0]["event_name"] for request in script.requests] == ["Other"]


def test_time_for_code_ends_before_the_claim_does() -> None:
    longest = sandbox.Limits().deadline_seconds + sandbox._OTHERS_SECONDS
    assert judging._CODE_SECONDS + longest < claims.EVENT_LEASE_SECONDS
