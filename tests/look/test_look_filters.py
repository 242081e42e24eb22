"""The filters that templates draw with."""

from __future__ import annotations

import json

import pytest
from django import forms

from capi_admin.templatetags import look


class _Form(forms.Form):
    mode = forms.ChoiceField(choices=[("raw", "Raw"), ("pairs", "Pairs")], widget=forms.RadioSelect)
    code = forms.CharField(help_text="Shown by Meta.")


@pytest.mark.parametrize("name", ["partly delivered", "Partly_Delivered", "PARTLY-DELIVERED"])
def test_status_is_found_however_its_name_is_written(name: str) -> None:
    assert look.status(name).word == "Partly delivered"


def test_unknown_status_is_neutral_and_keeps_its_word() -> None:
    assert look.status("half_way") == look.Status("point", "Half way", "neutral")


def test_json_from_a_visitor_is_escaped() -> None:
    assert "<script>" not in look.json_html({"name<script>": "</code><script>alert(1)</script>"})


def test_text_that_is_not_json_is_escaped() -> None:
    assert look.json_html("<b>no") == "&lt;b&gt;no"


def test_json_keys_texts_numbers_and_words_are_marked_apart() -> None:
    html = look.json_html({"value": 59.9, "currency": "EUR", "gift": False})
    assert '<span class="json-key">&quot;value&quot;</span>: <span class="json-num">59.9' in html
    assert '<span class="json-str">&quot;EUR&quot;</span>' in html
    assert '<span class="json-word">false</span>' in html


def test_number_inside_a_text_is_not_marked() -> None:
    assert "json-num" not in look.json_html({"phone": "+49 30 1234"})


def test_json_text_is_indented_again() -> None:
    assert look.pretty_json('{"a":1}') == '{\n  "a": 1\n}'


def test_difference_names_what_went_and_what_came() -> None:
    rows = look.diff({"email": "{{mail}}", "value": 1}, {"email": "{{Email}}", "value": 1})
    assert [(row.kind, row.text.strip()) for row in rows if row.kind != "same"] == [
        ("removed", '"email": "{{mail}}",'),
        ("added", '"email": "{{Email}}",'),
    ]


def test_condition_of_a_field_names_the_other_control_with_its_prefix() -> None:
    form = _Form(prefix="settings")
    form.fields["code"].shown_when = ("mode", "raw", "pairs")  # type: ignore[attr-defined]
    assert json.loads(look.show_if(form["code"])) == [
        {"field": "settings-mode", "in": ["raw", "pairs"]}
    ]


def test_field_without_condition_is_always_shown() -> None:
    assert look.show_if(_Form()["code"]) == ""


def test_refused_control_points_to_its_error_and_its_help() -> None:
    html = look.widget(_Form({"mode": "raw", "code": ""})["code"])
    assert 'aria-describedby="id_code_helptext id_code_error"' in html
    assert 'aria-invalid="true"' in html


def test_every_radio_button_carries_our_class() -> None:
    tags = [option.tag() for option in look.options(_Form()["mode"])]
    assert ["form-check-input" in tag for tag in tags] == [True, True]
