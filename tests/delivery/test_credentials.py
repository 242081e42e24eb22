"""Where a credential comes from, and what happens when it cannot be had."""

from __future__ import annotations

import hashlib
import hmac

import orjson
import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

import vault
from delivery.attempts import without
from delivery.models import Delivery, Destination, Event
from extensions.contract import Answer
from extensions.core.secret import SECRET, reference
from rules.models import Secret
from tests.delivery.world import (
    TOKEN,
    Scripted,
    World,
    element,
    evaluate,
    pass_time,
    rule,
    the_delivery,
    the_destination,
    the_event,
    work,
)

APP_SECRET = "fedcba9876543210fedcba9876543210"
PROOF = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()


def proofs(script: Scripted) -> list[str | None]:
    return [orjson.loads(request.body).get("appsecret_proof") for request in script.requests]


def tokens(script: Scripted) -> list[str]:
    return [request.headers["Authorization"] for request in script.requests]


def test_sealed_token_is_opened_for_the_request(world: World, script: Scripted) -> None:
    world.post()
    work()
    assert tokens(script) == [f"Bearer {TOKEN}"]


def test_secret_is_opened_for_the_request(world: World, script: Scripted) -> None:
    secret = world.secret("EAAsecretOfTheEnvironment")
    world.publish(token=None, accessToken=reference(secret.public_id))
    world.post()
    work()
    assert tokens(script) == ["Bearer EAAsecretOfTheEnvironment"]


def test_token_that_came_with_the_event_is_sealed_before_it_is_kept(
    world: World, script: Scripted
) -> None:
    world.publish(token=None, accessToken="{{code}}")
    world.post(code="EAAfromTheEventItself")
    evaluate()
    assert vault.is_sealed(the_destination().address()["credential"])
    work()
    assert tokens(script) == ["Bearer EAAfromTheEventItself"]


def test_every_credential_is_sealed_and_opened_for_the_request(
    world: World, script: Scripted
) -> None:
    world.publish(appSecret="{{code}}")
    world.post(code=APP_SECRET)
    evaluate()
    kept = the_destination().address()
    assert vault.is_sealed(kept["credential"])
    assert vault.is_sealed(kept["app_secret"])
    work()
    assert proofs(script) == [PROOF]


def test_app_secret_may_be_a_secret_of_the_environment(world: World, script: Scripted) -> None:
    secret = world.secret(APP_SECRET)
    world.publish(appSecret=reference(secret.public_id))
    world.post()
    work()
    assert proofs(script) == [PROOF]


def test_new_app_secret_does_not_make_another_place(world: World, script: Scripted) -> None:
    for code in (None, "0123456789abcdef0123456789abcdef", APP_SECRET):
        world.publish(**({"appSecret": "{{code}}"} if code else {}))
        world.post(code=code)
        evaluate()
    destinations = Destination.objects.all()
    assert len({bytes(destination.key) for destination in destinations}) == 3
    assert len({bytes(destination.place) for destination in destinations}) == 1


def test_event_names_no_secret_as_app_secret(world: World, script: Scripted) -> None:
    secret = world.secret(APP_SECRET)
    world.publish(appSecret="{{code}}")
    world.post(code=str(reference(secret.public_id)))
    work()
    assert (the_event().outcome, the_event().reason) == ("not_sent", "foreign_secret")
    assert script.requests == []


def test_every_credential_is_blotted_out_of_the_answer() -> None:
    body = orjson.dumps({"message": f"{TOKEN} of {APP_SECRET}", "quoted": 'a"b'})
    found = without([APP_SECRET, APP_SECRET[:20], TOKEN, 'a"b'], Answer(400, {}, body))
    assert orjson.loads(found.body) == {"message": "••••• of •••••", "quoted": "•••••"}


def test_event_names_no_secret(world: World, script: Scripted) -> None:
    secret = world.secret("EAAsecretOfTheEnvironment")
    world.publish(token=None, accessToken=reference(secret.public_id))
    world.post()
    evaluate()
    world.publish(token=None, accessToken="{{code}}")
    sealed = vault.seal_text(settings.KEY_RING, TOKEN, world.property.public_id)
    for named in (str(reference(secret.public_id)), sealed, f" {sealed} "):
        world.post(code=named)
    evaluate()
    assert Destination.objects.count() == 1
    refused = Event.objects.filter(outcome="not_sent", reason="foreign_secret")
    assert refused.count() == 3


