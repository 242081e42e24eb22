"""Paging by id: every event on exactly one page, whatever comes in between."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from delivery.views.paging import PAGE
from tests.delivery.views.conftest import Maker
from tests.delivery.views.test_log_list import listed, text_of


@pytest.fixture
def full(make: Maker) -> list[str]:
    """Two full pages and a bit, newest first."""
    names = [f"event {number}" for number in range(2 * PAGE + 3)]
    for name in names:
        make.event(name=name, outcome="not_sent", body=None)
    return names[::-1]


def link(page: str, rel: str) -> str:
    """Return the address of the page beside this one; "" when there is none."""
    found = re.search(rf'href="([^"]*)" rel="{rel}"', page)
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize("query", ["?", "?outcome=not_sent"])
def test_pages_follow_one_another_without_gap_or_overlap(
    admin_client: Client, log_url: str, full: list[str], query: str
) -> None:
    url, seen = query, []
    while url:
        page = text_of(admin_client, log_url + url)
        seen += listed(page)
        url = link(page, "next")

    assert seen == full


def test_newer_leads_back_to_the_same_page(
    admin_client: Client, log_url: str, full: list[str]
) -> None:
    second = text_of(admin_client, log_url + link(text_of(admin_client, log_url), "next"))
    third = text_of(admin_client, log_url + link(second, "next"))

    back = text_of(admin_client, log_url + link(third, "prev"))

    assert listed(third) == full[2 * PAGE :]
    assert listed(back) == listed(second) == full[PAGE : 2 * PAGE]


def test_newer_than_the_second_page_is_the_newest_page(
    admin_client: Client, log_url: str, full: list[str]
) -> None:
    second = text_of(admin_client, log_url + link(text_of(admin_client, log_url), "next"))

    first = text_of(admin_client, log_url + link(second, "prev"))

    assert listed(first) == full[:PAGE]
    assert link(first, "prev") == ""


def test_event_that_comes_in_meanwhile_does_not_move_the_second_page(
    admin_client: Client, make: Maker, log_url: str, full: list[str]
) -> None:
    second = link(text_of(admin_client, log_url), "next")
    make.event(name="meanwhile")

    assert listed(text_of(admin_client, log_url + second)) == full[PAGE : 2 * PAGE]


def test_page_past_the_end_says_so(admin_client: Client, make: Maker, log_url: str) -> None:
    event = make.event()

    assert "No older events" in text_of(admin_client, f"{log_url}?older={event.id.hex}")


@pytest.mark.parametrize("query", ["?", "?outcome=not_sent&name=event"])
@pytest.mark.usefixtures("full")
def test_page_links_keep_the_filters(admin_client: Client, log_url: str, query: str) -> None:
    assert link(text_of(admin_client, log_url + query), "next").startswith(
        query if query == "?" else f"{query}&match=contains&older="
    )
