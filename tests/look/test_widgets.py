"""Generated forms in a browser: what follows a choice at once, and what works without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.look.conftest import OpenPage

pytestmark = pytest.mark.browser


def form(page: Page) -> Locator:
    """The filled form; the refused one stands below it."""
    return page.locator("#generated form").first


def field(page: Page, name: str) -> Locator:
    return form(page).locator(f"[data-field='{name}']")


def control(page: Page, name: str) -> Locator:
    return form(page).locator(f"[name='{name}']:not([type=hidden])")


def choose(page: Page, source: str) -> None:
    control(page, "source").select_option(source)


def headings(page: Page) -> list[str]:
    return form(page).locator("[data-section] h2").all_inner_texts()


# --- Conditions -------------------------------------------------------------------------------


def test_field_that_stops_mattering_joins_the_further_ones(open_guide: OpenPage) -> None:
    page = open_guide()
    expect(form(page).locator("[data-main] [data-field=url]")).to_be_visible()
    choose(page, "email")
    expect(form(page).locator("[data-rest] [data-field=url]")).to_be_hidden()
    expect(form(page).locator("[data-count]").first).to_have_text("2")


def test_fields_keep_the_schemas_order_when_they_come_back(open_guide: OpenPage) -> None:
    page = open_guide()
    main = form(page).locator("[data-main]").first.locator("> [data-field]")
    before = main.evaluate_all("fields => fields.map(field => field.dataset.field)")
    choose(page, "email")
    expect(main).to_have_count(len(before) - 1)
    choose(page, "website")
    expect(main).to_have_count(len(before))
    assert main.evaluate_all("fields => fields.map(field => field.dataset.field)") == before


def test_field_that_joins_the_further_ones_leaves_them_folded(open_guide: OpenPage) -> None:
    page = open_guide()
    expect(form(page).locator("[data-rest] [data-field=subject]")).to_be_hidden()
    choose(page, "email")
    expect(form(page).locator("[data-main] [data-field=subject]")).to_be_visible()
    choose(page, "website")
    expect(form(page).locator("[data-rest] [data-field=subject]")).to_be_hidden()


def test_required_mark_follows_the_choice(open_guide: OpenPage) -> None:
    page = open_guide()
    expect(field(page, "url").locator("[data-required]")).to_be_visible()
    expect(control(page, "url")).to_have_attribute("aria-required", "true")
    choose(page, "app")
    expect(control(page, "url")).not_to_have_attribute("aria-required", "true")


@pytest.mark.parametrize(
    ("choice", "is_shown"), [("Off", False), ("Always", True), ("By a data element", True)]
)
def test_switch_shows_what_depends_on_it(open_guide: OpenPage, choice: str, is_shown: bool) -> None:
    page = open_guide()
    expect(control(page, "country")).to_be_hidden()
    field(page, "limited").get_by_label(choice, exact=True).check()
    expect(control(page, "country")).to_be_visible(visible=is_shown)
    expect(control(page, "limited[token]")).to_be_visible(visible=choice == "By a data element")


def test_section_moves_up_and_opens_when_it_comes_to_matter(open_guide: OpenPage) -> None:
    page = open_guide()
    assert headings(page)[-1] == "App"
    expect(control(page, "appName")).to_be_hidden()
    choose(page, "app")
    expect(control(page, "appName")).to_be_visible()
    assert headings(page) == [
        "Event",
        "Customer",
        "Custom Data",
        "Message",
        "App",
        "Rarely needed",
    ]
    choose(page, "website")
    expect(control(page, "appName")).to_be_hidden()


def test_section_that_holds_something_stays_when_it_stops_mattering(open_guide: OpenPage) -> None:
    page = open_guide()
    choose(page, "app")
    control(page, "appName").fill("Shop")
    choose(page, "website")
    expect(control(page, "appName")).to_be_visible()
    expect(control(page, "appName")).to_have_value("Shop")


def test_typing_into_a_deciding_field_moves_nothing_and_keeps_the_focus(
    open_guide: OpenPage,
) -> None:
    page = open_guide()
    name = control(page, "event")
    name.fill("")
    name.press_sequentially("Purchase")
    expect(name).to_be_focused()
    expect(control(page, "data[5].key")).to_have_count(0)
    name.press("Tab")
    expect(control(page, "data[5].key")).to_have_value("currency")


# --- Lists and rows ---------------------------------------------------------------------------


def test_added_value_gets_the_focus_and_a_number_of_its_own(open_guide: OpenPage) -> None:
    page = open_guide()
    field(page, "mail").get_by_role("button", name="Add another").click()
    expect(control(page, "mail")).to_have_count(3)
    expect(control(page, "mail").nth(2)).to_be_focused()
    expect(control(page, "mail").nth(2)).to_have_accessible_name("E-mail, value 3")
    expect(control(page, "mail").nth(0)).to_have_accessible_name("E-mail")


def test_removed_value_leaves_the_others_and_the_focus_beside_it(open_guide: OpenPage) -> None:
    page = open_guide()
    field(page, "mail").get_by_role("button", name="Remove").first.click()
    expect(control(page, "mail")).to_have_count(1)
    expect(control(page, "mail")).to_have_value("{{Second Email}}")
    expect(control(page, "mail")).to_be_focused()


def test_last_row_that_is_removed_leaves_an_empty_one(open_guide: OpenPage) -> None:
    page = open_guide()
    field(page, "items").get_by_role("button", name="Remove row").click()
    expect(field(page, "items").locator("tbody tr")).to_have_count(1)
    expect(field(page, "items").get_by_label("ID, row 1", exact=True)).to_have_value("")


def test_rows_added_after_a_removal_have_names_nobody_else_has(open_guide: OpenPage) -> None:
    page = open_guide()
    add = field(page, "items").get_by_role("button", name="Add row")
    add.click()
    field(page, "items").get_by_role("button", name="Remove row").first.click()
    add.click()
    cells = field(page, "items").locator("tbody input")
    names = cells.evaluate_all("all => all.map(one => one.name)")
    assert len(set(names)) == len(names) == 6


def test_data_element_is_inserted_into_the_very_cell(open_guide: OpenPage) -> None:
    page = open_guide()
    field(page, "items").get_by_role("button", name="Add row").click()
    row = field(page, "items").locator("tbody tr").nth(1)
    row.get_by_role("button", name="Open data element selector for Quantity").click()
    page.locator('[data-token="Order value"]').click()
    expect(row.get_by_label("Quantity, row 2", exact=True)).to_have_value("{{Order value}}")


# --- Objects ----------------------------------------------------------------------------------


def test_suggested_keys_come_and_go_with_the_choice(open_guide: OpenPage) -> None:
    page = open_guide()
    keys = field(page, "data").locator("input[name$='.key']")
    control(page, "event").fill("Purchase")
    control(page, "event").blur()
    expect(keys).to_have_count(7)
    marks = field(page, "data").locator("tbody [data-required]:visible")
    expect(marks).to_have_count(2)
    control(page, "event").fill("Lead")
    control(page, "event").blur()
    expect(keys).to_have_count(5)


def test_suggested_key_that_is_filled_stays(open_guide: OpenPage) -> None:
    page = open_guide()
    control(page, "event").fill("Purchase")
    control(page, "event").blur()
    control(page, "data[5].value").fill("EUR")
    control(page, "event").fill("Lead")
    control(page, "event").blur()
    expect(field(page, "data").locator("input[name$='.key']")).to_have_count(6)
    expect(control(page, "data[5].value")).to_have_value("EUR")


def test_key_that_is_suggested_brings_its_type(open_guide: OpenPage) -> None:
    page = open_guide()
    control(page, "data[4].key").fill("content_ids")
    control(page, "data[4].key").blur()
    expect(control(page, "data[4].type")).to_have_value("list")
    expect(control(page, "data[4].value")).to_have_attribute("placeholder", '["a", "b"]')


def test_free_row_stands_last_once_the_one_before_it_is_used(open_guide: OpenPage) -> None:
    page = open_guide()
    control(page, "data[4].key").fill("mine")
    control(page, "data[4].key").blur()
    control(page, "event").fill("Purchase")
    control(page, "event").blur()
    keys = field(page, "data").locator("tbody input[name$='.key']")
    expect(keys).to_have_count(8)
    values = keys.evaluate_all("keys => keys.map(key => key.value)")
    assert values[4:] == ["mine", "currency", "value", ""]


def test_chosen_type_stays_and_offers_what_it_takes(open_guide: OpenPage) -> None:
    page = open_guide()
    control(page, "data[4].type").select_option("boolean")
    expect(control(page, "data[4].type")).to_have_value("boolean")
    expect(control(page, "data[4].value")).to_have_attribute("placeholder", "true or false")
    offered = control(page, "data[4].value").evaluate("value => [...value.list.options].length")
    assert offered == 2


def test_mark_of_a_needed_key_stands_beside_it(open_guide: OpenPage) -> None:
    page = open_guide()
    control(page, "event").fill("Purchase")
    control(page, "event").blur()
    key = control(page, "data[5].key").bounding_box()
    row = field(page, "data").locator("tr", has=page.locator("[name='data[5].key']"))
    mark = row.locator("[data-required]").bounding_box()
    assert key
    assert mark
    assert key["y"] < mark["y"] < key["y"] + key["height"]
    assert mark["x"] >= key["x"] + key["width"]


def test_mark_of_a_needed_key_stands_above_it_on_a_telephone(open_guide: OpenPage) -> None:
    page = open_guide(width=390)
    control(page, "event").fill("Purchase")
    control(page, "event").blur()
    row = field(page, "data").locator("tr", has=page.locator("[name='data[5].key']"))
    key = control(page, "data[5].key").bounding_box()
    mark = row.locator("[data-required]").bounding_box()
    assert key
    assert mark
    assert mark["y"] + mark["height"] <= key["y"] + 1
    assert mark["x"] + mark["width"] <= key["x"] + key["width"]


def test_content_is_the_same_in_both_views(open_guide: OpenPage) -> None:
    page = open_guide()
    control(page, "data[0].value").fill("A-1")
    field(page, "data").get_by_role("button", name="Raw JSON").click()
    raw = field(page, "data").locator("textarea[name=data]")
    expect(raw).to_have_value(
        '{\n  "order": "A-1",\n  "list": [\n    "a",\n    1\n  ],\n'
        '  "gift": true,\n  "address": {\n    "city": "Ulm"\n  }\n}'
    )
    raw.fill('{"order": 7, "odd": null}')
    field(page, "data").get_by_role("button", name="Key-Value Pairs").click()
    expect(control(page, "data[0].type")).to_have_value("number")
    expect(control(page, "data[0].value")).to_have_value("7")
    expect(field(page, "data")).to_contain_text("Left out because they are empty: odd.")


def test_text_that_is_no_json_stays_as_it_was_typed(open_guide: OpenPage) -> None:
    page = open_guide()
    field(page, "data").get_by_role("button", name="Raw JSON").click()
    field(page, "data").locator("textarea[name=data]").fill('{"a": 1,\n"b" 2}')
    field(page, "data").get_by_role("button", name="Key-Value Pairs").click()
    expect(field(page, "data")).to_contain_text("not valid JSON: see line 2, column 5")
    expect(field(page, "data").locator("textarea[name=data]")).to_have_value('{"a": 1,\n"b" 2}')


# --- The code editor --------------------------------------------------------------------------


def editor(page: Page) -> Locator:
    field(page, "data").get_by_role("button", name="Raw JSON").click()
    found = field(page, "data").locator(".editor")
    expect(found).to_be_visible()
    return found


def test_what_is_typed_into_the_editor_is_what_the_form_posts(open_guide: OpenPage) -> None:
    page = open_guide()
    editor(page).locator(".ace_content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type('{"a": 1')
    expect(field(page, "data").locator("textarea[name=data]")).to_have_value('{"a": 1}')


def test_mistake_is_marked_with_its_place(open_guide: OpenPage) -> None:
    page = open_guide()
    editor(page)
    field(page, "data").locator("textarea[name=data]").fill('{"a": 1,\n"b" 2}')
    expect(field(page, "data").locator(".editor-message")).to_contain_text("Line 2, column")
    expect(field(page, "data").locator(".ace_gutter-cell.ace_error")).to_be_visible()


def test_mistake_that_the_server_told_is_not_told_again_until_the_text_changes(
    open_guide: OpenPage,
) -> None:
    page = open_guide()
    refused = page.locator("#generated form").nth(1).locator("[data-field=raw]")
    refused.scroll_into_view_if_needed()
    expect(refused.locator(".ace_gutter-cell.ace_error")).to_be_attached()
    expect(refused.locator(".field-error")).to_contain_text("line 2, column 5")
    expect(refused.locator(".editor-message")).to_be_empty()
    refused.locator("textarea[name=raw]").fill('{"a" 1}')
    expect(refused.locator(".editor-message")).to_contain_text("Line 1")


def test_single_data_element_is_no_mistake(open_guide: OpenPage) -> None:
    page = open_guide()
    editor(page)
    field(page, "data").locator("textarea[name=data]").fill('{"a" 1}')
    expect(field(page, "data").locator(".editor-message")).to_contain_text("Line 1")
    field(page, "data").locator("textarea[name=data]").fill("{{Everything}}")
    expect(field(page, "data").locator(".editor-message")).to_be_empty()
    expect(field(page, "data").locator(".ace_gutter-cell.ace_error")).to_have_count(0)


def test_data_element_is_inserted_at_the_editors_caret(open_guide: OpenPage) -> None:
    page = open_guide()
    editor(page).locator(".ace_content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type('{"a": "')
    field(page, "data").get_by_role("button", name="Open data element selector for Data").click()
    page.locator('[data-token="Email"]').click()
    expect(field(page, "data").locator("textarea[name=data]")).to_have_value('{"a": "{{Email}}"}')


def test_editor_is_entered_with_enter_and_left_with_escape(open_guide: OpenPage) -> None:
    page = open_guide()
    editor(page)
    field(page, "data").get_by_role("button", name="Raw JSON").focus()
    page.keyboard.press("Tab")  # the line numbers, where the marks of mistakes can be read
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(field(page, "data").locator("textarea.ace_text-input")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    picker = field(page, "data").get_by_role("button", name="Open data element selector for Data")
    expect(picker).to_be_focused()


# --- The picker -------------------------------------------------------------------------------


def test_field_for_one_data_element_takes_another_in_its_place(open_guide: OpenPage) -> None:
    page = open_guide()
    field(page, "left").get_by_role("button").click()
    page.locator('[data-token="Email"]').click()
    expect(control(page, "left")).to_have_value("{{Email}}")


def test_secret_field_offers_secret_data_elements_first(open_guide: OpenPage) -> None:
    page = open_guide()
    form(page).locator("[data-further] summary").first.click()
    field(page, "key").get_by_role("button").click()
    offered = page.locator("#picker-dialog [data-token]:visible")
    expect(offered).to_have_count(3)
    expect(offered.first).to_have_text("Access token Secret")
    expect(page.locator("#picker-dialog")).to_contain_text("Secret data elements stand first")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    field(page, "left").get_by_role("button").click()
    expect(offered).to_have_count(3)
    expect(page.locator("#picker-dialog")).not_to_contain_text(
        "Secret data elements stand first", use_inner_text=True
    )


# --- Without JavaScript -----------------------------------------------------------------------


@pytest.fixture
def plain(open_guide: OpenPage) -> Page:
    """The guide in a browser that runs no scripts."""
    return open_guide(scripts=False)


def test_values_are_added_and_removed_without_javascript(plain: Page) -> None:
    control(plain, "mail").first.fill("typed")
    field(plain, "mail").get_by_role("button", name="Add another").click()
    expect(control(plain, "mail")).to_have_count(3)
    expect(control(plain, "mail").first).to_have_value("typed")
    field(plain, "mail").get_by_role("button", name="Remove").nth(1).click()
    expect(control(plain, "mail")).to_have_count(2)
    expect(control(plain, "mail").nth(1)).to_have_value("")


def test_rows_are_added_and_removed_without_javascript(plain: Page) -> None:
    field(plain, "items").get_by_role("button", name="Add row").click()
    control(plain, "items[1].id").fill("SKU-2")
    field(plain, "items").get_by_role("button", name="Remove row").first.click()
    expect(field(plain, "items").locator("tbody tr")).to_have_count(1)
    expect(control(plain, "items[1].id")).to_have_value("SKU-2")


def test_views_are_switched_without_javascript(plain: Page) -> None:
    field(plain, "data").get_by_role("button", name="Raw JSON").click()
    field(plain, "data").locator("textarea").fill('{"a": {"b": [1]}}')
    field(plain, "data").get_by_role("button", name="Key-Value Pairs").click()
    expect(control(plain, "data[0].key")).to_have_value("a.b")
    expect(control(plain, "data[0].value")).to_have_value("[1]")


def test_fields_that_depend_on_a_choice_can_be_reached_without_javascript(plain: Page) -> None:
    expect(control(plain, "country")).to_be_visible()
    expect(control(plain, "limited[token]")).to_be_visible()


def test_new_row_takes_the_focus_without_javascript(plain: Page) -> None:
    field(plain, "items").get_by_role("button", name="Add row").click()
    expect(control(plain, "items[1].id")).to_be_focused()


def test_pressed_view_takes_the_focus_without_javascript(plain: Page) -> None:
    field(plain, "data").get_by_role("button", name="Raw JSON").click()
    expect(field(plain, "data").get_by_role("button", name="Raw JSON")).to_be_focused()


# --- Sending ----------------------------------------------------------------------------------


def test_form_that_is_on_its_way_is_not_sent_twice(open_guide: OpenPage) -> None:
    page = open_guide()
    sent: list[str] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            route.fulfill(status=204)  # an answer that leaves the page as it is
        else:
            route.fallback()

    page.route("**/*", hold)
    form(page).evaluate("form => form.insertAdjacentHTML('beforeend', '<button>Send</button>')")
    button = form(page).get_by_role("button", name="Send")
    with page.expect_request(lambda request: request.method == "POST"):
        button.evaluate("button => { button.click(); button.click(); }")
    expect(button).to_be_disabled()
    assert len(sent) == 1


def test_moved_card_keeps_the_focus_on_the_page_that_follows(open_guide: OpenPage) -> None:
    page = open_guide()
    button = page.get_by_role("button", name="Move down Event is a purchase")
    button.evaluate("button => button.addEventListener('click', (e) => e.preventDefault())")
    button.click()
    page.reload()
    expect(button).to_be_focused()
