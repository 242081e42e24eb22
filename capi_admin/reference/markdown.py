"""Markdown as GitHub reads it, as far as the reference needs it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from posixpath import dirname, relpath


def code(text: str) -> str:
    """Return the text as inline code."""
    return f"`{text}`"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell may hold Markdown, and is brought onto one line."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def sentences(*texts: str) -> str:
    """Join what there is of these texts."""
    return " ".join(filter(None, texts))


def link(text: str, target: str, page: str) -> str:
    """Return a link from one page of the docs to another; both are named without an ending."""
    return f"[{text}]({relpath(f'{target}.md', dirname(page) or '.')})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
