"""The pages of the docs as the tests read them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted((ROOT / "README.md", *DOCS.rglob("*.md")))

_FENCED = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def name_of(page: Path) -> str:
    """Return the page's path from the project's folder."""
    return str(page.relative_to(ROOT))


def text_of(name: str) -> str:
    """Return a page of docs/."""
    return (DOCS / name).read_text()


def prose_of(page: Path) -> str:
    """Return what is no block of code."""
    return _FENCED.sub("", page.read_text())


def headings(page: Path) -> list[str]:
    """Return the page's headings, from top to bottom."""
    return _HEADING.findall(prose_of(page))


def anchors(page: Path) -> set[str]:
    """Return the names by which GitHub makes the page's headings reachable."""
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings(page)}


def rows(name: str) -> list[list[str]]:
    """Return the cells of every line of every table of a page, heads and rules included."""
    lines = (line for line in text_of(name).splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def named_in(name: str) -> set[str]:
    """Return everything that stands as code in the first cell of a table's row."""
    return {code for row in rows(name) for code in _CODE.findall(row[0])}
