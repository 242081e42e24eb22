"""The log as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from delivery import limiting
from delivery.views import export
from tests.delivery.views.conftest import Maker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often is not the subject, but for one test."""
    monkeypatch.setattr(limiting, "is_allowed", lambda _name: True)


def rows(client: Client, log_url: str, **query: Any) -> list[dict[str, str]]:
    response = client.get(f"{log_url}export.csv", query)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


def test_filtered_events_newest_first(admin_client: Client, make: Maker, log_url: str) -> None:
    make.event(name="old", client_id="order-1")
    make.event(name="not this", outcome="failed")
    make.delivery(make.event(name="new"))
    found = rows(admin_client, log_url, outcome="delivered")
    assert [row["name"] for row in found] == ["new", "old"]
    assert found[0]["destinations"] == "Pixel 1234567890"
    assert found[1]["sender_id"] == "order-1"


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(admin_client: Client, make: Maker, log_url: str, begins: str) -> None:
    make.event(client_id=f"{begins}HYPERLINK(1)")
    [row] = rows(admin_client, log_url)
    assert row["sender_id"].startswith("'")
    assert export.plain(f"{begins}1") == f"'{begins}1"


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("x;=1+1", "x;'=1+1"),
        ("x\t@SUM(1)", "x\t'@SUM(1)"),
        ("x\n-1", "x\n'-1"),
        ("x,+1", "x,'+1"),
        ("  =1", "'  =1"),
        ('x; "=1"', 'x;\' "=1"'),
        ("\uff1d1", "'\uff1d1"),
        ("x;\u3000\uff201", "x;'\u3000\uff201"),
        ("a=1, b-2; c", "a=1, b-2; c"),
        ("order-1+2", "order-1+2"),
    ],
)
def test_no_part_of_a_cell_is_a_formula(value: str, safe: str) -> None:
    assert export.plain(value) == safe


def test_walks_over_pages_up_to_the_most(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.views.paging.PAGE", 2)
    monkeypatch.setattr(export, "MOST_ROWS", 5)
    for number in range(7):
        make.event(name=f"event {number}")
    found = rows(admin_client, log_url, name="event")
    assert [row["name"] for row in found] == [f"event {number}" for number in (6, 5, 4, 3, 2)]


def test_too_often_is_refused(
    admin_client: Client, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiting, "is_allowed", lambda _name: False)
    assert admin_client.get(f"{log_url}export.csv").status_code == 429
