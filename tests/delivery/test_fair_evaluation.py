"""A property with a deep backlog keeps no other one's new events waiting."""

from __future__ import annotations

import pytest

from delivery import claims, evaluation
from delivery.models import Event
from rules.provisioning import create_property
from tests.delivery.world import Scripted, World

BATCH = evaluation.MOST_EVENTS


@pytest.mark.xfail(strict=True, reason="Events are claimed oldest first, whoever they belong to.")
def test_new_event_is_evaluated_with_the_next_batch_whatever_waits_elsewhere(
    world: World, script: Scripted
) -> None:
    other = World.of(create_property("Newcomer", None))
    other.publish()
    world.post(2 * BATCH)
    [new] = other.post()
    evaluation.evaluate_due()
    assert Event.objects.get(pk=new).outcome == "evaluated"
    assert Event.objects.filter(outcome="evaluated").count() == BATCH


def test_backlog_of_one_alone_fills_whole_batches(world: World, script: Scripted) -> None:
    world.post(2 * BATCH)
    claim = claims.claim_events(BATCH)
    assert claim is not None
    assert len(claim.claims) == BATCH
