"""An event posted again with the same id is one event, whoever took it and whenever it came."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import TimeoutError as NoAnswer
from typing import Any

import psycopg
import pytest

from collector import commit, metrics
from collector.commit import Limits
from collector.database import conninfo
from delivery import erasing, recognising
from delivery.ids import first_id_at, milliseconds_of
from delivery.models import Event, EventBody, EventKey, QueuedEvent
from delivery.recognising import HOURS, MARGIN, PERIOD, SLOTS, forget_old
from rules.models import Datastream, Environment, ServerKey
from tests.collector.conftest import Locking, MakeEdge
from tests.collector.edge import (
    Edge,
    Response,
    eventually,
    is_commit_waiting,
    stored_body,
    stored_names,
)


def order(number: int, **data: Any) -> dict[str, Any]:
    return {"xdm": {"_id": f"order-{number}"}, "data": data}


def told(response: Response) -> list[dict[str, Any]]:
    assert response.status == 202
    events: list[dict[str, Any]] = response.json["events"]
    return events


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets a test say when it is, for the window alone."""

    def at(milliseconds: int) -> None:
        monkeypatch.setattr(
            commit, "window_at", lambda _, hours: recognising.window_at(milliseconds, hours)
        )

    return at


def test_event_posted_again_is_answered_like_the_first(edge: Edge, native: str) -> None:
    (first,) = told(edge.post(native, order(1, value=2)))
    (second,) = told(edge.post(native, order(1, value=2)))
    assert second == {"id": first["id"], "duplicate": True}
    for table in (Event, EventBody, QueuedEvent):
        assert table.objects.count() == 1


def test_other_event_with_the_same_id_is_a_conflict_and_the_first_stays(
    edge: Edge, native: str
) -> None:
    (first,) = told(edge.post(native, order(1, value=2)))
    (second,) = told(edge.post(native, order(1, value=3)))
    assert second == {"id": first["id"], "duplicate": True, "conflict": True}
    assert stored_body(uuid.UUID(first["id"]))["event"]["data"] == {"value": 2}


def test_conflicts_and_duplicates_are_counted_apart(edge: Edge, native: str) -> None:
    def counted() -> list[float]:
        counters = (metrics.ACCEPTED, metrics.DUPLICATES, metrics.CONFLICTS)
        return [next(iter(each.collect())).samples[0].value for each in counters]

    before = counted()
    for event in (order(1), order(1), order(1, value=3), [order(1, value=4), order(1)]):
        told(edge.post(native, event))
    gained = [after - earlier for after, earlier in zip(counted(), before, strict=True)]
    assert gained == [1, 2, 2]


def test_order_of_keys_and_who_posts_make_no_conflict(edge: Edge, native: str) -> None:
    told(edge.post(native, {"data": {"a": 1, "b": 2, "eventId": "x"}}))
    again = {"data": {"eventId": "x", "b": 2, "a": 1}}
    (second,) = told(edge.post(native, again, User_Agent="another", Cookie="_fbp=fb.1.1.1"))
    assert "conflict" not in second
    assert second["duplicate"]


def test_events_without_an_id_are_all_taken(edge: Edge, native: str) -> None:
    for _ in range(2):
        assert told(edge.post(native, [{"a": 1}] * 2))[0].keys() == {"id"}
    assert Event.objects.count() == 4
    assert not EventKey.objects.exists()


def test_same_id_under_another_name_is_another_event(edge: Edge, native: str) -> None:
    view = {"data": {"event": "PageView", "eventId": "x"}}
    purchase = {"data": {"event": "Purchase", "eventId": "x"}}
    assert [each.keys() for each in told(edge.post(native, [view, purchase]))] == [{"id"}] * 2
    assert all(each["duplicate"] for each in told(edge.post(native, [purchase, view])))
    assert stored_names() == ["PageView", "Purchase"]


