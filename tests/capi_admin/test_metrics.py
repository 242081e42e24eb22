"""/metrics: who may read it, what it shows, and what it costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client import Histogram, Metric, values
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.asserts import assertNumQueries  # type: ignore[import-not-found, unused-ignore]

from capi_admin import gauges, metrics, tallies
from capi_admin.gauges import GAUGES, Gauges
from delivery import metrics as delivery_metrics
from delivery.heartbeats import Pulse
from delivery.ids import id_at, new_id
from delivery.models import Destination, QueuedDelivery, QueuedEvent
from delivery.reasons import BY_HAND
from extensions.contract import Verdict
from rules.models import Property

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """No gauges of another test, and nothing counted."""
    monkeypatch.setattr(metrics, "_gauges", Gauges())
    settings.METRICS_FOLDER = tmp_path


@pytest.fixture
def destination(property_: Property) -> Destination:
    environment = property_.environments.first()
    assert environment is not None
    return Destination.objects.create(
        environment=environment, package="p", key=b"k", place=b"p", label="", sealed_address=b""
    )


def _read(client: Client, host: str = "localhost") -> dict[str, Metric]:
    response = client.get("/metrics", headers={"host": host})
    assert response.status_code == 200, response.content
    return {each.name: each for each in text_string_to_metric_families(response.content.decode())}


def _values(metric: Metric) -> dict[tuple[str, ...], float]:
    return {tuple(sample.labels.values()): sample.value for sample in metric.samples}


def test_every_declared_metric_is_shown_also_before_anything_was_counted(client: Client) -> None:
    declared = {next(iter(each.describe())).name for each in metrics.COUNTED}
    assert declared | {gauge.name for gauge in GAUGES} == _read(client).keys()


def test_names_are_ours_and_labels_are_few() -> None:
    for each in metrics.COUNTED:
        assert next(iter(each.describe())).name.startswith("capi_")
        assert len(each._labelnames) <= 1
    assert all(gauge.name.startswith("capi_") for gauge in GAUGES)


# --- Who may read it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_without_a_token_only_this_machine_reads(client: Client, request_: dict[str, str]) -> None:
    address = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost:8000", **request_}
    assert client.get("/metrics", **address).status_code == 403  # type: ignore[arg-type]


def test_a_public_name_is_not_this_machine(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["admin.example"]
    assert client.get("/metrics", headers={"host": "admin.example"}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000"])
def test_this_machine_reads(client: Client, host: str) -> None:
    _read(client, host)


@pytest.fixture
def token(settings: Any) -> Iterator[str]:
    settings.METRICS_TOKEN = "a long one"
    return settings.METRICS_TOKEN


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer another", "a long one", "Bearer ä"])
def test_with_a_token_nobody_reads_without_it(client: Client, token: str, given: str) -> None:
    response = client.get("/metrics", headers={"authorization": given} if given else {})
    assert response.status_code == 403
    assert token.encode() not in response.content


def test_with_a_token_whoever_has_it_reads(client: Client, token: str) -> None:
    response = client.get(
        "/metrics", headers={"authorization": f"Bearer {token}"}, REMOTE_ADDR="203.0.113.7"
    )
    assert response.status_code == 200


# --- What stands in it ----------------------------------------------------------------------------


def test_queues_are_counted_by_state(client: Client, destination: Destination) -> None:
    now = timezone.now()
    for token in (None, None, new_id()):
        QueuedEvent.objects.create(
            event_id=new_id(),
            environment_id=1,
            next_at=now - MINUTE,
            lease_token=token,
            lease_until=token and now + MINUTE,
        )
    found = _values(_read(client)["capi_queued_events"])
    assert found == {("pending",): 2, ("in_flight",): 1}


def _owe(destination: Destination, next_at: dt.datetime) -> None:
    QueuedDelivery.objects.create(
        event_id=new_id(),
        component="RC1",
        destination_id=destination.pk,
        next_at=next_at,
        expires_at=next_at + dt.timedelta(days=7),
    )


def test_deliveries_of_a_held_destination_are_held_and_not_due(
    client: Client, destination: Destination
) -> None:
    _owe(destination, timezone.now() - 10 * MINUTE)
    assert gauges.oldest_due()[("delivery",)] == pytest.approx(600, abs=30)

    Destination.objects.update(held_at=timezone.now(), hold_reason="auth")

    shown = _read(client)
    assert _values(shown["capi_queued_deliveries"])[("held",)] == 1
    assert _values(shown["capi_queued_deliveries"])[("pending",)] == 0
    assert _values(shown["capi_oldest_due_seconds"])[("delivery",)] == 0
    assert _values(shown["capi_destinations"])[("held",)] == 1
    assert _values(shown["capi_destination_closed"]) == {(str(destination.pk), "auth", "held"): 1}


def test_a_destination_that_a_person_paused_is_not_held(
    client: Client, destination: Destination
) -> None:
    _owe(destination, timezone.now() - 10 * MINUTE)
    Destination.objects.update(held_at=timezone.now(), hold_reason=BY_HAND)
    shown = _read(client)
    states = _values(shown["capi_destinations"])
    assert states == {("open",): 0, ("held",): 0, ("paused",): 1, ("resting",): 0}
    assert _values(shown["capi_destination_closed"]) == {
        (str(destination.pk), BY_HAND, "paused"): 1
    }
    assert _values(shown["capi_oldest_due_seconds"])[("delivery",)] == 0


def test_a_destination_that_asked_for_a_pause_rests(destination: Destination) -> None:
    Destination.objects.update(rest_until=timezone.now() + MINUTE)
    assert gauges.destinations() == {
        ("open",): 0, ("held",): 0, ("paused",): 0, ("resting",): 1,
    }  # fmt: skip


def test_what_waits_for_its_time_is_not_due(destination: Destination) -> None:
    _owe(destination, timezone.now() + MINUTE)
    assert gauges.oldest_due() == {("event",): 0, ("delivery",): 0}


def test_a_long_queue_is_counted_to_a_bound_and_then_estimated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(5):
        QueuedEvent.objects.create(event_id=new_id(), environment_id=1, next_at=timezone.now())
    monkeypatch.setattr(gauges, "MOST_COUNTED", 3)
    assert gauges.queued_events()[("pending",)] >= 3


def test_processes_are_shown_with_their_age(client: Client) -> None:
    Pulse("beat").write()
    shown = _read(client)
    assert _values(shown["capi_processes"]) == {("beat",): 1}
    assert 0 <= _values(shown["capi_heartbeat_age_seconds"])[("beat",)] < 60


def test_two_scrapes_within_a_second_ask_the_database_once() -> None:
    clock = [0.0]
    read = Gauges(lambda: clock[0])
    list(read.collect())
    with assertNumQueries(0):
        list(read.collect())
    clock[0] += 1
    shown = {family.name: family.samples for family in read.collect()}
    assert shown["capi_version"]


def test_a_database_that_is_away_leaves_the_counters(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Gauges) -> Iterator[Metric]:
        raise OperationalError

    monkeypatch.setattr(Gauges, "collect", away)
    shown = _read(client)
    assert "capi_attempts" in shown
    assert "capi_queued_events" not in shown


@pytest.fixture
def counting(settings: Any) -> Iterator[None]:
    """Metrics that are declared in the test are counted in the folder that is shown."""
    before = values.ValueClass
    tallies.share(settings.METRICS_FOLDER)
    yield
    values.ValueClass = before


def _buckets(metric: Metric, **labels: str) -> dict[str, float]:
    return {
        sample.labels["le"]: sample.value
        for sample in metric.samples
        if sample.name.endswith("_bucket") and labels.items() <= sample.labels.items()
    }


def _ends(metric: Metric, **labels: str) -> dict[str, float]:
    """Return the sum and the count."""
    return {
        sample.name.rpartition("_")[2]: sample.value
        for sample in metric.samples
        if sample.labels == labels
    }


@pytest.mark.usefixtures("counting")
def test_every_bucket_of_a_histogram_is_shown(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = Histogram("capi_sizes", "Sizes.", registry=None, buckets=(1, 10, 100, 1000))
    stages = Histogram("capi_stages", "Stages.", ["stage"], registry=None, buckets=(1, 10))
    monkeypatch.setattr(metrics, "COUNTED", (sizes, stages))
    sizes.observe(5)
    sizes.observe(50)
    stages.labels("evaluated").observe(0.5)

    shown = _read(client)

    assert _buckets(shown["capi_sizes"]) == {
        "1.0": 0, "10.0": 1, "100.0": 2, "1000.0": 2, "+Inf": 2,
    }  # fmt: skip
    assert _ends(shown["capi_sizes"]) == {"count": 2, "sum": 55}
    evaluated = {"stage": "evaluated"}
    assert _buckets(shown["capi_stages"], **evaluated) == {"1.0": 1, "10.0": 1, "+Inf": 1}
    assert _ends(shown["capi_stages"], **evaluated) == {"count": 1, "sum": 0.5}


def test_histogram_that_counted_nothing_yet_is_shown_empty(client: Client) -> None:
    shown = _read(client)
    assert set(_buckets(shown["capi_commit_seconds"]).values()) == {0}
    assert _buckets(shown["capi_commit_seconds"])["+Inf"] == 0
    assert _ends(shown["capi_commit_seconds"]) == {"count": 0, "sum": 0}
    assert shown["capi_event_delay_seconds"].samples == []  # it has a label, and no value of it yet


# --- What delivery counts ------------------------------------------------------------------------


def _counted(metric: Any) -> dict[tuple[str, ...], float]:
    samples = [s for found in metric.collect() for s in found.samples if "created" not in s.name]
    return {(s.name, *s.labels.values()): s.value for s in samples}


def _gained(metric: Any, before: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    after = _counted(metric)
    return {key: value - before.get(key, 0) for key, value in after.items()}


def test_events_count_when_their_transaction_is_committed(
    django_capture_on_commit_callbacks: Any,
) -> None:
    before = _counted(delivery_metrics.EVENTS)
    with django_capture_on_commit_callbacks(execute=False):
        delivery_metrics.evaluated(["evaluated"], [new_id()])
    assert not any(_gained(delivery_metrics.EVENTS, before).values())

    finished = _counted(delivery_metrics.EVENTS_FINISHED)
    with django_capture_on_commit_callbacks(execute=True):
        delivery_metrics.evaluated(["evaluated", "not_sent", "not_sent"], [new_id()] * 3)
    gained = _gained(delivery_metrics.EVENTS, before)
    assert gained[("capi_events_total", "not_sent")] == 2
    assert gained[("capi_events_total", "evaluated")] == 1
    gained = _gained(delivery_metrics.EVENTS_FINISHED, finished)
    assert {key: value for key, value in gained.items() if value} == {
        ("capi_events_finished_total", "not_sent"): 2
    }


def test_delays_are_told_from_the_ids_of_events(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.metrics.time.time", lambda: 1000.0)
    before = _counted(delivery_metrics.DELAY)
    with django_capture_on_commit_callbacks(execute=True):
        ids = [id_at(999_800, 1), id_at(997_000, 2), id_at(1_000_500, 3)]
        delivery_metrics.deliveries_finished("delivered", ids)
        delivery_metrics.deliveries_finished("failed", ids)
    gained = _gained(delivery_metrics.DELAY, before)
    name = "capi_event_delay_seconds"
    assert gained[(f"{name}_count", "delivered")] == 3
    assert gained[(f"{name}_bucket", "delivered", "0.05")] == 1
    assert gained[(f"{name}_bucket", "delivered", "0.25")] == 2
    assert gained[(f"{name}_bucket", "delivered", "5.0")] == 3
    assert gained[(f"{name}_sum", "delivered")] == pytest.approx(3.2)


@pytest.mark.parametrize(("is_ambiguous", "label"), [(True, "unknown"), (False, "retry")])
def test_an_attempt_is_counted_by_what_came_of_it(is_ambiguous: bool, label: str) -> None:
    before = _counted(delivery_metrics.ATTEMPTS)
    delivery_metrics.attempted(Verdict("retry", "r", "t", ambiguous=is_ambiguous), 200, 310)
    gained = _gained(delivery_metrics.ATTEMPTS, before)
    assert gained[("capi_attempts_total", label)] == 1
