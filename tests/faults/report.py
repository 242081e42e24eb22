"""Writes what came of the whole plan into the docs."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.invariants import INVARIANTS, most_seconds
from tests.faults.ordeal import Ordeal, cells
from tests.faults.scenario import SCENARIOS, Trial
from tests.product import ROOT

PAGE = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->"
_HEADS = (
    "", "Fault", "Accepted", "Refused", "No answer", "Delivered", "Sent twice", "Others flow after",
    "Backlog gone after", "All holds",
)  # fmt: skip


def write(ordeal: Ordeal) -> None:
    """Put the results in the place of the last ones."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join(_rows(ordeal))
    words = (
        f"Seed {ordeal.seed}; {ordeal.per_second:.0f} events a second where nothing was wrong, on "
        "the machine of this run."
    )
    PAGE.write_text(f"{before}{BEGIN}\n{words}\n\n{table}\n\n{END}{after}")


def troubles(ordeal: Ordeal, title: str) -> list[str]:
    """Return everything that speaks against a trial."""
    trial, scenario = ordeal.trials[title], SCENARIOS[title]
    found = [trial.broken] if trial.broken else []
    for name, invariant in INVARIANTS.items():
        found += [f"{name}: {words}" for words in invariant(trial, scenario)]
    found += [f"{sentence}: {words}" for sentence, words in trial.claims.items() if words]
    if is_too_slow(ordeal, trial, title):
        found.append("I8: the backlog takes too long")
    if is_late(ordeal, trial, title):
        found.append("other events flow again too late")
    return found


def is_too_slow(ordeal: Ordeal, trial: Trial, title: str) -> bool:
    """Whether a backlog took longer than I8 lets it; in the shortened run nobody looks."""
    if not ordeal.is_full or not SCENARIOS[title].is_apart:
        return False
    seconds = trial.drained_seconds
    return seconds is None or seconds > most_seconds(trial, SCENARIOS[title], ordeal.per_second)


def is_late(ordeal: Ordeal, trial: Trial, title: str) -> bool:
    """Whether other events flowed again later than they have to; as for `is_too_slow`."""
    most = SCENARIOS[title].resumes_within
    if not ordeal.is_full or most is None:
        return False
    return trial.recovered_seconds is None or trial.recovered_seconds > most


def _rows(ordeal: Ordeal) -> Iterator[str]:
    yield f"| {' | '.join(_HEADS)} |"
    yield f"|{' --- |' * len(_HEADS)}"
    for title, trial in ordeal.trials.items():
        scenario = SCENARIOS[title]
        verdict = "no" if troubles(ordeal, title) else "yes"
        line = [scenario.number, scenario.name.capitalize(), *cells(trial), verdict]
        yield f"| {' | '.join(line)} |"
