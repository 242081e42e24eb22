"""What the shop's script posts, keeps and shows, in a real Chromium under the real policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.transaction import atomic, set_rollback
from django.test import Client, override_settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from demo import addresses, content
from rules.provisioning import create_property
from tests.browser_binary import find_browser
from tests.demo.storefront import COLLECTOR, EVENT_ID, ORIGIN, Internet, Shown, closed, walk

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text()
FORMS = {"wide": (1440, "light"), "narrow": (390, "dark")}

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def pages(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Shown]:
    """Every page of the shop; nothing of what made them stays in the database."""
    folder = tmp_path_factory.mktemp("data")
    changed = override_settings(COLLECTOR_URL=COLLECTOR, DATA_DIR=folder)
    with django_db_blocker.unblock(), changed, atomic():
        shown = {"closed": closed(Client())}
        addresses.write(create_property(content.PROPERTY, None))
        shown |= walk(Client())
        set_rollback(True)
        return shown


@pytest.fixture(scope="module")
def chromium(pages: dict[str, Shown]) -> Iterator[Browser]:
    """A browser for this module only: its event loop must not meet other tests' database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def internet(pages: dict[str, Shown]) -> Internet:
    """The shop's pages, and a collector that takes everything."""
    return Internet(pages)


@pytest.fixture
def open_page(chromium: Browser, internet: Internet) -> Iterator[Open]:
    """Open a page of the shop, each time in the same tab of a fresh profile."""
    context = chromium.new_context()
    page = context.new_page()
    internet.serve(page)

    def open_page(name: str, query: str = "") -> Page:
        page.goto(f"{ORIGIN}/{name}{query}")
        return page

    yield open_page
    context.close()


def _settled(page: Page, count: int) -> None:
    """Wait until so many events have been answered, for better or worse."""
    settled = page.locator("#sent li:not([data-state=sending])")
    expect(settled).to_have_count(count)


def _open_drawer(page: Page) -> None:
    page.locator("#sent > summary").click()


def test_page_view_is_posted_as_a_web_sdk_would(open_page: Open, internet: Internet) -> None:
    _settled(open_page("shop", "?q=1"), 1)
    request, xdm = internet.posted[0], internet.events[0]["xdm"]
    assert re.fullmatch(rf"{COLLECTOR}/ee/v2/interact\?datastreamId=DS[0-9a-f]{{32}}", request.url)
    assert request.headers["content-type"].startswith("text/plain")
    assert xdm["eventType"] == "web.webpagedetails.pageViews"
    assert xdm["web"]["webPageDetails"]["URL"] == f"{ORIGIN}/shop?q=1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", xdm["timestamp"])
    assert xdm["environment"]["browserDetails"]["viewportWidth"] > 0


def test_what_was_done_is_posted_before_the_page_it_led_to(
    open_page: Open, internet: Internet
) -> None:
    _settled(open_page("cart"), 2)
    assert [event["xdm"]["eventType"] for event in internet.events] == [
        "commerce.productListAdds",
        "web.webpagedetails.pageViews",
    ]


def test_purchase_is_posted_with_the_customer_and_the_browser(
    open_page: Open, internet: Internet
) -> None:
    _settled(open_page("thanks"), 2)
    user = internet.events[0]["data"]["user"]
    assert user["email"] == "ada@example.com"
    assert re.fullmatch(r"fb\.1\.\d{13}\.\d{1,10}", user["fbp"])


def test_browser_keeps_its_id(open_page: Open, internet: Internet) -> None:
    _settled(open_page("shop"), 1)
    _settled(open_page("product"), 2)
    first, second = (event["data"]["user"]["fbp"] for event in internet.events)
    assert first == second


def test_click_on_an_ad_is_kept_for_later_pages(open_page: Open, internet: Internet) -> None:
    _settled(open_page("shop", "?fbclid=IwAR_Click-1"), 1)
    _settled(open_page("thanks"), 3)
    clicks = [event["data"]["user"]["fbc"] for event in internet.events]
    assert re.fullmatch(r"fb\.1\.\d{13}\.IwAR_Click-1", clicks[0])
    assert len(set(clicks)) == 1


def test_new_click_replaces_the_one_before(open_page: Open, internet: Internet) -> None:
    _settled(open_page("shop", "?fbclid=first"), 1)
    _settled(open_page("shop", "?fbclid=second"), 2)
    assert internet.events[1]["data"]["user"]["fbc"].endswith(".second")


def test_click_id_that_is_none_is_not_kept(open_page: Open, internet: Internet) -> None:
    _settled(open_page("shop", "?fbclid=a%3B%20Domain%3Dtest"), 1)
    assert "fbc" not in internet.events[0]["data"]["user"]


def test_cookies_of_the_admin_stay_with_the_admin(open_page: Open, internet: Internet) -> None:
    _settled(open_page("shop"), 1)
    assert "cookie" not in internet.posted[0].all_headers()


def test_drawer_leads_to_the_event_in_the_log(open_page: Open) -> None:
    page = open_page("thanks")
    _settled(page, 2)
    _open_drawer(page)
    purchase = page.locator("#sent li", has_text="Purchase")
    expect(purchase).to_contain_text("Accepted")
    link = purchase.get_by_role("link", name="Event Log")
    assert re.fullmatch(
        rf"/properties/PR[0-9a-f]{{32}}/events/{EVENT_ID.replace('-', '')}/",
        link.get_attribute("href") or "",
    )


def test_drawer_remembers_across_pages(open_page: Open) -> None:
    _settled(open_page("shop"), 1)
    page = open_page("cart")
    _settled(page, 3)
    expect(page.locator("[data-count]")).to_have_text("3")


def test_drawer_shows_what_was_posted(open_page: Open) -> None:
    page = open_page("shop")
    _settled(page, 1)
    _open_drawer(page)
    page.get_by_text("What was posted").click()
    expect(page.locator("[data-json]")).to_contain_text('"eventType"')


def test_drawer_says_why_the_collector_refused(open_page: Open, internet: Internet) -> None:
    internet.status, internet.answer = 403, {"detail": "The datastream is disabled."}
    page = open_page("shop")
    _open_drawer(page)
    expect(page.locator("#sent li")).to_contain_text("The datastream is disabled.")
    expect(page.get_by_role("link", name="Event Log")).to_have_count(0)


def test_drawer_says_that_the_collector_is_away(open_page: Open, internet: Internet) -> None:
    internet.answer = None
    page = open_page("cart")
    _settled(page, 2)
    _open_drawer(page)
    expect(page.locator("#sent li").first).to_contain_text("The collector did not answer.")


def test_products_can_be_reached_by_the_keyboard(open_page: Open) -> None:
    page = open_page("shop")
    link = page.get_by_role("link", name="Teapot")
    link.focus()
    expect(link).to_be_focused()
    assert link.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


@pytest.mark.parametrize("form", FORMS)
def test_no_page_has_a_violation_or_runs_sideways(
    open_page: Open, internet: Internet, form: str
) -> None:
    width, scheme = FORMS[form]
    found = {}
    for name in internet.pages:
        page = open_page(name)
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # light or dark
        page.evaluate(f"{AXE}; undefined")
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        if result["violations"]:
            found[name] = [violation["id"] for violation in result["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert found == {}
