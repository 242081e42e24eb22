"""The authoring screens in a browser: groups by drag, paths by choice, code on a recent event."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import signed_in
from tests.browser.screens import field
from tests.browser.test_accessibility import AXE, judged  # noqa: F401 - a fixture
from tests.product import Product

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def home(page: Page) -> str:
    """The address of the demo's property."""
    page.get_by_role("link", name="Demo shop").first.click()
    return page.url


def begin_rule(page: Page, root: str, *values: str) -> None:
    """Open a new rule whose conditions compare the event type with each of the values."""
    page.goto(f"{root}rules/new/")
    for value in values:
        page.get_by_role("button", name="Add condition").last.click()
        field(page, "name").fill(value)
        field(page, "leftOperand").fill("{{Event Type}}")
        field(page, "rightOperand").fill(value)
        page.get_by_role("button", name="Keep Changes", exact=True).last.click()
        expect(card(page, value)).to_be_visible()


def card(page: Page, name: str) -> Locator:
    """The card of a condition."""
    return page.locator(".component-card").filter(has=page.get_by_text(name, exact=True))


def drag(page: Page, moved: Locator, onto: Locator) -> None:
    """Drag a card by its handle to the lower edge of another one."""
    start, end = moved.locator("[data-sortable-handle]").bounding_box(), onto.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 8, start["y"] + 12)
    page.mouse.down()
    for offset in (-8, -4, -2):
        page.mouse.move(end["x"] + 80, end["y"] + end["height"] + offset, steps=12)
    page.mouse.up()


def put(page: Page, name: str, group: str) -> None:
    """Put a condition into a group by its menu."""
    card(page, name).get_by_label(f"Group of {name}").first.click()
    card(page, name).locator("select").select_option(label=group)
    card(page, name).get_by_role("button", name=f"Move {name}").click()


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is, in a window that shows all of it: what lies under a
    bar that stays above or below while the page scrolls is no small target."""
    width = page.evaluate("window.innerWidth")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height + 100})
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)["violations"]
    page.set_viewport_size({"width": width, "height": 900})
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_condition_is_dragged_into_a_group_and_saved_there(page: Page) -> None:
    root = home(page)
    begin_rule(page, root, "one", "two", "three")
    put(page, "two", "A new group")
    drag(page, card(page, "three"), card(page, "two"))
    expect(page.locator(".component-group .component-card")).to_have_count(2)
    page.get_by_label("How many conditions of group 1 must be met").select_option("any")
    page.locator("#id_name").fill("Dragged")
    page.get_by_role("button", name="Save", exact=True).click()
    row = page.get_by_role("row").filter(has_text="Dragged")
    # Above or below the card it was dropped on, as it comes.
    two, three = "Event Type equals “two”", "Event Type equals “three”"
    either = "|".join(re.escape(f"{a} or {b}") for a, b in ((two, three), (three, two)))
    expect(row).to_contain_text(re.compile(rf"If Event Type equals “one” and \(({either})\)"))


def test_groups_work_without_javascript(plain_page: Page) -> None:
    root = home(plain_page)
    begin_rule(plain_page, root, "one", "two")
    plain_page.get_by_role("button", name="Add group").click()
    put(plain_page, "two", "Group 1")
    inside = plain_page.locator(".component-group .component-card")
    expect(inside).to_contain_text("two")
    plain_page.get_by_role("button", name="Move up group 1").click()
    expect(plain_page.locator("[data-grouped=''] > li").first).to_contain_text("Group 1")
    plain_page.get_by_role("button", name="Ungroup group 1").click()
    expect(plain_page.locator(".component-group")).to_have_count(0)
    expect(plain_page.locator(".component-card")).to_have_count(2)


def test_path_is_chosen_from_a_recent_event_by_keyboard(page: Page) -> None:
    page.goto(f"{home(page)}data-elements/new/?delegate=core::dataElements::path")
    page.get_by_role("button", name="Browse recent events").press("Enter")
    search = page.get_by_label("Search this event")
    search.fill("eventtype")
    leaf = page.locator("[data-path]:visible").first
    expect(leaf).to_contain_text("eventType")
    search.press("Tab")
    for _ in range(6):
        if page.evaluate("document.activeElement.matches('[data-path]')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(field(page, "path")).to_have_value("arc.event.xdm.eventType")
    expect(page.locator("[data-recent-taken]")).to_contain_text("on this event:")
    page.get_by_role("button", name="Test on a recent event").click()
    expect(page.locator("#recent-events")).to_contain_text("Value as it comes")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#recent-events")).to_be_hidden()


def test_path_is_chosen_without_javascript(plain_page: Page) -> None:
    editor = f"{home(plain_page)}data-elements/new/?delegate=core::dataElements::path"
    plain_page.goto(editor)
    field(plain_page, "name").fill("Chosen")
    plain_page.get_by_role("button", name="Browse recent events").click()
    plain_page.get_by_role("button", name=re.compile("^eventType")).first.click()
    expect(plain_page).to_have_url(editor)
    expect(field(plain_page, "path")).to_have_value("arc.event.xdm.eventType")
    expect(field(plain_page, "name")).to_have_value("Chosen")


def test_code_is_linted_and_run(page: Page) -> None:
    page.goto(f"{home(page)}data-elements/new/?delegate=core::dataElements::custom-code")
    code = page.locator(".ace_text-input")
    code.fill("const type = await getDataElementValue('Event Type');\nreturn arc ? type. : 1;")
    expect(page.locator(".editor-message")).to_contain_text("Line 2")
    page.locator(".ace_editor").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("utils.logger.log('seen'); throw new Error('no')")
    expect(page.locator(".editor-message")).to_be_empty()
    page.get_by_role("button", name="Test on a recent event").click()
    panel = page.locator("#recent-events")
    expect(panel).to_contain_text("no (line 1)")
    expect(panel).to_contain_text("seen")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_groups_and_panel_have_no_violation(
    judged: BrowserContext,  # noqa: F811 - the fixture
    product: Product,
    width: int,
    scheme: str,
) -> None:
    page = signed_in(judged, product)
    root = home(page)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    page.set_viewport_size({"width": width, "height": 900})
    begin_rule(page, root, "one", "two")
    put(page, "two", "A new group")
    page.get_by_label("Group of two").first.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{root}data-elements/new/?delegate=core::dataElements::path")
    page.get_by_role("button", name="Browse recent events").click()
    expect(page.locator("[data-tree]")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_type_that_is_chosen_before_the_page_is_ready_counts(page: Page) -> None:
    """On a slow connection a form can be used before its scripts are there."""
    root = home(page)
    held: list[Route] = []
    page.route("**/htmx.min*", lambda route: held.append(route))
    page.goto(f"{root}data-elements/new/", wait_until="commit")
    page.locator("#id_delegate").select_option(label="Constant")
    expect(page.locator("#delegate-settings")).not_to_contain_text("Constant")
    held[0].continue_()
    expect(page.locator("#delegate-settings")).to_contain_text("Constant")
