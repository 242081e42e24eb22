"""What the log lists, and in what words."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from delivery.models import Destination
from rules.models import Environment
from tests.delivery.views.conftest import ACTION, RULE, Maker

HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>' hx-get=/x {{ 7 }}"


def listed(page: str) -> list[str]:
    """Return the names of the rows, in their order."""
    return re.findall(r'<th [^>]*scope="row"><a [^>]*>(.*?)</a>', page)


def text_of(client: Client, url: str, query: Any = None) -> str:
    """Return a page, with no more space than it shows."""
    response = client.get(url, query or {})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_newest_event_stands_first(admin_client: Client, make: Maker, log_url: str) -> None:
    for name in ("first", "second", "third"):
        make.event(name=name)

    assert listed(text_of(admin_client, log_url)) == ["third", "second", "first"]


@pytest.mark.parametrize(
    ("outcome", "reason", "word", "words"),
    [
        ("received", "", "Received", "Waiting to be checked against the rules"),
        ("evaluated", "", "On its way", "On its way"),
        ("not_sent", "no_rule_matched", "Not sent", "No rule matched"),
        ("not_sent", "no_build", "Not sent", "No build is live in this environment"),
        ("failed", "worker_crash", "Failed", "Handling this ended its worker again and again"),
        ("expired", "too_old", "Expired", "Too old to send"),
        ("rejected", "meta:unheard-of", "Rejected", "The destination refused it"),
        ("erased", "", "Erased", "The data of the person was erased"),
    ],
)
def test_outcome_has_a_word_and_a_reason(
    admin_client: Client,
    make: Maker,
    log_url: str,
    outcome: str,
    reason: str,
    word: str,
    words: str,
) -> None:
    make.event(outcome=outcome, reason=reason)

    page = text_of(admin_client, log_url)

    assert f"<span>{word}</span></span>" in page
    assert f"{words}</td>" in page


def test_refused_action_speaks_for_itself(admin_client: Client, make: Maker, log_url: str) -> None:
    refusal = {"component": ACTION, "rule": RULE, "code": "no_pixel", "message": "No pixel is set."}
    make.event(outcome="not_sent", reason="no_pixel", refusals=[refusal])

    assert "No pixel is set</td>" in text_of(admin_client, log_url)


def test_rejected_event_has_the_words_of_its_delivery(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    event = make.event(outcome="rejected", reason="meta:100")
    make.delivery(event, outcome="rejected", reason="meta:100", title="The currency is unknown")

    assert "The currency is unknown</td>" in text_of(admin_client, log_url)


def test_event_that_waits_for_a_held_destination_says_why(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    destination = make.destination(hold_title="The access token has expired")
    make.delivery(make.event(outcome="evaluated"), outcome="held", destination=destination)

    assert "The access token has expired</td>" in text_of(admin_client, log_url)


def test_destinations_are_named_once_and_deliveries_counted(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    event, destination = make.event(), make.destination(label="Pixel 42")
    make.delivery(event, destination=destination)
    make.delivery(event, destination=destination, component="RC" + "4" * 32)

    assert "<span>Pixel 42<small>2 deliveries</small></span>" in text_of(admin_client, log_url)


def test_event_stays_listed_when_its_environment_and_destination_are_deleted(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.delivery(make.event(stage="staging"))
    Environment.objects.filter(stage="staging").delete()
    Destination.objects.all().delete()

    page = text_of(admin_client, log_url)

    assert "Deleted environment" in page
    assert "Deleted destination" in page


def test_hostile_text_is_shown_and_never_obeyed(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event(name=HOSTILE, client_id=HOSTILE)

    page = text_of(admin_client, log_url, {"name": HOSTILE, "id": HOSTILE})

    assert "<script>alert" not in page
    assert "<img" not in page.replace('<img src="/static/logo', "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img" in page


@pytest.mark.parametrize("name", ["name", "id", "environment", "outcome", "older", "newer"])
def test_nonsense_in_the_address_is_left_out(
    admin_client: Client, make: Maker, log_url: str, name: str
) -> None:
    make.event()

    assert admin_client.get(log_url, {name: "\1%'\"\\ 0x"}).status_code == 200


def test_number_of_queries_does_not_grow_with_the_rows(
    admin_client: Client, make: Maker, log_url: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        make.delivery(make.event())

    with django_assert_max_num_queries(20):
        admin_client.get(log_url, {"name": "purchase", "outcome": "delivered"})


def test_empty_log_shows_how_to_send_the_first_event(
    admin_client: Client, make: Maker, log_url: str, settings: Any
) -> None:
    settings.COLLECTOR_URL = "https://collect.example"
    datastream = make.environments["development"].datastreams.get()

    page = text_of(admin_client, log_url)

    assert "No events yet" in page
    assert f"curl https://collect.example/v1/events/{datastream.public_id}" in page


def test_filters_that_match_nothing_say_so_and_show_no_command(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.event()

    page = text_of(admin_client, log_url, {"name": "unheard of"})

    assert "No event matches" in page
    assert "curl" not in page


def test_refusal_of_an_extension_is_told_by_its_first_sentence(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    refusal = {
        "component": ACTION,
        "rule": RULE,
        "code": "consent_denied",
        "message": "The person gave no consent. The purpose is “ads”.",
    }
    event = make.event(outcome="not_sent", reason="consent_denied", refusals=[refusal])
    assert "The person gave no consent</td>" in text_of(admin_client, log_url)
    page = text_of(admin_client, f"{log_url}{event.id.hex}/")
    assert "The purpose is “ads”." in html.unescape(page)
    assert f'href="{log_url}?reason=consent_denied"' in page


def test_test_event_is_marked_in_the_log_and_on_its_page(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    event = make.event()
    make.delivery(event, destination=make.destination(mark="Test event TEST1"))
    for url in (log_url, f"{log_url}{event.id.hex}/"):
        assert "status-mark" in text_of(admin_client, url)
        assert "Test event TEST1" in text_of(admin_client, url)


def test_badge_of_a_test_event_is_not_said_again_by_the_destination(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    event = make.event()
    label, mark = "Pixel 1 (test TEST1)", "Test event TEST1"
    make.delivery(event, destination=make.destination(label=label, mark=mark))
    make.delivery(event, component="RC9", destination=make.destination(label="Shop (EU)"))
    for url in (log_url, f"{log_url}{event.id.hex}/"):
        page = text_of(admin_client, url)
        assert "(test TEST1)" not in page
        assert "Pixel 1" in page
        assert mark in page
        assert "Shop (EU)" in page


def refused(*messages: str) -> dict[str, Any]:
    """The fields of an event whose actions refused to send."""
    refusals = [
        {"component": f"RC{place}", "rule": RULE, "code": f"c{place}", "message": message}
        for place, message in enumerate(messages)
    ]
    return {"outcome": "not_sent", "reason": "c0", "refusals": refusals}


def test_refusals_of_several_actions_are_counted_with_their_first_reasons(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    messages = ("No consent. Ask.", "No consent. Ask.", "No pixel.", "No token.", "No name.")
    event = make.event(**refused(*messages))

    assert (
        "5 actions did not send<small>No consent</small><small>No pixel</small>"
        "<small>No token</small></td>"
    ) in text_of(admin_client, log_url)
    page = text_of(admin_client, f"{log_url}{event.id.hex}/")
    assert 'id="event-outcome-title">5 actions did not send</h2>' in page
    assert "<p>No consent.</p>" in page


@pytest.mark.parametrize(
    ("messages", "title"),
    [
        (("No pixel.",), "1 of 2 actions did not send"),
        (("No pixel.", "No pixel.", "No token."), "3 of 4 actions did not send"),
    ],
)
def test_refusal_is_no_headline_of_an_event_that_arrived(
    admin_client: Client, make: Maker, log_url: str, messages: tuple[str, ...], title: str
) -> None:
    event = make.event(**refused(*messages) | {"outcome": "partly_delivered"})
    make.delivery(event, component="RC9")

    assert f"{title}<small>No pixel</small>" in text_of(admin_client, log_url)
