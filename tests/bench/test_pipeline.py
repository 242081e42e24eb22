"""The measurements of the pipeline run on a small scale, and end as promised."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench import accept, forward

pytestmark = pytest.mark.processes


def test_accepting_ends_with_a_line_of_json() -> None:
    result = _measured("bench.accept", "--seconds", "1")

    assert list(result) == list(accept.KEYS)
    assert all(number > 0 for number in result.values())


def test_forwarding_ends_with_a_line_of_json() -> None:
    # At a rate that any machine keeps up with: how fast this one is, is not asked here.
    short = ("--seconds", "4", "--search", "2", "--rate", "20", "--backlog", "500")
    full = ("--log-rows", "1000", "--soak", "20")
    result = _measured("bench.forward", *short, *full)

    assert list(result) == list(forward.KEYS)
    assert all(number > 0 for number in result.values())


def _measured(module: str, *options: str) -> dict[str, float]:
    script = [sys.executable, "-m", module, *options]
    run = subprocess.run(script, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    result: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return result
