"""What a fault run came to is told, whoever played it, and it is played once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import ROOT

_TEST = """
import pytest
from tests.faults import summary


@pytest.fixture(scope="session")
def played(request):
    summary.tell(request.config, "faults (FAULT_SEED=7)", ["F4 went well"])


def test_passes(played):
    pass
"""


@pytest.mark.parametrize("processes", [(), ("-n", "2", "--dist", "loadfile")], ids=["one", "more"])
def test_seed_and_table_are_printed_though_every_test_passes(
    tmp_path: Path, processes: tuple[str, ...]
) -> None:
    (tmp_path / "test_it.py").write_text(_TEST)
    plugins = ("-p", "tests.faults.summary", "-p", "no:django", "-p", "no:cacheprovider")
    run = subprocess.run(
        (sys.executable, "-m", "pytest", *plugins, *processes, "--rootdir", str(tmp_path)),
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("faults (FAULT_SEED=7)") == 1
    assert "F4 went well" in run.stdout


def test_only_one_file_needs_the_ordeal() -> None:
    """A parallel run gives each process whole files: with two of them it might be played twice."""
    files = Path(__file__).parent.glob("test_*.py")
    asks = re.compile(r"^def \w+\([^)]*\bordeal: ", re.MULTILINE)
    assert [file.name for file in files if asks.search(file.read_text())] == ["test_faults.py"]
