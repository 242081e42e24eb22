"""Every fault in turn, on one running product, and what is known of each when all is quiet again.

What a killed worker had claimed comes back when its lease is over. In the shortened run the faults
follow one another without waiting for that, and the wait at the end is the wait of all. The full
run waits after each, and measures.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.admin import Admin
from tests.faults.ledger import Client, Ledger, Load, wait_until
from tests.faults.meta import Meta
from tests.faults.oracle import Oracle
from tests.faults.places import Place, make_places
from tests.faults.scenario import SCENARIOS, Scenario, Scene, Trial
from tests.faults.signals import frozen, worker_tree
from tests.product import Product

QUIET_SECONDS = 240.0
_RECOVERY_SECONDS = 90.0
_BYSTANDER, _MEASURE = "bystander", "measure"
_AROUND = (15, 40)  # events accepted before a blow, and after it
_SIDE_BY_SIDE = 12
_MEASURED = 2_000


@dataclass(slots=True)
class Ordeal:
    """All trials.

    Args:
        seed: what the run's chances came from.
        is_full: whether it was the whole plan.
        per_second: events evaluated and delivered a second where nothing was wrong; 0.0 where it
            was not measured.
        quiet_seconds: how long the last wait took; None when it was in vain.
    """

    seed: int
    is_full: bool
    trials: dict[str, Trial] = field(default_factory=dict)
    per_second: float = 0.0
    quiet_seconds: float | None = None
    waiting: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Return the results, a line for each fault under a line of headings."""
        form = "{:<44}{:>9}{:>9}{:>9}{:>10}{:>7}{:>11}{:>9}"
        yield form.format(
            "fault",
            "accepted",
            "refused",
            "no answer",
            "delivered",
            "twice",
            "recovered",
            "drained",
        )
        for title, trial in self.trials.items():
            yield form.format(title[:43], *cells(trial))
            yield from trial.broken.splitlines()[-3:]
        quiet = "never" if self.quiet_seconds is None else f"after {self.quiet_seconds:.0f} s"
        yield f"all quiet: {quiet}; {self.per_second:.0f} events/s where nothing is wrong"


def cells(trial: Trial) -> list[str]:
    """Return a trial's results as a table shows them."""
    ledger, delivered = trial.ledger, 0
    for rows in trial.sight.events.values():
        delivered += sum(row.outcome == "delivered" for row in rows)
    counts = [len(ledger.accepted), len(ledger.refused), len(ledger.unanswered)]
    counts += [delivered, len(trial.sight.sent_twice)]
    return [*map(str, counts), _time(trial.recovered_seconds), _time(trial.drained_seconds)]


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class Stage:
    """What all faults of a run share."""

    product: Product
    meta: Meta
    oracle: Oracle
    admin: Admin
    places: dict[str, Place]
    folder: Path
    ordeal: Ordeal


def play(ordeal: Ordeal, product: Product, meta: Meta, titles: Sequence[str], folder: Path) -> None:
    """Strike with every fault, wait until all is quiet, and ask what became of every event."""
    chance = random.Random(ordeal.seed)
    twins = [title for title in titles if SCENARIOS[title].has_twin]
    places = make_places(product, [*titles, _BYSTANDER, _MEASURE], twins)
    oracle = Oracle(product, meta)
    stage = Stage(product, meta, oracle, Admin(product), places, folder, ordeal)
    if ordeal.is_full:
        ordeal.per_second = _pace(stage)
    seeds = {title: chance.getrandbits(32) for title in titles}
    _side_by_side(stage, {t: s for t, s in seeds.items() if not SCENARIOS[t].is_apart})
    # What strikes all places must not strike what those have left.
    wait_until(oracle.is_quiet, QUIET_SECONDS)
    for title, own_seed in seeds.items():
        if SCENARIOS[title].is_apart:
            _one(stage, SCENARIOS[title], own_seed)
    began = time.monotonic()
    if wait_until(oracle.is_quiet, QUIET_SECONDS):
        ordeal.quiet_seconds = time.monotonic() - began
    ordeal.waiting = oracle.waiting()
    _look(stage, seeds)


