"""The generated parts: they say what the code says now, and how they are made anew."""

from __future__ import annotations

from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from capi_admin.reference.markdown import table
from capi_admin.reference.parts import PARTS, BadMarker, names_in, renewed
from tests.docs.pages import DOCS

PAGE = "before\n<!-- generated: ports -->\nold\n<!-- end -->\nafter\n"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_a_page_says_what_the_code_says(page: Path) -> None:
    text = page.read_text()
    assert renewed(text) == text, "Run: manage.py make_docs --settings=capi_admin.up.settings"


def test_every_part_stands_on_one_page() -> None:
    found = Counter(name for page in DOCS.glob("*.md") for name in names_in(page.read_text()))
    assert found == Counter(list(PARTS))


def test_a_part_is_made_anew_and_the_rest_stays() -> None:
    text = renewed(PAGE)
    assert text.startswith("before\n<!-- generated: ports -->\n\n| Variable |")
    assert text.endswith("|\n\n<!-- end -->\nafter\n")
    assert "old" not in text
    assert "`COLLECTOR_PORT`" in text


def test_a_part_that_nobody_makes_is_refused() -> None:
    with pytest.raises(BadMarker, match="moon phases"):
        renewed(PAGE.replace("ports", "moon phases"))


def test_a_part_that_does_not_end_is_refused() -> None:
    with pytest.raises(BadMarker, match="not ended"):
        renewed(f"<!-- generated: limits -->\n{PAGE}")


def test_a_table_keeps_each_cell_on_its_line_and_in_its_column() -> None:
    assert table(("a", "b"), [("one\n  two", "x | y")]) == (
        "| a | b |\n| --- | --- |\n| one two | x \\| y |"
    )


def test_the_command_rewrites_the_pages_that_are_out_of_date(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text(PAGE)
    (tmp_path / "new.md").write_text(renewed(PAGE))
    said = StringIO()
    call_command("make_docs", tmp_path, stdout=said)
    assert said.getvalue() == "old.md is new.\n"
    assert (tmp_path / "old.md").read_text() == renewed(PAGE)


def test_the_command_names_the_page_with_a_bad_marker(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE.replace("<!-- end -->", ""))
    with pytest.raises(CommandError, match=r"page\.md: A generated part is not ended"):
        call_command("make_docs", tmp_path)


def test_the_command_says_when_there_are_no_docs(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There are no pages"):
        call_command("make_docs", tmp_path)
