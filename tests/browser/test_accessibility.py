"""axe-core finds nothing on any page, wide and narrow, light and dark; nothing runs sideways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import SHOTS, signed_in
from tests.product import Product

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
IN_PROPERTY = (
    "",
    "rules/",
    "rules/new/",
    "data-elements/",
    "data-elements/new/",
    "extensions/",
    "extensions/catalog/",
    "secrets/",
    "secrets/new/",
    "environments/",
    "environments/new/",
    "publishing/",
    "libraries/new/",
    "events/",
    "events/?outcome=failed",
    "events/replay/",
    "events/replays/",
    "events/destinations/",
    "events/person/",
    "settings/",
    "settings/delete/",
)
# Where a page's first such link leads to another kind of page.
DETAILS = (
    ("rules/", r"/rules/RL[0-9a-f]{32}/$"),
    ("rules/", r"/rules/RL[0-9a-f]{32}/delete/$"),
    ("data-elements/", r"/data-elements/DE[0-9a-f]{32}/$"),
    ("extensions/", r"/extensions/EX[0-9a-f]{32}/$"),
    ("secrets/", r"/secrets/SE[0-9a-f]{32}/$"),
    ("environments/", r"/environments/EN[0-9a-f]{32}/$"),
    ("publishing/", r"/libraries/LB[0-9a-f]{32}/$"),
    ("publishing/", r"/builds/BL[0-9a-f]{32}/$"),
    ("events/", r"/events/[0-9a-f]{32}/$"),
)


@pytest.fixture
def judged(chromium: Browser, product: Product) -> Iterator[BrowserContext]:
    """A profile whose policy is lifted for axe, which is injected."""
    context = chromium.new_context(base_url=product.ui, bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(20_000)
    yield context
    context.close()


def test_no_page_of_the_admin_has_a_violation(judged: BrowserContext, product: Product) -> None:
    page = signed_in(judged, product)
    page.get_by_role("link", name="Demo shop").first.click()
    root = page.url
    addresses = ["/", "/properties/new/", "/search/?q=purchase", "/search/?q=zzz", "/styleguide/"]
    addresses += [root + path for path in IN_PROPERTY]
    addresses += [first_link(page, root + path, pattern) for path, pattern in DETAILS]
    assert violations(page, addresses) == []


def test_no_component_editor_has_a_violation(judged: BrowserContext, product: Product) -> None:
    page = signed_in(judged, product)
    page.get_by_role("link", name="Demo shop").first.click()
    page.goto(page.url + "rules/new/")
    page.get_by_label("Name").fill("Judged")
    page.get_by_role("button", name="Add condition").click()
    condition = page.url
    page.goto(condition.replace("/new/condition/", "/new/action/"))
    page.get_by_role("button", name="Keep Changes").click()  # with its errors
    assert violations(page, [page.url, condition]) == []


def test_no_public_page_has_a_violation(judged: BrowserContext, product: Product) -> None:
    page = judged.new_page()
    addresses = ["/sign-in/", "/nowhere/", "/demo/", product.sandbox]
    assert violations(page, addresses) == []


def test_the_style_guide_is_photographed(judged: BrowserContext, product: Product) -> None:
    page = signed_in(judged, product)
    page.goto("/styleguide/")
    SHOTS.mkdir(parents=True, exist_ok=True)
    for name in appearances(page):
        shot = SHOTS / f"styleguide-{name}.png"
        page.screenshot(path=str(shot), full_page=True)
        assert shot.stat().st_size > 100_000


# Resolves when the page has been drawn anew.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def appearances(page: Page) -> Iterator[str]:
    """Show the page in every size and scheme, one after another."""
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(DRAWN)
            yield f"{size}-{scheme}"


def first_link(page: Page, address: str, pattern: str) -> str:
    """Return where the page's first link of that form leads."""
    page.goto(address)
    for link in page.locator("main a[href]").all():
        target = link.get_attribute("href") or ""
        if re.search(pattern, target):
            return target
    raise AssertionError(f"{address} has no link like {pattern}")


def violations(page: Page, addresses: list[str]) -> list[tuple[str, str, str, Any]]:
    """Return what axe finds on the pages, and each page that is wider than its window."""
    problems: list[tuple[str, str, str, Any]] = []
    for address in addresses:
        page.goto(address)
        page.evaluate(AXE)
        for appearance in appearances(page):
            result = page.evaluate("axe.run()")
            problems += [
                (
                    address,
                    appearance,
                    violation["id"],
                    [node["target"] for node in violation["nodes"]],
                )
                for violation in result["violations"]
            ]
            if page.evaluate(SIDEWAYS) > 0:
                problems.append((address, appearance, "too wide", page.evaluate(SIDEWAYS)))
    return problems
