"""One event told in full, whatever became of it."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Grant, Right
from delivery.models import (
    Attempt,
    Delivery,
    DeliveryBody,
    Event,
    EventBody,
    ReplayedDelivery,
)
from delivery.views import story
from extensions.contract import Ran
from rules import coding
from rules.engine import canonical
from rules.models import Build, Datastream, Environment, Rule
from tests.conftest import give
from tests.delivery.views.conftest import ACTION, BODY, CONDITION, RULE, Maker, document
from tests.delivery.views.test_log_list import HOSTILE, text_of

POLL = {"HX-Request": "true", "HX-Target": "event-poller"}


def told(client: Client, event: Event) -> str:
    """Return the event's page."""
    return text_of(client, event.get_absolute_url())


def judged(make: Maker, **fields: Any) -> Event:
    """An event that the build's rule looked at."""
    defaults = {"build": make.build(), "evaluated_at": timezone.now().replace(microsecond=0)}
    return make.event(**defaults | fields)


def test_facts_stand_ready_to_copy(admin_client: Client, make: Maker) -> None:
    event = judged(make, client_id="order-7")
    datastream = make.environments["development"].datastreams.get()

    page = told(admin_client, event)

    for value in (event.id.hex, "order-7", datastream.public_id):
        assert f'data-copy="{value}"' in page
    assert f"/builds/{event.build.public_id}/" in page  # type: ignore[union-attr]  # has one


@pytest.mark.parametrize(
    ("outcome", "reason", "title", "explanation"),
    [
        ("received", "", "Waiting to be checked against the rules", ""),
        ("evaluated", "", "On its way", ""),
        ("delivered", "", "Delivered", "Everything that was to be sent has arrived."),
        ("not_sent", "no_build", "No build is live", "Build a library to this environment."),
        ("not_sent", "no_rule_matched", "No rule matched", "no rule fired."),
        ("rejected", "meta:1", "The destination refused it", "Code meta:1."),
        ("expired", "too_old", "Too old to send", "waited longer than the destination"),
        ("failed", "retry_window", "could not be reached for three days", "72 hours"),
        ("erased", "", "The data of the person was erased", ""),
    ],
)
def test_outcome_is_explained_in_plain_words(
    admin_client: Client,
    make: Maker,
    outcome: str,
    reason: str,
    title: str,
    explanation: str,
) -> None:
    page = told(admin_client, make.event(outcome=outcome, reason=reason))

    heading = re.search(r'id="event-outcome-title">(.*?)</h2>', page)
    assert heading
    assert title in heading[1]
    assert explanation in page


def test_received_event_is_shown_inside_a_closed_fold(admin_client: Client, make: Maker) -> None:
    page = told(admin_client, make.event())

    fold = re.search(r"<details> <summary>Show the event</summary>.*?</details>", page)
    assert fold
    assert "jane@example.com" in fold[0]
    assert "It is stored encrypted." in page


def test_body_that_is_gone_is_said_in_words(admin_client: Client, make: Maker) -> None:
    page = told(admin_client, judged(make, body=None))

    assert "The received event is no longer stored." in page
    assert "The rules cannot be told" in page


def test_body_that_does_not_open_is_said_in_words(admin_client: Client, make: Maker) -> None:
    event = judged(make)
    EventBody.objects.filter(pk=event.pk).update(body=b"\x01 sealed with another key, long ago")

    page = told(admin_client, event)

    assert "encryption key that this server no longer has" in page


def test_rule_that_fired_shows_its_conditions_with_the_values_they_saw(
    admin_client: Client, make: Maker
) -> None:
    body = {**BODY, "event": {**BODY["event"], "data": {"email": "j@e.com", "token": "EAAtoken"}}}

    page = told(admin_client, judged(make, body=body))

    assert "<span>Fired</span>" in page
    assert "Event Type equals “purchase”" in page
    assert "<span>Passed</span>" in page
    assert '<span class="muted">Left Operand</span> <code>&quot;purchase&quot;</code>' in page
    assert '<span class="muted">Right Operand</span> <code>&quot;purchase&quot;</code>' in page
    assert "<span>Asked to send</span>" in page


def test_rule_that_did_not_fire_shows_the_condition_that_said_no(
    admin_client: Client, make: Maker
) -> None:
    body = {**BODY, "event": {"xdm": {"eventType": "page_view"}, "data": {}}}

    page = told(admin_client, judged(make, body=body, outcome="not_sent"))

    assert "<span>Did not fire</span>" in page
    assert "“Is a purchase” was not met." in page
    assert "<span>Not passed</span>" in page
    assert "<code>&quot;page_view&quot;</code>" in page
    assert "<span>Not reached</span>" in page


def test_action_that_refused_says_why(admin_client: Client, make: Maker) -> None:
    page = told(admin_client, judged(make, outcome="not_sent"))

    assert "<span>Refused</span>" in page
    assert "The access token is empty for this event." in page


