"""A start from its first line to its last: who runs, who comes back, what stays behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.product import children, command_line
from tests.up.places import Start, is_alive, own_environment, wait_until

pytestmark = pytest.mark.processes

EVERYBODY = {"ui", "worker", "deaf", "grandchild", "postgres"}


@pytest.fixture
def start(data_dir: Path, tmp_path: Path) -> Iterator[Start]:
    started = Start(tmp_path, own_environment(data_dir))
    try:
        started.wait_until_ready()
        yield started
    finally:
        if started.process.poll() is None:
            started.end()


def _pids(data_dir: Path) -> dict[str, int]:
    written = {path.name: path.read_text() for path in (data_dir / "pids").iterdir()}
    found = {name: int(text) for name, text in written.items() if text}  # not those just begun
    postmaster = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]
    return {**found, "postgres": int(postmaster)}


def _database(data_dir: Path) -> str:
    folder = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    return f"postgresql://postgres@/capi_admin?host={folder}"


def _restarted(data_dir: Path, name: str, old: int) -> bool:
    try:
        now = _pids(data_dir)[name]
    except (FileNotFoundError, IndexError, ValueError):
        return False
    return now != old and is_alive(now)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_ends_every_process_and_exits_with_zero(
    start: Start, data_dir: Path, number: signal.Signals
) -> None:
    wait_until(lambda: set(_pids(data_dir)) >= EVERYBODY, start)
    running = _pids(data_dir)
    socket_folder = Path((data_dir / "postgres/postmaster.pid").read_text().splitlines()[4])

    assert start.end(number) == 0

    assert [name for name, pid in running.items() if is_alive(pid)] == []
    assert not socket_folder.exists()


def test_a_start_under_nohup_outlives_its_terminal(data_dir: Path, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # what nohup does, and children inherit
    try:
        start = Start(tmp_path, own_environment(data_dir))
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        start.wait_until_ready()
        start.process.send_signal(signal.SIGHUP)
        os.kill(_pids(data_dir)["ui"], signal.SIGKILL)
        start.wait_for("ui ended with signal 9; started again")
        assert "Ending" not in start.output
    finally:
        assert start.end() == 0


def test_a_second_stop_changes_nothing(start: Start, data_dir: Path) -> None:
    wait_until(lambda: "grandchild" in _pids(data_dir), start)
    running = _pids(data_dir)

    start.process.send_signal(signal.SIGINT)
    start.wait_for("Ending")
    start.process.send_signal(signal.SIGINT)

    assert start.code() == 0
    assert [name for name, pid in running.items() if is_alive(pid)] == []


def test_a_killed_child_is_started_again_and_said_so(start: Start, data_dir: Path) -> None:
    wait_until(lambda: "worker" in _pids(data_dir), start)
    old = _pids(data_dir)["worker"]

    os.kill(old, signal.SIGKILL)

    start.wait_for("worker ended with signal 9; started again")
    wait_until(lambda: _restarted(data_dir, "worker", old), start)


def test_a_child_that_keeps_falling_waits_longer(start: Start, data_dir: Path) -> None:
    wait_until(lambda: "worker" in _pids(data_dir), start)
    first = _pids(data_dir)["worker"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: _restarted(data_dir, "worker", first), start)
    second = _pids(data_dir)["worker"]

    os.kill(second, signal.SIGKILL)

    start.wait_for("worker ended with signal 9; it starts again in 1 s")
    wait_until(lambda: _restarted(data_dir, "worker", second), start)


def test_a_killed_database_comes_back_with_its_rows(start: Start, data_dir: Path) -> None:
    with psycopg.connect(_database(data_dir)) as link:
        link.execute("CREATE TABLE kept (word text)")
        link.execute("INSERT INTO kept VALUES ('here')")
    old = _pids(data_dir)["postgres"]

    os.kill(old, signal.SIGKILL)

    start.wait_for("postgres ended with signal 9; started again")
    wait_until(lambda: _rows(data_dir) == ["here"], start)


def _rows(data_dir: Path) -> list[str]:
    try:
        with psycopg.connect(_database(data_dir)) as link:
            return [row[0] for row in link.execute("SELECT word FROM kept").fetchall()]
    except (psycopg.OperationalError, OSError, IndexError):
        return []


def test_data_and_keys_survive_a_restart(start: Start, data_dir: Path, tmp_path: Path) -> None:
    with psycopg.connect(_database(data_dir)) as link:
        link.execute("CREATE TABLE kept (word text)")
        link.execute("INSERT INTO kept VALUES ('here')")
    key = (data_dir / "encryption_key").read_text()
    assert start.end() == 0

    again = Start(tmp_path, own_environment(data_dir))
    try:
        again.wait_until_ready()
        assert _rows(data_dir) == ["here"]
        assert (data_dir / "encryption_key").read_text() == key
    finally:
        again.end()


def test_a_start_after_kill_9_takes_over(start: Start, data_dir: Path, tmp_path: Path) -> None:
    wait_until(lambda: "grandchild" in _pids(data_dir), start)
    before = _pids(data_dir)
    start.process.kill()
    start.process.wait()

    again = Start(tmp_path, own_environment(data_dir))
    try:
        again.wait_until_ready()
        assert _pids(data_dir)["postgres"] != before["postgres"]
        assert not is_alive(before["postgres"])
    finally:
        assert again.end() == 0


def test_kill_9_leaves_no_process_behind(start: Start, data_dir: Path) -> None:
    wait_until(lambda: set(_pids(data_dir)) >= EVERYBODY, start)
    running = _pids(data_dir)

    start.process.kill()

    wait_until(lambda: not any(map(is_alive, running.values())))


def test_a_guardian_that_was_killed_is_not_missed_in_a_stop(start: Start, data_dir: Path) -> None:
    running = _pids(data_dir)
    for pid in children(start.process.pid):
        if "guardian.py" in " ".join(command_line(pid)):
            os.kill(pid, signal.SIGKILL)

    assert start.end() == 0
    assert [name for name, pid in running.items() if is_alive(pid)] == []


def test_a_stop_during_a_step_ends_what_had_begun(data_dir: Path, tmp_path: Path) -> None:
    slow = Start(tmp_path, {**own_environment(data_dir), "STAND_IN_MIGRATE": "sleep 300"})
    slow.wait_for("Tables …")
    postgres = int((data_dir / "postgres/postmaster.pid").read_text().splitlines()[0])

    assert slow.end() == 0

    assert not is_alive(postgres)


def test_every_key_file_can_be_read_by_its_owner_only(start: Start, data_dir: Path) -> None:
    modes = {
        name: (data_dir / name).stat().st_mode & 0o777 for name in ("secret_key", "encryption_key")
    }
    assert modes == {"secret_key": 0o600, "encryption_key": 0o600}
    assert start.process.poll() is None
