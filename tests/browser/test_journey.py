"""The whole way, by hand: from New Property to an event delivered, with and without JavaScript."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import screens
from tests.product import Product

EMAIL = "Mary.Jones@Example.com"
TOKEN = "EAAB-journey-token-4711"


def purchase(event_id: str, value: float = 49.5) -> dict[str, Any]:
    """A purchase as a shop's server would send it."""
    return {
        "xdm": {
            "_id": event_id,
            "eventType": "commerce.purchases",
            "web": {"webPageDetails": {"URL": "https://shop.example/thanks"}},
        },
        "data": {"user": {"email": EMAIL}, "order": {"value": value}},
    }


ELEMENTS = {
    "Event Type": "arc.event.xdm.eventType",
    "Event ID": "arc.event.xdm._id",
    "Page URL": "arc.event.xdm.web.webPageDetails.URL",
    "Email": "arc.event.data.user.email",
    "Order Value": "arc.event.data.order.value",
}
ACTION = {
    "actionSource": "website",
    "eventName": "Purchase",
    "eventSourceUrl": "{{Page URL}}",
    "eventId": "{{Event ID}}",
    "email": "{{Email}}",
    "customData": '{"currency": "EUR", "value": "{{Order Value}}"}',
}


def set_up(page: Page, name: str, pixel: str) -> None:
    """Steps 1 to 6: property, secrets, extension, data elements, rule, build to Development."""
    screens.new_property(page, name)
    for environment in ("Development", "Staging", "Production"):
        screens.new_secret(page, f"{environment} token", environment, TOKEN)
    screens.new_secret_element(
        page,
        "Access Token",
        {stage.lower(): f"{stage} token" for stage in ("Development", "Staging", "Production")},
    )
    screens.install_meta(page, pixel, "{{Access Token}}")
    for element, path in ELEMENTS.items():
        screens.new_path(page, element, path)
    screens.new_library(page, "First release")
    screens.begin_rule(page, "Purchase")
    screens.add_condition(page, "{{Event Type}}", "Equals", "commerce.purchases")
    screens.add_condition(page, "{{Order Value}}", "Is Less Than", "1", exception=True)
    screens.add_action(page, ACTION)
    screens.save(page)
    screens.add_all_and_build(page, "First release")


def await_delivery(page: Page, event_id: str) -> None:
    """Find the event in the log, open it, and see it delivered."""
    screens.navigate(page, "Event Log")

    def is_delivered() -> bool:
        page.reload()
        row = page.locator("main tbody tr", has=page.locator(f"a[href*='{event_id}']"))
        return row.count() > 0 and "Delivered" in row.first.inner_text()

    screens.until("the event is delivered", is_delivered)
    page.locator(f"main tbody a[href*='{event_id}']").first.click()
    expect(page.locator("main")).to_contain_text("Delivered")


def test_a_newcomer_gets_an_event_delivered(page: Page, product: Product) -> None:
    pixel = "4000000000000001"
    set_up(page, f"Journey {time.time_ns()}", pixel)
    stream = screens.datastream(page, "Development")
    event_id = screens.send(product.collector, stream, purchase("order-1"))

    got = screens.until(
        "the sandbox gets the event", lambda: screens.received(product.sandbox, pixel=pixel)
    )[0]["event"]
    assert got["user_data"]["em"] == [hashed(EMAIL.lower())]
    assert got["event_name"] == "Purchase"
    assert got["event_id"] == "order-1"
    assert got["custom_data"] == {"currency": "EUR", "value": 49.5}
    await_delivery(page, event_id)

    # The same library goes on to staging and production, and each environment runs it.
    screens.navigate(page, "Publishing Flow")
    page.get_by_role("link", name="First release", exact=True).first.click()
    page.get_by_role("link", name="Development", exact=True).first.click()
    screens.take_step(page, "Submit & Build to Staging", "Staging")
    screens.take_step(page, "Approve & Publish to Production", "Production")
    screens.navigate(page, "Publishing Flow")
    published = page.locator(".board-column", has_text="Published")
    expect(published).to_contain_text("First release")
    expect(published).to_contain_text("in Production")


