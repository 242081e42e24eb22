"""Lookup Table: the output of the first row that fits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.lookup_table import LOOKUP_TABLE, MAX_PATTERNS, MAX_ROWS
from extensions.core.operators import BadPattern, compile_pattern
from extensions.core.secret import SecretRef, reference
from tests.extensions.core.making import (
    ElementCompiler,
    errors,
    json_values,
    patient,
    run,
    scope,
    warnings,
)


def table(*rows: tuple[Any, Any], **settings: Any) -> dict[str, Any]:
    """Return settings with these rows; an output of None is left out, as a form would."""
    made = [
        {"input": given_} | ({} if output is None else {"output": output})
        for given_, output in rows
    ]
    return {"input": "{{In}}", "rows": made, **settings}


def look_up(value: Any, *rows: tuple[Any, Any], **settings: Any) -> Any:
    """Return what the table gives for a value."""
    elements = {"In": value, "Other": "other", "Number": 5, "Nothing": None}
    return run(LOOKUP_TABLE, table(*rows, **settings), elements)


CURRENCIES = (("DE", "EUR"), ("US", "USD"), ("DE", "DEM"), ("5", "five"), ("true", "yes"))


@pytest.mark.parametrize(
    ("value", "output"),
    [
        ("DE", "EUR"),  # the first of two
        ("US", "USD"),
        ("de", None),
        (" DE", None),
        ("D", None),
        ("", None),
        (5, "five"),
        (5.0, "five"),
        ("5", "five"),
        ("5.0", None),
        (True, "yes"),
        (None, None),
        ([], None),
        (["DE"], None),
        ({"DE": 1}, None),
    ],
)
def test_exact_row_fits_the_same_text(value: Any, output: Any) -> None:
    assert look_up(value, *CURRENCIES) == output


@pytest.mark.parametrize("value", ["FR", None, [], ""])
def test_default_is_given_where_no_row_fits(value: Any) -> None:
    assert look_up(value, *CURRENCIES, default="none") == "none"
    assert look_up(value, *CURRENCIES, default="{{Other}}") == "other"


@pytest.mark.parametrize(
    ("value", "output"),
    [("de", "EUR"), ("DE", "EUR"), ("ÄÖ", "umlauts"), ("äö", "umlauts"), ("fr", None)],
)
def test_row_may_fit_in_any_case(value: str, output: Any) -> None:
    rows = (("De", "EUR"), ("dE", "DEM"), ("äÖ", "umlauts"))
    assert look_up(value, *rows, match="ignoreCase") == output


@pytest.mark.parametrize(
    ("value", "output"),
    [
        ("/checkout/pay", "checkout"),
        ("/cart", "cart"),
        ("/Cart", "any case"),
        ("/a/cart", None),
        ("12", "number"),
        (12, "number"),
        ("grün", "green"),
        ("line\nbreak", "two lines"),
        ("", None),
        (None, None),
        ("\ud800", None),
    ],
)
def test_row_may_be_a_regular_expression(value: Any, output: Any) -> None:
    rows = (
        ("checkout", "checkout"),
        ("^/cart$", "cart"),
        ("(?i)^/cart$", "any case"),
        (r"^\d+$", "number"),
        ("gr.n", "green"),
        ("(?m)^break", "two lines"),
        ("^/cart", "never"),
    )
    assert look_up(value, *rows, match="regex") == output


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("{{Other}}", "other"),
        ("{{Number}}", 5),
        ("a {{Number}} b", "a 5 b"),
        ("{{Nothing}}", None),
        ("{{In}}", "DE"),
        ("{Other}", "{Other}"),
        (5, 5),
        (True, True),
        ("", ""),
        (None, None),  # the row fits and gives no value, so the default is not asked
    ],
)
def test_output_keeps_its_type_and_may_hold_data_elements(output: Any, found: Any) -> None:
    given_ = look_up("DE", ("DE", output), default="default")
    assert given_ == found
    assert type(given_) is type(found)


def test_secret_may_be_looked_up() -> None:
    secret = reference("SE" + "0a" * 16)
    found = run(LOOKUP_TABLE, table(("DE", "{{Token}}")), {"In": "DE", "Token": secret})
    assert isinstance(found, SecretRef)


def calls_of(work: Callable[[], Any]) -> int:
    """Return how many functions are called, in Python or C."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("match", ["exact", "ignoreCase"])
