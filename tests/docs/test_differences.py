"""The page of differences: each type of the original is on it, and no difference lacks its why."""

from __future__ import annotations

import pytest

from extensions import registry
from tests.docs.pages import rows

PAGE = "differences.md"
# Every delegate of the packages of the original that are taken over here.
ORIGINAL = [
    ("core::conditions::value-comparison", "Value Comparison"),
    ("core::conditions::custom-code", "Custom Code"),
    ("core::actions::custom-code", "Custom Code"),
    ("core::dataElements::path", "Path"),
    ("core::dataElements::custom-code", "Custom Code"),
    ("core::dataElements::secret", "Secret"),
    ("core::dataElements::ip", "IP"),
    ("adobe-cloud-connector::actions::make-fetch-call", "Make Fetch Call"),
    ("facebook_conversions_api_extension::actions::send_capi_data", "Send Conversions API Event"),
]


@pytest.mark.parametrize(("delegate_id", "label"), ORIGINAL)
def test_type_of_the_original_is_here_under_its_id_and_says_where_it_differs(
    delegate_id: str, label: str
) -> None:
    assert registry.delegate(delegate_id).id == delegate_id
    [row] = [row for row in rows(PAGE) if len(row) == 3 and row[1] == f"`{delegate_id}`"]
    assert f"**{label}**" in row[0]
    assert row[2]


def test_type_that_the_original_does_not_have_is_named_as_our_own() -> None:
    own = [
        delegate.name
        for package in registry.packages().values()
        for delegate in package.delegates()
        if delegate.id not in dict(ORIGINAL)
    ]
    told = [row[0] for row in rows(PAGE) if len(row) == 4 and row[1] == "not there"]
    assert [name for name in own if not any(f"**{name}**" in cell for cell in told)] == []


def test_every_difference_says_what_both_do_and_why() -> None:
    told = [row for row in rows(PAGE) if len(row) == 4 and row[0] and row[0] != "---"]
    assert len(told) > 80
    assert [row[0] for row in told if not all(row)] == []


def test_no_table_leaves_its_reasons_out() -> None:
    heads = [row for row in rows(PAGE) if row[0] == ""]
    assert heads
    assert {row[-1] for row in heads} == {"Why"}