@pytest.mark.parametrize("pipeline", [{}, {"clean": True, "lower": True}])
def test_secret_element_names_its_secret(
    world: World, script: Scripted, pipeline: dict[str, bool]
) -> None:
    secret = world.secret("EAAsecretOfTheEnvironment")
    chosen = {"secrets": {"production": {"id": secret.public_id, "name": secret.name}}}
    token = {**element("token"), "delegate": SECRET.id, "settings": chosen, **pipeline}
    world.publish(rule(), token=None, accessToken="{{token}}", elements=[token])
    world.post()
    work()
    assert tokens(script) == ["Bearer EAAsecretOfTheEnvironment"]


def test_new_value_of_a_secret_lets_held_deliveries_flow(world: World, script: Scripted) -> None:
    secret = world.secret("not a token")
    world.publish(token=None, accessToken=reference(secret.public_id))
    world.post()
    work()
    assert the_destination().hold_reason == "credential_malformed"
    secret.seal("EAAgoodTokenThisTime")
    secret.save()
    pass_time(seconds=31)
    work()
    assert the_event().outcome == "delivered"
    assert tokens(script) == ["Bearer EAAgoodTokenThisTime"]


def test_missing_secret_holds_the_destination(world: World, script: Scripted) -> None:
    secret = world.secret(TOKEN)
    world.publish(token=None, accessToken=reference(secret.public_id))
    world.post()
    evaluate()
    Secret.objects.all().delete()
    work()
    destination = the_destination()
    assert destination.hold_reason == "secret_missing"
    assert "deleted" in destination.hold_explanation
    assert the_delivery().outcome == "held"
    assert script.requests == []


def test_secret_of_another_environment_is_not_opened(world: World, script: Scripted) -> None:
    other = World.of(world.property, "staging").secret(TOKEN)
    world.publish(token=None, accessToken=reference(other.public_id))
    world.post()
    work()
    assert the_destination().hold_reason == "secret_missing"


def test_token_sealed_by_a_lost_key_holds_the_destination(world: World, script: Scripted) -> None:
    ring = vault.KeyRing([b"another key that has left the ri"])
    world.publish(token=None, accessToken=vault.seal_text(ring, TOKEN, world.property.public_id))
    world.post()
    work()
    assert the_destination().hold_reason == "credential_unreadable"


@pytest.mark.parametrize("is_held", [False, True])
def test_payload_sealed_by_a_key_that_is_away_waits_for_it(
    world: World, script: Scripted, settings: Settings, is_held: bool
) -> None:
    world.post()
    evaluate()
    if is_held:
        Destination.objects.update(held_at=timezone.now(), hold_until=timezone.now())
    ring, settings.KEY_RING = settings.KEY_RING, vault.KeyRing([b"x" * 32])
    work()
    assert the_delivery().reason == "key_missing"
    assert script.requests == []
    settings.KEY_RING = ring
    pass_time(minutes=5)
    work()
    assert the_event().outcome == "delivered"


def test_address_that_does_not_open_holds_the_destination(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    Destination.objects.update(sealed_address=b"damaged")
    work()
    assert the_destination().hold_reason == "credential_unreadable"
    assert the_delivery().outcome == "held"


def test_token_sealed_for_another_property_is_not_opened(world: World, script: Scripted) -> None:
    sealed = vault.seal_text(settings.KEY_RING, TOKEN, "PRanother")
    world.publish(token=None, accessToken=sealed)
    world.post()
    work()
    assert the_destination().hold_reason == "credential_unreadable"
    assert script.requests == []


@pytest.mark.parametrize("token", ["EAA with a space", "EAA\r\nX-Header: 1", "EAAümlaut"])
def test_token_that_fits_no_header_holds_the_destination(
    world: World, script: Scripted, token: str
) -> None:
    world.publish(token=token)
    world.post()
    work()
    assert the_destination().hold_reason == "credential_malformed"
    assert script.requests == []


def test_line_break_at_the_end_of_a_pasted_token_does_no_harm(
    world: World, script: Scripted
) -> None:
    world.publish(token=f"{TOKEN}\n")
    world.post()
    work()
    assert tokens(script) == [f"Bearer {TOKEN}"]


def test_package_that_is_gone_holds_the_destination(world: World, script: Scripted) -> None:
    world.post()
    evaluate()
    Destination.objects.update(package="gone")
    work()
    assert the_destination().hold_reason == "package_missing"


def test_package_that_cannot_make_its_request_fails_the_delivery(
    world: World, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("dataset")

    monkeypatch.setattr("extensions.meta.destination.MetaDestination.request", fail)
    world.post(2)
    work()
    found = set(Delivery.objects.values_list("outcome", "reason"))
    assert found == {("failed", "build_error")}


def test_equal_addresses_share_a_destination(world: World, script: Scripted) -> None:
    world.publish(rule(), {**rule(), "name": "Again"})
    world.post(3)
    evaluate()
    assert Destination.objects.count() == 1
