"""What a schema says to the form in hints, the reference says in words."""

from __future__ import annotations

from typing import Any

import pytest

from capi_admin.reference import delegates, setting_rows
from extensions import registry
from extensions.contract import Delegate, Package, Preset
from extensions.core.secret import SECRET
from rules.forms.fields import setting_fields

COLUMNS = [
    {"key": "id", "title": "ID", "type": "text", "required": True},
    {"key": "item_price", "title": "Item Price", "type": "number"},
]
KEYS = [
    {"key": "value", "type": "number", "required_if": {"field": "name", "in": ["Purchase"]}},
    {"key": "content_name"},
    {"key": "content_ids", "type": "list"},
]
BOTH = [{"field": "source", "in": ["app"]}, {"field": "name", "in": ["Lead", "Contact"]}]

HINTS: dict[str, tuple[dict[str, Any], str]] = {
    "a list": ({"widget": "list"}, "| one or several values |"),
    "a switch": ({"widget": "switch"}, "| off, on, or a data element that says which |"),
    "rows": (
        {"widget": "rows", "columns": COLUMNS},
        "a table with the columns `id` ID (required), `item_price` Item Price",
    ),
    "an object": (
        {"widget": "object", "keys": KEYS},
        "Offers the keys `value` (number, required where `name` is `Purchase`), "
        "`content_name`, `content_ids` (list).",
    ),
    "a condition": (
        {"show_if": {"field": "test", "in": [True]}},
        "Shown where `test` is `on`.",
    ),
    "a condition on nothing": (
        {"show_if": {"field": "code", "in": [""]}},
        "Shown where `code` is empty.",
    ),
    "a condition on a number that may be text": (
        {"show_if": {"field": "country", "in": ["0", "1", 1]}},
        "Shown where `country` is `0` or `1`.",
    ),
    "options whose labels begin with the value": (
        {"widget": "combo", "options": [["Lead", "Lead"], ["v1", "v1, of May"], ["v2", "New"]]},
        "text, such as `Lead`, `v1` (of May), `v2` New",
    ),
    "options to choose from": (
        {"widget": "select", "options": [["a", "A thing"]]},
        "| one of `a` A thing |",
    ),
    "more options than a cell holds": (
        {"widget": "select", "options": [[str(n), f"No. {n}"] for n in range(5)]},
        "| one of [these](#values-of-field) |",
    ),
    "an example": ({"placeholder": "{{Country}}"}, "| text, such as `{{Country}}` |"),
    "code": ({"widget": "textarea", "language": "javascript"}, "| JavaScript |"),
    "one data element": ({"single": True}, "| one |"),
    "no data element": ({"picker": False}, "| no |"),
    "a secret": ({"widget": "secret"}, "| a secret, kept encrypted |  |  | one, a Secret |"),
    "several conditions": (
        {"matters_if": BOTH},
        "Stands first where `source` is `app`, and where `name` is `Lead` or `Contact`.",
    ),
    "a long condition": (
        {"show_if": {"field": "name", "in": ["A", "B", "C", "D"]}},
        "Shown with some values of `name`.",
    ),
}


def chapter_of(
    monkeypatch: pytest.MonkeyPatch,
    hints: dict[str, Any],
    presets: tuple[Preset, ...] = (),
    **ui: object,
) -> str:
    """Return the page of an action of one setting."""
    schema = {
        "type": "object",
        "properties": {"field": {"type": "string", "title": "Field", "ui": hints}},
        "ui": ui,
    }
    action = Delegate("p::actions::a", "Act", schema, str, lambda *_: None, presets=presets)
    package = Package("p", "P", "us", "1", "Does it.", "p.svg", {}, actions=(action,))
    monkeypatch.setattr(registry, "package_of", lambda _: package)
    monkeypatch.setattr(registry, "delegate", lambda _: action)
    return delegates.page("p::actions::a")


def row_of(chapter: str) -> str:
    """Return the row of the setting."""
    return next(line for line in chapter.splitlines() if line.startswith("| Field |"))


@pytest.mark.parametrize(("hints", "words"), HINTS.values(), ids=HINTS.keys())
def test_a_hint_is_said_in_the_row_of_its_setting(
    monkeypatch: pytest.MonkeyPatch, hints: dict[str, Any], words: str
) -> None:
    row = row_of(chapter_of(monkeypatch, hints))
    assert row.startswith("| Field | `field` | ")
    assert words in row


def test_secrets_of_several_environments_are_told_to_be_a_list() -> None:
    several = "one of the secrets of that environment; where there are several, a list"
    told = {row[0]: row[2] for row in map(setting_rows.row, setting_fields(SECRET.schema))}
    assert {label: several in words for label, words in told.items()} == {
        "Development Secret": True,
        "Staging Secret": False,
        "Production Secret": False,
    }


def test_what_is_needed_only_sometimes_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    hints = {"required_if": {"field": "source", "in": ["website"]}}
    row = row_of(chapter_of(monkeypatch, hints))
    assert row.startswith("| Field | `field` | text | where `source` is `website` |")


def test_a_section_says_what_it_is_for_and_when_it_matters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    about = {
        "help": "About the app.",
        "matters_if": {"field": "source", "in": ["app"]},
        "help_url": "https://example.com/",
        "help_label": "App events",
    }
    chapter = chapter_of(monkeypatch, {"section": "App"}, sections={"App": about})
    assert (
        "### App\n\nAbout the app. Unfolded where `source` is `app`. "
        "[App events](https://example.com/)\n\n| Label |"
    ) in chapter


def test_a_preset_says_what_it_fills_for_any_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(settings: Any) -> dict[str, Any]:
        bought = settings.get("field") == "Purchase"
        custom = {"customData": {"value": "{{Total}}"}} if bought else {}
        return {"field": "{{Name}}", **custom}

    elements = {"Name": {"delegate": "d", "settings": {}}, "Total": {"delegate": "d"}}
    preset = Preset("x", "X", "X events.", elements, fill, "https://example.com/x")
    hints = {"widget": "combo", "options": [["Lead", "Lead"], ["Purchase", "Purchase"]]}
    chapter = chapter_of(monkeypatch, hints, presets=(preset,))
    assert chapter.splitlines()[-1] == (
        "| [X](https://example.com/x) | X events. | `field`, `customData.value` | Name, Total |"
    )
