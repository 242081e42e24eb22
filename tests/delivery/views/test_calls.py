"""The page of an event of which calls were made, and what can be tried of them."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from delivery.models import Destination, Event
from delivery.views import recent
from rules.provisioning import create_property
from tests.delivery.far_side import (
    FETCH,
    FarSide,
    Says,
    call,
    extension,
    rule_of,
    secret_element,
    stashed,
)
from tests.delivery.views.test_log_list import text_of
from tests.delivery.world import World, evaluate, work
from tests.rules.making import SECRET, element

KEY = "sk_canary_9f8e7d6c5b4a"
CONNECTOR = f"{FETCH}::actions::make-fetch-call"


def publish(world: World, far: FarSide) -> None:
    secret = world.secret(KEY)
    first = call(
        f"{far.origin}/who?id={{{{id}}}}",
        "who",
        headers=[{"key": "Authorization", "value": "Bearer {{API Key}}"}],
    )
    second = call(
        f"{far.origin}/there", method="POST", bodyType="json", bodyJson={"city": "{{City}}"}
    )
    world.publish(
        rule_of({**first, "name": "Look up"}, {**second, "name": "Tell it"}),
        elements=[
            stashed("City", "results.who.body.city"),
            secret_element("API Key", secret.public_id),
        ],
        extensions=[extension()],
    )


def page_of(client: Client) -> str:
    return unescape(text_of(client, Event.objects.get().get_absolute_url()))


def plain(page: str) -> str:
    """The page without its tags, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_event_that_waits_says_for_whose_answer(
    admin_client: Client, world: World, far: FarSide
) -> None:
    publish(world, far)
    world.post(id="7")
    evaluate()
    page = plain(page_of(admin_client))
    assert "It waits for the answer of “Look up”." in page
    assert "Waiting" in page
    assert re.search(r"Tell it\b.*?Not reached", page)


def test_resumed_event_shows_both_calls_and_the_answer(
    admin_client: Client, world: World, far: FarSide
) -> None:
    far.says(body={"city": "Bern"})
    publish(world, far)
    world.post(id="7")
    work()
    page = plain(page_of(admin_client))
    assert f"GET 127.0.0.1:{far.port}/who" in page
    assert f'"url": "{far.origin}/who?id=7"' in page
    assert '"Authorization": "Bearer ••••"' in page
    assert page.count('"city": "Bern"') >= 2  # as it was answered, and as it was sent on
    assert "It waits" not in page
    assert "Fired" in page


def test_event_whose_call_failed_says_so_at_the_call_and_the_rule(
    admin_client: Client, world: World, far: FarSide
) -> None:
    far.says(404, {"detail": "nobody"})
    publish(world, far)
    world.post(id="7")
    work()
    page = plain(page_of(admin_client))
    assert f"The call GET 127.0.0.1:{far.port}/who failed: The server answered 404" in page
    assert re.search(r"Tell it\b.*?Not reached", page)
    assert '"detail": "nobody"' in page


def test_failed_call_that_nobody_needs_just_ran(
    admin_client: Client, world: World, far: FarSide
) -> None:
    far.says(404, {})
    world.publish(rule_of(call(f"{far.origin}/who", "who")), extensions=[extension()])
    world.post()
    work()
    page = plain(page_of(admin_client))
    assert "failed: The server" not in page
    assert "Fired" in page


def test_page_holds_no_secret(admin_client: Client, world: World, far: FarSide) -> None:
    repeated = json.dumps({"you said": f"Bearer {KEY}", "city": KEY}).encode()
    far.answer = lambda asked: Says(body=repeated if "who" in asked.path else b"{}")
    publish(world, far)
    world.post(id="7")
    work()
    assert far.requests[0].headers["authorization"] == f"Bearer {KEY}"
    page = page_of(admin_client)
    assert KEY not in page
    assert "[[SE" not in page


def test_call_carries_no_id_to_copy(admin_client: Client, world: World, far: FarSide) -> None:
    publish(world, far)
    world.post(id="7")
    work()
    assert "ID sent" not in page_of(admin_client)


def test_destination_of_calls_offers_no_test(
    admin_client: Client, world: World, far: FarSide
) -> None:
    publish(world, far)
    world.post(id="7")
    work()
    assert Destination.objects.exists()
    url = reverse("delivery:destinations", args=[world.property.public_id])
    page = text_of(admin_client, url)
    assert far.origin.partition("://")[2] in page
    assert "Test now" not in page


def test_package_that_can_be_tried_with_events_alone_offers_no_connection_test(
    admin_client: Client,
) -> None:
    property_ = create_property("Shop", None)
    meta, connector = (
        text_of(admin_client, reverse("rules:install", args=[property_.public_id, package]))
        for package in ("facebook_conversions_api_extension", FETCH)
    )
    assert "Test connection" in meta
    assert "Test connection" not in connector


def test_call_is_tried_on_a_recent_event_with_its_secret_blotted_out(
    admin_client: Client, world: World, far: FarSide
) -> None:
    property_ = world.property
    property_.extensions.create(package=FETCH, package_version="1.0.0")
    secret = world.secret(KEY)
    chosen = {"production": {"id": secret.public_id, "name": "Token"}}
    element(property_, "API Key", delegate=SECRET, settings={"secrets": chosen})
    world.post(id="7")
    evaluate()
    posted: dict[str, Any] = {
        "delegate": CONNECTOR,
        "method": "POST",
        "url": f"{far.origin}/orders",
        "headers[0].key": "X-Key",
        "headers[0].value": "{{API Key}}",
        "bodyType": "json",
        "bodyJson": '{"total": 49.5}',
    }
    url = reverse("delivery:try_component", args=[property_.public_id, "action"])
    answer = admin_client.post(
        url, posted, headers={"HX-Request": "true", "HX-Target": recent.PANEL}
    )
    page = plain(unescape(answer.content.decode()))
    assert "It would send" in page
    assert f'"url": "{far.origin}/orders"' in page
    assert '"X-Key": "••••"' in page
    assert '"total": 49.5' in page
    assert not far.requests
