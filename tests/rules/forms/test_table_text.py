"""A table as text: what is pasted becomes rows, and every fault names its line."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.lookup_table import LOOKUP_TABLE, MAX_ROWS
from extensions.meta.package import SEND_EVENT
from rules.forms import table_text
from rules.models import DataElement, Property
from tests.rules.forms.making import delegate, form_for, saved
from tests.rules.making import element

COLUMNS = [{"key": "input", "title": "Input"}, {"key": "output", "title": "Output"}]
LOOKUP = LOOKUP_TABLE.id
_CELLS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)


def posted(text: str, **more: Any) -> dict[str, Any]:
    return {"input": "{{Country}}", "rows[view]": "text", "rows[text]": text, **more}


def rows_of(property_: Property, text: str) -> Any:
    return saved(property_, posted(text), described=LOOKUP_TABLE)["rows"]


def told(property_: Property, text: str, described: Any = LOOKUP_TABLE, **more: Any) -> list[str]:
    """What is said about the text."""
    form = form_for(property_, posted(text, **more), described=described)
    form.is_valid()
    return [str(words) for words in form.errors.get("rows", [])]


# --- Reading and writing ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("DE,EUR\nCH,CHF", [("DE", "EUR"), ("CH", "CHF")]),
        ("DE\tEUR\nCH\tCHF\n", [("DE", "EUR"), ("CH", "CHF")]),
        ("DE\tEUR, say\n", [("DE", "EUR, say")]),
        ("DE,EUR\r\nCH,CHF\r\n", [("DE", "EUR"), ("CH", "CHF")]),
        ('"a,b",c\n"say ""hi""",d', [("a,b", "c"), ('say "hi"', "d")]),
        ("\n DE , EUR \n\n", [("DE", "EUR")]),
        ("DE;EUR\nCH;CHF", [("DE", "EUR"), ("CH", "CHF")]),
        ("Input;Output\nDE;EUR", [("DE", "EUR")]),
        ("\ufeffInput;Output\nDE;1,50", [("DE", "1,50")]),
        ("DE;1,50\nCH;2", [("DE", "1,50"), ("CH", "2")]),
        ("DE,a;b\nCH,c", [("DE", "a;b"), ("CH", "c")]),
        ('"a;b";c', [("a;b", "c")]),
        ("\n\nInput;Output\nDE;EUR", [("DE", "EUR")]),
        ("DE,", [("DE", "")]),
        (",EUR", [("", "EUR")]),
        ("Input,Output\nDE,EUR", [("DE", "EUR")]),
        ("input\toutput\nDE\tEUR", [("DE", "EUR")]),
        ("DE,EUR\nInput,Output", [("DE", "EUR"), ("Input", "Output")]),
        ("Größe,{{A}}", [("Größe", "{{A}}")]),
        ("", []),
    ],
)
def test_text_is_read_as_a_spreadsheet_or_a_csv_file_writes_it(
    text: str, rows: list[tuple[str, str]]
) -> None:
    read = table_text.read(text, COLUMNS)
    assert [tuple(line.cells.values()) for line in read.lines] == rows
    assert read.faults == {}


def test_lines_have_the_numbers_that_an_editor_shows() -> None:
    read = table_text.read('a,1\n\n"b\nb",2\nc,3', COLUMNS)
    assert [line.number for line in read.lines] == [1, 3, 5]


@given(st.lists(st.tuples(_CELLS.map(str.strip).filter(bool), _CELLS.map(str.strip)), max_size=6))
def test_what_is_written_is_read_back(rows: list[tuple[str, str]]) -> None:
    cells = [{"input": one, "output": two} for one, two in rows]
    text = f"{table_text.written([{'input': 'x', 'output': 'y'}], COLUMNS)}"
    read = table_text.read(text + table_text.written(cells, COLUMNS), COLUMNS)
    assert [line.cells for line in read.lines[1:]] == cells
    assert read.faults == {}


