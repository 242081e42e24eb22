"""An event that Meta refused is sent again by hand, with and without JavaScript."""

from __future__ import annotations

import json
import re
import urllib.request
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import screens
from tests.product import Product


def refuse(product: Product, is_on: bool) -> None:
    """Let the sandbox refuse whatever comes, or take it again."""
    request = urllib.request.Request(
        f"{product.sandbox.rstrip('/')}/faults",
        data=json.dumps({"status": 400}).encode() if is_on else None,
        headers={"Content-Type": "application/json"},
        method="POST" if is_on else "DELETE",
    )
    urllib.request.urlopen(request, timeout=10).close()


def refused_event(page: Page, product: Product, sender_id: str) -> None:
    """Send an event that ends rejected; ends on the log, which shows it alone."""
    refuse(product, True)
    try:
        event: dict[str, Any] = {
            "xdm": {
                "_id": sender_id,
                "eventType": "web.webpagedetails.pageViews",
                "web": {"webPageDetails": {"URL": "https://shop.example/"}},
            },
            "data": {"user": {"email": "mary@example.com"}},
        }
        screens.send(product.collector, product.datastream, event)
        page.goto("/")
        page.get_by_role("link", name="Demo shop").first.click()
        screens.navigate(page, "Event Log")
        log = re.sub(r"\?.*", "", page.url)

        def is_rejected() -> bool:
            page.goto(f"{log}?id={sender_id}&outcome=rejected")
            return page.locator("#event-rows tr").count() == 1

        screens.until("the event is rejected", is_rejected)
    finally:
        refuse(product, False)


def send_again(page: Page) -> None:
    """Go from the log over the plan to the replay's own page, and wait for its end."""
    page.get_by_role("link", name="Send again…").click()
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    expect(page.locator("main")).to_contain_text("This cannot be undone.")
    page.get_by_role("button", name="Send 1 again").click()

    def is_done() -> bool:
        refresh = page.get_by_role("link", name="Refresh")
        if refresh.is_visible():  # without JavaScript
            refresh.click()
        return "1 of 1 looked at" in page.locator("#replay-run").inner_text()

    screens.until("the replay is done", is_done)


def delivered_again(page: Page, product: Product, sender_id: str) -> None:
    """See that it arrived once, and that its page tells of both times."""
    screens.until(
        "the event arrives", lambda: screens.received(product.sandbox, event_id=sender_id)
    )
    assert len(screens.received(product.sandbox, event_id=sender_id)) == 1
    screens.navigate(page, "Event Log")
    field = page.get_by_label("Id", exact=True)
    field.fill(sender_id)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.locator("#event-rows a").first.click()

    def is_told() -> bool:
        page.reload()
        return "Delivered" in page.locator("#event-outcome").inner_text()

    screens.until("the page tells of it", is_told)
    expect(page.get_by_role("heading", name="Before it was sent again")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Round 1")


def test_refused_event_is_sent_again(page: Page, product: Product) -> None:
    sender_id = f"replay-{uuid.uuid4().hex}"
    refused_event(page, product, sender_id)
    send_again(page)
    delivered_again(page, product, sender_id)


def test_refused_event_is_sent_again_without_javascript(plain_page: Page, product: Product) -> None:
    sender_id = f"replay-{uuid.uuid4().hex}"
    refused_event(plain_page, product, sender_id)
    send_again(plain_page)
    delivered_again(plain_page, product, sender_id)
