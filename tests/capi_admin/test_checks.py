"""What a start looks at, and which of it stops the start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.core.checks import CheckMessage, run_checks
from django.core.management import CommandError, call_command
from redis import Redis

from capi_admin import checks, gauges
from capi_admin.up.ports import choose_free
from capi_admin.up.redis import EmbeddedRedis
from delivery import keys
from delivery.partitions import keep_partitions
from tests.up.places import ROOT
from vault import KeyRing

# The database of the tests trades safety for speed; whoever looks at it must be told.
OF_THE_TESTS = {"capi.E003"}


def _ids() -> set[str]:
    return {str(message.id) for message in _found()} - OF_THE_TESTS


def _found() -> list[CheckMessage]:
    keep_partitions(1)
    return run_checks(tags=[checks.TAG], include_deployment_checks=True, databases=["default"])


@pytest.mark.django_db
def test_a_deployment_as_it_should_be_has_nothing_to_tell() -> None:
    assert _ids() == set()


def test_without_the_database_only_settings_are_looked_at() -> None:
    assert run_checks(tags=[checks.TAG], include_deployment_checks=True) == []


@pytest.mark.django_db
def test_a_database_that_forgets_is_an_error() -> None:
    told = [message.msg for message in _found() if message.id == "capi.E003"]
    assert any("fsync = off" in text for text in told)
    assert any("synchronous_commit = off" in text for text in told)
    assert any("full_page_writes = off" in text for text in told)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_acks_late", False),
        ("task_reject_on_worker_lost", False),
        ("worker_prefetch_multiplier", 4),
        ("accept_content", ["json", "pickle"]),
        ("broker_transport", "redis"),
        ("visibility_timeout", 60),
        ("worker_soft_shutdown_timeout", 0),
        ("worker_max_tasks_per_child", None),
        ("worker_max_memory_per_child", None),
        ("worker_cancel_long_running_tasks_on_connection_loss", False),
    ],
)
def test_a_setting_of_celery_that_loses_messages_is_an_error(name: str, value: Any) -> None:
    conf: Any = current_app.conf
    before = conf[name]
    conf[name] = value
    try:
        (found,) = checks.celery_settings()
    finally:
        conf[name] = before
    assert found.id == "capi.E001"
    assert name in found.msg


@pytest.mark.parametrize("place", ["broker_transport_options", "result_backend_transport_options"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visibility_timeout", 60),
        ("unacked_restore_interval", 100),
        ("unacked_restore_throttle", 10),
        ("socket_keepalive", False),
        ("health_check_interval", 0),
        *((name, None) for name in ("visibility_timeout", "unacked_restore_interval")),
    ],
)
def test_an_option_of_redis_that_keeps_messages_back_is_an_error(
    place: str, name: str, value: Any
) -> None:
    conf: Any = current_app.conf
    before = conf[place]
    conf[place] = {**before, name: value}
    try:
        (found,) = checks.celery_settings()
    finally:
        conf[place] = before
    assert found.id == "capi.E001"
    assert f"{place}.{name}" in found.msg


def test_a_task_without_a_limit_is_an_error() -> None:
    conf: Any = current_app.conf
    before = conf["task_time_limit"]
    conf["task_time_limit"] = None
    try:
        (found,) = checks.celery_settings()
    finally:
        conf["task_time_limit"] = before
    assert "task_time_limit" in found.msg


@pytest.mark.django_db
def test_wrong_keys_are_an_error(settings: Any) -> None:
    keys.prove()
    settings.KEY_RING = KeyRing([b"x" * 32])
    assert _ids() == {"capi.E004"}


@pytest.mark.django_db
def test_a_clock_that_is_off_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "clock_difference", lambda: -3.0)
    assert _ids() == {"capi.W004"}


@pytest.mark.django_db
def test_missing_partitions_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "days_ahead", lambda: 1.0)
    assert _ids() == {"capi.W003"}


@pytest.fixture
def own_redis(tmp_path: Path, settings: Any) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(tmp_path, durable=False) as server:
        settings.REDIS_URL = server.url
        yield server


@pytest.mark.django_db
@pytest.mark.processes
def test_a_redis_that_evicts_is_told(own_redis: EmbeddedRedis) -> None:
    assert _ids() == set()
    with Redis.from_url(own_redis.url) as link:
        link.config_set("maxmemory-policy", "allkeys-lru")
    assert _ids() == {"capi.W002"}


@pytest.mark.django_db
def test_a_redis_that_is_away_is_told(settings: Any) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{choose_free()}/0"
    assert _ids() == {"capi.W001"}


# --- prepare --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_prepare_stops_where_a_check_finds_an_error() -> None:
    with pytest.raises(CommandError, match="fsync = off"):
        call_command("prepare", stderr=StringIO())


@pytest.mark.django_db(transaction=True)
def test_prepare_stops_at_wrong_keys_and_says_so(settings: Any) -> None:
    keys.prove()
    settings.KEY_RING = KeyRing([b"x" * 32])
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS lacks a key"):
        call_command("prepare", stderr=StringIO())


@pytest.mark.django_db(transaction=True)
def test_prepare_leaves_a_proof_and_tells_warnings(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_DURABLE", {})
    monkeypatch.setattr(checks, "_COMMITS", {"off"})
    settings.REDIS_URL = f"redis://127.0.0.1:{choose_free()}/0"
    said = StringIO()
    call_command("prepare", stderr=said)
    assert "REDIS_URL does not answer" in said.getvalue()
    keys.check()


# --- Every process by itself ----------------------------------------------------------------------

_COMMANDS = {
    "web": (sys.executable, "-c", "import capi_admin.wsgi"),
    "collector": (sys.executable, "-c", "import collector.asgi"),
    "worker": (sys.executable, "-m", "celery", "-A", "capi_admin", "worker", "--pool", "solo"),
    "beat": (sys.executable, "-m", "celery", "-A", "capi_admin", "beat", "-s", "{tmp}/beat"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
@pytest.mark.parametrize("name", _COMMANDS)
def test_a_process_with_wrong_keys_does_not_start(name: str, tmp_path: Path, settings: Any) -> None:
    keys.prove()
    database = settings.DATABASES["default"]
    folder = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])["host"]
    ended = subprocess.run(
        [part.format(tmp=tmp_path) for part in _COMMANDS[name]],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"postgresql://postgres@/{database['NAME']}?host={folder}",
            "ENCRYPTION_KEYS": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=",
            "DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "ENCRYPTION_KEYS lacks a key" in ended.stderr
