"""Pages of other sites: who may post, and what their browsers are told."""

from __future__ import annotations

import pytest

from delivery.models import Event
from rules.models import Datastream
from tests.collector.edge import Edge

EVENT = {"event": {"xdm": {"eventType": "x"}}}
SHOP, STRANGER = "https://shop.example", "https://stranger.example"


@pytest.fixture
def shop_only(datastream: Datastream) -> None:
    """The datastream takes events of the shop's pages only."""
    Datastream.objects.filter(pk=datastream.pk).update(allowed_origins=["HTTPS://shop.example/"])


def test_any_origin_may_post_while_none_is_named(edge: Edge, collect: str) -> None:
    response = edge.post(collect, EVENT, Origin=STRANGER)
    assert response.status == 202
    assert response.headers["access-control-allow-origin"] == STRANGER
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["vary"] == "Origin"


@pytest.mark.usefixtures("shop_only")
def test_named_origin_may_post(edge: Edge, collect: str) -> None:
    response = edge.post(collect, EVENT, Origin=SHOP)
    assert response.status == 202
    assert response.headers["access-control-allow-origin"] == SHOP


@pytest.mark.usefixtures("shop_only")
def test_other_origin_is_403_and_may_not_read_the_answer(edge: Edge, collect: str) -> None:
    for origin in (STRANGER, "null", "", f"{SHOP}.stranger.example", "http://shop.example"):
        response = edge.post(collect, EVENT, Origin=origin)
        assert (response.status, response.problem) == (403, "origin-not-allowed")
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["vary"] == "Origin"
    assert not Event.objects.exists()


@pytest.mark.usefixtures("shop_only")
def test_server_without_origin_may_post(edge: Edge, collect: str) -> None:
    response = edge.post(collect, EVENT)
    assert response.status == 202
    assert "access-control-allow-origin" not in response.headers


def test_page_may_read_why_it_was_refused(edge: Edge, collect: str) -> None:
    response = edge.post(collect, {}, Origin=SHOP)
    assert response.status == 400
    assert response.headers["access-control-allow-origin"] == SHOP


def test_preflight_is_answered_204(edge: Edge, collect: str) -> None:
    response = edge.request(
        "OPTIONS",
        collect,
        headers={
            "origin": SHOP,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type, x-my-header",
        },
    )
    assert (response.status, response.body) == (204, b"")
    assert response.headers["access-control-allow-origin"] == SHOP
    assert response.headers["access-control-allow-methods"] == "POST"
    assert response.headers["access-control-allow-headers"] == "content-type, x-my-header"


@pytest.mark.usefixtures("shop_only")
def test_preflight_of_another_origin_is_403(edge: Edge, collect: str) -> None:
    response = edge.request("OPTIONS", collect, headers={"origin": STRANGER})
    assert (response.status, response.problem) == (403, "origin-not-allowed")


def test_preflight_repeats_no_header_that_is_no_header(edge: Edge, collect: str) -> None:
    asked = {"origin": SHOP, "access-control-request-headers": "a: b\r\nset-cookie: x"}
    response = edge.request("OPTIONS", collect, headers=asked)
    assert response.headers["access-control-allow-headers"] == "content-type"
