"""Counts of many processes add up, and none is lost when a process ends, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Counter, Histogram, values

from capi_admin import tallies

# Counts as often as it is told, says so, and then stays until it is killed.
_PROCESS = """
import pathlib, sys, time
from capi_admin import tallies
tallies.share(pathlib.Path(sys.argv[1]))
from prometheus_client import Counter
counter = Counter("capi_things", "Things.", ["kind"], registry=None)
for _ in range(int(sys.argv[2])):
    counter.labels("a").inc()
print("counted", flush=True)
time.sleep(300)
"""


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Path]:
    """A folder that metrics declared in the test are counted in."""
    before = values.ValueClass
    tallies.share(tmp_path)
    yield tmp_path
    values.ValueClass = before


def _count(folder: Path, times: int) -> subprocess.Popen[str]:
    command = (sys.executable, "-c", _PROCESS, str(folder), str(times))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    return process


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def _total(folder: Path, name: str = "capi_things_total") -> float:
    samples = [sample for metric in tallies.added_up(folder) for sample in metric.samples]
    return sum(sample.value for sample in samples if sample.name == name)


def test_processes_at_the_same_time_add_up(tmp_path: Path) -> None:
    first, second = _count(tmp_path, 3), _count(tmp_path, 4)
    assert _total(tmp_path) == 7
    _kill(first)
    _kill(second)
    assert _total(tmp_path) == 7


def test_a_process_goes_on_where_a_killed_one_stopped(tmp_path: Path) -> None:
    for _ in range(5):
        _kill(_count(tmp_path, 2))
    assert _total(tmp_path) == 10
    assert len(list(tmp_path.glob("*.db"))) == 1


def test_a_fork_counts_in_a_place_of_its_own(shared: Path) -> None:
    counter = Counter("capi_things", "Things.", ["kind"], registry=None)
    counter.labels("a").inc()
    child = os.fork()
    if child == 0:
        counter.labels("a").inc(5)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    counter.labels("a").inc()
    assert _total(shared) == 7
    assert len(list(shared.glob("*.db"))) == 2


def test_a_damaged_file_is_left_out_and_made_anew(shared: Path) -> None:
    (shared / "counter_0.db").write_bytes(b"\xff\xff\xff\x7f")
    assert tallies.added_up(shared) == []
    Counter("capi_things", "Things.", ["kind"], registry=None).labels("a").inc(2)
    assert _total(shared) == 2


def test_buckets_of_a_histogram_add_up(shared: Path) -> None:
    histogram = Histogram("capi_sizes", "Sizes.", registry=None, buckets=(1, 10))
    for amount in (0.5, 5, 50):
        histogram.observe(amount)
    (metric,) = tallies.added_up(shared)
    found = {sample.labels["le"]: sample.value for sample in metric.samples if sample.labels}
    assert found == {"1.0": 1, "10.0": 2, "+Inf": 3}


def test_a_folder_that_cannot_be_written_stops_no_work(tmp_path: Path) -> None:
    before = values.ValueClass
    (tmp_path / "file").touch()
    tallies.share(tmp_path / "file" / "folder")
    try:
        counter = Counter("capi_things", "Things.", ["kind"], registry=None)
        counter.labels("a").inc()
        counter.labels("a").inc()
        assert next(iter(counter.collect())).samples[0].value == 2
    finally:
        values.ValueClass = before


def test_nothing_is_made_before_something_is_counted(shared: Path) -> None:
    Counter("capi_things", "Things.", registry=None)
    assert list(shared.iterdir()) == []
