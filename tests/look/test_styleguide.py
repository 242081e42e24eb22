"""The living page: who may see it, and how it behaves in a browser."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from capi_admin.styleguide import SECTIONS, styleguide
from tests.look.conftest import ROOT, OpenPage, request_by

AXE = (ROOT / "tests/vendor/axe.min.js").read_text()
SIZES = [(390, "light"), (390, "dark"), (1440, "light"), (1440, "dark"), (1920, "light")]


def test_administrator_sees_every_section(guide: HttpResponse) -> None:
    html = guide.content.decode()
    assert [anchor for anchor, _ in SECTIONS if f'id="{anchor}"' not in html] == []


def test_visitor_is_sent_to_sign_in() -> None:
    assert Client().get("/styleguide/").status_code == 302


def test_person_who_is_no_administrator_is_refused() -> None:
    with pytest.raises(PermissionDenied):
        styleguide(request_by(User(email="ben@example.com")))


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_page_has_no_accessibility_violation(open_guide: OpenPage, width: int, scheme: str) -> None:
    page = open_guide(width, scheme)
    # Evaluated from outside the page, so the policy that forbids inline scripts stays on.
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert {v["id"]: [n["html"] for n in v["nodes"][:3]] for v in found["violations"]} == {}


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_page_never_scrolls_sideways(open_guide: OpenPage, width: int, scheme: str) -> None:
    page = open_guide(width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_nothing_on_the_page_breaks_the_content_security_policy(open_guide: OpenPage) -> None:
    page = open_guide()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.reload(wait_until="networkidle")
    assert [text for text in complaints if "Content Security Policy" in text] == []
    assert page.evaluate("window.Sortable !== undefined")


@pytest.mark.browser
def test_data_element_is_inserted_at_the_caret(open_guide: OpenPage) -> None:
    page = open_guide()
    field = page.locator("#id_event_name")
    field.fill("Buy  now")
    field.evaluate("input => input.setSelectionRange(4, 4)")
    page.locator("[data-picker-for=id_event_name]").click()
    page.keyboard.type("order")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Buy {{Order value}} now")
    expect(field).to_be_focused()


@pytest.mark.browser
def test_data_element_is_appended_to_a_field_nobody_touched(open_guide: OpenPage) -> None:
    page = open_guide()
    page.locator("[data-picker-for=id_event_name]").click()
    page.locator('[data-token="Email"]').click()
    expect(page.locator("#id_event_name")).to_have_value("Purchase{{Email}}")


@pytest.mark.browser
def test_field_appears_with_the_choice_it_depends_on(open_guide: OpenPage) -> None:
    page = open_guide()
    expect(page.locator("#id_test_code")).to_be_hidden()
    page.locator("#id_is_test").check()
    expect(page.locator("#id_test_code")).to_be_visible()


@pytest.mark.browser
def test_filter_narrows_the_list_and_says_so(open_guide: OpenPage) -> None:
    page = open_guide()
    page.get_by_label("Filter events").fill("lead")
    expect(page.locator("#guide-events tbody tr:visible")).to_have_count(1)
    expect(page.locator("#live-region")).to_have_text("1 entry shown")


@pytest.mark.browser
def test_dragging_a_component_changes_the_order_that_is_sent(open_guide: OpenPage) -> None:
    page = open_guide()
    page.locator("#rules").scroll_into_view_if_needed()
    page.wait_for_function("window.Sortable !== undefined")
    _drag(page, from_card=0, to_card=1)
    names = page.locator("input[name=order_condition]")
    expect(names.first).to_have_value("RC2")
    expect(page.get_by_role("button", name="Move up Internal traffic")).to_be_disabled()


@pytest.mark.browser
def test_chosen_theme_survives_a_reload(open_guide: OpenPage) -> None:
    page = open_guide()
    page.locator("summary.person").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert _luminance(page) < 40


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_system_theme_holds_without_javascript(
    open_guide: OpenPage, scheme: str, is_dark: bool
) -> None:
    page = open_guide(scheme=scheme, scripts=False)
    assert (_luminance(page) < 40) is is_dark


@pytest.mark.browser
def test_navigation_opens_on_a_small_screen_without_javascript(open_guide: OpenPage) -> None:
    page = open_guide(390, scripts=False)
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation).to_be_hidden()
    page.get_by_role("button", name="Open navigation").click()
    expect(navigation).to_be_visible()


@pytest.mark.browser
def test_dialog_closes_with_escape_and_gives_the_focus_back(open_guide: OpenPage) -> None:
    page = open_guide()
    trigger = page.get_by_role("link", name="Delete rule")
    trigger.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(trigger).to_be_focused()


@pytest.mark.browser
def test_time_is_shown_in_the_readers_zone_with_utc_in_the_title(open_guide: OpenPage) -> None:
    time = open_guide().locator("#data time[data-local=datetime]").last
    expect(time).to_have_attribute("title", "2026-11-23 18:04:05 UTC")
    expect(time).not_to_contain_text("UTC")


def _luminance(page: Page) -> float:
    """Return the ground's mean channel, 0 to 255; read from outside, so it needs no scripts."""
    colour = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    return sum(int(part) for part in colour[4:-1].split(",")[:3]) / 3


def _drag(page: Page, *, from_card: int, to_card: int) -> None:
    handles = page.locator("[data-sortable-handle]")
    start, end = handles.nth(from_card).bounding_box(), handles.nth(to_card).bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 10, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, end["y"] + 10, steps=5)
    page.mouse.move(end["x"] + 10, end["y"] + 45, steps=10)
    page.mouse.up()
