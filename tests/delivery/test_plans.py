"""How the database finds the rows of a batch: by their ids, and no row is looked at twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from django.db import connection, transaction

from delivery import claims, holds
from delivery.commits import by_key
from tests.delivery.conftest import RunningSandbox
from tests.delivery.world import (
    Scripted,
    World,
    bad_token,
    count,
    end_leases,
    evaluate,
    lost,
    pass_time,
    refused,
    server_error,
    taken,
    the_destination,
    work,
)

_EVENTS = 60
_WAITING = 50_000
_OF_DELIVERIES = re.compile(r'\b(?:FROM|UPDATE|JOIN) "?delivery(?:_body|_answer)?\b')
_MOST = 1_000  # deliveries of one request
_OF_A_BATCH = re.compile(r"\s*(?:UPDATE\s+|SELECT\b.*?\bFROM\s+)(?:event|delivery)\b", re.DOTALL)


def plans_of_a_batch(world: World) -> dict[str, str]:
    """Return the plans of what is asked of events and deliveries, from claim to outcome."""
    world.post(_EVENTS)
    with _captured() as asked:
        work()
    found = {one: _plan(one) for one in set(asked) if _OF_A_BATCH.match(one)}
    assert len(found) >= 4  # read, judged, delivered, settled
    return found


@contextmanager
def _captured() -> Iterator[list[str]]:
    """Give what is asked, parameters and all, also of cursors that send these beside it."""
    asked: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, *others: Any) -> Any:
        asked.append(connection.ops.compose_sql(sql, params))
        return execute(sql, params, *others)

    with connection.execute_wrapper(note):
        yield asked


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


def test_claim_of_events_reads_a_batch_of_a_long_queue(world: World) -> None:
    world.post(1)
    _lengthen("event_queue")
    read = _rows_read("event_queue", lambda: claims.claim_events(_EVENTS))
    assert _EVENTS <= read <= 5 * _EVENTS  # looked at, locked and changed


def test_claim_of_deliveries_reads_a_batch_of_a_long_queue(
    world: World, sandbox: RunningSandbox
) -> None:
    world.post(1)
    evaluate()
    _lengthen("delivery_queue")
    read = _rows_read("delivery_queue", lambda: claims.claim_deliveries(lambda _package: _MOST))
    assert _MOST <= read <= 5 * _MOST


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", [taken, refused, bad_token, server_error, lost])
def test_deliveries_are_found_by_key_whatever_the_planner_knows(
    world: World, script: Scripted, answer: Callable[..., Any]
) -> None:
    # Of a day that has just begun it knows nothing, and takes every event to have many deliveries.
    script.answer = answer
    world.post(3)
    evaluate()
    with _asked_of_deliveries() as asked:
        claims.claim_deliveries(lambda _package: 1)
        end_leases()
        work()
        holds.hold_by_hand(the_destination().pk, "by_hand", "Paused", "")
        holds.release(the_destination())
        world.post(1)
        evaluate()
        pass_time(days=8)  # too old to be sent
        work()
    changed = [sql for sql, _ in asked if "UPDATE delivery AS" in sql]
    assert len(changed) >= 4
    assert [one for one, finds_by_key in asked if not finds_by_key] == []


@contextmanager
def _asked_of_deliveries() -> Iterator[list[tuple[str, bool]]]:
    """Give what is asked of deliveries, and whether it was to be found by its key."""
    asked: list[tuple[str, bool]] = []

    def note(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        if _OF_DELIVERIES.search(sql):
            [setting] = connection.connection.execute("SHOW enable_seqscan").fetchone()
            asked.append((sql, setting == "off"))
        return execute(sql, *others)

    with connection.execute_wrapper(note):
        yield asked


def _lengthen(queue: str) -> None:
    """Let the row of a queue stand there many times, and the database know it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname <> 'event_id'",
            [queue],
        )
        [others] = cursor.fetchone() or ("",)
        cursor.execute(
            f"INSERT INTO {queue} (event_id, {others}) SELECT gen_random_uuid(), {others} "  # noqa: S608
            f"FROM {queue} CROSS JOIN generate_series(1, %s)",
            [_WAITING],
        )
        cursor.execute(f"ANALYZE {queue}")
    assert count(queue) == _WAITING + 1


def _rows_read(queue: str, claim: Callable[[], object]) -> int:
    """Return how many rows of a queue the statements of a claim look at, those passed over too,
    and how many pairs of rows they compare in vain.
    """
    with _captured() as asked, transaction.atomic():
        assert claim()
        transaction.set_rollback(True)
    of_queue = [one for one in asked if queue in one]
    assert of_queue
    return sum(_rows_of(node, queue) for one in of_queue for node in _nodes(_run(one)))


def _run(statement: str) -> dict[str, Any]:
    """Run a statement for its plan, and undo what it does."""
    with by_key(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement.replace("%", "%%"))
        [found] = cursor.fetchone() or ("[]",)
        transaction.set_rollback(True)
    [plan] = found if isinstance(found, list) else orjson.loads(found)
    return dict(plan["Plan"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _rows_of(node: dict[str, Any], queue: str) -> int:
    seen = node.get("Rows Removed by Join Filter", 0)
    if node.get("Relation Name") == queue:
        seen += node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return round(seen * node["Actual Loops"])
