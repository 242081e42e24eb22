"""An open page of the log asks every two seconds what it does not show yet."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from delivery.models import Delivery, Event
from delivery.views import paging, tail
from tests.delivery.views.conftest import Maker
from tests.delivery.views.test_log_list import listed, text_of

HTMX = {"HX-Request": "true", "HX-Target": tail.TARGET}


class OpenPage:
    """The log in a browser: what it shows, and what it asks."""

    def __init__(self, client: Client, url: str, query: str = "") -> None:
        self._client, self._url = client, url
        self._read(text_of(client, url + query))

    def ask(self) -> HttpResponse:
        """Ask what is new, and note what the answer adds."""
        query = {**self._tail, "row": self.rows}
        response: Any = self._client.get(self._url, query, headers=HTMX)
        if response.status_code == 200:
            self._read(response.content.decode())
        return response

    def _read(self, page: str) -> None:
        found = re.findall(r'name="row" value="(\w+)\.([^"]*)"', page)
        shown = dict(row.split(".", 1) for row in getattr(self, "rows", [])) | dict(found)
        self.rows = [f"{key}.{state}" for key, state in shown.items()]
        asks = re.search(r'id="log-tail"\s+hx-get="\?([^"]*)"', page)
        pairs = asks[1].replace("&amp;", "&").split("&") if asks else []
        self._tail = dict(pair.split("=", 1) for pair in pairs)


@pytest.fixture
def page(admin_client: Client, make: Maker, log_url: str) -> OpenPage:
    """A page that shows one event."""
    make.event(name="first")
    return OpenPage(admin_client, log_url)


def test_nothing_new_is_answered_with_nothing(page: OpenPage) -> None:
    assert page.ask().status_code == 204


def test_new_event_is_added_at_the_top_and_announced(page: OpenPage, make: Maker) -> None:
    make.event(name="second")

    answer = page.ask().content.decode()

    assert listed(answer) == ["second"]
    assert 'hx-swap-oob="afterbegin:#event-rows"' in answer
    assert 'data-announce="1 new event"' in answer
    assert page.ask().status_code == 204


def test_new_event_changes_the_summary(page: OpenPage, make: Maker) -> None:
    make.event(name="second")

    answer = page.ask().content.decode()

    assert 'hx-swap-oob="outerHTML:#log-summary:not(:focus-within)"' in answer
    assert ">2<span" in answer


def test_late_event_with_an_older_id_is_not_missed(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    now = timezone.now()
    make.event(at=now - dt.timedelta(minutes=1))
    make.event(at=now)
    page = OpenPage(admin_client, log_url)
    make.event(name="late", at=now - dt.timedelta(seconds=1))

    assert listed(page.ask().content.decode()) == ["late"]
    assert page.ask().status_code == 204


def test_event_that_reaches_its_outcome_updates_its_cells_only(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    event = make.event(outcome="received")
    page = OpenPage(admin_client, log_url)
    Event.objects.filter(pk=event.pk).update(outcome="delivered")

    answer = page.ask().content.decode()

    assert re.search(rf'<td [^>]*id="outcome-{event.id.hex}"\s+hx-swap-oob="true">', answer)
    assert "<span>Delivered</span>" in answer
    assert listed(answer) == []
    assert page.ask().status_code == 204


def test_delivery_that_is_held_updates_the_row_of_its_event(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    destination = make.destination(hold_title="The access token has expired")
    delivery = make.delivery(
        make.event(outcome="evaluated"), outcome="pending", destination=destination
    )
    page = OpenPage(admin_client, log_url)
    Delivery.objects.filter(event_id=delivery.event_id).update(outcome="held")

    assert "The access token has expired" in page.ask().content.decode()


def test_filters_hold_for_new_events_too(admin_client: Client, make: Maker, log_url: str) -> None:
    make.event(name="wanted")
    page = OpenPage(admin_client, log_url, "?name=wanted")
    make.event(name="other")
    make.event(name="wanted too")

    assert listed(page.ask().content.decode()) == ["wanted too"]


def test_tail_moves_on_past_events_that_do_not_match(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event(name="wanted")
    page = OpenPage(admin_client, log_url, "?name=wanted")
    make.event(name="other")

    assert listed(page.ask().content.decode()) == []
    assert page.ask().status_code == 204


@pytest.mark.parametrize("first", ["empty", "shown"])
def test_flood_redraws_the_list_unless_it_has_focus(
    admin_client: Client, make: Maker, log_url: str, first: str
) -> None:
    if first == "shown":
        make.event()
    page = OpenPage(admin_client, log_url)
    for number in range(paging.PAGE + 5):
        make.event(name=f"event {number}", body=None)

    response = page.ask()

    answer = response.content.decode()
    assert response["HX-Reswap"] == "none"
    assert 'hx-swap-oob="outerHTML:#event-list:not(:focus-within)"' in answer
    assert listed(answer)[0] == f"event {paging.PAGE + 4}"
    assert len(listed(answer)) == paging.PAGE
    assert 'hx-swap-oob="outerHTML:#log-summary:not(:focus-within)"' in answer


def test_open_page_never_holds_more_rows_than_it_should(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "KEPT", 2)
    make.event()
    page = OpenPage(admin_client, log_url)
    make.event()
    assert "delete:#event-rows" not in page.ask().content.decode()
    make.event()

    assert "delete:#event-rows > tr:nth-child(n+3):not(:focus-within)" in (
        page.ask().content.decode()
    )


@pytest.mark.parametrize("query", ["?tail=off", "?older={id}"])
def test_page_that_is_paused_or_goes_back_does_not_ask(
    admin_client: Client, make: Maker, log_url: str, query: str
) -> None:
    make.event()
    last = make.event()

    assert "hx-get" not in text_of(admin_client, log_url + query.format(id=last.id.hex))


def test_pause_and_resume_are_links_that_keep_the_filters(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event()

    live = text_of(admin_client, f"{log_url}?outcome=delivered")
    paused = text_of(admin_client, f"{log_url}?outcome=delivered&tail=off")

    assert 'href="?outcome=delivered&amp;tail=off"' in live
    assert "Pause" in live
    assert 'href="?outcome=delivered">' in paused
    assert "Resume" in paused


def test_nonsense_in_what_a_page_says_it_shows_is_left_out(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event(name="first")
    query = {"row": ["x", "\1", "." * 99], "after": "x"}

    response = admin_client.get(log_url, query, headers=HTMX)

    assert response.status_code == 200
    assert listed(response.content.decode()) == ["first"]
