"""What was vendored is what the list says, with its licence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r"^\| (\S+) \| \S+ \| \S+ \| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.M)


def _rows(manifest: str, base: str) -> list[tuple[Path, str]]:
    text = (ROOT / manifest).read_text()
    return [(ROOT / base / file, digest) for _, file, digest in _ROW.findall(text)]


ROWS = [
    *_rows("static/vendor/VENDORED.md", "static"),
    *_rows("tests/vendor/VENDORED.md", "tests/vendor"),
]


@pytest.mark.parametrize(("file", "digest"), ROWS, ids=[file.name for file, _ in ROWS])
def test_vendored_file_has_the_recorded_checksum(file: Path, digest: str) -> None:
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest


def test_every_file_under_vendor_is_listed() -> None:
    listed = {file for file, _ in ROWS}
    present = {
        path
        for path in (ROOT / "static/vendor").rglob("*")
        if path.is_file() and path.name not in {"LICENSE.txt", "VENDORED.md"}
    }
    assert present <= listed


def test_every_vendored_package_brings_its_licence() -> None:
    folders = [path for path in (ROOT / "static/vendor").iterdir() if path.is_dir()]
    assert folders
    assert [path.name for path in folders if not (path / "LICENSE.txt").exists()] == []


def test_no_vendored_file_points_to_a_missing_source_map() -> None:
    texts = [*(ROOT / "static/vendor").rglob("*.css"), *(ROOT / "static/vendor").rglob("*.js")]
    assert texts
    assert [path.name for path in texts if "sourceMappingURL" in path.read_text()] == []
