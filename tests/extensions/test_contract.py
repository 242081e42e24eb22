"""What every package of the catalog keeps, so that forms, docs and engine may rely on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from extensions import contract, registry
from extensions.contract import Delegate, Package

PACKAGES = list(registry.packages().values())
DELEGATES = [delegate for package in PACKAGES for delegate in package.delegates()]
DESCRIBED: list[Package | Delegate] = [*PACKAGES, *DELEGATES]
KINDS = {"conditions": "conditions", "actions": "actions", "data_elements": "dataElements"}
HINTS = set(re.findall(r"^``(\w+)``", contract.__doc__ or "", re.MULTILINE)) | {
    "help_label",  # told beside help_url
    "stage",  # of a secret reference
    "columns",  # of rows
    "keys",  # of an object
}
WIDGETS = {
    "text", "textarea", "json", "checkbox", "select", "combo", "secret", "secret-reference",
    "list", "switch", "rows", "object",
}  # fmt: skip


def fields(schema: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and the schema of every setting that a form shows."""
    for name, field in schema.get("properties", {}).items():
        yield f"{prefix}{name}", field
        if "widget" not in field.get("ui", {}):
            yield from fields(field, f"{prefix}{name}.")


FIELDS = [
    pytest.param(described, field, id=f"{described.id} {path}")
    for described in DESCRIBED
    for path, field in fields(described.schema)
]

SELECTS = [
    pytest.param(field, id=f"{described.id} {path}")
    for described in DESCRIBED
    for path, field in fields(described.schema)
    if field.get("ui", {}).get("widget") == "select"
]


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda described: described.id)
def test_schema_is_valid(described: Package | Delegate) -> None:
    Draft202012Validator.check_schema(dict(described.schema))


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda described: described.id)
def test_schema_names_every_setting_and_takes_no_other(described: Package | Delegate) -> None:
    assert described.schema["additionalProperties"] is False


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.id)
@pytest.mark.parametrize("kind", KINDS)
def test_delegate_id_says_its_package_and_kind(package: Package, kind: str) -> None:
    prefixes = {delegate.id.rsplit("::", 1)[0] for delegate in getattr(package, kind)}
    assert prefixes <= {f"{package.id}::{KINDS[kind]}"}


def test_no_two_delegates_share_an_id() -> None:
    assert max(Counter(delegate.id for delegate in DELEGATES).values()) == 1


@pytest.mark.parametrize("delegate", DELEGATES, ids=lambda delegate: delegate.id)
def test_half_filled_settings_are_summarised_too(delegate: Delegate) -> None:
    assert isinstance(delegate.summarise({}), str)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.id)
def test_package_says_what_its_card_shows(package: Package) -> None:
    assert all([package.name, package.publisher, package.version, package.promise, package.icon])


@pytest.mark.parametrize(("_described", "field"), FIELDS)
def test_setting_has_a_title(_described: Any, field: Any) -> None:
    assert field["title"]


@pytest.mark.parametrize(("_described", "field"), FIELDS)
def test_hints_are_those_of_the_contract(_described: Any, field: Any) -> None:
    hints = field.get("ui", {})
    assert hints.keys() <= HINTS
    assert hints.get("widget", "text") in WIDGETS


@pytest.mark.parametrize(("described", "field"), FIELDS)
@pytest.mark.parametrize("hint", ["show_if", "number_if"])
def test_setting_depends_on_one_that_exists(described: Any, field: Any, hint: str) -> None:
    hinted = field.get("ui", {}).get(hint, [])
    for condition in hinted if isinstance(hinted, list) else [hinted]:
        assert condition.keys() == {"field", "in"}
        assert condition["field"] in dict(fields(described.schema))


@pytest.mark.parametrize("field", SELECTS)
def test_select_offers_what_its_schema_allows(field: Any) -> None:
    assert [value for value, _label in field["ui"]["options"]] == field["enum"]
