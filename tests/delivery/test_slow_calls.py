"""Calls that are answered slowly leave room for the destinations of the deployment."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from pytest_django import Settings

from delivery import sending, transport
from delivery.sending import MOST_FLIGHTS, MOST_GUARDED_FLIGHTS, Flights
from extensions.contract import Answer, Request
from tests.delivery.far_side import call, extension, rule_of
from tests.delivery.world import META, World, count, evaluate, rule

PATIENCE_SECONDS = 10.0  # of a call that hangs because nothing else gets through
HOSTS = 3
EVENTS = 12


def test_slow_calls_leave_room_for_meta(
    world: World, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert 0 < MOST_GUARDED_FLIGHTS < MOST_FLIGHTS < HOSTS * EVENTS
    settings.DESTINATION_URLS = {META: "http://destination.invalid"}
    came_through = threading.Event()
    waited_in_vain: list[str] = []
    under_way: list[int] = []

    def slow(origin: str, _request: Request) -> Answer:
        if not came_through.wait(PATIENCE_SECONDS):
            waited_in_vain.append(origin)
        return Answer(200, {}, b"{}")

    def quick(_base_url: str, _request: Request) -> Answer:
        came_through.set()
        return Answer(200, {}, b'{"events_received": 1}')

    land = sending._land

    def landing(flights: Flights, seconds: float) -> Any:
        if not under_way:
            world.post(name="Lead")  # comes in while the calls hang
        under_way.append(sum(flight.ready.is_guarded for flight in flights.values()))
        return land(flights, seconds)

    monkeypatch.setattr(transport, "send", quick)
    monkeypatch.setattr(transport, "send_guarded", slow)
    monkeypatch.setattr(sending, "_land", landing)
    calls = [
        rule_of(call(f"https://{number}.example"), name=str(number)) for number in range(HOSTS)
    ]
    world.publish(rule(), *calls, extensions=[extension()])
    world.post(EVENTS, name="Other")
    while evaluate():
        pass
    sending.send_due(20)
    assert came_through.is_set()
    assert waited_in_vain == []
    assert max(under_way) == MOST_GUARDED_FLIGHTS
    assert count("delivery_queue") == 0  # the rest has followed
