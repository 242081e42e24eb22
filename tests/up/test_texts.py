"""What a person reads: steps, the children's lines, the welcome; and what is kept of the logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from capi_admin.up import data_dir, welcome
from capi_admin.up.console import Console
from tests.up.places import ROOT

PORTS = {"UI_PORT": 9000, "COLLECTOR_PORT": 9001, "SANDBOX_PORT": 9002}


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_welcome_says_where_to_go_and_how_to_sign_in(tmp_path: Path) -> None:
    (tmp_path / "admin.txt").write_text("email: admin@example.test\npassword: made: up\n")
    demo = {"datastream": "DS0123", "shop_url": "/demo/PR01/"}
    (tmp_path / "demo.json").write_text(json.dumps(demo))

    text = welcome.box(tmp_path, PORTS)

    for part in (
        "http://localhost:9000/",
        "admin@example.test",
        "made: up",
        str(tmp_path / "admin.txt"),
        "http://localhost:9000/demo/PR01/",
        "http://localhost:9001/",
        "DS0123",
        "http://localhost:9002/",
        "Ctrl-C",
    ):
        assert part in text
    assert len({len(line) for line in text.splitlines()}) == 1


def test_the_welcome_does_without_a_demo(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("[1, 2")
    text = welcome.box(tmp_path, PORTS)
    assert "http://localhost:9000/" in text
    assert "Password" not in text
    assert "Datastream" not in text


def test_a_step_shows_its_title_and_its_seconds() -> None:
    stream = StringIO()
    with Console(stream).step("Tables"):
        assert stream.getvalue() == "Tables …"
    assert stream.getvalue() == "Tables … ready (0.0 s)\n"


def test_a_childs_line_during_a_step_stands_on_its_own() -> None:
    stream = StringIO()
    console = Console(stream)
    with console.step("Demo"):
        console.relay("seed", "one event")
    assert stream.getvalue() == "Demo …\nseed      | one event\nDemo … ready (0.0 s)\n"


def test_only_a_terminal_gets_colours() -> None:
    plain, terminal = StringIO(), _Terminal()
    Console(plain).relay("ui", "hello")
    Console(terminal).relay("ui", "hello")
    assert plain.getvalue() == "ui        | hello\n"
    assert terminal.getvalue() == "\x1b[36mui        |\x1b[0m hello\n"


def test_a_terminal_that_went_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1) as stream:
        Console(stream).say("nobody hears this")


def test_the_last_logs_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        data_dir.log_file(tmp_path, "ui").write_text(str(number))
    kept = {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert kept == {"ui.log": "5", "ui.log.1": "4", "ui.log.2": "3", "ui.log.3": "2"}


def test_given_keys_are_not_made(tmp_path: Path) -> None:
    made = data_dir.secret_files(tmp_path, {"SECRET_KEY": "mine", "ENCRYPTION_KEYS_FILE": "/x"})
    assert made == {}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("named", ["/bin/false", "no-such-browser"])
def test_a_named_browser_that_does_not_run_is_told_in_one_line(named: str) -> None:
    result = subprocess.run(
        (sys.executable, "-m", "tests.browser_binary"),
        cwd=ROOT,
        env={**os.environ, "CHROMIUM": named},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == f"CHROMIUM is {named!r}, which is not a browser that runs.\n"
