"""A sandbox with a clock the test can move, and a client that speaks to it without a socket."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from meta_sandbox.app import Sandbox, create_app
from meta_sandbox.judge import Terms
from meta_sandbox.memory import Limits

NOW = 1_795_000_000.0
TOKEN = "EAAtestsandboxtoken0123456789wxyz"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


class Client:
    """Sends one request at a time to the application."""

    def __init__(self, app: Sandbox) -> None:
        self.app = app

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, options))

    async def _request(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.request(method, path, **options)

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def send(
        self,
        *events: Any,
        token: str = TOKEN,
        path: str = "/v26.0/1234567890/events",
        **body: Any,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.request("POST", path, json={"data": [*events], **body}, headers=headers)

    def send_raw(self, content: bytes, **headers: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.request("POST", "/v26.0/1234567890/events", content=content, headers=headers)

    def fault(self, **fault: Any) -> httpx.Response:
        return self.request("POST", "/faults", json=fault)

    def received(self, query: str = "") -> dict[str, Any]:
        return self.get(f"/received{query}").json()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def small_client(clock: Clock) -> Callable[..., Client]:
    """Makes a client of a sandbox with the limits that are given."""
    return lambda **limits: Client(create_app(clock=clock, limits=Limits(**limits)))


@pytest.fixture
def client(clock: Clock) -> Client:
    return Client(create_app(clock=clock))


@pytest.fixture
def guarded(clock: Clock) -> Client:
    """A client of a sandbox whose Meta app demands a proof of its secret, ``appsecret``."""
    return Client(create_app(clock=clock, terms=Terms(app_secret="appsecret")))


@pytest.fixture
def warning(clock: Clock) -> Client:
    """A client of a sandbox whose answers warn."""
    return Client(create_app(clock=clock, terms=Terms(warns=True)))


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    """Makes a valid event; a changed key replaces its value, and None takes it away."""

    def make(**changes: Any) -> dict[str, Any]:
        base: dict[str, Any] = {
            "event_name": "PageView",
            "event_time": int(NOW),
            "action_source": "website",
            "event_source_url": "https://shop.example/",
            "event_id": "event-1",
            "user_data": {"em": [sha256("a@shop.example")], "client_ip_address": "203.0.113.7"},
        } | changes
        return {key: value for key, value in base.items() if value is not None}

    return make
