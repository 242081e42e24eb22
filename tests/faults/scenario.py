"""What a fault is to the harness: its place in the plan, how it strikes, and what it sees."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from delivery.claims import DELIVERY_LEASE_SECONDS, EVENT_LEASE_SECONDS
from tests.faults.ledger import Ledger, Load
from tests.faults.meta import Meta
from tests.faults.oracle import Oracle, Sight
from tests.faults.places import Place
from tests.product import Product

# What a killed worker had claimed comes back when its leases are over, one after the other.
LEASES = float(EVENT_LEASE_SECONDS + DELIVERY_LEASE_SECONDS)
DELIVERED = frozenset({"delivered"})


@dataclass(slots=True)
class Trial:
    """One fault's story.

    Args:
        ledger: what the clients were told.
        expected: the outcomes an event may have, where that is not simply "delivered".
        claims: what else must hold, each with what spoke against it; "" for nothing.
        repeated: the events that were submitted again.
        backlog: how many rows waited when the fault was over.
        drained_seconds: how long it took until none did; None where nobody looked.
        recovered_seconds: how long after the fault another property's new event was delivered;
            None when it was not.
        sight: what was found when all was quiet.
        broken: why the fault could not be played.
    """

    place: Place
    ledger: Ledger = field(default_factory=Ledger)
    expected: dict[str, frozenset[str]] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    backlog: int = 0
    drained_seconds: float | None = None
    recovered_seconds: float | None = None
    sight: Sight = field(default_factory=Sight)
    broken: str = ""

    def outcomes_of(self, client_id: str) -> frozenset[str]:
        """Return the outcomes an event may have."""
        return self.expected.get(client_id, DELIVERED)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault strikes."""

    product: Product
    meta: Meta
    oracle: Oracle
    place: Place
    bystander: Place
    load: Load
    trial: Trial
    chance: random.Random
    is_full: bool

    def seconds(self, shortened: float, full: float) -> float:
        """Return how long something lasts in this run."""
        return full if self.is_full else shortened

    def claim(self, sentence: str, holds: bool, *against: object) -> None:
        """Note that something else must hold, and whether it did."""
        words = "; ".join(map(str, against)) or "it does not hold"
        self.trial.claims[sentence] = "" if holds else words[:2000]

    def expect(self, client_ids: list[str], *outcomes: str) -> None:
        """Say how these events may end."""
        self.trial.expected.update(dict.fromkeys(client_ids, frozenset(outcomes)))

    def stored(self, client_ids: list[str]) -> list[uuid.UUID]:
        """Return the ids under which the log keeps these events."""
        accepted = self.load.ledger.accepted
        return [accepted[client_id] for client_id in client_ids if client_id in accepted]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault of the plan.

    Args:
        number: its row in the plan, such as F4.
        name: what happens, in a few words.
        strike: plays it, and returns when the fault is over.
        check: looks at what came of it when all is quiet, and adds claims.
        is_quick: belongs to the shortened set.
        is_apart: strikes what all places share; the others run side by side.
        has_twin: its place sends every event to two destinations.
        loses_answers: a request may be left without its answer.
        may_refuse: the collector may turn events away meanwhile.
        sends_again: what was sent before may be sent again, because the database forgot it.
        waits: seconds that the product's own rules may let pass before a backlog moves again.
        resumes_within: seconds after the fault in which another property's new event has to be
            delivered; None where the product's rules set no bound that is so close.
    """

    number: str
    name: str
    strike: Callable[[Scene], None]
    check: Callable[[Trial, Scene], None] | None = None
    is_quick: bool = False
    is_apart: bool = True
    has_twin: bool = False
    loses_answers: bool = True
    may_refuse: bool = True
    sends_again: bool = False
    waits: float = LEASES
    resumes_within: float | None = None

    @property
    def title(self) -> str:
        """Its number and name."""
        return f"{self.number} {self.name}"


SCENARIOS: dict[str, Scenario] = {}


def scenario(number: str, name: str, **facts: Any) -> Callable[..., Callable[[Scene], None]]:
    """Put a strike into the plan."""

    def enter(strike: Callable[[Scene], None]) -> Callable[[Scene], None]:
        found = Scenario(number, name, strike, **facts)
        assert found.title not in SCENARIOS, found.title
        SCENARIOS[found.title] = found
        return strike

    return enter
