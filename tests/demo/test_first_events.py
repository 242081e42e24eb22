"""The seeded events tell the demo's story when the published build judges them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from delivery.models import Event, EventBody, QueuedEvent
from extensions.contract import Refused, Send
from meta_sandbox.validation import check_event
from rules.engine import Evaluation, compile_build
from rules.models import Property


class Judged(NamedTuple):
    event: Event
    body: dict[str, Any]
    evaluation: Evaluation

    @property
    def results(self) -> list[Send | Refused]:
        return [action.result for action in self.evaluation.actions]


@pytest.fixture
def judged(demo: Property) -> list[Judged]:
    """Every seeded event, newest first, with what the live production build makes of it."""
    environment = demo.environments.get(stage="production")
    assert environment.active_build is not None
    program = compile_build(json.loads(environment.active_build.document))
    now = int(timezone.now().timestamp())
    found = []
    for event in Event.objects.of(demo):
        body = EventBody.objects.get(pk=event.pk).open()
        evaluation = program.evaluate(
            body["event"],
            body["request"],
            event_id=event.pk.hex,
            received_at=int(event.received_at.timestamp()),
            now=now,
        )
        found.append(Judged(event, body, evaluation))
    return found


def _sends(judged: list[Judged]) -> list[Send]:
    return [result for one in judged for result in one.results if isinstance(result, Send)]


def _purchases(judged: list[Judged]) -> list[Send]:
    return [send for send in _sends(judged) if send.name == "Purchase"]


def test_page_views_carts_and_purchases_are_sent_under_metas_names(judged: list[Judged]) -> None:
    assert Counter(send.name for send in _sends(judged)) == {
        "PageView": 5,
        "AddToCart": 3,
        "Purchase": 2,
    }


def test_one_event_matches_no_rule(judged: list[Judged]) -> None:
    unmatched = [one for one in judged if not one.results]
    assert [one.event.name for one in unmatched] == ["web.webinteraction.linkClicks"]
    assert unmatched[0].evaluation.rules == ()


def test_one_purchase_is_refused_for_want_of_a_person(judged: list[Judged]) -> None:
    refused = [
        (one.event.name, result.code)
        for one in judged
        for result in one.results
        if isinstance(result, Refused)
    ]
    assert refused == [("commerce.purchases", "too_little_customer_information")]


def test_no_rule_fails(judged: list[Judged]) -> None:
    verdicts = {rule.verdict for one in judged for rule in one.evaluation.rules}
    assert verdicts == {"fired"}


def test_metas_stand_in_takes_every_payload(judged: list[Judged]) -> None:
    now = timezone.now().timestamp()
    assert [check_event(dict(send.payload), now) for send in _sends(judged)] == [None] * 10


def test_payloads_need_no_advice(judged: list[Judged]) -> None:
    """Phone numbers, postcodes and cookies of the demo's people are all of the form Meta wants."""
    assert [notice for send in _sends(judged) for notice in send.notices] == []


def test_purchase_carries_the_hashed_email_of_its_customer(judged: list[Judged]) -> None:
    expected = hashlib.sha256(b"ada.lovelace@example.com").hexdigest()
    assert expected in [send.payload["user_data"]["em"][0] for send in _purchases(judged)]


def test_purchase_carries_value_currency_and_contents(judged: list[Judged]) -> None:
    by_order = {send.payload["custom_data"]["order_id"]: send for send in _purchases(judged)}
    assert by_order["LOAM-9B07DE"].payload["custom_data"] == {
        "value": 6 * 32.0 + 38.0,
        "currency": "EUR",
        "content_type": "product",
        "order_id": "LOAM-9B07DE",
        "contents": [
            {"id": "dinner-plate", "quantity": 6, "item_price": 32.0, "title": "Dinner plate"},
            {"id": "bud-vase", "quantity": 1, "item_price": 38.0, "title": "Bud vase"},
        ],
        "content_ids": ["dinner-plate", "bud-vase"],
    }


def test_click_that_led_to_the_shop_is_sent_along(judged: list[Judged]) -> None:
    clicks = [send.payload["user_data"].get("fbc", "") for send in _purchases(judged)]
    assert any(click.endswith(".IwAR2demoClickIdOfAda") for click in clicks)


def test_click_is_made_from_the_address_of_the_page_that_the_ad_led_to(
    judged: list[Judged],
) -> None:
    (landing,) = [send for send in _sends(judged) if "fbclid=" in send.payload["event_source_url"]]
    made = f"fb.1.{landing.payload['event_time']}000.IwAR2demoClickIdOfAda"
    assert landing.payload["user_data"]["fbc"] == made
    assert dict(landing.origins)["user_data.fbc"] == "made from fbclid in the page's address"


def test_time_id_address_and_browser_come_by_themselves(judged: list[Judged]) -> None:
    wanted = {
        *("event_time", "event_id", "user_data.client_ip_address"),
        "user_data.client_user_agent",
    }
    for one in judged:
        for send in _sends([one]):
            assert wanted <= dict(send.origins).keys()
            assert send.payload["event_id"] == one.body["event"]["xdm"]["_id"]
            assert send.payload["user_data"]["client_ip_address"] == one.body["request"]["ip"]


def test_event_time_is_the_time_it_happened(judged: list[Judged]) -> None:
    for one in judged:
        for result in one.results:
            if isinstance(result, Send):
                assert result.payload["event_time"] == int(one.event.received_at.timestamp())


def test_events_lie_within_the_last_hour_in_the_order_of_their_ids(judged: list[Judged]) -> None:
    times = [one.event.received_at for one in judged]
    assert times == sorted(times, reverse=True)
    assert timezone.now() - timedelta(hours=1) < times[-1] < times[0] < timezone.now()


def test_events_wait_for_the_worker(judged: list[Judged]) -> None:
    waiting = set(QueuedEvent.objects.values_list("event_id", flat=True))
    assert waiting == {one.event.pk for one in judged}
    assert {one.event.outcome for one in judged} == {"received"}
