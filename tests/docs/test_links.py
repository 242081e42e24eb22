"""Links lead somewhere, images are there, and no page knows the machine it was written on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, anchors, name_of, prose_of

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"https?://|mailto:")
OF_A_MACHINE = re.compile(r"(?<![\w.}>/-])(?:/(?:root|home|Users|work|tmp|var|mnt)/|[A-Z]:\\)")
MOST_IMAGE_BYTES = 250_000
PNG = b"\x89PNG\r\n\x1a\n"
SCREEN_WIDTH = 1440
DECISIONS = DOCS / "decisions"  # linked as a folder


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(prose_of(page)) if not ELSEWHERE.match(link)]
    assert [target for target in targets if not _exists(page, target)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_no_path_of_a_machine(page: Path) -> None:
    assert OF_A_MACHINE.findall(page.read_text()) == []


@pytest.mark.parametrize("image", sorted(DOCS.glob("images/*")), ids=lambda image: image.name)
def test_an_image_is_a_small_screenshot_that_a_page_shows(image: Path) -> None:
    data = image.read_bytes()
    assert data.startswith(PNG)
    assert int.from_bytes(data[16:20], "big") == SCREEN_WIDTH
    assert len(data) < MOST_IMAGE_BYTES
    assert any(f"images/{image.name})" in page.read_text() for page in PAGES)


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [PAGES[0].parent / "README.md"]
    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            waiting += _linked(page)
    assert set(DOCS.rglob("*.md")) - set(DECISIONS.glob("*.md")) <= reached


def _linked(page: Path) -> list[Path]:
    targets = [link.partition("#")[0] for link in LINK.findall(prose_of(page))]
    return [(page.parent / each).resolve() for each in targets if (page.parent / each).is_file()]


def _exists(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if not found.exists():
        return False
    return not anchor or anchor in anchors(found)
