"""The table in the docs: written by the whole plan, renewed by a part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import (
    report,
    strikes,  # noqa: F401 - enters them
)
from tests.faults.ordeal import Ordeal
from tests.faults.places import Place
from tests.faults.scenario import SCENARIOS, Trial

_PLACE = Place("x", "PR1", 1, "DS1", "1", "")
_FIRST, _SECOND, *_ = [title for title in SCENARIOS if not SCENARIOS[title].is_apart]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page as the docs have it before the first run."""
    path = tmp_path / "faults.md"
    path.write_text(f"Before.\n\n{report.BEGIN}\nNot run yet.\n\n{report.END}\n\nAfter.\n")
    return path


def played(seed: int, *titles: str, broken: str = "") -> Ordeal:
    ordeal = Ordeal(seed, True)
    for title in titles:
        ordeal.trials[title] = Trial(_PLACE, broken=broken)
    return ordeal


def rows(page: Path) -> list[str]:
    return [line for line in page.read_text().splitlines() if line.startswith("| F")]


def test_whole_plan_writes_its_table_between_the_marks(page: Path) -> None:
    report.write(played(7, _FIRST, _SECOND), page)
    text = page.read_text()
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert "Not run yet" not in text
    assert "Seed 7;" in text
    assert [row.endswith("| yes |") for row in rows(page)] == [True, True]


def test_part_of_the_plan_renews_its_own_rows(page: Path) -> None:
    report.write(played(7, _FIRST, _SECOND, broken="It did not start."), page)
    report.renew(played(8, _SECOND), page)
    first, second = rows(page)
    assert first.endswith("| no |")
    assert second.endswith("| yes |")
    assert f"{report.AGAIN}8: {_SECOND}." in page.read_text()
    assert "Seed 7;" in page.read_text()
    assert page.read_text().endswith("After.\n")


def test_next_whole_plan_forgets_what_was_played_again(page: Path) -> None:
    report.write(played(7, _FIRST, _SECOND, broken="It did not start."), page)
    report.renew(played(8, _SECOND), page)
    report.write(played(9, _FIRST, _SECOND), page)
    assert report.AGAIN not in page.read_text()


def test_part_of_the_plan_adds_nothing_where_no_table_is(page: Path) -> None:
    before = page.read_text()
    report.renew(played(8, _SECOND), page)
    assert page.read_text() == before
