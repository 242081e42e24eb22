"""The shop's pages, rendered ahead and shown to a real Chromium with a collector of the test's own.

The browser's event loop and Django's database do not go together in one thread, so everything
that asks the database has happened before the browser starts.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Request, Route

ORIGIN = "http://shop.test"
COLLECTOR = "http://collector.test"
EVENT_ID = "0192f3a4-77c1-7be0-9d55-0c1f2a3b4c5d"
PERSON = {
    "name": "Ada King Lovelace",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0018",
    "city": "London",
    "postcode": "W1J 7NF",
    "country": "GB",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One page as the server gave it."""

    status: int
    headers: dict[str, str]
    body: bytes


def walk(client: Client) -> dict[str, Shown]:
    """Go through the shop as a buyer does; return every page by a short name."""
    shown = {
        "shop": client.get("/demo/"),
        "product": client.get("/demo/products/teapot/"),
        "empty": client.get("/demo/cart/"),
        "cart": client.post("/demo/cart/add/", {"sku": "teapot", "quantity": 2}, follow=True),
        "refused": client.post("/demo/checkout/", {**PERSON, "email": "ada", "country": ""}),
        "checkout": client.get("/demo/checkout/"),
        "thanks": client.post("/demo/checkout/", PERSON, follow=True),
    }
    return {name: _shown(response) for name, response in shown.items()}


def closed(client: Client) -> Shown:
    """Return the page of a shop without a demo."""
    return _shown(client.get("/demo/"))


def _shown(response: Any) -> Shown:
    return Shown(response.status_code, dict(response.headers), response.content)


@dataclass
class Internet:
    """Everything the browser can reach: the pages, the static files, the collector."""

    pages: dict[str, Shown]
    answer: dict[str, Any] | None = field(
        default_factory=lambda: {"requestId": "r", "handle": [], "events": [{"id": EVENT_ID}]}
    )
    status: int = 200
    posted: list[Request] = field(default_factory=list)

    def serve(self, page: Page) -> None:
        """Answer every request of the page."""
        page.route("**/*", self._route)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that were posted, in order."""
        return [json.loads(request.post_data or "")["event"] for request in self.posted]

    def _route(self, route: Route) -> None:
        url = route.request.url
        if url.startswith(COLLECTOR):
            self._collect(route)
            return
        path = url.removeprefix(ORIGIN).split("?")[0]
        if path.startswith("/static/"):
            file = Path(settings.BASE_DIR) / path.lstrip("/")
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), content_type=kind)
            return
        shown = self.pages[path.strip("/")]
        route.fulfill(status=shown.status, headers=shown.headers, body=shown.body)

    def _collect(self, route: Route) -> None:
        self.posted.append(route.request)
        if self.answer is None:
            route.abort()
            return
        route.fulfill(
            status=self.status,
            json=self.answer,
            headers={"Access-Control-Allow-Origin": ORIGIN},
        )