def test_a_change_that_is_not_published_changes_nothing(page: Page, product: Product) -> None:
    pixel = "4000000000000002"
    set_up(page, f"Unpublished {time.time_ns()}", pixel)
    stream = screens.datastream(page, "Development")

    screens.navigate(page, "Rules")
    page.get_by_role("link", name="Purchase", exact=True).click()
    page.get_by_role("button", name="Edit Send Conversions API Event").click()
    screens.field(page, "eventName").fill("Lead")
    screens.save(page, "Keep Changes")
    screens.save(page)
    screens.send(product.collector, stream, purchase("before"))
    first = screens.until(
        "the event sent before publishing",
        lambda: screens.received(product.sandbox, pixel=pixel, event_id="before"),
    )
    assert first[0]["event"]["event_name"] == "Purchase"

    screens.add_all_and_build(page, "First release")
    screens.send(product.collector, stream, purchase("after"))
    second = screens.until(
        "the event sent after publishing",
        lambda: screens.received(product.sandbox, pixel=pixel, event_id="after"),
    )
    assert second[0]["event"]["event_name"] == "Lead"


def test_the_forms_work_without_javascript(plain_page: Page, product: Product) -> None:
    pixel = "4000000000000003"
    set_up(plain_page, f"Plain {time.time_ns()}", pixel)
    stream = screens.datastream(plain_page, "Development")
    event_id = screens.send(product.collector, stream, purchase("plain-1"))
    got = screens.until(
        "the sandbox gets the event", lambda: screens.received(product.sandbox, pixel=pixel)
    )
    assert got[0]["event"]["user_data"]["em"] == [hashed(EMAIL.lower())]
    await_delivery(plain_page, event_id)


def test_the_picker_inserts_a_data_element_with_and_without_javascript(
    page: Page, plain_page: Page
) -> None:
    name = f"Picker {time.time_ns()}"
    screens.new_property(page, name)
    screens.new_path(page, "Event Type", "arc.event.xdm.eventType")
    screens.begin_rule(page, "With JavaScript")
    page.get_by_role("button", name="Add condition").click()
    page.get_by_role("button", name="Open data element selector for Left Operand").click()
    page.get_by_role("dialog").get_by_role("button", name="Event Type").click()
    expect(screens.field(page, "leftOperand")).to_have_value("{{Event Type}}")

    plain_page.goto("/")
    plain_page.get_by_role("link", name=name, exact=True).click()
    screens.begin_rule(plain_page, "Without JavaScript")
    plain_page.get_by_role("button", name="Add condition").click()
    screens.field(plain_page, "rightOperand").fill("kept ")
    plain_page.get_by_role("button", name="Open data element selector for Left Operand").click()
    plain_page.get_by_role("button", name="Event Type").click()
    expect(screens.field(plain_page, "leftOperand")).to_have_value("{{Event Type}}")
    expect(screens.field(plain_page, "rightOperand")).to_have_value("kept ")


def test_enter_saves_and_neither_opens_the_picker_nor_changes_the_type(page: Page) -> None:
    screens.new_property(page, f"Enter {time.time_ns()}")
    screens.navigate(page, "Data Elements")
    page.get_by_role("link", name="Create New Data Element").first.click()
    screens.field(page, "name").fill("Order ID")
    screens.field(page, "path").fill("xdm.order.id")
    screens.field(page, "path").press("Enter")
    expect(page.get_by_role("link", name="Order ID", exact=True)).to_be_visible()


def test_cards_are_reordered_by_buttons_and_by_dragging(page: Page, plain_page: Page) -> None:
    name = f"Order {time.time_ns()}"
    screens.new_property(page, name)
    screens.new_path(page, "Event Type", "arc.event.xdm.eventType")
    screens.begin_rule(page, "Ordered")
    for value in ("one", "two", "three"):
        screens.add_condition(page, "{{Event Type}}", "Equals", value)
    assert order(page) == ["one", "two", "three"]

    page.locator("[data-sortable-handle]").nth(2).drag_to(page.locator(".component-card").nth(0))
    screens.save(page)
    page.get_by_role("link", name="Ordered", exact=True).click()
    assert order(page) == ["three", "one", "two"]

    address = page.url
    plain_page.goto(address)
    plain_page.get_by_role("button", name="Move up Value Comparison").nth(2).click()
    assert order(plain_page) == ["three", "two", "one"]


def order(page: Page) -> list[str]:
    """Return what the conditions compare with, from top to bottom."""
    page.locator(".component-card").first.wait_for()
    summaries = page.locator(".component-summary").all_inner_texts()
    return [text.split("“")[1].split("”")[0] for text in summaries]


def hashed(text: str) -> str:
    """Return the lower-case hex SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()
