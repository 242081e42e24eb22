"""How long to wait before the next try. Pure: the randomness is an argument."""

from __future__ import annotations

BASE_SECONDS = 10.0
FACTOR = 3.0
MOST_SECONDS = 30 * 60.0

FIRST_PAUSE_SECONDS = 30.0
MOST_PAUSE_SECONDS = 15 * 60.0

LEAST_PATIENCE_SECONDS = 5.0
MOST_PATIENCE_SECONDS = 5 * 60.0  # also what a delivery waits whose key is not in the ring

# A destination may ask for any wait; beyond this it is taken for a mistake.
MOST_ASKED_SECONDS = 24 * 60 * 60


def retry_seconds(attempts: int, chance: float, asked: int | None = None) -> float:
    """Return how long a delivery waits after its `attempts`-th failure (1 is the first).

    `chance` is a random number from 0 to 1: it spreads the wait over the whole step. A step begins
    where the one before it ended (3 to 10 s, 10 to 30 s, 30 to 90 s, … 10 to 30 min), so an outage
    costs few attempts, and one of ten seconds is over at the second retry, within 40 s. `asked`
    is what the destination asked for; it only makes the wait longer.
    """
    most: float = min(MOST_SECONDS, BASE_SECONDS * FACTOR ** min(attempts - 1, 10))
    least = most / FACTOR
    return max(least + chance * (most - least), bounded(asked))


def pause_seconds(holds: int, asked: int | None = None) -> float:
    """Return how long a destination is left alone after its `holds`-th hold in a row."""
    pause: float = min(MOST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(holds - 1, 10))
    return max(pause, bounded(asked))


def patience_seconds(age_seconds: float) -> float:
    """Return how long an event of this age waits for what the server itself lacks.

    A quarter of its age, so that the waits grow by themselves: soon after a restart it is looked
    at often, and a large backlog of old events costs little.
    """
    return min(MOST_PATIENCE_SECONDS, max(LEAST_PATIENCE_SECONDS, age_seconds / 4))


def bounded(asked: int | None) -> int:
    """Return the seconds a destination asked to be left alone, as far as we believe it."""
    return min(asked or 0, MOST_ASKED_SECONDS)
