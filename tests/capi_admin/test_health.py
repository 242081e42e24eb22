"""What /readyz says of each part, and that one part that is away makes it 503."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from capi_admin import health
from capi_admin.up.ports import choose_free
from delivery.heartbeats import Pulse
from delivery.ids import new_id
from delivery.models import Heartbeat, QueuedEvent
from delivery.partitions import keep_partitions

pytestmark = pytest.mark.django_db

CHECKS = ["database", "redis", "beat", "worker", "pending_events", "partitions"]


@pytest.fixture(autouse=True)
def everybody() -> None:
    """Beat and a worker that were seen just now, and the log's partitions."""
    keep_partitions(1)
    for kind in ("beat", "worker"):
        Pulse(kind).write()


def _age(kind: str, seconds: int) -> None:
    seen_at = timezone.now() - dt.timedelta(seconds=seconds)
    Heartbeat.objects.filter(kind=kind).update(seen_at=seen_at)


def _state(client: Client, name: str) -> str:
    checks = client.get("/readyz").json()["checks"]
    return {check["name"]: check["state"] for check in checks}[name]


def test_a_process_that_serves_is_alive(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_names_every_check_and_says_it_in_words(client: Client) -> None:
    response = client.get("/readyz")
    found = response.json()
    assert (response.status_code, found["status"]) == (200, "ready")
    assert [check["name"] for check in found["checks"]] == CHECKS
    assert {check["state"] for check in found["checks"]} == {"ok"}
    assert all(check["words"].endswith(".") for check in found["checks"])
    assert response["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize(("kind", "seconds"), [("beat", 60), ("worker", 200)])
def test_a_process_that_is_silent_for_long_is_told(client: Client, kind: str, seconds: int) -> None:
    _age(kind, seconds)
    assert _state(client, kind) == "failing"
    assert client.get("/readyz").status_code == 503


def test_a_busy_worker_is_not_taken_for_a_silent_one(client: Client) -> None:
    _age("worker", 95)
    assert _state(client, "worker") == "ok"


def test_one_worker_at_work_is_enough(client: Client) -> None:
    _age("worker", 1000)
    Pulse("worker").write()
    Heartbeat.objects.create(
        kind="worker", name="gone", version="", started_at=timezone.now(), seen_at=timezone.now()
    )
    assert _state(client, "worker") == "ok"


def test_no_beat_at_all_is_told(client: Client) -> None:
    Heartbeat.objects.filter(kind="beat").delete()
    assert _state(client, "beat") == "failing"


@pytest.mark.parametrize(("seconds", "state"), [(-600, "ok"), (30, "ok"), (600, "failing")])
def test_the_oldest_event_that_is_due_counts(client: Client, seconds: int, state: str) -> None:
    next_at = timezone.now() - dt.timedelta(seconds=seconds)
    QueuedEvent.objects.create(event_id=new_id(), environment_id=1, next_at=next_at)
    assert _state(client, "pending_events") == state


def test_an_event_in_a_workers_hands_is_not_pending(client: Client) -> None:
    QueuedEvent.objects.create(
        event_id=new_id(),
        environment_id=1,
        next_at=timezone.now() - dt.timedelta(hours=1),
        lease_token=new_id(),
        lease_until=timezone.now() + dt.timedelta(minutes=1),
    )
    assert _state(client, "pending_events") == "ok"


def test_redis_away_is_told(client: Client, settings: object) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{choose_free()}/0"  # type: ignore[attr-defined]
    assert _state(client, "redis") == "failing"
    assert client.get("/readyz").status_code == 503


def test_missing_partitions_are_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capi_admin.gauges.PARTITIONED", {"event": "id", "no_such_table": "id"})
    assert _state(client, "partitions") == "failing"


def test_a_database_that_is_away_leaves_the_rest_unknown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> tuple[bool, str]:
        raise OperationalError("connection refused by 10.0.0.1")

    monkeypatch.setattr(health, "_database", away)
    response = client.get("/readyz")
    states = {check["name"]: check["state"] for check in response.json()["checks"]}
    assert response.status_code == 503
    assert states.pop("database") == "failing"
    assert states.pop("redis") == "ok"
    assert set(states.values()) == {"unknown"}
    assert b"10.0.0.1" not in response.content
