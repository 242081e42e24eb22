"""Template: text with data elements in it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import ComponentError
from extensions.core.secret import SecretRef, reference
from extensions.core.template import MAX_LENGTH, TEMPLATE
from tests.extensions.core.making import errors, json_values, patient, run, warnings

ELEMENTS = {
    "SKU": "A-1",
    "Price": 10.0,
    "Zero": 0,
    "No": False,
    "Empty": "",
    "Nothing": None,
    "List": [1],
    "Object": {"a": 1},
    "Braces": "{{SKU}}",
    "größe": "XL",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{SKU}}", "A-1"),
        ("{{ SKU }}", "A-1"),
        ("{{SKU}}-{{größe}}", "A-1-XL"),
        ("{{SKU}}{{SKU}}", "A-1A-1"),
        ("at {{Price}} EUR", "at 10 EUR"),
        ("{{Price}}", "10"),
        ("{{Zero}}/{{No}}", "0/false"),
        ("[{{Empty}}]", "[]"),
        ("[{{Nothing}}]", "[]"),
        ("[{{List}}{{Object}}]", "[]"),
        ("{{Braces}}", "{{SKU}}"),  # what an event says is never a template
        ("line one\nline {{SKU}}\n", "line one\nline A-1\n"),
        ("{{{SKU}}}", "{A-1}"),
        ("100 % {} {{}} {SKU}", "100 % {} {{}} {SKU}"),
    ],
)
def test_template_puts_values_into_its_text(text: str, value: str) -> None:
    found = run(TEMPLATE, {"text": text}, ELEMENTS)
    assert found == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{SKU}}-{{Nothing}}", None),
        ("{{List}}", None),
        ("{{Object}} {{SKU}}", None),
        ("{{SKU}}-{{Empty}}{{Zero}}{{No}}", "A-1-0false"),
    ],
)
def test_template_may_need_all_its_values(text: str, value: str | None) -> None:
    assert run(TEMPLATE, {"text": text, "whenMissing": "nothing"}, ELEMENTS) == value


def test_text_that_grows_without_bound_fails_its_rule() -> None:
    longest = "x" * (MAX_LENGTH // 2)
    assert len(run(TEMPLATE, {"text": "{{A}}{{A}}"}, {"A": longest})) == MAX_LENGTH
    with pytest.raises(ComponentError, match="longer than 65536 characters"):
        run(TEMPLATE, {"text": "{{A}}{{A}}."}, {"A": longest})


def test_secret_in_a_text_is_plain_text_that_nobody_opens() -> None:
    secret = reference("SE" + "0a" * 16)
    for text in ("{{Secret}}", "Bearer {{Secret}}"):
        assert not isinstance(run(TEMPLATE, {"text": text}, {"Secret": secret}), SecretRef)


@pytest.mark.parametrize("settings", [{}, {"text": ""}])
def test_form_asks_for_a_text(settings: dict[str, str]) -> None:
    assert errors(TEMPLATE, settings) == [("text", "Please specify a text.")]


def test_form_wonders_about_a_text_that_never_changes() -> None:
    assert warnings(TEMPLATE, {"text": "EUR"}) == [
        ("text", "There is no data element in this text.")
    ]


def test_template_reads_itself_aloud() -> None:
    assert TEMPLATE.summarise({"text": "{{SKU}}-{{Size}}"}) == "“{{SKU}}-{{Size}}”"


_literals = st.text(max_size=6).filter(lambda text: "{" not in text and "}" not in text)


@patient
@given(literals=st.lists(_literals, min_size=1, max_size=4), value=json_values)
def test_template_keeps_every_letter_around_its_values(literals: list[str], value: Any) -> None:
    found = run(TEMPLATE, {"text": "{{B}}" + "{{A}}".join(literals)}, {"A": value, "B": "-"})
    if isinstance(value, list | dict | None):
        assert found == "-" + "".join(literals)
    if isinstance(value, str):
        assert found == "-" + value.join(literals)


@patient
@given(value=st.floats() | st.integers() | st.booleans())
def test_value_that_cannot_be_written_counts_as_missing(value: Any) -> None:
    found = run(TEMPLATE, {"text": "{{A}}", "whenMissing": "nothing"}, {"A": value})
    is_writable = isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**300)
    assert (found is not None) == (is_writable or math.isfinite(value))