def test_nobody_without_a_key_takes_the_place_of_a_servers_event(
    edge: Edge, native: str, datastream: Datastream
) -> None:
    _, text = ServerKey.make(datastream, None)
    server = {"Authorization": f"Bearer {text}"}
    told(edge.post(native, order(1)))  # a guess that comes first
    told(edge.post(native, order(1), Authorization="Bearer wrong"))
    eventually(lambda: "duplicate" not in told(edge.post(native, order(1, value=9), **server))[0])
    assert Event.objects.count() == 2
    (again,) = told(edge.post(native, order(1, value=9), **server))
    assert again == {"id": Event.objects.latest("id").id.hex, "duplicate": True}


def test_page_of_an_allowed_origin_is_no_server(
    edge: Edge, native: str, datastream: Datastream
) -> None:
    shop = "https://shop.example"
    server = {"Authorization": f"Bearer {ServerKey.make(datastream, None)[1]}"}
    Datastream.objects.update(requires_key=True, allowed_origins=[shop])
    eventually(lambda: edge.post(native, order(0)).status == 401)  # so it knows the key, too
    told(edge.post(native, order(1), Origin=shop))
    assert "duplicate" not in told(edge.post(native, order(1), **server))[0]
    assert told(edge.post(native, order(1), Origin=shop, **server))[0]["duplicate"]


@pytest.mark.parametrize("has_key", [False, True])
@pytest.mark.parametrize("number", ["1", "1" * 300])
def test_erased_event_that_is_posted_again_is_a_new_one(
    edge: Edge, native: str, datastream: Datastream, number: str, has_key: bool
) -> None:
    server = {"Authorization": f"Bearer {ServerKey.make(datastream, None)[1]}"} if has_key else {}
    if has_key:
        Datastream.objects.update(requires_key=True)
        eventually(lambda: edge.post(native, order(0)).status == 401)
    erased, kept = (
        {"data": {"event": "Lead", "eventId": f"{number}{end}"}} for end in ("gone", "kept")
    )
    first, _ = told(edge.post(native, [erased, kept], **server))
    erasing.erase_events([uuid.UUID(first["id"])])
    new, known = told(edge.post(native, [erased, kept], **server))
    assert new.keys() == {"id"}
    assert known["duplicate"]


def test_same_id_on_another_datastream_is_another_event(
    edge: Edge, native: str, datastream: Datastream
) -> None:
    other = Datastream.objects.create(environment=Environment.objects.latest("id"), name="Other")
    told(edge.post(native, order(1)))
    assert told(edge.post(f"/v1/events/{other.public_id}", order(1)))[0].keys() == {"id"}


def test_the_original_protocol_answers_a_duplicate_with_the_first_id(
    edge: Edge, collect: str
) -> None:
    first = edge.post(collect, {"event": order(1)})
    assert edge.post(collect, {"event": order(1)}).json["events"] == first.json["events"]
    assert Event.objects.count() == 1


def test_only_new_events_of_a_list_are_stored(edge: Edge, native: str) -> None:
    (first,) = told(edge.post(native, order(1)))
    events = told(edge.post(native, [order(1), order(2), {"a": 1}, order(2), order(2, b=1)]))
    assert events[0] == {"id": first["id"], "duplicate": True}
    assert events[3] == {"id": events[1]["id"], "duplicate": True}
    assert events[4] == {"id": events[1]["id"], "duplicate": True, "conflict": True}
    assert Event.objects.count() == 3


def test_ten_at_once_make_one_event(edge: Edge, native: str, locked_log: Locking) -> None:
    with locked_log():
        answers = [edge.post_later(native, order(1)) for _ in range(10)]
        with pytest.raises(NoAnswer):
            answers[-1].result(0.2)
    events = [told(answer.result(10))[0] for answer in answers]
    assert len({event["id"] for event in events}) == 1
    assert sum("duplicate" not in event for event in events) == 1
    assert Event.objects.count() == QueuedEvent.objects.count() == 1


