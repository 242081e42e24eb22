"""Starts that cannot go on: one clear line, exit 1, nothing left running."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from capi_admin.up.options import read
from capi_admin.up.ports import choose_free
from capi_admin.up.problem import CannotStart
from tests.up.places import Start, is_alive, own_environment

pytestmark = pytest.mark.processes


def _refusal(folder: Path, environment: dict[str, str]) -> str:
    """Return the last line of a start that must fail."""
    start = Start(folder, environment)
    assert start.code() == 1, start.output
    assert "Traceback" not in start.output
    return start.output.strip().splitlines()[-1]


def _has_no_server(data_dir: Path) -> bool:
    lock = data_dir / "postgres" / "postmaster.pid"
    return not lock.exists() or not is_alive(int(lock.read_text().splitlines()[0]))


def test_a_taken_port_is_named_with_its_variable(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", choose_free()))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**own_environment(tmp_path / "data"), "COLLECTOR_PORT": port}

        line = _refusal(tmp_path, environment)

    assert line.startswith(f"Port {port} is taken.")
    assert "COLLECTOR_PORT" in line


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    line = _refusal(tmp_path, own_environment(tmp_path / "data"))
    assert line == f"DATA_DIR {tmp_path / 'data'} cannot be written: File exists."


def test_a_folder_below_a_read_only_place_is_refused(tmp_path: Path) -> None:
    line = _refusal(tmp_path, own_environment(Path("/proc/nowhere")))
    assert line.startswith("DATA_DIR /proc/nowhere cannot be written: ")


def test_a_folder_in_use_by_another_start_is_refused(tmp_path: Path, data_dir: Path) -> None:
    first = Start(tmp_path, own_environment(data_dir))
    try:
        first.wait_until_ready()
        line = _refusal(tmp_path, own_environment(data_dir))
    finally:
        first.end()
    assert "is in use by another `make run`" in line


def test_an_unreachable_database_is_told_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://someone:hidden-word@127.0.0.1:{choose_free()}/none"
    line = _refusal(tmp_path, {**own_environment(tmp_path / "data"), "DATABASE_URL": url})
    assert line.startswith("DATABASE_URL cannot be reached: ")
    assert "hidden-word" not in line


def test_an_unreachable_redis_is_told_and_ends_the_database(tmp_path: Path, data_dir: Path) -> None:
    url = f"redis://:hidden-word@127.0.0.1:{choose_free()}/0"
    line = _refusal(tmp_path, {**own_environment(data_dir), "REDIS_URL": url})
    assert line.startswith("REDIS_URL cannot be reached: ")
    assert "hidden-word" not in line
    assert _has_no_server(data_dir)


@pytest.mark.parametrize(
    ("name", "value", "start_of_line"),
    [
        ("DATABASE_URL", "a hidden-word b", "DATABASE_URL is not an address"),
        ("REDIS_URL", "hidden-word", "REDIS_URL is not an address"),
    ],
)
def test_an_address_that_is_none_is_not_repeated(
    tmp_path: Path, data_dir: Path, name: str, value: str, start_of_line: str
) -> None:
    line = _refusal(tmp_path, {**own_environment(data_dir), name: value})
    assert line.startswith(start_of_line)
    assert "hidden-word" not in line


def test_a_failing_migration_is_told_with_its_last_words(tmp_path: Path, data_dir: Path) -> None:
    command = "sh -c 'echo column is missing; exit 3'"
    line = _refusal(tmp_path, {**own_environment(data_dir), "STAND_IN_MIGRATE": command})
    log = data_dir / "logs" / "migrate.log"
    assert line == f"migrate ended with exit code 3: column is missing (log: {log})"
    assert _has_no_server(data_dir)


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "8000.0", "\u0664\u0662"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CannotStart, match="UI_PORT is a port from 1 to 65535"):
        read({"UI_PORT": text})


def test_two_processes_on_one_port_are_refused() -> None:
    with pytest.raises(CannotStart, match="UI_PORT and COLLECTOR_PORT are both 9000"):
        read({"UI_PORT": "9000", "COLLECTOR_PORT": "9000"})
