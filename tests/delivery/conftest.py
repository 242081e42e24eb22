"""A world for each test, a sandbox on a real socket, and a scripted destination."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import uvicorn
from pytest_django import Settings

from delivery import transport, wakeups
from meta_sandbox.app import create_app
from rules.provisioning import create_property
from tests.delivery.far_side import FarSide
from tests.delivery.world import META, Scripted, World, taken


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A property whose production environment has a live build."""
    monkeypatch.setattr(wakeups, "wake", lambda _name: True)
    world = World.of(create_property("Shop", None))
    world.publish()
    return world


@pytest.fixture
def committed_world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same, for tests in which several connections see each other's commits."""
    monkeypatch.setattr(wakeups, "wake", lambda _name: True)
    world = World.of(create_property("Shop", None))
    world.publish()
    return world


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Scripted:
    """A destination that takes everything until the test says otherwise."""
    scripted = Scripted(taken)
    monkeypatch.setattr(transport, "send", scripted)
    settings.DESTINATION_URLS = {META: "http://destination.invalid"}
    return scripted


class RunningSandbox:
    """A Meta sandbox on a free port of this machine."""

    def __init__(self) -> None:
        config = uvicorn.Config(create_app(), port=0, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        ready = threading.Event()
        while not self._server.started and self._thread.is_alive():
            ready.wait(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    def fault(self, **fault: Any) -> None:
        requests.post(f"{self.url}/faults", json=fault, timeout=5).raise_for_status()

    def received(self) -> list[dict[str, Any]]:
        """Every event it took, newest first, each as it was sent."""
        body = requests.get(f"{self.url}/received?limit=1000", timeout=5).json()
        return [row["event"] for row in body["events"]]

    def requests(self) -> list[dict[str, Any]]:
        """Every request, newest first."""
        rows: list[dict[str, Any]] = requests.get(f"{self.url}/requests", timeout=5).json()[
            "requests"
        ]
        return rows


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[RunningSandbox]:
    """The sandbox, set as Meta's address."""
    running = RunningSandbox()
    settings.DESTINATION_URLS = {META: running.url}
    yield running
    running.stop()


@pytest.fixture
def far(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FarSide]:
    """A server inside the network that the administrator lets calls reach."""
    monkeypatch.setattr(transport, "_threads", transport._PerThread())
    running = FarSide()
    settings.FETCH_ALLOWED = [running.origin]
    yield running
    running.stop()
