"""Old days go whole, and only when nothing live refers to them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from delivery import partitions, retention, tasks
from delivery.ids import first_id_at
from delivery.models import Destination
from delivery.partitions import PARTITIONED
from tests.delivery.world import Scripted, World, count, evaluate, work

TODAY = timezone.now().date()
BODY_DAYS, LOG_DAYS = 3, 8


@pytest.fixture(autouse=True)
def _days_kept(settings: Settings) -> None:
    settings.RETENTION_BODY_DAYS, settings.RETENTION_LOG_DAYS = BODY_DAYS, LOG_DAYS


@pytest.fixture
def old_days(world: World, script: Scripted) -> list[dt.date]:
    """Partitions of twelve days before today, each with an event that was delivered."""
    days = [TODAY - dt.timedelta(days=back) for back in range(12, 0, -1)]
    for day in [*days, TODAY]:
        list(partitions._make_day(day))
    [event_id] = world.post()
    work()
    for day in days:
        _copy_to(day, event_id)
    return days


def _copy_to(day: dt.date, event_id: uuid.UUID) -> None:
    """Copy an event to a day."""
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    copied = str(first_id_at(int(noon.timestamp() * 1000)))
    with connection.cursor() as cursor:
        for table, key in (("event", "id"), ("event_body", "event_id"), ("delivery", "event_id")):
            cursor.execute(
                f"INSERT INTO {table} SELECT (jsonb_populate_record(t, "  # noqa: S608 - a test's own words
                f"jsonb_build_object('{key}', %s::text))).* FROM {table} AS t "
                f"WHERE {key} = %s",
                [copied, event_id],
            )


def _days_of(table: str) -> set[dt.date]:
    return {day for _, day in retention._days(table) if day <= TODAY}


def test_bodies_go_before_the_log_tells_no_more(old_days: list[dt.date]) -> None:
    gone = retention.drop_old_days()

    for table in PARTITIONED:
        kept = BODY_DAYS if table in retention.BODIES else LOG_DAYS
        oldest = TODAY - dt.timedelta(days=kept)
        assert min(_days_of(table)) == oldest, table
        assert len(_days_of(table)) == kept + 1
    assert len(gone) == len(set(gone)) > len(old_days)
    assert count("event") == LOG_DAYS + 1
    assert count("event_body") == BODY_DAYS + 1


def test_nothing_is_left_to_drop_the_second_time(old_days: list[dt.date]) -> None:
    retention.drop_old_days()
    assert retention.drop_old_days() == []


@pytest.mark.parametrize("queue", ["event_queue", "delivery_queue"])
def test_day_with_something_under_way_stays(old_days: list[dt.date], queue: str) -> None:
    day = old_days[0]
    start, _ = partitions.bounds(day)
    _queue(queue, start)

    gone = retention.drop_old_days()

    assert f"event_{day:%Y%m%d}" not in gone
    assert f"event_body_{day:%Y%m%d}" not in gone
    assert f"event_{old_days[1]:%Y%m%d}" in gone
    # Its attempts may be of any later day.
    assert not [name for name in gone if name.startswith("attempt_")]


def _queue(queue: str, event_id: str) -> None:
    columns = {
        "event_queue": "(event_id, environment_id, next_at, claims) VALUES (%s, 1, now(), 0)",
        "delivery_queue": "(event_id, component, destination_id, next_at, expires_at, attempts, "
        "claims) VALUES (%s, 'RC', 1, now(), now(), 0, 0)",
    }
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {queue} {columns[queue]}", [event_id])


def test_log_is_never_kept_for_less_time_than_the_bodies(
    old_days: list[dt.date], settings: Settings
) -> None:
    settings.RETENTION_BODY_DAYS, settings.RETENTION_LOG_DAYS = 8, 2
    retention.drop_old_days()
    assert min(_days_of("event_body")) == min(_days_of("event")) == TODAY - dt.timedelta(days=2)


def test_rows_without_a_day_are_told(db: None, world: World) -> None:
    partitions.keep_partitions()
    world.post()
    assert retention.rows_without_a_day() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE event SET id = %s", [str(first_id_at(0))])
    assert retention.rows_without_a_day() == ["event"]


def test_hourly_task_drops_old_days(old_days: list[dt.date]) -> None:
    tasks.keep_partitions()
    assert min(_days_of("event")) == TODAY - dt.timedelta(days=LOG_DAYS)


def _age(**times: dt.datetime | None) -> None:
    Destination.objects.update(**times)


LONG_AGO = timezone.now() - dt.timedelta(days=LOG_DAYS + 2)


def test_destination_that_the_log_does_not_tell_of_is_removed(
    world: World, script: Scripted
) -> None:
    world.post()
    work()
    assert retention.remove_idle_destinations() == 0
    _age(created_at=LONG_AGO)
    assert retention.remove_idle_destinations() == 0
    _age(last_served_at=LONG_AGO)
    assert retention.remove_idle_destinations() == 1


def test_destination_with_something_to_send_stays(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    _age(created_at=LONG_AGO, last_served_at=LONG_AGO)
    assert retention.remove_idle_destinations() == 0


def test_destination_that_somebody_paused_stays(world: World, script: Scripted) -> None:
    world.post()
    work()
    _age(created_at=LONG_AGO, last_served_at=LONG_AGO, held_at=LONG_AGO)
    assert retention.remove_idle_destinations() == 0


def test_destination_that_went_away_meanwhile_costs_no_event(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from delivery import destinations

    find = destinations.find_or_create

    def find_and_lose(places: object) -> object:
        found = find(places)  # type: ignore[arg-type]
        Destination.objects.all().delete()
        return found

    world.post()
    with monkeypatch.context() as racing:
        racing.setattr(destinations, "find_or_create", find_and_lose)
        evaluate()
    assert count("event_queue") == 1
    with connection.cursor() as cursor:
        cursor.execute("UPDATE event_queue SET next_at = now()")
    work()
    assert len(script.requests) == 1
