"""The screen of destinations: how each stands, and how it goes on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Grant, Right
from delivery import limiting, pausing, tasks, trying, wakeups
from delivery.models import Delivery, Destination, QueuedDelivery
from rules.models import Secret
from tests.conftest import give
from tests.delivery.conftest import RunningSandbox
from tests.delivery.views.conftest import Maker
from tests.delivery.world import (
    TOKEN,
    Scripted,
    World,
    bad_token,
    evaluate,
    pass_time,
    taken,
    the_destination,
    the_event,
    work,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a broker nor a limit is the subject here."""
    monkeypatch.setattr(wakeups, "wake", lambda _name: True)
    monkeypatch.setattr(limiting, "is_allowed", lambda _name: True)


def url_of(world: World) -> str:
    return f"/properties/{world.property.public_id}/events/destinations/"


def test_wrong_token_is_told_spends_nothing_and_flows_once_the_secret_is_right(
    admin_client: Client, world: World, sandbox: RunningSandbox
) -> None:
    secret = world.secret("WRONG")
    world.publish(token=None, accessToken=f"[[{secret.public_id}]]")
    world.post(3)
    work()
    page = admin_client.get(url_of(world)).content.decode()
    assert "Held" in page
    assert "3 deliveries; none is lost" in page
    assert set(QueuedDelivery.objects.values_list("attempts", flat=True)) == {0}
    log = admin_client.get(url_of(world).removesuffix("destinations/")).content.decode()
    assert f"/events/destinations/#destination-{the_destination().pk}" in log
    change = f"/properties/{world.property.public_id}/secrets/{secret.public_id}/"
    response = admin_client.post(change, {"name": secret.name, "kind": "token", "value": TOKEN})
    assert response.status_code == 302
    assert Secret.objects.get().open() == TOKEN
    pass_time(minutes=16)  # no hand: the next probe finds it well
    work()
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"delivered"}
    assert "Open" in admin_client.get(url_of(world)).content.decode()


def test_test_that_passes_lets_it_go_on_at_once(
    admin_client: Client, world: World, sandbox: RunningSandbox
) -> None:
    secret = world.secret("WRONG")
    world.publish(token=None, accessToken=f"[[{secret.public_id}]]")
    world.post()
    work()
    button = f"{url_of(world)}{the_destination().pk}/test/"
    page = admin_client.post(button).content.decode()
    assert the_destination().is_held
    assert "tone-danger" in page
    assert "Tried just now: " in page
    secret.seal(TOKEN)
    secret.save()
    page = admin_client.post(button).content.decode()
    assert "It is held no longer" in page
    work()
    assert the_event().outcome == "delivered"
    assert AuditEntry.objects.filter(action="destination.tested").count() == 2


def pause(client: Client, world: World, why: str = "Pixel is being moved") -> int:
    key = the_destination().pk
    return client.post(f"{url_of(world)}{key}/pause/", {"why": why}).status_code


def test_paused_destination_takes_nothing_until_it_is_resumed(
    admin_client: Client, world: World, script: Scripted
) -> None:
    world.post()
    work()
    assert pause(admin_client, world) == 302
    world.post(2)
    work()
    pass_time(days=2)
    work()
    assert len(script.requests) == 1
    page = admin_client.get(url_of(world)).content.decode()
    assert "Paused by hand" in page
    assert "Pixel is being moved" in page
    admin_client.post(f"{url_of(world)}{the_destination().pk}/release/")
    work()
    assert [len(batch) for batch in script.batches] == [1, 2]
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "destination.paused", "destination.released",
    }  # fmt: skip


def test_what_waits_is_held_and_ends_when_it_is_too_old(
    admin_client: Client, world: World, script: Scripted
) -> None:
    world.post()
    evaluate()
    pause(admin_client, world)
    assert Delivery.objects.get().outcome == "held"
    QueuedDelivery.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    tasks.sweep()
    assert (the_event().outcome, the_event().reason) == ("expired", "too_old")


def test_hold_by_a_bad_token_becomes_a_pause(
    admin_client: Client, world: World, script: Scripted
) -> None:
    script.answer = bad_token
    world.post()
    work()
    since = the_destination().held_at
    pause(admin_client, world)
    script.answer = taken
    pass_time(hours=1)
    work()
    assert (the_destination().is_held, the_destination().held_at is not None) == (True, True)
    assert since is not None
    assert len(script.requests) == 1


def test_passing_test_leaves_a_pause_alone(
    admin_client: Client, world: World, sandbox: RunningSandbox
) -> None:
    world.post()
    work()
    pause(admin_client, world)
    page = admin_client.post(f"{url_of(world)}{the_destination().pk}/test/")
    assert "It stays paused" in page.content.decode()
    assert the_destination().is_held


def test_pause_outlasts_the_test_that_is_under_way(
    admin_client: Client, world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.answer = bad_token
    world.post()
    work()

    def passes_late(destination: Destination) -> trying.Trial:
        pausing.pause(destination, "The lawyers said so")
        return trying.Trial(True, "It works", "")

    monkeypatch.setattr(trying, "of_destination", passes_late)
    page = admin_client.post(f"{url_of(world)}{the_destination().pk}/test/")
    assert "It stays paused" in page.content.decode()
    assert the_destination().hold_reason == "operator"


def test_address_of_a_test_leads_back_to_the_list(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    response = admin_client.get(f"{log_url}destinations/{make.destination().pk}/test/")
    assert (response.status_code, response["Location"]) == (302, f"{log_url}destinations/")


@pytest.mark.parametrize(("is_paused", "told"), [(True, "is resumed."), (False, "is tried again")])
def test_what_is_released_is_told_by_its_state(
    admin_client: Client, make: Maker, log_url: str, is_paused: bool, told: str
) -> None:
    reason = "operator" if is_paused else "bad_token"
    one = make.destination(held_at=timezone.now(), hold_reason=reason)
    address = f"{log_url}destinations/{one.pk}/release/"
    page = admin_client.post(address, {"next": f"{log_url}destinations/"}, follow=True)
    assert told in page.content.decode()


def test_pause_needs_a_reason_beside_its_field(
    admin_client: Client, world: World, script: Scripted
) -> None:
    world.post()
    work()
    response = admin_client.post(f"{url_of(world)}{the_destination().pk}/pause/", {"why": " "})
    assert response.status_code == 422
    assert "Please say why" in response.content.decode()
    assert not the_destination().is_held


def test_only_who_manages_extensions_finds_buttons(
    editor_client: Client, grant: Grant, make: Maker, log_url: str
) -> None:
    key = make.destination().pk
    give(grant, Right.DEVELOP)
    page = editor_client.get(f"{log_url}destinations/").content.decode()
    assert "Pixel 1234567890" in page
    assert "Test now" not in page
    for address in (f"{key}/pause/", f"{key}/release/", f"{key}/test/"):
        assert editor_client.post(f"{log_url}destinations/{address}").status_code == 403


def test_resting_destination_says_until_when(
    admin_client: Client, make: Maker, log_url: str
) -> None:
    make.destination(rest_until=timezone.now() + dt.timedelta(minutes=1))
    assert "Resting" in admin_client.get(f"{log_url}destinations/").content.decode()


def test_no_destination_yet(admin_client: Client, make: Maker, log_url: str) -> None:
    assert not Destination.objects.exists()
    assert "No destination yet" in admin_client.get(f"{log_url}destinations/").content.decode()
