"""The style guide as a page, and a browser that sees it without any server."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route, sync_playwright

from accounts.models import User
from capi_admin.styleguide import styleguide
from tests.browser_binary import find_browser

ROOT = Path(settings.BASE_DIR)
ORIGIN = "http://look.test"

OpenPage = Callable[..., Page]


def policy() -> str:
    """Return the product's content security policy as the header carries it."""
    directives: dict[str, list[str]] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


def request_by(user: object, posted: str = "") -> HttpRequest:
    """Return a request for the style guide by somebody: a GET unless a body is posted."""
    factory, kind = RequestFactory(), "application/x-www-form-urlencoded"
    request = factory.get("/styleguide/")
    if posted:
        request = factory.post("/styleguide/", posted, content_type=kind)
    request.user = user  # type: ignore[assignment]  # any stand-in with the attributes we read
    return request


@pytest.fixture
def guide() -> HttpResponse:
    """The style guide as an administrator gets it."""
    return answer_to("")


def answer_to(posted: str) -> HttpResponse:
    """Return what an administrator gets for what they posted."""
    anna = User(email="anna@example.com", name="Anna", is_superuser=True)
    return styleguide(request_by(anna, posted))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: its event loop must not outlive it."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


@pytest.fixture
def open_guide(browser: Browser, guide: HttpResponse) -> Iterator[OpenPage]:
    """Open the style guide; files come from `static/`, the policy is the product's."""
    contexts = []

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if not path.startswith("/static/"):
            headers = {"Content-Security-Policy": policy(), "Content-Type": "text/html"}
            posted = route.request.post_data
            page = answer_to(posted) if posted else guide
            route.fulfill(body=page.content, headers=headers)
            return
        file = ROOT / "static" / path.removeprefix("/static/")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(body=file.read_bytes(), content_type=kind)

    def open_page(width: int = 1440, scheme: str = "light", *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/styleguide/")
        return page

    yield open_page
    for context in contexts:
        context.close()