def test_ten_at_two_collectors_at_once_make_one_event(make_edge: MakeEdge, native: str) -> None:
    edges = [make_edge(), make_edge()]
    for round_ in range(5):
        answers = [edge.post_later(native, order(round_)) for edge in edges * 5]
        events = [told(answer.result(10))[0] for answer in answers]
        assert len({event["id"] for event in events}) == 1
        assert sum("duplicate" not in event for event in events) == 1
    assert Event.objects.count() == 5


def test_two_collectors_with_overlapping_lists_neither_lock_up_nor_double(
    make_edge: MakeEdge, native: str
) -> None:
    edges = [make_edge(), make_edge()]
    upward = [order(number) for number in range(300)]
    answers = [
        edges[number % 2].post_later(native, upward if number % 4 < 2 else upward[::-1])
        for number in range(12)
    ]
    assert {answer.result(30).status for answer in answers} == {202}
    assert Event.objects.count() == EventKey.objects.count() == 300
    with psycopg.connect(conninfo()) as connection:
        row = connection.execute("SELECT sum(deadlocks) FROM pg_stat_database").fetchone()
    assert row is not None
    assert row[0] == 0


def test_who_finds_a_key_in_use_waits_for_what_becomes_of_it(edge: Edge, native: str) -> None:
    told(edge.post(native, order(1)))
    with psycopg.connect(conninfo()) as connection:
        connection.execute("UPDATE event_key SET digest = digest + 1")
        answer = edge.post_later(native, order(1))
        with pytest.raises(NoAnswer):
            answer.result(0.3)
        connection.commit()
    assert told(answer.result(10))[0]["conflict"]


def test_retry_after_a_503_whose_commit_succeeded_is_recognised(
    make_edge: MakeEdge, native: str
) -> None:
    edge = make_edge(limits=Limits(commit_seconds=0.3))
    with psycopg.connect(conninfo(), autocommit=True) as connection:
        # The commit itself is slow, and nobody cancels it: what was answered 503 gets stored.
        connection.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM pg_sleep(0.1) FROM generate_series(1, 10); RETURN NULL; "
            "EXCEPTION WHEN query_canceled THEN RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON event "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
        try:
            assert edge.post(native, order(1)).problem == "unavailable"
            eventually(Event.objects.exists)
        finally:
            connection.execute("DROP FUNCTION dawdle CASCADE")
    event = Event.objects.get()
    eventually(lambda: edge.post(native, order(1)).status == 202)
    assert told(edge.post(native, order(1))) == [{"id": event.id.hex, "duplicate": True}]
    assert Event.objects.count() == 1


def test_refused_event_leaves_no_key_behind(
    make_edge: MakeEdge, native: str, locked_log: Locking
) -> None:
    edge = make_edge(limits=Limits(commit_seconds=1.5))
    with locked_log():
        assert edge.post(native, order(1)).status == 503
        eventually(lambda: not is_commit_waiting())
    eventually(lambda: edge.post(native, order(2)).status == 202)
    assert "duplicate" not in told(edge.post(native, order(1)))[0]


def test_no_client_id_can_be_read_from_a_key(edge: Edge, native: str) -> None:
    told(edge.post(native, {"data": {"eventId": "jane@shop.example"}}))
    key = EventKey.objects.get()
    assert key.event_id == Event.objects.get().id
    with psycopg.connect(conninfo()) as connection:
        row = connection.execute("SELECT event_key::text FROM event_key").fetchone()
    assert "jane" not in str(row)


def test_events_are_recognised_across_periods_within_the_window(
    edge: Edge, native: str, moment: Any
) -> None:
    now = time.time_ns() // 1_000_000
    told(edge.post(native, order(1)))
    moment(now + 47 * HOURS)
    assert told(edge.post(native, order(1)))[0]["duplicate"]
    moment(now + 49 * HOURS)
    assert "duplicate" not in told(edge.post(native, order(1)))[0]
    assert Event.objects.count() == 2


