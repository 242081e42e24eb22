"""The generated parts: they say what the code says now, and how they are made anew."""

from __future__ import annotations

from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from capi_admin.reference.markdown import table
from capi_admin.reference.parts import PARTS, BadMarker, blank, names_in, renewed
from tests.docs.pages import DOCS, name_of

PAGE = "before\n<!-- generated: ports -->\nold\n<!-- end -->\nafter\n"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=name_of)
def test_a_page_says_what_the_code_says(page: Path) -> None:
    text = page.read_text()
    assert renewed(text) == text, "Run: manage.py make_docs --settings=capi_admin.up.settings"


def test_every_part_stands_on_one_page() -> None:
    found = Counter(name for page in DOCS.rglob("*.md") for name in names_in(page.read_text()))
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
    assert [line for line in said.getvalue().splitlines() if "extensions/" not in line] == [
        "old.md is new."
    ]
    assert (tmp_path / "old.md").read_text() == renewed(PAGE)


def test_the_command_makes_the_page_of_a_delegate_that_has_none(tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("Written by hand.")
    call_command("make_docs", tmp_path, stdout=StringIO())
    made = tmp_path / "extensions" / "core" / "data-elements" / "user-agent.md"
    assert made.read_text() == (DOCS / made.relative_to(tmp_path)).read_text()


def test_the_command_keeps_what_is_written_on_the_page_of_a_delegate(tmp_path: Path) -> None:
    page = tmp_path / "extensions" / "core" / "conditions" / "consent.md"
    page.parent.mkdir(parents=True)
    page.write_text(f"{blank('delegate core::conditions::consent')}\n## By hand\n")
    call_command("make_docs", tmp_path, stdout=StringIO())
    assert page.read_text().startswith("<!-- generated: delegate core::conditions::consent -->")
    assert "# Consent" in page.read_text()
    assert page.read_text().endswith("\n## By hand\n")


def test_the_page_of_a_delegate_that_is_gone_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "extensions" / "gone.md"
    page.parent.mkdir()
    page.write_text(blank("delegate core::conditions::gone"))
    with pytest.raises(CommandError, match=r"gone\.md: No such generated part"):
        call_command("make_docs", tmp_path, stdout=StringIO())


def test_the_command_names_the_page_with_a_bad_marker(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE.replace("<!-- end -->", ""))
    with pytest.raises(CommandError, match=r"page\.md: A generated part is not ended"):
        call_command("make_docs", tmp_path)


def test_the_command_says_when_there_are_no_docs(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There are no pages"):
        call_command("make_docs", tmp_path)
