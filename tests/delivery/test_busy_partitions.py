"""Partitions are made and dropped only where that keeps nobody waiting for long."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from collector.commit import Limits
from delivery import partitions, recognising, retention
from delivery.models import EventKey

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.now().date()
AHEAD, OLD = TODAY + dt.timedelta(days=40), TODAY - dt.timedelta(days=40)
# A test that would wait for ever gets the lock then, and fails.
LONGEST = "10s"


@contextmanager
def in_use(table: str, mode: str) -> Iterator[None]:
    """Let another connection use a table, in a transaction that does not end."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{LONGEST}'")
            cursor.execute("BEGIN")
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield
    finally:
        other.close()


def make(day: dt.date) -> list[str]:
    return list(partitions._make_day(day))


@pytest.fixture(autouse=True)
def _days_are_gone_again(settings: Settings) -> Iterator[None]:
    settings.RETENTION_BODY_DAYS, settings.RETENTION_LOG_DAYS = 3, 8
    yield
    with connection.cursor() as cursor:
        for day in (AHEAD, OLD):
            for table in partitions.PARTITIONED:
                cursor.execute(f"DROP TABLE IF EXISTS {table}_{day:%Y%m%d}")


def test_day_whose_table_is_in_use_is_made_at_the_next_call() -> None:
    began = time.monotonic()
    with in_use("event_default", "ROW EXCLUSIVE"):
        made = make(AHEAD)
    assert time.monotonic() - began < Limits().commit_seconds
    assert len(made) == len(partitions.PARTITIONED) - 1
    assert make(AHEAD) == [f"event_{AHEAD:%Y%m%d}"]


def test_drop_that_has_to_wait_gives_up_before_the_collector_does() -> None:
    make(OLD)
    began = time.monotonic()
    with in_use("event", "ACCESS SHARE"):
        gone = retention.drop_old_days()
    assert time.monotonic() - began < Limits().commit_seconds
    assert f"event_{OLD:%Y%m%d}" not in gone
    assert f"event_body_{OLD:%Y%m%d}" in gone
    assert retention.drop_old_days() == [f"event_{OLD:%Y%m%d}"]


def test_keys_are_not_forgotten_while_somebody_reads_them_and_nobody_waits_long() -> None:
    now = 10 * recognising.PERIOD + recognising.PERIOD // 2
    EventKey.objects.bulk_create(
        EventKey(key=uuid.uuid4(), slot=slot, event_id=uuid.uuid4(), digest=0) for slot in (0, 1)
    )
    with in_use("event_key_0", "ACCESS SHARE"):
        began = time.monotonic()
        assert recognising.forget_old(now) == [1]
        assert time.monotonic() - began < Limits().commit_seconds
    assert recognising.forget_old(now) == [0]
