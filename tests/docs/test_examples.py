"""What the pages show is what the code does: bodies are taken, values become what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from capi_admin.up.options import PORTS
from capi_admin.up.welcome import box
from collector.parsing import parse
from collector.router import ENDPOINTS
from delivery.views.first_event import first_event
from extensions import pages
from extensions.meta.fields import USER_FIELDS
from extensions.meta.hashing import sha256
from extensions.meta.package import SEND_EVENT
from extensions.meta.values import Context
from rules.models import Property
from tests.docs.pages import rows, text_of

POST = re.compile(
    r"curl (?!-)'?http://localhost:8001(?P<path>[^?'\s]+).*?-d '(?P<body>[^']+)'", re.DOTALL
)
BLOCK = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
BROKEN = '{"a":'  # shown for its answer
SEND_EVENT_PAGE = f"{pages.of_delegate(SEND_EVENT.id)}.md"
FIELDS = {field.setting: field for field in USER_FIELDS}
MADE_READY = [row for row in rows(SEND_EVENT_PAGE) if len(row) == 3 and row[0].strip("`") in FIELDS]


def posts() -> Iterator[tuple[str, str]]:
    """Yield address and body of every event the pages post."""
    for page in ("first-event.md", "ingest.md"):
        for block in BLOCK.findall(text_of(page)):
            match = POST.match(block)
            if match and match["body"] != BROKEN:
                yield match["path"], match["body"]


@pytest.mark.parametrize(("path", "body"), list(posts()))
def test_an_example_is_taken_by_the_collector(path: str, body: str) -> None:
    endpoint = next(each for each in ENDPOINTS if each.path.fullmatch(path))
    assert endpoint.read(parse(body.encode()))


def test_examples_of_every_address_are_there() -> None:
    shown = {path for path, _ in posts()}
    assert all(any(each.path.fullmatch(path) for path in shown) for each in ENDPOINTS)


def test_the_first_event_is_the_one_the_event_log_offers(property_: Property) -> None:
    offered = first_event(property_).split("-d '")[1].rstrip("'")
    _, written = next(posts())
    assert parse(written.encode()) == parse(offered.encode())


@pytest.mark.parametrize(("setting", "given", "becomes"), MADE_READY)
def test_a_value_becomes_what_the_table_says(setting: str, given: str, becomes: str) -> None:
    value, _, default = given.partition(", default country ")
    context = Context(phone_country=default.strip("`").lower(), year=2026)
    prepared, _ = FIELDS[setting.strip("`")].prepare(value.strip("`"), context)
    assert prepared == (None if becomes == "left out" else sha256(becomes.strip("`")))


def test_the_table_of_values_has_every_setting_that_is_hashed() -> None:
    assert {row[0].strip("`") for row in MADE_READY} == {
        field.setting for field in USER_FIELDS if field.is_hashed
    }


def test_the_addresses_of_a_start_are_those_of_the_tutorial(tmp_path: Path) -> None:
    printed = box(tmp_path, {each.name: int(each.default or 0) for each in PORTS})
    addresses = re.findall(r"http://localhost:\d+/", printed)
    assert len(addresses) == len(PORTS)
    assert [each for each in addresses if each not in text_of("first-event.md")] == []
