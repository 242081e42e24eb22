"""Writes the tables of docs/meta-compared.md from the cases: `python -m tests.comparison.page`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.comparison.case import Case, Raises
from tests.comparison.clicks import CLICKS
from tests.comparison.custom import CUSTOM, EVENT
from tests.comparison.customer import HASHED, OPEN
from tests.comparison.lists import LISTS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "meta-compared.md"

PARTS: dict[str, tuple[Case, ...]] = {
    "customer": HASHED + OPEN + LISTS,
    "custom data": CUSTOM,
    "event": EVENT,
    "clicks": CLICKS,
}

_PART = re.compile(r"(<!-- compared: (?P<name>[a-z ]+) -->\n).*?(<!-- compared -->)", re.DOTALL)
_LONGEST = 130


def renewed(text: str) -> str:
    """Return the page with the part between each pair of markers made anew."""
    return _PART.sub(lambda part: f"{part[1]}\n{_table(PARTS[part['name']])}\n{part[3]}", text)


def row(case: Case) -> str:
    """Return the line of a difference."""
    assert case.why is not None
    outcomes = (_shown(case.given), _shown(case.ours), _shown(case.of_theirs))
    country = f" ({case.country.upper()})" if case.country else ""
    source = f" [Meta]({case.why.page})" if case.why.page else ""
    cells = (f"`{case.key}`", f"{outcomes[0]}{country}", *outcomes[1:], f"{case.why.words}{source}")
    return f"| {' | '.join(cells)} |"


def _table(cases: Iterable[Case]) -> str:
    return "\n".join(_lines(list(cases)))


def _lines(cases: list[Case]) -> Iterator[str]:
    differing = [case for case in cases if case.why]
    yield "| Field | Input | Ours | Meta's library | Why ours differs |"
    yield "| --- | --- | --- | --- | --- |"
    yield from map(row, differing)
    equal = len(cases) - len(differing)
    if equal:
        yield f"\n{equal} more inputs give the same on both sides."
    yield ""


def _shown(value: Any) -> str:
    if value is None:
        return "left out"
    if isinstance(value, Raises):
        return f"raises {value.error}"
    text = value if isinstance(value, str) else repr(value)
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"`{short}`".replace("|", "\\|") if text else "empty text"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