def test_refusals_beside_a_delivery_are_listed_by_rule_and_action(
    admin_client: Client, make: Maker
) -> None:
    refusal = {"component": ACTION, "rule": RULE, "code": "x", "message": "No pixel is set."}
    event = judged(make, outcome="partly_delivered", refusals=[refusal])
    make.delivery(event, component="RC" + "9" * 32)

    page = told(admin_client, event)

    assert 'id="refusals-title"' in page
    assert '<td data-label="Action">Send it</td>' in page
    assert '<td data-label="Reason"><div>No pixel is set</div></td>' in page


def test_data_elements_show_what_was_found_and_what_was_used(
    admin_client: Client, make: Maker
) -> None:
    page = told(admin_client, judged(make))

    assert '<th scope="row">Email<small>data.email</small></th>' in page
    assert "<code>&quot;jane@example.com&quot;</code>" in page
    assert '<span class="muted">no value</span>' in page


def test_data_element_shows_the_default_that_stood_in(admin_client: Client, make: Maker) -> None:
    changed = document(make.property.public_id)
    [token] = [part for part in changed["data_elements"] if part["name"] == "Token"]
    token["default"] = "Standard"

    page = told(admin_client, judged(make, build=make.build(document=canonical(changed))))

    row = page.partition("<small>data.token</small>")[2].partition("</tr>")[0]
    cells = re.findall(r'<td data-label="([^"]+)">\s*<div[^>]*>(.*?)</div>', row, re.DOTALL)
    assert [(label, text.strip()) for label, text in cells] == [
        ("Found", '<span class="muted">no value</span>'),
        ("Default", "<code>&quot;Standard&quot;</code>"),
        ("Value used", "<code>&quot;Standard&quot;</code>"),
    ]
    assert '<span class="muted">none</span>' in page


def test_rule_is_linked_while_it_exists(admin_client: Client, make: Maker) -> None:
    event = judged(make)
    assert "Open the rule" not in told(admin_client, event)

    Rule.objects.create(property=make.property, public_id=RULE, name="Purchases")

    assert f'/rules/{RULE}/">Open the rule</a>' in told(admin_client, event)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"outcome": "received"}, "The event has not been checked against the rules yet."),
        ({"evaluated_at": timezone.now()}, "No build was live in this environment"),
        (
            {"evaluated_at": timezone.now(), "build_id": 999_999},
            "The build that judged the event has been deleted.",
        ),
    ],
)
def test_rules_that_cannot_be_told_say_why(
    admin_client: Client, make: Maker, fields: dict[str, Any], words: str
) -> None:
    assert words in told(admin_client, make.event(**fields))


def test_build_that_cannot_be_run_any_more_says_why(
    admin_client: Client, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = judged(make)
    monkeypatch.setattr("extensions.registry.delegate", _unknown)

    page = told(admin_client, event)

    assert "The build that judged the event cannot be run any more." in page


def _unknown(delegate_id: str) -> None:
    from extensions.registry import UnknownDelegate

    raise UnknownDelegate(delegate_id)


def test_event_stays_when_everything_it_refers_to_is_deleted(
    admin_client: Client, make: Maker
) -> None:
    event = judged(make, stage="staging")
    make.delivery(event)
    Build.objects.all().delete()
    Datastream.objects.all().delete()
    Environment.objects.filter(stage="staging").delete()

    page = told(admin_client, event)

    for words in ("Deleted build", "Deleted datastream", "Deleted environment"):
        assert words in page


def test_delivery_shows_payload_advice_and_every_attempt(admin_client: Client, make: Maker) -> None:
    event = judged(make)
    notice = {"code": "no_phone", "field": "ph", "message": "Add a phone number."}
    delivery = make.delivery(event, notices=[notice], title="Meta took the event")
    make.attempt(
        delivery, outcome="retry", http_status=None, title="Meta did not answer", duration_ms=10_000
    )
    make.attempt(delivery, {"events_received": 3}, event_count=3, trace_id="AbC")

    page = told(admin_client, event)

    assert "Purchase to Pixel 1234567890" in page
    assert '<span class="json-str">&quot;0a1b&quot;</span>' in page
    assert "<code>ph</code>: Add a phone number." in page
    assert "No HTTP answer · 10,000 ms" in page
    assert "HTTP 200 · 132 ms · one of 3 events in the request · Trace ID AbC" in page
    assert '<span class="json-key">&quot;events_received&quot;</span>' in page


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("pending", "Pending"),
        ("in_flight", "In flight"),
        ("held", "Held"),
        ("rejected", "Rejected"),
        ("expired", "Expired"),
        ("failed", "Failed"),
        ("erased", "Erased"),
    ],
)
def test_delivery_of_every_outcome_has_a_word(
    admin_client: Client, make: Maker, outcome: str, word: str
) -> None:
    event = make.event(outcome="evaluated")
    make.delivery(event, outcome=outcome)

    assert f"<span>{word}</span>" in told(admin_client, event)