def test_key_left_over_in_a_slot_of_long_ago_is_taken_over(
    edge: Edge, native: str, moment: Any
) -> None:
    now = time.time_ns() // 1_000_000
    told(edge.post(native, order(1)))
    moment(now + SLOTS * PERIOD)  # the same slot comes round, and nobody emptied it
    assert "duplicate" not in told(edge.post(native, order(1)))[0]
    assert Event.objects.count() == 2
    assert EventKey.objects.get().event_id == Event.objects.latest("id").id


def test_clocks_that_differ_at_the_end_of_a_period_double_nothing(
    edge: Edge, native: str, moment: Any
) -> None:
    end = (time.time_ns() // 1_000_000 // PERIOD + 1) * PERIOD
    moment(end + MARGIN - 1)
    told(edge.post(native, order(1)))
    moment(end - MARGIN)
    assert told(edge.post(native, order(1)))[0]["duplicate"]
    moment(end - 1)
    told(edge.post(native, order(2)))
    moment(end)
    assert told(edge.post(native, order(2)))[0]["duplicate"]
    assert Event.objects.count() == 2


def test_two_collectors_at_the_end_of_a_period_take_turns(
    make_edge: MakeEdge, native: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = (time.time_ns() // 1_000_000 // PERIOD + 1) * PERIOD
    sides = {"MainThread": end}
    lock = threading.Lock()

    def split(_: int, hours: int) -> recognising.Window:
        with lock:
            thread = threading.current_thread().name
            side = sides.setdefault(thread, end - 1 if len(sides) % 2 else end)
        return recognising.window_at(side, hours)

    monkeypatch.setattr(commit, "window_at", split)
    edges = [make_edge(), make_edge()]
    for round_ in range(10):
        answers = [edge.post_later(native, order(round_)) for edge in edges * 3]
        events = [told(answer.result(10))[0] for answer in answers]
        assert sum("duplicate" not in event for event in events) == 1
    assert Event.objects.count() == 10
    assert set(EventKey.objects.values_list("slot", flat=True)) <= {
        end // PERIOD % SLOTS,
        (end // PERIOD - 1) % SLOTS,
    }


def test_slots_out_of_reach_are_emptied_whole_and_the_others_kept(edge: Edge, native: str) -> None:
    told(edge.post(native, [order(number) for number in range(50)]))
    now = milliseconds_of(Event.objects.earliest("id").id)
    middle = now // PERIOD * PERIOD + PERIOD // 2
    assert forget_old(middle) == []
    assert forget_old(middle + PERIOD) == []  # the window still reaches it
    assert EventKey.objects.count() == 50
    assert forget_old(middle + 2 * PERIOD) == [now // PERIOD % SLOTS]
    assert not EventKey.objects.exists()


def test_nothing_is_emptied_near_the_end_of_a_period(edge: Edge, native: str) -> None:
    told(edge.post(native, order(1)))
    now = milliseconds_of(Event.objects.get().id)
    end = (now // PERIOD + 3) * PERIOD
    assert forget_old(end - HOURS + 1) == []
    assert forget_old(end + HOURS - 1) == []
    assert EventKey.objects.exists()


def test_window_looks_at_every_period_it_touches() -> None:
    at = 1000 * PERIOD + PERIOD // 2
    assert recognising.window_at(at, 48).slot == 1000 % SLOTS
    assert set(recognising.window_at(at, 48).others) == {999 % SLOTS}
    assert set(recognising.window_at(at, 168).others) == {
        period % SLOTS for period in (999, 998, 997, 996)
    }
    assert recognising.window_at(at, 48).since == first_id_at(at - 48 * HOURS)
    late = 1001 * PERIOD - 1
    assert set(recognising.window_at(late, 168).others) == {
        period % SLOTS for period in (1001, 999, 998, 997, 996)
    }


def test_every_window_fits_the_statement() -> None:
    for hours in (0, 1, 48, 49, 96, 168):
        for into in (0, MARGIN, PERIOD // 2, PERIOD - MARGIN, PERIOD - 1):
            window = recognising.window_at(1000 * PERIOD + into, hours)
            assert len(window.others) == 5
            assert window.is_at_edge == (into not in (MARGIN, PERIOD // 2))
