"""Buttons that bring a form back: what each of them changes in what was posted."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from rules.forms.revisiting import MAX_ROWS, changed, focused, is_revisit, row_numbers, value_of


@pytest.mark.parametrize(
    "button", ["pick", "insert", "replace", "add", "remove", "view", "change_type"]
)
def test_form_comes_back_when_a_small_button_was_pressed(button: str) -> None:
    assert is_revisit(QueryDict(f"name=x&{button}=name"))


def test_form_is_judged_when_none_was_pressed() -> None:
    assert not is_revisit(QueryDict("name=add&save=save"))


@pytest.mark.parametrize(
    ("posted", "after"),
    [
        ("em=a&name=x", "em=a&name=x"),
        # Data elements
        ("name=a&insert=name|N", "name=a{{N}}"),
        ("name=a&insert=name|", "name=a"),
        ("name=a&insert=", "name=a"),
        ("name=a&insert=name|A|B", "name=a{{A|B}}"),
        ("name=a&replace=name|N", "name={{N}}"),
        ("insert=new|N", "new={{N}}"),
        ("em=a&em=b&insert=em[1]|N", "em=a&em=b{{N}}"),
        ("em=a&em=b&insert=em|N", "em=a&em=b{{N}}"),
        ("em=a&insert=em[2]|N", "em=a&em=&em={{N}}"),
        ("em=a&replace=em[0]|N", "em={{N}}"),
        ("items[0].id=a&insert=items[0].id|N", "items[0].id=a{{N}}"),
        # A list
        ("em=a&add=em", "em=a&em="),
        ("add=em", "em="),
        ("em=a&em=b&em=c&remove=em|1", "em=a&em=c"),
        ("em=a&remove=em|0", ""),
        ("em=a&remove=em|7", "em=a"),
        ("em=a&remove=em|-1", "em=a"),
        ("em=a&remove=em", "em=a"),
        # Rows
        ("t[0].a=1&t[0].b=2&add=t", "t[0].a=1&t[0].b=2&t[1].a=&t[1].b="),
        ("t[4].a=1&add=t", "t[4].a=1&t[5].a="),
        ("t[4].a=1&t[2].a=2&add=t", "t[4].a=1&t[2].a=2&t[5].a="),
        ("t[0].a=1&t[1].a=2&remove=t|0", "t[1].a=2"),
        ("t[1].a=1&t[10].a=2&remove=t|1", "t[10].a=2"),
        ("t.u[0].a=1&t.u[1].a=2&remove=t.u|1", "t.u[0].a=1"),
        ("t[0].a=1&t[9999].a=2&add=t", "t[0].a=1&t[9999].a=2&t[1].a="),
        ("em=a&remove=em|\u0660", "em=a"),
        (f"em=a&remove=em|{'1' * 5000}", "em=a"),
    ],
)
def test_button_changes_what_was_posted(posted: str, after: str) -> None:
    data = QueryDict(posted)
    result = changed(data).copy()
    for button in ("insert", "replace", "add", "remove"):
        result.pop(button, None)
    assert {k: v for k, v in result.lists() if v} == dict(QueryDict(after).lists())


def test_number_of_values_that_an_insertion_makes_is_bounded() -> None:
    after = changed(QueryDict("insert=em[9999]|N"))
    assert len(after.getlist("em")) == MAX_ROWS + 1


def test_rows_are_taken_in_the_order_of_the_page() -> None:
    names = ["t[10].a", "t[2].a", "t[2].b", "t[x].a", "t[1]", "tt[3].a", "t[4].u[5].a"]
    assert row_numbers(names, "t") == [10, 2]


@pytest.mark.parametrize(
    ("control", "held"),
    [("name", "x"), ("em[1]", "b"), ("em[5]", ""), ("none", ""), ("t[0].a", "1")],
)
def test_control_is_found_by_its_address(control: str, held: str) -> None:
    assert value_of(QueryDict("name=x&em=a&em=b&t[0].a=1"), control) == held


@pytest.mark.parametrize(
    ("posted", "control"),
    [
        ("name=x", ""),
        ("name=x&pick=name", ""),
        ("name=x&insert=name|N", "name"),
        ("replace=a[token]|N", "a[token]"),
        ("em=a&add=em", "em[1]"),
        ("t[0].a=1&t[0].b=2&add=t", "t[1].a"),
        ("em=a&em=b&remove=em|0", "em[add]"),
        ("view=data|raw", "data[view]"),
    ],
)
def test_focus_goes_to_what_the_button_was_about(posted: str, control: str) -> None:
    assert focused(changed(QueryDict(posted))) == control


@pytest.mark.parametrize("number", ["007", "00", "\u0663", "12345", "-1", "x", ""])
def test_name_that_no_page_has_is_no_row(number: str) -> None:
    data = QueryDict(f"t[{number}].a=1&add=t", mutable=True)
    assert row_numbers(data, "t") == []
    assert focused(changed(data)) == "t[0]"


def test_row_beside_one_that_no_page_has_gets_the_focus() -> None:
    assert focused(changed(QueryDict("t[007].a=1&t[7].a=2&add=t"))) == "t[8].a"


def test_three_full_objects_and_a_full_table_reach_the_form() -> None:
    controls = {f"field{n}": "x" for n in range(3 * 3 * MAX_ROWS + 6 * MAX_ROWS)}
    request = RequestFactory().post("/", controls)
    assert len(request.POST) == len(controls)


def test_data_element_for_a_switch_chooses_it() -> None:
    after = changed(QueryDict("a=false&a[token]=&replace=a[token]|N"))
    assert (after["a"], after["a[token]"]) == ("", "{{N}}")
