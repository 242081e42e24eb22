"""Counters that many processes share: each writes files of its own, and whoever shows adds up.

The client library names such files for process ids, and somebody has to clear them away when a
process ends. Here a process takes the first free slot of the folder instead, held by a lock that
the system lets go of with the process, however it ends; and it goes on counting where the one
before it stopped. So there are never more files than processes at one time, and no count falls.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

import structlog
from prometheus_client import Metric, values
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.utils import floatToGoString

logger = structlog.get_logger(__name__)

_MOST_SLOTS = 1_000
_DAMAGED = (struct.error, RuntimeError, ValueError)


class _Slot:
    """The place of this process in the folder; taken with the first count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: dict[str, MmapedDict] = {}
        self._lost: dict[str, float] = defaultdict(float)
        self._held: TextIO | None = None
        self._number = 0
        self._is_told = False
        # A child of a fork is another process: it takes a slot of its own.
        os.register_at_fork(after_in_child=self._leave)

    def add(self, kind: str, key: str, amount: float) -> None:
        """Add to one count. Where the folder cannot be written, only this process knows of it."""
        with self._lock:
            try:
                file = self._files.get(kind) or self._open(kind)
                file.write_value(key, file.read_value(key)[0] + amount, 0.0)
            except OSError as error:
                self._tell(error)
                self._lost[key] += amount

    def get(self, kind: str, key: str) -> float:
        """Return what this slot has counted."""
        with self._lock:
            try:
                file = self._files.get(kind) or self._open(kind)
                return float(file.read_value(key)[0])
            except OSError:
                return self._lost[key]

    def _open(self, kind: str) -> MmapedDict:
        if self._held is None:
            self._number, self._held = _take(self._folder)
        path = self._folder / f"{kind}_{self._number}.db"
        if path.exists() and not _is_whole(path):  # as when the machine lost its power
            path.unlink()
        file = MmapedDict(str(path))
        self._files[kind] = file
        return file

    def _tell(self, error: OSError) -> None:
        if not self._is_told:
            self._is_told = True
            logger.warning("metrics_not_written", reason=error.strerror)

    def _leave(self) -> None:
        """Let go of what was inherited; the parent goes on holding it."""
        for file in self._files.values():
            file.close()
        if self._held is not None:
            self._held.close()
        self._lock = threading.Lock()  # another thread of the parent may have had it
        self._files, self._held, self._number = {}, None, 0
        self._lost.clear()


def _take(folder: Path) -> tuple[int, TextIO]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(_MOST_SLOTS):
        file = (folder / f"{number}.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        return number, file
    raise OSError(0, "There are too many processes.")


def share(folder: Path) -> None:
    """Have every metric that is declared from now on counted in a folder."""
    slot = _Slot(folder)

    class SharedValue:
        """One count of one metric; named and called as the client library does it."""

        _multiprocess = True

        def __init__(
            self,
            typ: str,
            metric_name: str,
            name: str,
            labelnames: Iterable[str],
            labelvalues: Iterable[str],
            help_text: str,
            **_: Any,
        ) -> None:
            self._kind = typ
            self._key = mmap_key(metric_name, name, list(labelnames), list(labelvalues), help_text)

        def inc(self, amount: float) -> None:
            slot.add(self._kind, self._key, amount)

        def get(self) -> float:
            return slot.get(self._kind, self._key)

        def set_exemplar(self, _: object) -> None:
            """Keep none: an exemplar names a single event."""

        def get_exemplar(self) -> None:
            return None

    values.ValueClass = SharedValue


def added_up(folder: Path) -> list[Metric]:
    """Return what all processes that ever counted in a folder have counted together."""
    files = [str(path) for path in sorted(folder.glob("*.db")) if _is_whole(path)]
    return list(MultiProcessCollector.merge(files))


def with_every_bucket(
    histogram: Metric, bounds: Iterable[float], labels: Sequence[str]
) -> HistogramMetricFamily:
    """Return a histogram with all its buckets, which files have only where something was counted.

    Args:
        histogram: as it was added up, or without any sample.
        bounds: of its buckets, the infinite one included.
        labels: the names of its labels. Without any it is shown before anything was counted, too.
    """
    buckets: dict[tuple[str, ...], dict[float, float]] = {} if labels else {(): {}}
    sums: dict[tuple[str, ...], float] = {}
    for sample in histogram.samples:
        key = tuple(sample.labels[label] for label in labels)
        found = buckets.setdefault(key, {})
        if sample.name.endswith("_bucket"):
            found[float(sample.labels["le"])] = sample.value
        elif sample.name.endswith("_sum"):
            sums[key] = sample.value
    whole = HistogramMetricFamily(histogram.name, histogram.documentation, labels=labels)
    for key, found in buckets.items():
        whole.add_metric(key, _rising(found, bounds), sums.get(key, 0.0))
    return whole


def _rising(found: dict[float, float], bounds: Iterable[float]) -> list[tuple[str, float]]:
    """Return every bucket; one that nothing fell into holds as much as the one below."""
    buckets, amount = [], 0.0
    for bound in sorted({*bounds, *found}):
        amount = found.get(bound, amount)
        buckets.append((floatToGoString(bound), amount))
    return buckets


def _is_whole(path: Path) -> bool:
    try:
        return all(MmapedDict.read_all_values_from_file(str(path)))
    except (OSError, *_DAMAGED):
        return False
