"""Which Python the product is installed with, of those that a machine has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.up.places import ROOT

FIND = ROOT / "bin" / "find-python"


def _python(folder: Path, name: str, answer: str) -> Path:
    """Put up what answers like a Python of this rating, without being one."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)
    return path


def _found(*folders: Path | str, named: str = "") -> subprocess.CompletedProcess[str]:
    path = ":".join(map(str, (*folders, "/usr/bin", "/bin")))
    # The system's own ones are no part of this: they are rated like all others.
    return subprocess.run(
        (FIND, *filter(None, [named])),
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0 9", "0 1"),  # slower than the one behind it
        ("1 1", "0 2"),  # faster, and something is missing
    ],
)
def test_the_better_one_is_found_wherever_it_stands(
    tmp_path: Path, first: str, second: str
) -> None:
    _python(tmp_path / "one", "python3", f"echo {first}")
    better = _python(tmp_path / "the other", "python3.11", f"echo {second}")

    assert _found(tmp_path / "one", tmp_path / "the other").stdout.strip() == str(better)


def test_of_equals_the_first_is_taken(tmp_path: Path) -> None:
    first = _python(tmp_path / "one", "python3.12", "echo 0 1")
    _python(tmp_path / "two", "python3", "echo 0 1")

    assert _found(tmp_path / "one", "", tmp_path / "two").stdout.strip() == str(first)


def test_what_cannot_run_is_passed_over(tmp_path: Path) -> None:
    _python(tmp_path / "old", "python3", "exit 1")
    _python(tmp_path / "broken", "python3", "echo 'not a Python' >&2; exit 127")
    good = _python(tmp_path / "good", "python3.12", "echo 0 1")

    assert _found(tmp_path / "old", tmp_path / "broken", tmp_path / "good").stdout.strip() == str(
        good
    )


def test_a_named_one_is_taken_at_its_word(tmp_path: Path) -> None:
    _python(tmp_path / "fast", "python3", "echo 0 1")

    assert _found(tmp_path / "fast", named=sys.executable).stdout.strip() == sys.executable


def test_without_any_it_says_what_is_needed(tmp_path: Path) -> None:
    old = _python(tmp_path / "old", "python3", '[ "$1" = -c ] && echo 3.9.2 || exit 1')

    failed = _found(named=str(old))

    assert failed.returncode == 1
    assert failed.stderr.startswith(f"Python 3.11 or newer is needed; {old} is 3.9.2.")


def test_this_python_rates_itself() -> None:
    rated = subprocess.run(
        (sys.executable, ROOT / "bin" / "rate_python.py"),
        capture_output=True,
        text=True,
        check=True,
    )

    lacks, steps = rated.stdout.split()
    assert lacks in {"0", "1"}
    assert int(steps) > 0
