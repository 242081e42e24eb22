"""Writes what came of the plan, or of faults played again since, into the docs."""

from __future__ import annotations

from pathlib import Path

from tests.faults.invariants import INVARIANTS, most_seconds
from tests.faults.ordeal import Ordeal, cells
from tests.faults.scenario import SCENARIOS, Trial
from tests.product import ROOT

PAGE = ROOT / "docs" / "faults.md"
AGAIN = "Played again since, with seed "
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->"
_HEADS = (
    "", "Fault", "Accepted", "Refused", "No answer", "Delivered", "Sent twice", "Others flow after",
    "Backlog gone after", "All holds",
)  # fmt: skip


def write(ordeal: Ordeal, page: Path = PAGE) -> None:
    """Put the results of the whole plan in the place of the last ones."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    heads = [f"| {' | '.join(_HEADS)} |", f"|{' --- |' * len(_HEADS)}"]
    table = "\n".join([*heads, *_rows(ordeal).values()])
    words = (
        f"Seed {ordeal.seed}; {ordeal.per_second:.0f} events a second where nothing was wrong, on "
        "the machine of this run."
    )
    page.write_text(f"{before}{BEGIN}\n{words}\n\n{table}\n\n{END}{after}")


def renew(ordeal: Ordeal, page: Path = PAGE) -> None:
    """Put the results of some faults in the place of their last ones, and tell of it."""
    rows = _rows(ordeal)
    before, _, rest = page.read_text().partition(BEGIN)
    found, _, after = rest.partition(END)
    old = found.splitlines()
    new = [
        next((row for begin, row in rows.items() if line.startswith(begin)), line) for line in old
    ]
    if new == old:
        return
    names = ", ".join(title for title in ordeal.trials)
    told = "\n".join(new).rstrip()
    page.write_text(f"{before}{BEGIN}{told}\n\n{AGAIN}{ordeal.seed}: {names}.\n\n{END}{after}")


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


def _rows(ordeal: Ordeal) -> dict[str, str]:
    """Return the line of each fault, by how it begins."""
    rows: dict[str, str] = {}
    for title, trial in ordeal.trials.items():
        scenario = SCENARIOS[title]
        begin = f"| {scenario.number} | {scenario.name.capitalize()} |"
        verdict = "no" if troubles(ordeal, title) else "yes"
        rows[begin] = f"{begin} {' | '.join([*cells(trial), verdict])} |"
    return rows
