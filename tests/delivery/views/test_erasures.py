"""The screens on which a person's data is found, downloaded and erased."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Grant, Right
from delivery import tasks, wakeups
from delivery.models import Erasure, Event, EventBody
from delivery.views import erasures
from tests.conftest import give
from tests.delivery.views.conftest import Maker

pytestmark = pytest.mark.django_db
EMAIL = "jane@example.com"  # of the maker's events


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are not needed here: the rows are."""
    monkeypatch.setattr(wakeups, "wake", lambda _name: True)


def begin(client: Client, log_url: str, **person: str) -> Any:
    return client.post(
        f"{log_url}person/", {"token": uuid.uuid4().hex, **(person or {"email": EMAIL})}
    )


def found(client: Client, log_url: str) -> Erasure:
    begin(client, log_url)
    tasks.erase_on()
    return Erasure.objects.latest("pk")


def test_found_confirmed_by_typing_and_gone(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    event = make.event(client_id="order-1")
    make.delivery(event)
    one = found(admin_client, log_url)
    url = one.get_absolute_url()
    assert "1 event found" in admin_client.get(url).content.decode()
    wrong = admin_client.post(f"{url}erase/", {"name": "Shoop"})
    assert wrong.status_code == 422
    assert "That is not the property" in wrong.content.decode()
    assert admin_client.post(f"{url}erase/", {"name": "Shop"}).status_code == 302
    tasks.erase_on()
    assert "Done" in admin_client.get(url).content.decode()
    event.refresh_from_db()
    assert (event.outcome, event.client_id) == ("erased", "")
    page = admin_client.get(event.get_absolute_url()).content.decode()
    assert "The data of the person was erased" in page
    assert EMAIL not in page


def test_who_it_was_is_kept_nowhere(admin_client: Client, make: Maker, log_url: str) -> None:
    make.event()
    one = found(admin_client, log_url)
    for url in (one.get_absolute_url(), f"{log_url}person/"):
        assert EMAIL not in admin_client.get(url).content.decode()
    assert EMAIL not in str(list(Erasure.objects.values()))
    assert EMAIL not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("person", [{"email": " "}, {"email": "", "phone": ""}])
def test_somebody_has_to_be_named(
    admin_client: Client, log_url: str, person: dict[str, str]
) -> None:
    response = begin(admin_client, log_url, **person)
    assert response.status_code == 422
    assert "Please enter an e-mail address" in response.content.decode()


def test_download_holds_all_that_is_stored(admin_client: Client, make: Maker, log_url: str) -> None:
    make.delivery(make.event(client_id="order-1"))
    make.event(body={"event": {"data": {"email": "other@example.com"}}, "request": {}})
    one = found(admin_client, log_url)
    response = admin_client.post(f"{one.get_absolute_url()}export/")
    whole = json.loads(b"".join(response))
    assert (whole["found"], whole["written"]) == (1, 1)
    [stored] = whole["events"]
    assert stored["content"]["event"]["data"]["email"] == EMAIL
    assert stored["sender_id"] == "order-1"
    assert stored["deliveries"][0]["payload"]["event_name"] == "Purchase"
    assert AuditEntry.objects.filter(action="person.exported").exists()


def test_download_never_holds_more_than_a_few_events(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make.delivery(make.event())
    one = found(admin_client, log_url)
    monkeypatch.setattr(erasures, "_AT_ONCE", 2)
    whole = EventBody.objects.in_bulk
    read: list[int] = []

    def counting(ids: list[uuid.UUID]) -> Any:
        read.append(len(ids))
        return whole(ids)

    monkeypatch.setattr(EventBody.objects, "in_bulk", counting)
    response = admin_client.post(f"{one.get_absolute_url()}export/")
    parts = iter(response)
    assert [next(parts)[:1], next(parts)[:1]] == [b"{", b"{"]
    assert read == [2]  # the rest is read as it is fetched
    assert len(list(parts)) == 5
    assert read == [2, 2, 1]


def test_download_ends_at_its_bound_and_says_so(
    admin_client: Client, make: Maker, log_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make.event()
    one = found(admin_client, log_url)
    response = admin_client.post(f"{one.get_absolute_url()}export/")
    size = len(list(response)[1])
    monkeypatch.setattr(erasures, "MOST_BYTES", 2 * size)
    whole = json.loads(b"".join(admin_client.post(f"{one.get_absolute_url()}export/")))
    assert (whole["found"], whole["written"], len(whole["events"])) == (3, 2, 2)


def test_kept_after_all(admin_client: Client, make: Maker, log_url: str) -> None:
    make.event()
    one = found(admin_client, log_url)
    admin_client.post(f"{one.get_absolute_url()}stop/")
    assert admin_client.post(f"{one.get_absolute_url()}erase/", {"name": "Shop"}).status_code == 302
    tasks.erase_on()
    assert Event.objects.get().outcome == "delivered"


def test_needs_the_right_to_manage_environments(
    editor_client: Client, grant: Grant, make: Maker, log_url: str
) -> None:
    make.event()
    give(grant, Right.PUBLISH)
    assert begin(editor_client, log_url).status_code == 403
    give(grant, Right.MANAGE_ENVIRONMENTS)
    assert begin(editor_client, log_url).status_code == 302
