"""The filters of the log stand in its address."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from delivery.views import paging, summary
from tests.delivery.views.conftest import Maker
from tests.delivery.views.test_log_list import listed, text_of


def chips(page: str) -> dict[str, str]:
    """Return the words of each chip with the address that takes it off."""
    found = re.findall(
        r'<a class="chip" href="([^"]*)"> <span class="visually-hidden">Remove filter</span> '
        r"(.*?) <svg",
        page,
    )
    return {html.unescape(words): html.unescape(url) for url, words in found}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("outcome=rejected", ["refused"]),
        ("outcome=rejected&outcome=failed", ["broken", "refused"]),
        ("outcome=unheard-of", ["Purchase", "broken", "refused"]),
        ("name=refu", ["refused"]),
        ("name=REFU", ["refused"]),
        ("name=%25", []),
        ("name=refu&match=is", []),
        ("name=refused&match=is", ["refused"]),
        ("id=order-7", ["broken"]),
        ("id=order", []),
        ("name=purchase&outcome=failed", []),
    ],
)
def test_filters_narrow_the_log(
    admin_client: Client, make: Maker, log_url: str, query: str, names: list[str]
) -> None:
    make.event(name="refused", outcome="rejected")
    make.event(name="broken", outcome="failed", client_id="order-7")
    make.event(name="Purchase", outcome="delivered")

    assert listed(text_of(admin_client, f"{log_url}?{query}")) == names


def test_environment_narrows_the_log(admin_client: Client, make: Maker, log_url: str) -> None:
    make.event(name="here", stage="production")
    make.event(name="there", stage="staging")
    chosen = make.environments["production"].public_id

    assert listed(text_of(admin_client, log_url, {"environment": chosen})) == ["here"]


@pytest.mark.parametrize("spell", [str, lambda key: key.hex, lambda key: f" {key.hex.upper()} "])
def test_event_is_found_by_our_id_however_it_is_written(
    admin_client: Client, make: Maker, log_url: str, spell: object
) -> None:
    event = make.event(name="wanted")
    make.event(name="other")
    assert callable(spell)

    assert listed(text_of(admin_client, log_url, {"id": spell(event.id)})) == ["wanted"]


def test_event_is_found_by_its_senders_id_that_looks_like_ours(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    sent = "0ddf84de-67d6-49ca-89e5-cb728e9afe7a"
    make.event(name="wanted", client_id=sent)

    assert listed(text_of(admin_client, log_url, {"id": sent})) == ["wanted"]


def test_each_filter_is_a_chip_that_takes_only_itself_off(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event()
    query = "?outcome=rejected&outcome=failed&name=a%26b&match=is"

    found = chips(text_of(admin_client, log_url + query))

    assert found == {
        "Outcome: Rejected": "?outcome=failed&name=a%26b&match=is",
        "Outcome: Failed": "?outcome=rejected&name=a%26b&match=is",
        "Event is exactly “a&b”": "?outcome=rejected&outcome=failed",
    }


def test_form_sent_with_empty_fields_leads_to_an_address_without_them(
    admin_client: Client, log_url: str
) -> None:
    response = admin_client.get(f"{log_url}?environment=&match=contains&name=&id=&outcome=failed")

    assert response.status_code == 302
    assert response["Location"] == f"{log_url}?outcome=failed"


def test_form_shows_the_filters_that_are_on(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event()

    page = text_of(admin_client, f"{log_url}?outcome=failed&name=pur&match=is")

    assert re.search(r'<input [^>]*value="failed"[^>]* checked', page)
    assert not re.search(r'<input [^>]*value="rejected"[^>]* checked', page)
    assert '<option value="is" selected>' in page
    assert 'name="name" value="pur"' in page


def test_summary_counts_the_last_day_and_leads_to_the_events(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    for outcome in ("delivered", "partly_delivered", "rejected", "received", "evaluated", "failed"):
        make.event(outcome=outcome)

    page = text_of(admin_client, f"{log_url}?name=purchase&match=is")

    numbers = re.findall(
        r'href="(\?[^"]*)"[^>]*>(\d+\+?)<span class="visually-hidden"> (.*?):', page
    )
    assert [(html.unescape(url), number, label) for url, number, label in numbers] == [
        ("?name=purchase&match=is", "6", "Received"),
        ("?outcome=received&outcome=evaluated&name=purchase&match=is", "2", "On its way"),
        ("?outcome=delivered&outcome=partly_delivered&name=purchase&match=is", "2", "Delivered"),
        ("?outcome=not_sent&name=purchase&match=is", "0", "Not sent"),
        ("?outcome=rejected&name=purchase&match=is", "1", "Rejected"),
        ("?outcome=expired&outcome=failed&name=purchase&match=is", "1", "Expired or failed"),
    ]


def test_summary_counts_only_the_environment_that_is_chosen(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event(stage="production", outcome="not_sent")
    make.event(stage="staging", outcome="not_sent")
    chosen = make.environments["production"].public_id

    page = text_of(admin_client, log_url, {"environment": chosen})

    assert re.search(r">1<span class=\"visually-hidden\"> Received:", page)


def test_summary_stops_counting_at_its_cap(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "CAP", 2)
    for _ in range(3):
        make.event()

    page = text_of(admin_client, log_url)

    assert ">2+<span" in page
    assert "of the newest 2" in page


def test_rare_event_is_found_by_going_on_from_where_the_search_stopped(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "SEARCHED", 5)
    make.event(name="rare")
    for _ in range(13):
        make.event(name="common")

    pages = 0
    url = f"{log_url}?name=rare"
    while not listed(page := text_of(admin_client, url)):
        assert "Nothing found yet" in page
        url = log_url + html.unescape(re.findall(r'href="(\?[^"]*older=[^"]*)"', page)[0])
        pages += 1

    assert listed(page) == ["rare"]
    assert pages == 2


def test_reason_narrows_the_log_and_stays_with_the_other_filters(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event(name="denied", outcome="not_sent", reason="consent_denied")
    make.event(name="unmatched", outcome="not_sent", reason="no_rule_matched")
    page = text_of(admin_client, f"{log_url}?reason=consent_denied")
    assert listed(page) == ["denied"]
    assert chips(page) == {"Reason: Consent denied": "?"}
    assert '<input type="hidden" name="reason" value="consent_denied"' in page
    both = text_of(admin_client, f"{log_url}?reason=consent_denied&name=unmatched")
    assert listed(both) == []