# --- In a form --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_pasted_text_is_saved_as_rows(property_: Property) -> None:
    assert rows_of(property_, "DE\tEUR\nCH\t") == [
        {"input": "DE", "output": "EUR"},
        {"input": "CH"},
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DE,EUR\n,CHF", ["Line 2: Each row needs an input."]),
        ("DE,EUR\n\n{{A}},CHF", ["Line 3: only the output may hold a data element."]),
        (
            "DE,EUR\nCH,CHF,Franken",
            [
                "Line 2: There are 3 values here, for the columns Input, Output. A value that "
                "holds a comma stands in quotation marks."
            ],
        ),
        (
            "DE;EUR\nCH,CHF",
            [
                "Line 2: There is 1 value here, for the columns Input, Output. A semicolon parts "
                "the values of every line."
            ],
        ),
        (
            "DE;EUR\nCH;CHF;Franken",
            [
                "Line 2: There are 3 values here, for the columns Input, Output. A value that "
                "holds a semicolon stands in quotation marks."
            ],
        ),
        (
            "DE",
            [
                "Line 1: There is 1 value here, for the columns Input, Output. A tab parts the "
                "values of every line."
            ],
        ),
        ('DE,EUR\nCH,"CHF', [f"Line 2: {table_text._UNREADABLE}"]),
        ("", ["Please enter at least one row, and at most 10000."]),
    ],
)
def test_fault_names_its_line(property_: Property, text: str, words: list[str]) -> None:
    found = told(property_, text)
    assert [each for each in found if "at least one" not in each or text == ""] == words


@pytest.mark.django_db
def test_regular_expression_that_cannot_be_read_names_its_line(property_: Property) -> None:
    [found] = told(property_, "a,1\n\n(,2", match="regex")
    assert found.startswith("Line 3: The regular expression cannot be read")


@pytest.mark.django_db
def test_number_column_names_its_line(property_: Property) -> None:
    values = {"contents[view]": "text", "contents[text]": "SKU\t1\t9.99\nSKU2\tmany\t1"}
    form = form_for(property_, values, described=_with_contents())
    form.is_valid()
    assert form.errors["contents"] == [
        "Line 2: Please enter a number, such as 9.99, or a data element."
    ]


def _with_contents() -> Any:
    """Return a type with a table that has numbers."""
    columns = [
        {"key": "id", "title": "ID"},
        {"key": "quantity", "title": "Quantity", "type": "number"},
        {"key": "price", "title": "Price", "type": "number"},
    ]
    field = {"type": "array", "title": "Contents", "ui": {"widget": "rows", "columns": columns}}
    return delegate({"type": "object", "properties": {"contents": field}})


@pytest.mark.django_db
def test_of_many_faults_the_first_are_told_and_the_rest_counted(property_: Property) -> None:
    found = told(property_, "\n".join(f",{n}" for n in range(40)))
    assert len(found) == 11
    assert found[-1] == "And 30 more like these."


@pytest.mark.django_db
def test_what_was_pasted_stays_when_it_is_refused(property_: Property) -> None:
    form = form_for(property_, posted("DE,EUR\n,x"), described=LOOKUP_TABLE)
    assert not form.is_valid()
    drawn = form.made["rows"].drawn(form["rows"])
    assert (drawn.view, drawn.raw.value) == ("text", "DE,EUR\n,x")
    assert drawn.raw.errors == ("Line 2: Each row needs an input.",)


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "is_saved"), [(MAX_ROWS, True), (MAX_ROWS + 1, False)])
def test_far_more_rows_may_be_pasted_than_a_table_shows(
    property_: Property, count: int, is_saved: bool
) -> None:
    text = "\n".join(f"key {n}\tvalue {n}" for n in range(count))
    form = form_for(property_, posted(text), described=LOOKUP_TABLE)
    assert form.is_valid() is is_saved
    if is_saved:
        assert len(form.settings()["rows"]) == count
    else:
        assert "There are 10001 values here, and 10000 can be saved." in str(form.errors)


@pytest.mark.django_db
def test_table_of_controls_still_takes_no_more_than_a_page_can_hold(property_: Property) -> None:
    values = {f"rows[{n}].input": str(n) for n in range(501)}
    form = form_for(property_, {"input": "{{A}}", **values}, described=LOOKUP_TABLE)
    assert not form.is_valid()
    assert "501 values here, and 500 can be saved" in str(form.errors)


