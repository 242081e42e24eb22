"""Every fault in turn, on one running product, and what is known of each when all is quiet again.

What a killed worker had claimed comes back when its lease is over, 90 seconds later. The faults
follow one another without waiting for that, and the wait at the end is the wait of all.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sized
from dataclasses import dataclass, field

from tests.faults.ledger import Client, Ledger, Load, wait_until
from tests.faults.oracle import Oracle
from tests.faults.places import Place, make_places
from tests.faults.strikes import STRIKES, Scene
from tests.product import Product

QUIET_SECONDS = 180.0
_RECOVERY_SECONDS = 60.0
_BYSTANDER = "bystander"
_ROW = "{:<22}{:>10}{:>10}{:>12}{:>12}{:>11}"
_AROUND = (15, 60)  # events accepted before a blow, and after it


@dataclass(slots=True)
class Trial:
    """One fault's story.

    Args:
        ledger: what the clients were told.
        recovered_seconds: how long after the blow another property's new event was delivered;
            None when it was not.
        outcomes: id and outcome of each event in the log, by the id its sender gave it.
        received: how often the sandbox took each event, by the name it came under.
        lost_answers: how many of its requests each event lost the answer of.
    """

    place: Place
    ledger: Ledger
    recovered_seconds: float | None = None
    outcomes: dict[str, list[tuple[uuid.UUID, str]]] = field(default_factory=dict)
    received: dict[str, Counter[str]] = field(default_factory=dict)
    lost_answers: Counter[str] = field(default_factory=Counter)

    @property
    def sent_twice(self) -> set[str]:
        """The events that the sandbox took more than once."""
        return {event_id for event_id, names in self.received.items() if names.total() > 1}

    def look(self, oracle: Oracle) -> None:
        """Ask what became of its events."""
        self.outcomes = oracle.outcomes(self.ledger.names)
        self.received = oracle.received(self.place)
        self.lost_answers = oracle.lost_answers(self.place)


@dataclass(slots=True)
class Ordeal:
    """All trials. `quiet_seconds` is how long the last wait took; None when it was in vain."""

    seed: int
    trials: dict[str, Trial] = field(default_factory=dict)
    quiet_seconds: float | None = None
    waiting: dict[str, int] = field(default_factory=dict)

    def table(self) -> Iterator[str]:
        """Return the results, a line for each fault under a line of headings."""
        yield _ROW.format("fault", "accepted", "refused", "unanswered", "sent twice", "recovered")
        for name, trial in self.trials.items():
            ledger, seconds = trial.ledger, trial.recovered_seconds
            counts: tuple[Sized, ...] = (
                ledger.accepted,
                ledger.refused,
                ledger.unanswered,
                trial.sent_twice,
            )
            recovered = "never" if seconds is None else f"{seconds:.1f} s"
            yield _ROW.format(name, *map(len, counts), recovered)
        quiet = "never" if self.quiet_seconds is None else f"after {self.quiet_seconds:.0f} s"
        yield f"all quiet: {quiet}"


def run_ordeal(product: Product, seed: int) -> Ordeal:
    """Strike with every fault, wait until all is quiet, and ask what became of every event."""
    chance, oracle, ordeal = random.Random(seed), Oracle(product), Ordeal(seed)
    places = make_places(product, [*STRIKES, _BYSTANDER])
    bystander = places.pop(_BYSTANDER)
    for name, place in places.items():
        trial = _try(product, oracle, name, place, chance)
        trial.recovered_seconds = _recovery(product, oracle, bystander, chance)
        ordeal.trials[name] = trial
    began = time.monotonic()
    if wait_until(oracle.is_quiet, QUIET_SECONDS):
        ordeal.quiet_seconds = time.monotonic() - began
    ordeal.waiting = oracle.waiting()
    for trial in ordeal.trials.values():
        trial.look(oracle)
    return ordeal


def _try(product: Product, oracle: Oracle, name: str, place: Place, chance: random.Random) -> Trial:
    with Load(product.collector, place, chance.getrandbits(32)) as load:
        load.take(chance.randint(*_AROUND))
        STRIKES[name](Scene(product, oracle, place, load))
        load.take(chance.randint(*_AROUND))
    return Trial(place, load.ledger)


def _recovery(
    product: Product, oracle: Oracle, place: Place, chance: random.Random
) -> float | None:
    began = time.monotonic()
    ledger = Ledger()
    client = Client(product.collector, place, ledger, chance.getrandbits(32))
    client.post()
    client.close()
    arrived = wait_until(
        lambda: all(oracle.outcome(stored) == "delivered" for stored in ledger.accepted.values()),
        _RECOVERY_SECONDS,
    )
    return time.monotonic() - began if ledger.accepted and arrived else None
