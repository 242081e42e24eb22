"""What the components promise to the screens built of them."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import render_to_string


class _Form(forms.Form):
    email = forms.CharField(label="Email", required=False, help_text="Hashed before it is sent.")
    token = forms.CharField(label="Access Token", required=False, widget=forms.PasswordInput)


def _field(name: str, data: dict[str, str] | None = None, **hints: object) -> str:
    form = _Form(data)
    for hint, value in hints.items():
        setattr(form.fields[name], hint, value)
    return render_to_string("components/field.html", {"field": form[name]})


def test_help_stands_under_the_id_its_control_names() -> None:
    html = _field("email")
    assert 'aria-describedby="id_email_helptext"' in html
    assert 'id="id_email_helptext"' in html


def test_stored_secret_shows_its_mask_and_an_empty_control() -> None:
    html = _field("token", {"token": "EAAB-secret"}, masked="••••7f3a")
    assert "••••7f3a" in html
    assert "EAAB-secret" not in html


def test_picker_button_posts_the_name_of_its_field() -> None:
    html = _field("email", picker=True)
    assert re.search(r'<button[^>]*type="submit"[^>]*name="pick"[^>]*value="email"', html)


def test_field_that_takes_no_data_element_has_no_picker() -> None:
    assert 'name="pick"' not in _field("email")


def test_suggestions_are_the_list_of_the_control() -> None:
    html = _field("email", suggestions=["Purchase"])
    assert 'list="id_email_options"' in html
    assert re.search(r'<datalist id="id_email_options">\s*<option value="Purchase">', html)


def test_needed_field_is_marked_although_the_schema_judges_it() -> None:
    html = _field("email", is_needed=True)
    assert "(required)" in html
    assert 'aria-required="true"' in html


def test_summary_of_errors_links_to_each_refused_field() -> None:
    form = _Form({})
    form.fields["email"].required = True
    html = render_to_string("components/form_errors.html", {"form": form})
    assert '<a href="#id_email">Email</a>' in html
    assert "autofocus" in html


def test_without_errors_there_is_no_summary() -> None:
    assert render_to_string("components/form_errors.html", {"form": _Form()}).strip() == ""


@pytest.mark.parametrize(
    ("library", "values"),
    [(None, ["save"]), (SimpleNamespace(name="A"), ["save", "library", "build"])],
)
def test_ways_to_save_depend_on_the_working_library(library: object, values: list[str]) -> None:
    html = render_to_string("components/save_button.html", {"library": library})
    assert re.findall(r'name="save"\s+value="(\w+)"', html) == values


def test_choices_without_javascript_say_which_field_and_which_element() -> None:
    context = {"picking": "user.email", "picker_elements": [{"name": "Order value"}]}
    html = render_to_string("components/picker_choices.html", context)
    assert 'value="user.email|Order value"' in html


def test_name_of_a_data_element_is_escaped() -> None:
    html = render_to_string(
        "components/picker_dialog.html", {"data_elements": [{"name": '"><script>'}]}
    )
    assert "<script>" not in html


def test_first_component_of_a_rule_cannot_move_up() -> None:
    cards = [SimpleNamespace(id=n, name=n, extension="Core") for n in ("first", "second")]
    html = render_to_string("components/rule_section.html", {"kind": "action", "cards": cards})
    assert re.findall(r'aria-label="Move up (\w+)"\s+(disabled)?', html) == [
        ("first", "disabled"),
        ("second", ""),
    ]