def test_rejected_delivery_shows_the_words_and_help_of_its_destination(
    admin_client: Client, make: Maker
) -> None:
    event = make.event(outcome="rejected", reason="meta:100")
    make.delivery(
        event,
        outcome="rejected",
        reason="meta:100",
        title="The currency is unknown",
        explanation="Send a code such as EUR.",
        help_url="https://docs.example/currency",
    )

    page = told(admin_client, event)

    assert "Send a code such as EUR." in page
    assert 'href="https://docs.example/currency"' in page


def test_help_of_a_destination_is_no_link_unless_it_is_a_web_page(
    admin_client: Client, make: Maker
) -> None:
    event = make.event()
    make.delivery(event, title="Refused", help_url="javascript:alert(1)")

    assert "javascript:" not in told(admin_client, event)


def test_payload_and_attempts_that_are_gone_are_said_in_words(
    admin_client: Client, make: Maker
) -> None:
    event = make.event()
    make.attempt(make.delivery(event))
    DeliveryBody.objects.all().delete()
    Attempt.objects.all().delete()

    page = told(admin_client, event)

    assert "The payload is no longer stored." in page
    assert "1 attempt no longer stored." in page


@pytest.mark.parametrize(
    ("rights", "is_shown"),
    [
        ([], False),
        ([Right.APPROVE, Right.PUBLISH, Right.MANAGE_ENVIRONMENTS], False),
        ([Right.DEVELOP], True),
        ([Right.MANAGE_EXTENSIONS], True),
    ],
)
def test_answers_are_shown_to_those_who_decide_where_requests_go(
    editor_client: Client, grant: Grant, make: Maker, rights: list[Right], is_shown: bool
) -> None:
    give(grant, *rights)
    event = make.event()
    delivery = make.delivery(event)
    make.attempt(delivery, {"internal": "words-of-a-server"}, title="The server answered 404")
    destination = delivery.destination_id
    earlier = make.attempt(delivery, {"internal": "words-of-a-server"})
    Delivery.objects.update(attempt_ids=delivery.attempt_ids[:1])
    ReplayedDelivery.objects.create(
        event_id=event.id, component=ACTION, number=1, replay_id=1, destination_id=destination,
        rule=RULE, name="Purchase", dedup_id="1", outcome="failed", attempt_ids=[earlier.pk],
        created_at=timezone.now(), expires_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip

    page = told(editor_client, event)

    assert "The server answered 404" in page
    assert page.count("words-of-a-server") == (2 if is_shown else 0)
    sentence = "The answer is shown to people with the right “Develop” or “Manage Extensions”"
    assert page.count(sentence) == (0 if is_shown else 2)


def test_answer_that_does_not_open_is_said_in_words(admin_client: Client, make: Maker) -> None:
    event = make.event()
    attempt = make.attempt(make.delivery(event), {"events_received": 1})
    Attempt.objects.filter(pk=attempt.pk).update(response=b"\x01 sealed with another key, long ago")

    assert "The answer is sealed with an encryption key" in told(admin_client, event)


def test_hostile_text_is_shown_and_never_obeyed(admin_client: Client, make: Maker) -> None:
    data = {HOSTILE: HOSTILE, "email": HOSTILE}
    body = {"event": {"xdm": {"eventType": HOSTILE}, "data": data}, "request": {"ip": HOSTILE}}
    event = judged(make, name=HOSTILE, client_id=HOSTILE, body=body)
    delivery = make.delivery(event, name=HOSTILE, dedup_id=HOSTILE, payload={HOSTILE: HOSTILE})
    make.attempt(delivery, HOSTILE, title=HOSTILE, trace_id=HOSTILE)

    page = told(admin_client, event)

    assert "<script>alert" not in page
    assert not re.search(r"<img(?! src=\"/static/logo)", page)
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 10


def test_number_of_queries_does_not_grow_with_the_deliveries(
    admin_client: Client, make: Maker, django_assert_max_num_queries: Any
) -> None:
    event = judged(make)
    for number in range(12):
        make.attempt(make.delivery(event, component=f"RC{number:032}"))
    url = event.get_absolute_url()

    with django_assert_max_num_queries(22):
        admin_client.get(url)


def test_live_event_asks_for_news_and_a_final_one_does_not(
    admin_client: Client, make: Maker
) -> None:
    live, final = make.event(outcome="received"), make.event()

    assert 'hx-trigger="every 1500ms"' in told(admin_client, live)
    assert "hx-get" not in told(admin_client, final)


def test_event_without_news_is_answered_with_nothing(admin_client: Client, make: Maker) -> None:
    event = make.event(outcome="received")
    asked = re.search(r'hx-get="(\?[^"]*)"', told(admin_client, event))
    assert asked

    response = admin_client.get(event.get_absolute_url() + asked[1], headers=POLL)

    assert response.status_code == 204


def test_news_of_an_event_leave_what_has_focus_and_stop_when_it_is_final(
    admin_client: Client, make: Maker
) -> None:
    event = make.event(outcome="evaluated")
    make.delivery(event, outcome="delivered")
    Event.objects.filter(pk=event.pk).update(outcome="delivered")

    response = admin_client.get(f"{event.get_absolute_url()}?state=evaluated", headers=POLL)

    news = response.content.decode()
    assert "<html" not in news
    assert 'hx-swap-oob="outerHTML:#event-results:not(:focus-within)"' in news
    assert 'data-announce="Delivered: Delivered"' in news
    assert "hx-get" not in news


def test_address_that_is_no_event_id_is_not_found(admin_client: Client, log_url: str) -> None:
    assert admin_client.get(f"{log_url}{'0' * 32}/").status_code == 404
    assert admin_client.get(f"{log_url}{CONDITION}/").status_code == 404


def test_delivery_tells_where_automatic_values_came_from(admin_client: Client, make: Maker) -> None:
    body = {**BODY, "event": {**BODY["event"], "data": {"email": "j@x.example", "token": "EAAx"}}}
    event = judged(make, body=body)
    make.delivery(event)
    page = told(admin_client, event)
    assert "Filled automatically" in page
    assert "<code>event_time</code> – " in page


def test_delivery_of_an_event_that_is_gone_tells_no_origins(
    admin_client: Client, make: Maker
) -> None:
    event = judged(make, body=None)
    make.delivery(event)
    assert "Filled automatically" not in told(admin_client, event)


def test_advice_of_a_refusal_is_shown(admin_client: Client, make: Maker) -> None:
    notices = [{"code": "odd", "field": "ph", "message": "The phone was left out."}]
    refusal = {"component": ACTION, "rule": RULE, "code": "x", "message": "No.", "notices": notices}
    event = judged(make, outcome="not_sent", reason="x", refusals=[refusal])
    assert "<code>ph</code>: The phone was left out." in told(admin_client, event)


def grouped_build(make: Maker) -> Build:
    """The build of `make` with a group of code and the comparison, and an action that fails."""
    changed = document(make.property.public_id)
    [rule] = changed["rules"]
    comparison, action = rule["components"]
    rule["logic"] = {"top": "all", "groups": {"g": "any"}}
    code = comparison | {
        "id": "RC" + "4" * 32,
        "name": "Custom Code",
        "delegate": "core::conditions::custom-code",
        "settings": {"source": "return false"},
        "group": "g",
    }
    rule["components"] = [code, comparison | {"group": "g"}, action]
    return make.build(document=canonical(changed))


def test_conditions_of_a_group_stand_below_its_name_and_verdict(
    admin_client: Client, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = Ran(value=False, lines=[("warn", "odd <order>")])
    monkeypatch.setattr(coding, "runner", lambda: Mock(run=Mock(return_value=ran)))

    page = told(admin_client, judged(make, build=grouped_build(make)))

    assert 'scope="col">All of these conditions</th>' in page
    group = page[page.index('<th scope="rowgroup">Group: any of these</th>') :]
    verdicts = re.findall(r"<span>(Passed|Not passed)</span>", group)
    assert verdicts[:3] == ["Passed", "Not passed", "Passed"]
    assert group.index("return false") < group.index("Event Type equals “purchase”")


def test_what_code_logged_stands_with_its_condition(
    admin_client: Client, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = Ran(value=False, lines=[("warn", "odd <order>")])
    monkeypatch.setattr(coding, "runner", lambda: Mock(run=Mock(return_value=ran)))

    page = told(admin_client, judged(make, build=grouped_build(make)))

    assert page.count("What the code logged") == 1
    line = '<span class="muted">warn</span> <code class="text-break">odd &lt;order&gt;</code>'
    assert line in page


def test_type_is_not_said_again_where_it_is_the_name(
    admin_client: Client, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coding, "runner", lambda: None)

    page = told(admin_client, judged(make, build=grouped_build(make)))

    assert "Custom Code</small>" in page
    assert "Custom Code · Custom Code" not in page
    assert "<small>Is a purchase · Value Comparison</small>" in page


def test_build_is_made_ready_once_however_often_it_is_looked_at(
    admin_client: Client, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Mock(wraps=story.load_build)
    monkeypatch.setattr(story, "load_build", load)
    event = judged(make)

    for _ in range(2):
        assert "<span>Fired</span>" in told(admin_client, event)

    assert load.call_count == 1
