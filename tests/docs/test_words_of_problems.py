"""Every word that the code spells out for people stands on a page, however the pages were made.

The pages are made by trying wrong settings; what that does not find is found here, in the source.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.pages import DOCS, ROOT

# What carries words to people, and which of its arguments they are.
_CARRIERS = {
    "Problem": 1,
    "BadFormat": 0,
    "BadPath": 0,
    "BadPattern": 0,
    "UnknownZone": 0,
}
_FILES = sorted(
    file
    for file in [*(ROOT / "extensions").rglob("*.py"), ROOT / "rules" / "proofreading.py"]
    if any(f"{name}(" in file.read_text() for name in _CARRIERS)
)
_PAGES = [DOCS / "extensions.md", *sorted((DOCS / "extensions").rglob("*.md"))]
_SHOWN = "\n".join(page.read_text() for page in _PAGES)


@pytest.mark.parametrize("file", _FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_problem_that_is_spelled_out_stands_on_a_page(file: Path) -> None:
    module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    missing = [text for text in _problems(file, module) if not re.search(text, _SHOWN)]
    assert missing == []


@pytest.mark.parametrize("name", ["path", "zones", "time_format", "lookup_table", "visitor"])
def test_problems_are_found_in_the_source(name: str) -> None:
    file = ROOT / "extensions" / "core" / f"{name}.py"
    module = importlib.import_module(f"extensions.core.{name}")
    assert list(_problems(file, module))


def test_every_failure_of_the_sandbox_stands_on_the_pages_of_code() -> None:
    pages = [page.read_text() for page in (DOCS / "extensions" / "core").rglob("custom-code.md")]
    assert len(pages) == 3
    told = [*_python("sandbox.py"), *_python("host.py"), *_javascript("lockdown.js")]
    assert len(told) >= 12
    for text in told:
        assert [page for page in pages if text not in page] == [], text


def _python(name: str) -> list[str]:
    """Return the sentences that a file gives a name to, or raises."""
    tree = ast.parse((ROOT / "custom_code" / name).read_text())
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]
    return [text for text in texts if re.fullmatch(r"[A-Z][a-z]+ .*\.", text)]


def _javascript(name: str) -> list[str]:
    source = (ROOT / "custom_code" / name).read_text()
    return re.findall(r'"([A-Z][a-z]+ [^"]*\.)"', source)


def _problems(file: Path, module: ModuleType) -> Iterator[str]:
    """Yield a pattern for every message of a file, as far as it is spelled out there."""
    tree = ast.parse(file.read_text())
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        place = _CARRIERS.get(call.func.id)
        if place is not None and len(call.args) > place:
            yield from filter(None, _texts(call.args[place], tree, module))


def _texts(node: ast.expr, tree: ast.AST, module: ModuleType) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, tree, module)
        yield from _texts(node.orelse, tree, module)
    elif isinstance(node, ast.Name):
        if isinstance(known := getattr(module, node.id, None), str):
            yield _pattern(known)
            return
        for assigned in ast.walk(tree):
            names = assigned.targets if isinstance(assigned, ast.Assign) else ()
            if any(isinstance(name, ast.Name) and name.id == node.id for name in names):
                assert isinstance(assigned, ast.Assign)
                if not isinstance(assigned.value, ast.Name):
                    yield from _texts(assigned.value, tree, module)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield _pattern(node.value)
    elif isinstance(node, ast.JoinedStr):
        parts = [
            _pattern(part.value) if isinstance(part, ast.Constant) else ".*" for part in node.values
        ]
        if any(len(part) > 4 for part in parts):
            yield "".join(parts)


def _pattern(text: object) -> str:
    return re.escape(str(text)).replace(r"\ ", r"\s+")
