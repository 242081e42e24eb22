"""How the database finds the rows of a batch: by their ids, and no row is looked at twice."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery.commits import by_key
from tests.delivery.conftest import RunningSandbox
from tests.delivery.world import World, count, work

_EVENTS = 60
_OF_A_BATCH = re.compile(r"\s*(?:UPDATE\s+|SELECT\b.*?\bFROM\s+)(?:event|delivery)\b", re.DOTALL)


def plans_of_a_batch(world: World) -> dict[str, str]:
    """Return the plans of what is asked of events and deliveries, from claim to outcome."""
    world.post(_EVENTS)
    with CaptureQueriesContext(connection) as captured:
        work()
    statements = {query["sql"] for query in captured.captured_queries}
    return {one: _plan(one) for one in statements if _OF_A_BATCH.match(one)}


def _plan(statement: str) -> str:
    with by_key(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (COSTS OFF) " + statement.replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())


def test_batch_is_found_through_indexes(world: World, sandbox: RunningSandbox) -> None:
    plans = plans_of_a_batch(world)
    changed = [one for one in plans if one.lstrip().startswith("UPDATE")]
    assert len(changed) >= 3  # judged, delivered, settled
    assert count("event WHERE outcome = 'delivered'") == _EVENTS
    for plan in plans.values():
        assert "Seq Scan on event" not in plan
        assert "Seq Scan on delivery" not in plan


def test_no_row_of_a_batch_is_compared_with_all_others(
    world: World, sandbox: RunningSandbox
) -> None:
    for plan in plans_of_a_batch(world).values():
        # A join of the batch with its rows is planned as if it were one row.
        assert "Nested Loop" not in plan
        assert "Join Filter" not in plan


def test_only_the_day_of_the_batch_is_asked(world: World, sandbox: RunningSandbox) -> None:
    for plan in plans_of_a_batch(world).values():
        assert len(set(re.findall(r"\bon ((?:event|delivery)_(?:\d{8}|default))\b", plan))) <= 2
