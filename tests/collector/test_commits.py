"""2xx only after the commit; whatever happens to the database, every request gets an answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from concurrent.futures import TimeoutError as NoAnswer
from contextlib import contextmanager

import psycopg
import pytest

from collector import commit
from collector.commit import Limits
from collector.database import Link, conninfo
from delivery.ids import new_id
from delivery.intake import Accepted, Entered, Stream, parameters, prepare
from delivery.models import Event, EventBody, QueuedEvent
from delivery.recognising import Window
from tests.collector.conftest import Locking, MakeEdge
from tests.collector.edge import (
    Edge,
    eventually,
    is_commit_waiting,
    open_connections,
    stored_names,
)
from tests.collector.relay import Relay

QUICK = Limits(commit_seconds=1.5, stop_seconds=0.5)


def named(name: str) -> dict[str, object]:
    return {"event": {"xdm": {"eventType": name}}}


@pytest.fixture
def failing_commit(transactional_db: None) -> Iterator[None]:
    """The server finds only at COMMIT that its disk is full."""
    with _trigger("CONSTRAINT", "AFTER", "DEFERRABLE INITIALLY DEFERRED", "TRUE", "disk_full"):
        yield


@pytest.fixture
def poison(transactional_db: None) -> Iterator[None]:
    """The server cannot store what an event named poison holds."""
    with _trigger("", "BEFORE", "", "NEW.name = 'poison'", "data_exception"):
        yield


@contextmanager
def _trigger(kind: str, moment: str, defer: str, when: str, error: str) -> Iterator[None]:
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION fail_here() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{error}'; END $$"
        )
        connection.execute(
            f"CREATE {kind} TRIGGER fail_here {moment} INSERT ON event {defer} "
            f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION fail_here()"
        )
        yield
        connection.execute("DROP FUNCTION fail_here CASCADE")


def test_no_answer_before_the_commit(edge: Edge, collect: str, locked_log: Locking) -> None:
    with locked_log():
        answer = edge.post_later(collect, named("x"))
        with pytest.raises(NoAnswer):
            answer.result(0.3)
    assert answer.result(10).status == 202
    assert stored_names() == ["x"]


@pytest.mark.usefixtures("failing_commit")
def test_failing_commit_is_503_for_everyone_and_leaves_no_row(edge: Edge, collect: str) -> None:
    answers = [edge.post_later(collect, named("x")) for _ in range(5)]
    for answer in answers:
        response = answer.result(10)
        assert (response.status, response.problem) == (503, "unavailable")
        assert int(response.headers["retry-after"]) >= 1
    assert not Event.objects.exists()
    assert not EventBody.objects.exists()
    assert not QueuedEvent.objects.exists()


def test_commit_without_result_in_time_is_503(
    make_edge: MakeEdge, collect: str, locked_log: Locking
) -> None:
    edge = make_edge(limits=QUICK)
    with locked_log():
        assert edge.post(collect, named("late")).problem == "unavailable"
        eventually(lambda: not is_commit_waiting())  # it was cancelled there, too
    assert edge.post(collect, named("after")).status == 202
    assert stored_names() == ["after"]


def test_who_waits_behind_a_failed_commit_is_refused_with_it(
    make_edge: MakeEdge, collect: str, locked_log: Locking
) -> None:
    edge = make_edge(limits=Limits(commit_seconds=1))
    with locked_log():
        first = edge.post_later(collect, named("first"))
        with pytest.raises(NoAnswer):
            first.result(0.2)
        behind = edge.post_later(collect, named("behind"))
        assert first.result(10).problem == "unavailable"
        assert behind.result(0.8).problem == "unavailable"  # a commit of its own takes longer


def test_concurrent_requests_share_few_transactions(
    edge: Edge, collect: str, locked_log: Locking
) -> None:
    with locked_log():
        answers = [edge.post_later(collect, named("x")) for _ in range(100)]
        with pytest.raises(NoAnswer):
            answers[-1].result(0.2)
    assert {answer.result(10).status for answer in answers} == {202}
    assert Event.objects.count() == 100
    assert _transactions() <= 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("limits", "requests", "fewest", "most"),
    [
        # It goes on as long as requests keep coming: one group over several lulls.
        (Limits(linger_seconds=60, lull_seconds=0.5, fewest_events=20), 20, 1, 1),
        # Not beyond its time, although they still do.
        (Limits(linger_seconds=0.3, lull_seconds=0.2, fewest_events=99), 20, 2, 20),
        # Nor where it has enough.
        (Limits(linger_seconds=60, lull_seconds=60, fewest_events=5), 5, 1, 1),
        # Nor once nothing comes.
        (Limits(linger_seconds=60, lull_seconds=0.01, fewest_events=99), 2, 1, 1),
    ],
    ids=["keeps coming", "time", "enough", "lull"],
)
async def test_group_gathers_while_requests_keep_coming(
    transactional_db: None, limits: Limits, requests: int, fewest: int, most: int
) -> None:
    groups: list[None] = []
    link = Link(conninfo())
    committer = commit.Committer(link, lambda: groups.append(None), limits)
    committer.start()
    answers = []
    for number in range(requests):
        answers.append(asyncio.create_task(committer.commit([_accepted("x")])))
        if number:  # the first does not wait for others unless there is a second
            await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        await asyncio.gather(*answers)
    await committer.stop()
    await link.close()
    assert fewest <= len(groups) <= most


@pytest.mark.asyncio
async def test_group_waits_for_most_of_those_who_waited_lately(transactional_db: None) -> None:
    limits = Limits(linger_seconds=60, lull_seconds=60, fewest_events=2, enough_events=8)
    link = Link(conninfo())
    committer = commit.Committer(link, lambda: None, limits)
    committer.start()

    def post(count: int) -> list[asyncio.Task[list[Entered]]]:
        return [asyncio.create_task(committer.commit([_accepted("x")])) for _ in range(count)]

    try:
        async with asyncio.timeout(20):
            for before, enough in ((8, 6), (20, 8)):
                await asyncio.gather(*post(before))
                waiting = post(enough - 1)
                await asyncio.sleep(0.1)
                assert not any(task.done() for task in waiting)
                await asyncio.gather(*waiting, *post(1))
    finally:
        await committer.stop()
        await link.close()


def test_group_ends_where_it_is_full(
    make_edge: MakeEdge, collect: str, locked_log: Locking
) -> None:
    edge = make_edge(limits=Limits(group_events=10))
    with locked_log():
        answers = [edge.post_later(collect, named("x")) for _ in range(30)]
    assert {answer.result(10).status for answer in answers} == {202}
    assert _transactions() >= 3


def test_request_larger_than_a_group_is_stored_whole(make_edge: MakeEdge, native: str) -> None:
    edge = make_edge(limits=Limits(group_events=10))
    assert edge.post(native, [{"n": 1}] * 25).status == 202
    assert Event.objects.count() == 25
    assert _transactions() == 1


@pytest.mark.usefixtures("poison")
def test_poisoned_request_is_refused_and_its_neighbours_are_stored(
    edge: Edge, collect: str, locked_log: Locking
) -> None:
    names = ["a", "b", "poison", "c", "d", "poison", "e"]
    with locked_log():
        answers = [edge.post_later(collect, named(name)) for name in names]
        with pytest.raises(NoAnswer):
            answers[-1].result(0.2)
    problems = [answer.result(10).problem for answer in answers]
    assert problems == ["cannot-be-stored" if name == "poison" else "" for name in names]
    assert sorted(stored_names()) == ["a", "b", "c", "d", "e"]


@pytest.mark.usefixtures("poison")
def test_poisoned_event_takes_its_whole_request_with_it(edge: Edge, native: str) -> None:
    response = edge.post(native, [{"event": "good"}, {"event": "poison"}])
    assert (response.status, response.problem) == (400, "cannot-be-stored")
    assert not Event.objects.exists()


def test_bug_met_while_writing_one_request_costs_only_this_one(
    edge: Edge, collect: str, locked_log: Locking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(events: Sequence[Accepted], window: Window) -> dict[str, object]:
        if any(event.name == "bug" for event in events):
            raise RuntimeError
        return parameters(events, window)

    monkeypatch.setattr(commit, "parameters", failing)
    with locked_log():
        answers = [edge.post_later(collect, named(name)) for name in ("a", "bug", "b")]
        with pytest.raises(NoAnswer):
            answers[-1].result(0.2)
    assert [answer.result(10).status for answer in answers] == [202, 503, 202]
    assert sorted(stored_names()) == ["a", "b"]


@pytest.mark.asyncio
async def test_bug_after_a_commit_ends_neither_the_answer_nor_the_next_commit(
    transactional_db: None,
) -> None:
    def broken() -> None:
        raise RuntimeError

    link = Link(conninfo())
    committer = commit.Committer(link, broken)
    committer.start()
    for name in ("first", "second"):
        await committer.commit([_accepted(name)])
    await committer.stop()
    await link.close()
    async with await psycopg.AsyncConnection.connect(conninfo()) as connection:
        rows = await (await connection.execute("SELECT name FROM event ORDER BY id")).fetchall()
    assert rows == [("first",), ("second",)]


def _accepted(name: str) -> Accepted:
    event_id, stream = new_id(), Stream(1, 1, 1)
    body = {"event": {"xdm": {"eventType": name}}, "request": {}}
    return prepare(event_id, stream, dt.datetime.now(dt.UTC), body)


def test_collector_outlives_the_end_of_its_connections(edge: Edge, collect: str) -> None:
    assert edge.post(collect, named("before")).status == 202
    _end_connections()
    answers = [edge.post(collect, named(f"try {number}")) for number in range(5)]
    assert {answer.status for answer in answers[:1]} <= {202, 503}
    assert answers[-1].status == 202
    accepted = [n for n, answer in enumerate(answers) if answer.status == 202]
    # Two of one millisecond stand in no order.
    assert sorted(stored_names()) == ["before", *(f"try {number}" for number in accepted)]


def test_connection_that_ended_while_nobody_posted_refuses_nobody(edge: Edge, collect: str) -> None:
    assert edge.post(collect, named("before")).status == 202
    _end_connections()
    eventually(lambda: open_connections() == 3)  # the one that events are written by, too
    assert edge.post(collect, named("after")).status == 202


def test_database_gone_is_503_and_its_return_is_noticed(
    make_edge: MakeEdge, collect: str, relay: Relay
) -> None:
    edge = make_edge(relay.conninfo)
    assert edge.post(collect, named("before")).status == 202
    relay.cut()
    assert edge.post(collect, named("away")).problem == "unavailable"
    assert edge.post(collect, named("away")).problem == "unavailable"
    relay.restore()
    eventually(lambda: edge.post(collect, named("back")).status == 202)
    assert stored_names() == ["before", "back"]


def test_frozen_database_is_503_and_its_return_is_noticed(
    make_edge: MakeEdge, collect: str, relay: Relay
) -> None:
    edge = make_edge(relay.conninfo, limits=QUICK)
    assert edge.post(collect, named("before")).status == 202
    relay.freeze()
    assert edge.post(collect, named("frozen")).problem == "unavailable"
    relay.restore()
    eventually(lambda: edge.post(collect, named("back")).status == 202)
    assert "back" in stored_names()


def test_collector_that_never_saw_its_database_answers_503(
    make_edge: MakeEdge, collect: str, relay: Relay
) -> None:
    relay.cut()
    edge = make_edge(relay.conninfo)
    assert edge.post(collect, named("x")).problem == "unavailable"
    relay.restore()
    eventually(lambda: edge.post(collect, named("x")).status == 202)


def test_stopping_collector_stores_and_answers_what_it_took(
    edge: Edge, collect: str, locked_log: Locking
) -> None:
    with locked_log():
        answers = [edge.post_later(collect, named("x")) for _ in range(10)]
        with pytest.raises(NoAnswer):
            answers[-1].result(0.2)
        stopping = edge.stop_later()
    stopping.result(10)
    assert {answer.result(10).status for answer in answers} == {202}
    assert Event.objects.count() == 10


def test_stopping_collector_answers_503_to_what_it_cannot_store(
    make_edge: MakeEdge, collect: str, locked_log: Locking
) -> None:
    edge = make_edge(limits=Limits(commit_seconds=30, stop_seconds=0.2))
    with locked_log():
        answers = [edge.post_later(collect, named("x")) for _ in range(5)]
        edge.stop_later().result(10)
        assert {answer.result(10).problem for answer in answers} == {"unavailable"}
    assert not Event.objects.exists()


def test_stopped_collector_takes_nothing(edge: Edge, collect: str) -> None:
    assert edge.post(collect, named("before")).status == 202
    edge.stop_later().result(10)
    assert edge.post(collect, named("after")).problem == "unavailable"
    assert stored_names() == ["before"]


def test_workers_are_told_after_the_commit(edge: Edge, collect: str) -> None:
    assert edge.post(collect, {}).status == 400
    assert edge.wake_ups == 0
    assert edge.post(collect, named("x")).status == 202
    eventually(lambda: edge.wake_ups == 1)


def _transactions() -> int:
    with psycopg.connect(conninfo()) as connection:
        row = connection.execute("SELECT count(DISTINCT xmin::text) FROM event").fetchone()
    assert row is not None
    return int(row[0])


def _end_connections() -> None:
    with psycopg.connect(conninfo()) as connection:
        connection.execute(
            # Waits for their end: one that was only told to go would still be counted.
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND application_name = 'capi_admin collector'"
            " AND datname = current_database()"
        )