def test_many_rows_cost_one_event_no_more_than_few(match: str) -> None:
    def cost(size: int) -> int:
        rows = [(f"SKU-{number}", str(number)) for number in range(size)]
        compiler = ElementCompiler({"In": f"SKU-{size - 1}"})
        resolve = LOOKUP_TABLE.compile(table(*rows, match=match), compiler)
        assert resolve(scope()) == str(size - 1)
        return calls_of(lambda: resolve(scope()))

    assert cost(MAX_ROWS) == cost(10)


@patient
@given(
    rows=st.lists(
        st.tuples(st.text("abAB{}", min_size=1, max_size=2), st.text("xyz", max_size=2)),
        min_size=1,
        max_size=8,
    ),
    value=st.text("abAB{}", max_size=2) | json_values,
    match=st.sampled_from(["exact", "ignoreCase", "regex"]),
)
def test_table_gives_what_reading_it_from_the_top_does(
    rows: list[tuple[str, str]], value: Any, match: str
) -> None:
    settings = table(*rows, match=match, default="-")
    if errors(LOOKUP_TABLE, settings):
        return
    fits: dict[str, Callable[[str, str], bool]] = {
        "exact": lambda text, row: text == row,
        "ignoreCase": lambda text, row: text.lower() == row.lower(),
        "regex": lambda text, row: bool(compile_pattern(row, False).search(text)),
    }
    found = run(LOOKUP_TABLE, settings, {"In": value})
    if isinstance(value, str) and not isinstance(value, SecretRef):
        assert found == next((output for row, output in rows if fits[match](value, row)), "-")
    else:
        assert isinstance(found, str)


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        (
            {},
            [
                ("input", "Please specify a data element."),
                ("rows", f"Please enter at least one row, and at most {MAX_ROWS}."),
            ],
        ),
        (table(), [("rows", f"Please enter at least one row, and at most {MAX_ROWS}.")]),
        (table(("DE", "EUR"), input="DE"), [("input", "Please specify a data element.")]),
        (table(("", "EUR")), [("rows.0.input", "Each row needs an input.")]),
        (
            {"input": "{{In}}", "rows": [{"output": "EUR"}]},
            [("rows.0.input", "Each row needs an input.")],
        ),
        (
            table(("DE", "EUR"), ("{{Other}}", "USD")),
            [("rows.1.input", "Row 2: only the output may hold a data element.")],
        ),
        (
            table(*[("a", "b")] * (MAX_PATTERNS + 1), match="regex"),
            [("rows", f"There may be at most {MAX_PATTERNS} regular expressions.")],
        ),
        (table(*[("a", "b")] * MAX_PATTERNS, match="regex"), []),
        (
            table(*[(str(number), "b") for number in range(MAX_ROWS + 1)]),
            [("rows", f"Please enter at least one row, and at most {MAX_ROWS}.")],
        ),
    ],
)
def test_form_says_what_is_wrong_beside_the_field(settings: Any, problems: Any) -> None:
    assert errors(LOOKUP_TABLE, settings) == problems


def test_form_names_the_row_whose_pattern_cannot_be_read() -> None:
    [(field, message)] = errors(LOOKUP_TABLE, table(("a", "b"), ("(", "c"), match="regex"))
    with pytest.raises(BadPattern) as bad:
        compile_pattern("(", False)
    assert (field, message) == ("rows.1.input", f"Row 2: {bad.value}")


@pytest.mark.parametrize(
    ("rows", "match", "problems"),
    [
        ((("DE", "a"), ("DE", "b")), "exact", 1),
        ((("DE", "a"), ("de", "b")), "exact", 0),
        ((("DE", "a"), ("de", "b")), "ignoreCase", 1),
        ((("5", "a"), (5, "b")), "exact", 1),
    ],
)
def test_form_wonders_about_a_row_that_is_never_reached(
    rows: Any, match: str, problems: int
) -> None:
    message = "Row 2 is never reached: row 1 is for the same."
    told = [("rows.1.input", message)] * problems
    assert warnings(LOOKUP_TABLE, table(*rows, match=match)) == told


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (table(("DE", "EUR")), "In looked up in 1 row"),
        (table(*CURRENCIES), "In looked up in 5 rows"),
    ],
)
def test_element_reads_itself_aloud(settings: Any, words: str) -> None:
    assert LOOKUP_TABLE.summarise(settings) == words
