"""The one function that derives an event's outcome, and the database that keeps it final."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from delivery.outcomes import event_outcome
from tests.delivery.world import Scripted, World, work


@pytest.mark.parametrize(
    ("deliveries", "refusals", "expected"),
    [
        ([], 0, "not_sent"),
        ([], 2, "not_sent"),
        (["pending"], 0, "evaluated"),
        (["delivered", "held"], 0, "evaluated"),
        (["delivered", "in_flight"], 1, "evaluated"),
        (["delivered", "delivered"], 0, "delivered"),
        (["delivered"], 1, "partly_delivered"),
        (["delivered", "rejected"], 0, "partly_delivered"),
        (["rejected", "expired"], 0, "rejected"),
        (["expired", "failed"], 0, "failed"),
        (["expired"], 1, "expired"),
        (["erased"], 0, "erased"),
    ],
)
def test_outcome_of_an_event_follows_from_its_deliveries(
    deliveries: list[str], refusals: int, expected: str
) -> None:
    assert event_outcome(deliveries, refusals) == expected


@pytest.mark.parametrize("table", ["event", "delivery"])
def test_final_outcome_cannot_be_changed_in_the_database(
    world: World, script: Scripted, table: str
) -> None:
    world.post()
    work()
    with (
        pytest.raises(IntegrityError, match="final"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE {table} SET outcome = 'failed'")  # noqa: S608 - our own words


@pytest.mark.parametrize("table", ["event", "delivery"])
def test_final_outcome_can_be_erased(world: World, script: Scripted, table: str) -> None:
    world.post()
    work()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET outcome = 'erased'")  # noqa: S608 - our own words
        assert cursor.rowcount == 1
