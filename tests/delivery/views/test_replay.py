"""The screens that send again: what would happen, the decision, the progress, the history."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Grant, Right
from delivery import limiting, replay, tasks, wakeups
from delivery.models import Replay
from rules.models import Property
from rules.provisioning import create_property
from tests.conftest import give
from tests.delivery.views.conftest import Maker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are not needed here: the rows are. How often is not the subject, but for one test."""
    monkeypatch.setattr(wakeups, "wake", lambda _name: True)
    monkeypatch.setattr(limiting, "is_allowed", lambda _name: True)


def lost(make: Maker, **fields: Any) -> Any:
    """Write an event whose delivery was rejected."""
    event = make.event(outcome="rejected", reason="meta:100")
    values = {"outcome": "rejected", "reason": "meta:100", "title": "Meta refused the event"}
    return make.delivery(event, **values | fields)


def text_of(client: Client, url: str, **query: Any) -> str:
    return client.get(url, query).content.decode()


def confirm(client: Client, url: str, **more: str) -> Any:
    """Press the button of a plan, with what the page holds."""
    page = client.get(url).content.decode()
    found = re.findall(r'<input type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page)
    hidden = {name: value for name, value in found if name != "csrfmiddlewaretoken"}
    return client.post(url, hidden | more)


def test_plan_shows_what_would_happen_and_changes_nothing(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    lost(make)
    page = text_of(admin_client, log_url + "replay/", outcome="rejected")
    assert "Deliveries sent again" in page
    assert "Outcome: Rejected" in page
    assert "This cannot be undone." in page
    assert not Replay.objects.exists()


def test_plan_is_confirmed_and_shows_its_progress(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    destination = make.destination()
    for _ in range(3):
        lost(make, destination=destination)
    response = confirm(admin_client, log_url + "replay/?outcome=rejected")
    run = Replay.objects.get()
    assert response["Location"] == run.get_absolute_url()
    page = text_of(admin_client, run.get_absolute_url())
    assert "0 of 3 looked at" in page
    assert 'hx-trigger="every 1s"' in page
    tasks.replay_on()
    page = text_of(admin_client, run.get_absolute_url())
    assert "3 of 3 looked at" in page
    assert "hx-trigger" not in page
    assert AuditEntry.objects.get(action="replay.started").detail["deliveries"] == 3


def test_progress_is_asked_for_as_a_part_of_the_page(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    lost(make)
    confirm(admin_client, log_url + "replay/")
    run = Replay.objects.get()
    part = admin_client.get(
        run.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": "replay-run"}
    ).content.decode()
    assert part.lstrip().startswith('<div class="stack"')


def test_double_click_begins_once(admin_client: Client, make: Maker, log_url: str) -> None:
    lost(make)
    token = uuid.uuid4().hex
    for _ in range(2):
        response = admin_client.post(log_url + "replay/", {"choice": "recorded", "token": token})
        assert response.status_code == 302
    assert Replay.objects.count() == 1


@pytest.mark.parametrize("posted", [{"choice": "recorded"}, {"choice": "recorded", "token": "x"}])
def test_post_without_a_token_begins_nothing(
    admin_client: Client, make: Maker, log_url: str, posted: dict[str, str]
) -> None:
    lost(make)
    assert admin_client.post(log_url + "replay/", posted).status_code == 422
    assert not Replay.objects.exists()


def test_bounds_that_were_tampered_with_reach_no_further(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "MOST_EVENTS", 2)
    destination = make.destination()
    for _ in range(4):
        lost(make, destination=destination)
    bounds = {"floor": uuid.UUID(int=0).hex, "until": uuid.UUID(int=2**128 - 2).hex}
    admin_client.post(f"{log_url}replay/", {"token": uuid.uuid4().hex, **bounds})
    assert Replay.objects.get().total == 2


def test_looking_too_often_is_refused(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = lost(make).event_id
    monkeypatch.setattr(limiting, "is_allowed", lambda _name: False)
    response = admin_client.post(f"{log_url}replay/", {"token": uuid.uuid4().hex}, follow=True)
    assert "Please wait a minute" in response.content.decode()
    assert not Replay.objects.exists()
    page = text_of(admin_client, f"{log_url}replay/", event=event.hex)
    assert "What would happen" in page


def test_nothing_to_send_says_so(admin_client: Client, make: Maker, log_url: str) -> None:
    make.delivery(make.event())
    page = text_of(admin_client, log_url + "replay/")
    assert "Nothing here ended without being delivered." in page
    response = admin_client.post(log_url + "replay/", {"token": uuid.uuid4().hex})
    assert response.status_code == 422


def test_several_destinations_become_several_replays(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    lost(make)
    lost(make, destination=make.destination(label="Pixel 2"))
    assert "Pixel 2" in text_of(admin_client, log_url + "replay/")
    response = confirm(admin_client, log_url + "replay/")
    assert response["Location"].endswith("/replays/")
    page = text_of(admin_client, response["Location"])
    assert "As recorded: Pixel 2" in page


def test_sending_again_needs_the_right_to_publish(
    editor_client: Client, grant: Grant, make: Maker, log_url: str
) -> None:
    lost(make)
    give(grant, Right.DEVELOP)
    posted = {"choice": "recorded", "token": uuid.uuid4().hex}
    assert editor_client.post(log_url + "replay/", posted).status_code == 403
    assert "Send again…" not in text_of(editor_client, log_url)
    give(grant, Right.PUBLISH)
    assert "Send again…" in text_of(editor_client, log_url)
    assert editor_client.post(log_url + "replay/", posted).status_code == 302


def test_event_is_sent_again_at_once_and_tells_what_it_was(
    admin_client: Client, make: Maker, log_url: str, property_: Property
) -> None:
    delivery = lost(make)
    make.attempt(delivery, {"error": {"code": 100}}, outcome="rejected", http_status=400)
    url = f"{log_url}{delivery.event_id.hex}/"
    page = text_of(admin_client, url)
    plan = f"{log_url}replay/?event={delivery.event_id.hex}"
    assert f"{plan}&amp;component={delivery.component}" in page
    response = confirm(admin_client, f"{plan}&component={delivery.component}")
    assert response["Location"] == url
    delivery.refresh_from_db()
    assert (delivery.outcome, delivery.attempt_ids) == ("pending", [])
    page = text_of(admin_client, url)
    assert "Before it was sent again" in page
    assert "Round 1" in page
    assert "As recorded" in page
    assert "admin@shop.example" in page


def test_stop_button_ends_it(admin_client: Client, make: Maker, log_url: str) -> None:
    lost(make)
    confirm(admin_client, log_url + "replay/")
    run = Replay.objects.get()
    assert "Stop</button>" in text_of(admin_client, run.get_absolute_url())
    admin_client.post(f"{run.get_absolute_url()}stop/")
    run.refresh_from_db()
    assert run.state == "stopped"


def test_twice_is_asked_for_by_itself(admin_client: Client, make: Maker, log_url: str) -> None:
    delivery = lost(make, outcome="failed", reason="ambiguous_over_48h")
    page = text_of(admin_client, log_url + "replay/")
    assert "Also send the 1 that may count twice" in page
    assert confirm(admin_client, log_url + "replay/").status_code == 422
    confirm(admin_client, log_url + "replay/", twice="yes")
    tasks.replay_on()
    delivery.refresh_from_db()
    assert delivery.outcome == "pending"


def test_replay_of_another_property_is_not_found(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    lost(make)
    confirm(admin_client, log_url + "replay/")
    other = create_property("Other shop", None)
    url = Replay.objects.get().get_absolute_url()
    url = url.replace(make.property.public_id, other.public_id)
    assert admin_client.get(url).status_code == 404
    assert admin_client.post(f"{url}stop/").status_code == 404


def test_needs_attention_is_one_click_away(admin_client: Client, make: Maker, log_url: str) -> None:
    make.event(name="fine")
    lost(make)
    page = text_of(admin_client, log_url)
    query = "outcome=partly_delivered&amp;outcome=rejected&amp;outcome=expired&amp;outcome=failed"
    assert query in page
    page = text_of(admin_client, f"{log_url}?{query.replace('&amp;', '&')}")
    assert "fine" not in page
    assert 'aria-current="true"' in page


def test_resent_after_a_lost_answer_is_marked(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    delivery = make.delivery(make.event())
    make.attempt(delivery, outcome="unknown")
    url = f"{log_url}{delivery.event_id.hex}/"
    assert "It may have arrived more than once" not in text_of(admin_client, url)
    make.attempt(delivery)
    assert "It may have arrived more than once" in text_of(admin_client, url)