@pytest.mark.django_db
def test_long_table_opens_as_text_below_its_first_rows(
    property_: Property, admin_client: Client
) -> None:
    rows = [{"input": f"key {n}", "output": f"value {n}"} for n in range(MAX_ROWS)]
    settings = {"input": "{{Country}}", "rows": rows}
    found = element(property_, "Long", delegate=LOOKUP, settings=settings)
    page = admin_client.get(found.get_absolute_url()).content.decode()
    assert "The first 10 of 10000 rows" in page
    assert 'name="rows[text]"' in page
    assert 'name="rows[0].input"' not in page
    assert len(page) < 500_000


@pytest.mark.django_db
def test_long_table_is_saved_untouched_as_it_is(property_: Property, admin_client: Client) -> None:
    rows = [{"input": f"key {n}", "output": f'say "{n}", {n}'} for n in range(3000)]
    found = element(property_, "Long", delegate=LOOKUP, settings={"input": "{{C}}", "rows": rows})
    form = form_for(property_, stored=found.settings, described=LOOKUP_TABLE)
    text = form.made["rows"].drawn(form["rows"]).raw.value
    assert rows_of(property_, text) == rows


@pytest.mark.django_db
def test_view_changes_without_javascript_and_keeps_what_was_entered(
    property_: Property, admin_client: Client
) -> None:
    url = reverse("rules:new_data_element", args=[property_.public_id])
    entered = {"name": "T", "delegate": LOOKUP, "input": "{{C}}", "enabled": "on"}
    rows = {"rows[0].input": "DE", "rows[0].output": "EUR", "rows[view]": "rows"}
    as_text = admin_client.post(url, entered | rows | {"view": "rows|text"}).content.decode()
    assert "DE\tEUR" in as_text
    assert 'name="rows[view]"' in as_text
    back = entered | {"rows[view]": "text", "rows[text]": "DE\tEUR\nCH\tCHF", "view": "rows|rows"}
    as_rows = admin_client.post(url, back).content.decode()
    assert 'name="rows[1].input"' in as_rows
    assert not DataElement.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a,"b', "Line 1: A quotation mark is not closed"),
        ("\n".join(f"{n},x" for n in range(201)), "There are 201 rows here. As a table, 200 can"),
    ],
)
def test_text_that_the_table_cannot_show_stays_with_a_word_why(
    property_: Property, text: str, words: str
) -> None:
    values = posted(text, view="rows|rows")
    form = form_for(property_, values, described=LOOKUP_TABLE, revisit=True)
    drawn = form.made["rows"].drawn(form["rows"])
    assert (drawn.view, drawn.raw.value) == ("text", text)
    assert drawn.raw.errors[0].startswith(words)


@pytest.mark.django_db
def test_column_may_do_without_the_picker(property_: Property) -> None:
    form = form_for(property_, described=LOOKUP_TABLE)
    [row] = form.made["rows"].drawn(form["rows"]).table.rows
    assert [bool(cell.address) for cell in row.cells] == [False, True]


@pytest.mark.django_db
def test_picked_element_goes_into_the_text(property_: Property, admin_client: Client) -> None:
    url = reverse("rules:new_data_element", args=[property_.public_id])
    entered = {"name": "T", "delegate": LOOKUP, **posted("DE,"), "insert": "rows[text]|Euro"}
    assert "DE,{{Euro}}" in admin_client.post(url, entered).content.decode()


@pytest.mark.django_db
def test_products_of_meta_can_be_pasted_too(property_: Property) -> None:
    field = next(f for f in form_for(property_, described=SEND_EVENT).setting_fields
                 if f.widget == "rows")  # fmt: skip
    form = form_for(
        property_,
        {f"{field.path}[view]": "text", f"{field.path}[text]": "SKU-1\t2\t9.99"},
        described=SEND_EVENT,
    )
    form.is_valid()
    entry = form.cleaned_data.get(field.path)
    assert form.made[field.path].setting(entry) == [
        {"id": "SKU-1", "quantity": 2, "item_price": 9.99}
    ]
