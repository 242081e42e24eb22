"""Tokens and raw addresses stay where they belong, also while everything fails around them."""

from __future__ import annotations

import re

import pytest

from tests.faults import canary
from tests.faults.canary import CONTROLS, Findings
from tests.faults.meta import Meta
from tests.faults.ordeal import Ordeal
from tests.product import Product

pytestmark = pytest.mark.processes

each_place = pytest.mark.parametrize("place", list(CONTROLS))


@pytest.fixture(scope="session")
def findings(behind_meta: tuple[Product, Meta], ordeal: Ordeal) -> Findings:
    """What was found after the ordeal, whose tokens and addresses bear the same marks."""
    assert ordeal.trials
    return canary.let_fly(*behind_meta)


@each_place
def test_no_access_token_lies_open(findings: Findings, place: str) -> None:
    assert findings.by_place[place]["token"] == []


@each_place
def test_no_raw_email_address_lies_open(findings: Findings, place: str) -> None:
    assert findings.by_place[place]["e-mail"] == []


@each_place
def test_search_finds_what_does_lie_open(findings: Findings, place: str) -> None:
    assert findings.by_place[place]["control"] != []


@pytest.mark.parametrize("name", [canary.INLINE, canary.IN_SECRET])
def test_meta_gets_the_token_and_the_hashed_address(findings: Findings, name: str) -> None:
    assert findings.arrived[name] == {"token_is_right": True, "email_is_right": True}


@pytest.mark.parametrize(
    "page",
    [
        r"/properties/PR\w+/",
        r"/properties/PR\w+/extensions/EX\w+/",
        r"/properties/PR\w+/extensions/install/\w+/",
        r"/properties/PR\w+/secrets/SE\w+/",
        r"/properties/PR\w+/secrets/new/",
        r"/properties/PR\w+/data-elements/DE\w+/",
        r"/properties/PR\w+/rules/RL\w+/",
        r"/properties/PR\w+/environments/EN\w+/",
        r"/properties/PR\w+/libraries/LB\w+/",
        r"/properties/PR\w+/builds/BL\w+/",
        r"/properties/PR\w+/events/",
        r"/properties/PR\w+/events/[0-9a-f]{32}/",
    ],
)
def test_pages_that_know_of_the_token_are_searched(findings: Findings, page: str) -> None:
    assert any(re.fullmatch(page, path) for path in findings.visited)