def _side_by_side(stage: Stage, seeds: dict[str, int]) -> None:
    """Play the faults that touch one place alone, all at the same time."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for title, seed in seeds.items():
            pool.submit(_one, stage, SCENARIOS[title], seed)


def _one(stage: Stage, scenario: Scenario, seed: int) -> None:
    chance = random.Random(seed)
    place = stage.places[scenario.title]
    trial = stage.ordeal.trials[scenario.title] = Trial(place)
    path = stage.folder / f"{scenario.title.replace(' ', '-').replace('/', '-')}.jsonl"
    few = {} if scenario.is_apart else {"clients": 1, "slowness": 4.0}
    with Load(stage.product.collector, place, chance.getrandbits(32), path, **few) as load:
        trial.ledger = load.ledger
        scene = _scene(stage, trial, load, chance)
        healed = time.monotonic()
        try:
            load.take(chance.randint(*_AROUND))
            scenario.strike(scene)
            healed = time.monotonic()
            load.take(chance.randint(*_AROUND))
        except Exception:  # noqa: BLE001 - a fault that cannot be played must not hide the others
            trial.broken = traceback.format_exc()
            if scenario.is_apart:
                stage.product.end()
                stage.product.start()
    if scenario.is_apart:
        _measure(stage, trial, chance, healed)


def _scene(stage: Stage, trial: Trial, load: Load, chance: random.Random) -> Scene:
    return Scene(
        stage.product, stage.meta, stage.oracle, trial.place, stage.places[_BYSTANDER], load,
        trial, chance, stage.ordeal.is_full,
    )  # fmt: skip


def _measure(stage: Stage, trial: Trial, chance: random.Random, healed: float) -> None:
    """See how soon other events flow again; in the full run also how soon the backlog is gone."""
    began = time.monotonic()
    trial.backlog = sum(stage.oracle.waiting(trial.place).values())
    if _recovers(stage, chance):
        trial.recovered_seconds = time.monotonic() - healed
    if stage.ordeal.is_full and wait_until(
        lambda: stage.oracle.is_quiet(trial.place), QUIET_SECONDS
    ):
        trial.drained_seconds = time.monotonic() - began


def _recovers(stage: Stage, chance: random.Random) -> bool:
    ledger = Ledger()
    seed = chance.getrandbits(32)
    client = Client(stage.product.collector, stage.places[_BYSTANDER], ledger, seed)

    def has_arrived() -> bool:
        if not ledger.accepted:
            client.post()
        stored = list(ledger.accepted.values())
        return bool(stored) and all(stage.oracle.outcome(key) == "delivered" for key in stored)

    arrived = wait_until(has_arrived, _RECOVERY_SECONDS)
    client.close()
    return arrived


def _pace(stage: Stage) -> float:
    """Measure how fast a backlog is worked off where nothing is wrong."""
    place = stage.places[_MEASURE]
    client = Client(stage.product.collector, place, Ledger(), stage.ordeal.seed)
    with frozen(worker_tree(stage.product)):
        for _ in range(0, _MEASURED, 500):
            client.send(client.make(500))
    began = time.monotonic()
    assert wait_until(lambda: stage.oracle.is_quiet(place), QUIET_SECONDS), "no pace to measure"
    client.close()
    return _MEASURED / (time.monotonic() - began)


def _look(stage: Stage, titles: Sequence[str] | dict[str, int]) -> None:
    for title in titles:
        trial, scenario = stage.ordeal.trials[title], SCENARIOS[title]
        trial.sight = stage.oracle.look(trial.place, stage.admin, trial.ledger.accepted)
        if scenario.check is not None and not trial.broken:
            load = Load(stage.product.collector, trial.place, 0)
            load.ledger = trial.ledger
            scenario.check(trial, _scene(stage, trial, load, random.Random(stage.ordeal.seed)))
            load.client.close()
