"""The page of each delegate and package: it is where its id says, and nothing is left out."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from capi_admin.reference.catalog import PAGES
from capi_admin.reference.delegates import KINDS, kind_of
from capi_admin.reference.examples import example_of
from capi_admin.reference.refusals import told_by
from extensions import pages, registry
from extensions.contract import Delegate, Package
from extensions.core import package as core
from extensions.core.lookup_table import LOOKUP_TABLE
from extensions.core.secret import SECRET
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.meta.package import SEND_EVENT
from extensions.validation import problems_in
from rules.forms.fields import setting_fields
from tests.docs.pages import DOCS, ROOT, headings, rows, text_of

PACKAGES = list(registry.packages().values())
DELEGATES = [delegate for package in PACKAGES for delegate in package.delegates()]
DESCRIBED = [*PACKAGES, *DELEGATES]
CORE_FILES = sorted((ROOT / "extensions" / "core").glob("*.py"))

each = pytest.mark.parametrize("described", DESCRIBED, ids=lambda described: described.id)
each_delegate = pytest.mark.parametrize("delegate", DELEGATES, ids=lambda delegate: delegate.id)


def page_of(described: Delegate | Package) -> str:
    """Return the name of its page in docs/."""
    is_package = isinstance(described, Package)
    found = pages.of_package(described.id) if is_package else pages.of_delegate(described.id)
    return f"{found}.md"


@pytest.mark.parametrize(
    ("delegate_id", "page"),
    [
        ("core::conditions::value-comparison", "extensions/core/conditions/value-comparison"),
        ("core::dataElements::lookup-table", "extensions/core/data-elements/lookup-table"),
        ("a-b::actions::send_it", "extensions/a-b/actions/send_it"),
    ],
)
def test_a_page_lies_where_the_id_says(delegate_id: str, page: str) -> None:
    assert pages.of_delegate(delegate_id) == page


@each
def test_it_has_a_page_with_its_name_its_id_and_what_it_does(
    described: Delegate | Package,
) -> None:
    text = text_of(page_of(described))
    assert headings(DOCS / page_of(described))[0] == described.name
    assert f"`{described.id}`" in text
    about = described.promise if isinstance(described, Package) else described.description
    assert about in text


def test_no_page_is_without_a_delegate_or_a_package() -> None:
    there = {page.relative_to(DOCS).as_posix() for page in (DOCS / "extensions").rglob("*.md")}
    assert there == set(PAGES) == {page_of(described) for described in DESCRIBED}


@each
def test_the_index_leads_to_it(described: Delegate | Package) -> None:
    assert f"]({page_of(described)})" in text_of("extensions.md")


@each
def test_every_field_has_a_row_with_all_that_the_form_says(described: Delegate | Package) -> None:
    shown = {row[1]: row for row in rows(page_of(described)) if len(row) == 7}
    for field in setting_fields(described.schema):
        label, _, takes, required, default, elements, meaning = shown[f"`{field.path}`"]
        assert label == field.schema.get("title", field.path)
        assert takes
        assert bool(required) == any(
            (field.required, field.ui.get("required"), field.ui.get("required_if"))
        )
        assert bool(default) == ("default" in field.schema)
        assert (elements == "no") == (not field.takes_tokens)
        assert " ".join(str(field.schema.get("description", "")).split()) in meaning


@each
def test_every_value_that_a_field_offers_is_named(described: Delegate | Package) -> None:
    text = text_of(page_of(described))
    offered = [
        value
        for field in setting_fields(described.schema)
        for value, _ in field.ui.get("options", ())
        if isinstance(value, str) and value
    ]
    assert [value for value in offered if f"`{value}`" not in text] == []


@each_delegate
def test_the_example_is_one_that_its_form_takes(delegate: Delegate) -> None:
    example = example_of(delegate)
    assert [one for one in problems_in(delegate, example) if one.severity == "error"] == []
    shown = re.search(r"^```json\n(.*?)^```$", text_of(page_of(delegate)), re.DOTALL | re.MULTILINE)
    assert (json.loads(shown[1]) if shown else {}) == example


@each_delegate
def test_the_page_says_how_it_reads_in_a_sentence(delegate: Delegate) -> None:
    words = delegate.summarise(example_of(delegate))
    kind = kind_of(registry.package_of(delegate.id), delegate)
    quoted = [line for line in text_of(page_of(delegate)).splitlines() if line.startswith("> ")]
    expected = [f"> {kind.sentence.format(words)}"] if words else []
    assert [line.replace("\\", "") for line in quoted] == expected


@each
def test_every_message_of_its_form_has_a_row(described: Delegate | Package) -> None:
    shown = [tuple(row) for row in rows(page_of(described)) if len(row) == 3]
    for told in told_by(described):
        message = " ".join(told.message.split()).replace("|", "\\|")
        assert (told.label, message, "yes" if told.is_warning else "no") in shown


@each_delegate
def test_every_failure_and_every_preset_is_told(delegate: Delegate) -> None:
    text = text_of(page_of(delegate))
    assert [words for words in delegate.failures if f"- {words}\n" not in text] == []
    shown = [row for row in rows(page_of(delegate)) if len(row) == 4]
    for preset in delegate.presets:
        assert any(preset.name in row[0] and row[1] == preset.description for row in shown)


@pytest.mark.parametrize(
    ("delegate", "label", "message", "is_warning"),
    [
        (VALUE_COMPARISON, "Left Operand", "Please specify a data element.", False),
        (VALUE_COMPARISON, "Right Operand", "Please specify a value.", False),
        (LOOKUP_TABLE, "Rows", "There may be at most 200 regular expressions.", False),
        (
            LOOKUP_TABLE,
            "Rows › Input",
            "Row 2 is never reached: row 1 is for the same.",
            True,
        ),
        (
            SECRET,
            "Secrets › Development Secret",
            "Choose a secret for at least one environment.",
            False,
        ),
        (SEND_EVENT, "Event Source URL", "Please specify the event source URL.", False),
    ],
)
def test_wrong_settings_bring_out_what_a_form_says(
    delegate: Delegate, label: str, message: str, is_warning: bool
) -> None:
    found = [each for each in told_by(delegate) if each.message == message]
    assert [(each.label.split(" › ")[-1], each.is_warning) for each in found] == [
        (label.split(" › ")[-1], is_warning)
    ]


@pytest.mark.parametrize("file", CORE_FILES, ids=lambda file: file.name)
def test_every_way_in_which_core_fails_on_an_event_is_told(file: Path) -> None:
    told = "\n".join(words for each in core.PACKAGE.delegates() for words in each.failures)
    messages = list(_raised(ast.parse(file.read_text())))
    assert [start for start in messages if start not in told] == []


def _raised(tree: ast.AST) -> list[str]:
    """Return the words with which errors on events begin, where a file spells them out."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {"ComponentError", "BadPattern"}
    args: list[Any] = [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in names and call.args
    ]
    first = [arg.values[0] if isinstance(arg, ast.JoinedStr) else arg for arg in args]
    return [arg.value for arg in first if isinstance(arg, ast.Constant)]


def test_kinds_are_those_that_a_package_lists() -> None:
    listed = [each for kind in KINDS for each in getattr(core.PACKAGE, kind.listed)]
    assert set(listed) == set(core.PACKAGE.delegates())
