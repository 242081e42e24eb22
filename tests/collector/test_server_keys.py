"""Server keys: asked for where a datastream says so, and where no page of its origins posts."""

from __future__ import annotations

import hashlib

import pytest
from django.db import transaction

from delivery.models import Event
from rules.models import Datastream, ServerKey
from rules.models.datastreams import PREFIX
from tests.collector.conftest import MakeEdge
from tests.collector.edge import Edge, Response, eventually, stored_body

EVENT = {"xdm": {"eventType": "x"}}
SHOP = "https://shop.example"


@pytest.fixture
def key(datastream: Datastream) -> str:
    """A key of the datastream, which asks for one."""
    with transaction.atomic():  # the edge may read it at any moment
        Datastream.objects.update(requires_key=True)
        return ServerKey.make(datastream, None)[1]


@pytest.fixture
def edge(request: pytest.FixtureRequest, datastream: Datastream, make_edge: MakeEdge) -> Edge:
    """A collector that starts when the datastream is as the test wants it."""
    if "key" in request.fixturenames:
        request.getfixturevalue("key")
    return make_edge()


def post(edge: Edge, target: str, key: str = "", **headers: str) -> Response:
    """Post with a key, when one is given."""
    if key:
        headers["Authorization"] = f"Bearer {key}"
    return edge.post(target, EVENT, **headers)


def test_key_is_long_has_its_prefix_and_is_stored_as_a_hash(datastream: Datastream) -> None:
    key, text = ServerKey.make(datastream, None)
    assert text.startswith(PREFIX)
    assert len(text) - len(PREFIX) == 43  # 256 bits in base64
    assert bytes(key.digest) == hashlib.sha256(text.encode()).digest()
    assert text.startswith(key.start)
    assert len(text) - len(key.start) >= 38


def test_request_without_a_key_is_401_and_told_how(edge: Edge, native: str, key: str) -> None:
    response = post(edge, native)
    assert (response.status, response.problem) == (401, "missing-key")
    assert response.headers["www-authenticate"] == "Bearer"
    assert not Event.objects.exists()


def test_request_with_a_wrong_key_is_401(edge: Edge, native: str, key: str) -> None:
    for wrong in (key[:-1], key + "x", key.upper(), "x", "\0"):
        response = post(edge, native, wrong)
        assert (response.status, response.problem) == (401, "unknown-key")
    basic = edge.post(native, EVENT, Authorization=f"Basic {key}")
    assert basic.problem == "missing-key"
    assert not Event.objects.exists()


def test_request_with_the_key_is_taken_in_every_protocol(
    edge: Edge, native: str, collect: str, key: str
) -> None:
    assert post(edge, native, key).status == 202
    headers = {"Authorization": f"bearer  {key} "}
    assert edge.post(collect, {"event": EVENT}, **headers).status == 202


def test_key_is_not_kept_with_the_event(edge: Edge, native: str, key: str) -> None:
    assert key not in str(stored_body(*post(edge, native, key).event_ids))


def test_key_of_another_datastream_is_401(edge: Edge, native: str, key: str) -> None:
    other = Datastream.objects.earliest("id")
    assert post(edge, native, ServerKey.make(other, None)[1]).problem == "unknown-key"


def test_both_of_two_keys_are_good_until_one_is_revoked(
    edge: Edge, native: str, datastream: Datastream, key: str
) -> None:
    _, following = ServerKey.make(datastream, None)
    assert post(edge, native, key).status == post(edge, native, following).status == 202
    ServerKey.objects.earliest("id").delete()
    eventually(lambda: post(edge, native, key).problem == "unknown-key")
    assert post(edge, native, following).status == 202


def test_page_of_an_allowed_origin_needs_no_key(edge: Edge, native: str, key: str) -> None:
    Datastream.objects.update(allowed_origins=[SHOP])
    eventually(lambda: post(edge, native, Origin=SHOP).status == 202)
    assert post(edge, native).problem == "missing-key"
    assert post(edge, native, Origin="https://evil.example").problem == "origin-not-allowed"


def test_page_needs_a_key_where_no_origin_is_named(edge: Edge, native: str, key: str) -> None:
    response = post(edge, native, Origin=SHOP)
    assert response.problem == "missing-key"
    assert response.headers["access-control-allow-origin"] == SHOP  # so that the page can read it


def test_preflight_needs_no_key(edge: Edge, native: str, key: str) -> None:
    assert edge.request("OPTIONS", native, b"", {"origin": SHOP}).status == 204


def test_datastream_that_asks_for_none_looks_at_no_key(edge: Edge, native: str) -> None:
    assert post(edge, native, "whatever").status == 202


def test_last_use_is_written_down(edge: Edge, native: str, key: str) -> None:
    assert ServerKey.objects.get().last_used_at is None
    post(edge, native, key + "x")
    assert post(edge, native, key).status == 202
    eventually(lambda: ServerKey.objects.get().last_used_at is not None)
