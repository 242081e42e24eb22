"""A real Chromium in front of the real product, started as `make run` starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser_binary import find_browser
from tests.product import Product

SHOTS = Path("test-results/screens")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The running product with its demo."""
    with Product() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser of its own for each module: its event loop must not outlive the module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser()), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, product: Product) -> Iterator[BrowserContext]:
    """A fresh profile."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=product.ui)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, product: Product) -> Page:
    """A page signed in as the demo administrator; an error in its console fails the test."""
    return signed_in(context, product)


@pytest.fixture
def plain_page(chromium: Browser, product: Product) -> Iterator[Page]:
    """A signed-in page whose browser runs no JavaScript."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900},
        base_url=product.ui,
        java_script_enabled=False,
    )
    context.set_default_timeout(20_000)
    yield signed_in(context, product)
    context.close()


def signed_in(context: BrowserContext, product: Product) -> Page:
    """Open a page and sign in."""
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email").fill(product.email)
    page.locator("#id_password").fill(product.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Event Forwarding").wait_for()
    return page
