"""The embedded servers by themselves, as the test suite uses them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from capi_admin.up.postgres import EmbeddedPostgres
from capi_admin.up.problem import CannotStart
from capi_admin.up.redis import EmbeddedRedis

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp())
    with EmbeddedPostgres(folder) as server:
        yield server.url
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("log_min_error_statement", "panic"),
    ],
)
def test_the_database_is_durable_and_private(postgres_url: str, setting: str, value: str) -> None:
    with psycopg.connect(postgres_url) as link:
        row = link.execute("SELECT current_setting(%s)", [setting]).fetchone()
    assert row == (value,)


def test_the_database_starts_where_its_account_cannot_look(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with (
        EmbeddedPostgres(closed / "data", durable=False) as server,
        psycopg.connect(server.url) as link,
    ):
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_a_lock_that_names_a_stranger_does_not_stop_the_database(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    server.start()
    lock = (tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()
    server.stop()
    stale = "\n".join([str(os.getpid()), *lock[1:]]) + "\n"
    (tmp_path / "postgres" / "postmaster.pid").write_text(stale)

    with server, psycopg.connect(server.url) as link:
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")
    with (
        EmbeddedPostgres(tmp_path, durable=False) as server,
        psycopg.connect(server.url) as link,
    ):
        assert link.execute("SELECT 1").fetchone() == (1,)


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    abandoned = Path(tempfile.mkdtemp(prefix="capi-admin-pg-"))
    (abandoned / "held").touch()
    with EmbeddedPostgres(tmp_path, durable=False), EmbeddedPostgres(tmp_path / "b", durable=False):
        assert not abandoned.exists()


def test_a_folder_that_is_held_stays(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "a", durable=False) as first:
        with EmbeddedPostgres(tmp_path / "b", durable=False):
            pass
        assert first.is_ready()


def test_a_cluster_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").touch()
    with pytest.raises(CannotStart, match=r"postgres\.new"):
        EmbeddedPostgres(tmp_path).start()


def test_a_cluster_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match="made by PostgreSQL 16, and this is 18"):
        EmbeddedPostgres(tmp_path).start()


def test_redis_keeps_its_data_evicts_nothing_and_asks_for_its_password(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path)
    with server, Redis.from_url(server.url) as link:
        settings = link.config_get("*")
        assert settings["appendonly"] == "yes"
        assert settings["maxmemory-policy"] == "noeviction"
        assert settings["bind"] == "127.0.0.1"
        assert settings["requirepass"]
        link.set("kept", "here")
    with server, Redis.from_url(server.url) as link:
        assert link.get("kept") == b"here"


def test_redis_left_over_from_a_killed_start_is_ended_first(tmp_path: Path) -> None:
    old, new = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    old.start()
    with Redis.from_url(old.url) as link:
        link.set("kept", "here")
    try:
        with new, Redis.from_url(new.url) as link:
            assert link.get("kept") == b"here"
            assert not old.is_ready()
    finally:
        old.stop()
