"""Prints how well the Python that runs this suits the product: two numbers, and less is better.

The first one is 0 where nothing is missing, the second one the time that it takes for work like the
product's, in steps of about a tenth: less is chance. Ends with 1 where the product cannot run.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.util import find_spec

OLDEST = (3, 11)
# The wheel with a Redis server inside exists up to this one.
NEWEST_WITH_ALL = (3, 12)
ROUNDS = 5
STEPS_PER_SECOND = 10_000


class _Counter:
    def __init__(self) -> None:
        self.found: dict[str, int] = {}

    def count(self, word: str) -> None:
        self.found[word] = self.found.get(word, 0) + len(word)


def _work() -> None:
    counter = _Counter()
    for number in range(5000):
        counter.count(str(number & 255))
    json.loads(json.dumps([counter.found] * 5))


def _seconds() -> float:
    started = time.perf_counter()
    _work()
    return time.perf_counter() - started


def main() -> int:
    """Print the rating."""
    if sys.version_info < OLDEST:
        return 1
    lacks = sys.version_info[:2] > NEWEST_WITH_ALL or find_spec("ensurepip") is None
    best = min(_seconds() for _ in range(ROUNDS))
    sys.stdout.write(f"{lacks:d} {round(best * STEPS_PER_SECOND)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
