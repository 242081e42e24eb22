"""A signed-in person without a browser: opens pages, posts forms, and keeps every answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import requests

from tests.product import Product

_SECONDS = 60


class Admin:
    """The admin, as the demo's administrator sees it. `answers` has every page got so far."""

    def __init__(self, product: Product) -> None:
        self.answers: list[tuple[str, bytes]] = []
        self._origin = product.ui
        self._session = requests.Session()
        self._session.trust_env = False
        self.open("/sign-in/")
        self.post("/sign-in/", {"username": product.email, "password": product.password})
        assert "sessionid" in self._session.cookies, "cannot sign in"

    def open(self, path: str) -> requests.Response:
        """Get a page."""
        return self._keep(self._session.get(self._at(path), timeout=_SECONDS))

    def read(self, path: str) -> str:
        """Get a page that need not be kept; return its text."""
        answer = self._session.get(self._at(path), timeout=_SECONDS)
        assert answer.ok, f"{path}: {answer.status_code}"
        return answer.text

    def post(self, path: str, fields: Mapping[str, str]) -> requests.Response:
        """Post a form, and return the page it leads to."""
        token = self._session.cookies["csrftoken"]
        return self._keep(
            self._session.post(
                self._at(path), data={"csrfmiddlewaretoken": token, **fields}, timeout=_SECONDS
            )
        )

    def crawl(self, first: str, *, within: str) -> set[str]:
        """Open every page that links lead to from the first one, below one path.

        Returns:
            The paths of the pages.
        """
        seen, waiting = {first}, [first]
        while waiting:
            answer = self.open(waiting.pop())
            new = {path for path in self._links(answer) if path.startswith(within)} - seen
            seen |= new
            waiting += new
        return seen

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def _links(self, answer: requests.Response) -> Iterator[str]:
        for target in _targets(answer.text):
            url = urlsplit(urldefrag(urljoin(answer.url, target)).url)
            if f"{url.scheme}://{url.netloc}" == self._origin:
                yield f"{url.path}?{url.query}" if url.query else url.path

    def _at(self, path: str) -> str:
        return urljoin(self._origin, path)

    def _keep(self, answer: requests.Response) -> requests.Response:
        for page in (*answer.history, answer):
            path = page.url.removeprefix(self._origin)
            head = "".join(f"{name}: {value}\n" for name, value in page.headers.items())
            self.answers.append((path, head.encode() + page.content))
        return answer


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {"href", "hx-get"}
        self.targets += [value for name, value in attrs if name in names and value]


def _targets(html: str) -> list[str]:
    parser = _Links()
    parser.feed(html)
    return parser.targets
