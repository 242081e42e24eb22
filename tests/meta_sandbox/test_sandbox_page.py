"""The page: what it shows, and that nothing shown can act in a browser."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

MAKE = Callable[..., dict[str, Any]]
SCRIPT = '"><script>alert(1)</script>'


class Tags(HTMLParser):
    """Collects the names of tags, and of their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_empty_page_says_how_to_send_a_first_event(client: Any) -> None:
    page = client.get("/").text
    assert "No events yet" in page
    assert "No requests yet" in page
    assert "curl http://sandbox/v26.0/1234567890/events" in page


def test_strange_host_is_not_repeated(client: Any) -> None:
    page = client.request("GET", "/", headers={"host": "x';rm -rf ~;'"}).text
    assert "rm -rf" not in page
    assert "curl http://localhost:8002/" in page


def test_example_on_the_empty_page_is_accepted(client: Any) -> None:
    page = client.get("/").text
    body = re.search(r"-d &#x27;(.*?)&#x27;</pre>", page, re.DOTALL)
    assert body is not None
    content = body[1].replace("&quot;", '"').encode()
    assert client.send_raw(content).status_code == 200


def test_event_is_shown_with_its_json(client: Any, event: MAKE) -> None:
    client.send(event(event_name="Purchase", custom_data={"value": 1, "currency": "EUR"}))
    page = client.get("/").text
    assert "No events yet" not in page
    assert "<strong><bdi>Purchase</bdi></strong>" in page
    assert "&quot;currency&quot;: &quot;EUR&quot;" in page


@pytest.mark.parametrize(
    ("send", "word"),
    [
        (lambda client, event: client.send(event()), "Accepted"),
        (lambda client, event: client.send(event(event_time=1)), "Refused"),
        (lambda client, event: (client.fault(status=500), client.send(event())), "Fault"),
    ],
)
def test_request_is_shown_with_its_outcome_as_icon_and_word(
    client: Any, event: MAKE, send: Callable[..., object], word: str
) -> None:
    send(client, event)
    page = client.get("/").text
    assert f'<use href="#{word.lower()}"/></svg>{word}</span>' in page


def test_refusal_names_event_and_field(client: Any, event: MAKE) -> None:
    client.send(event(), event(user_data={"em": "raw"}))
    assert "$[&#x27;data&#x27;][1][&#x27;user_data&#x27;][&#x27;em&#x27;]" in client.get("/").text


def test_test_events_stand_apart_with_a_loud_mark(client: Any, event: MAKE) -> None:
    client.send(event(event_name="Bought"))
    assert "Test events</h2>" not in client.get("/").text
    client.send(event(event_name="Tried"), test_event_code="TEST7", partner_agent="shop_1_0")
    tests, live = client.get("/").text.split('id="tests"')[1].split('id="events"')
    assert "<bdi>Tried</bdi>" in tests
    assert "Test <bdi>TEST7</bdi>" in tests
    assert "Meta counts these like any other" in tests
    assert "agent <bdi>shop_1_0</bdi>" in tests
    assert "<bdi>Bought</bdi>" in live
    assert "Tried" not in live


def test_page_says_whether_there_is_an_app_secret_and_never_which(
    client: Any, guarded: Any
) -> None:
    assert "checked for its form only" in client.get("/").text
    page = guarded.get("/").text
    assert "every request needs the" in page
    assert ">appsecret<" not in page


def test_warnings_are_shown_with_their_request(client: Any, event: MAKE) -> None:
    client.fault(messages=[SCRIPT], count=1)
    client.send(event())
    page = client.get("/").text
    assert "alert(1)" in page
    assert "script" not in Tags(page).tags


def test_active_fault_is_announced(client: Any) -> None:
    client.fault(status=503, count=2)
    assert "1 active fault: status 503" in client.get("/").text


@pytest.mark.parametrize("field", ["event_name", "event_id", "event_source_url"])
def test_hostile_event_is_escaped(client: Any, event: MAKE, field: str) -> None:
    client.send(event(**{field: SCRIPT}))
    page = Tags(client.get("/").text)
    assert "script" not in page.tags


def test_hostile_request_is_escaped(client: Any, event: MAKE) -> None:
    client.send(event(), test_event_code=SCRIPT, partner_agent=SCRIPT)
    client.send(event(**{SCRIPT: 1}))
    client.fault(status=500, body=SCRIPT)
    assert "script" not in Tags(client.get("/").text).tags


def test_page_has_no_inline_style_and_no_handler(client: Any, event: MAKE) -> None:
    client.send(event())
    page = Tags(client.get("/").text)
    assert "style" not in page.tags
    assert "style" not in page.attributes
    assert not [name for name in page.attributes if name.startswith("on")]


def test_policy_allows_nothing_but_its_own_style_and_images(client: Any) -> None:
    headers = client.get("/").headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"), [("/style.css", "text/css; charset=utf-8"), ("/icon.svg", "image/svg+xml")]
)
def test_page_brings_its_own_files(client: Any, path: str, kind: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, kind)


def test_page_is_bounded_however_much_is_kept(client: Any, event: MAKE) -> None:
    client.send(*[event()] * 1000)
    page = client.get("/").text
    assert page.count("<details>") == 50
    assert "newest 50 of 1,000" in page
