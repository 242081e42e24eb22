"""F17: what a malicious client posts: the collector stands, and the Event Log shows it as text."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Iterator

import requests
from playwright.sync_api import Page, sync_playwright

from collector.http import BODY_BYTES
from tests.browser_binary import find_browser
from tests.faults.scenario import Scene, scenario
from tests.faults.signals import collector_tree

_SCRIPTS = (
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    "\"><svg onload='window.pwned = 1'>",
    "<div hx-get='/pwned' hx-trigger='load'></div>",
    "' hx-on::load='window.pwned = 1' x='",
    "javascript:window.pwned=1",
    "{{ 7|add:7 }}{% debug %}",
    "</textarea></title></script><script>window.pwned = 1</script>",
    "&lt;script&gt;window.pwned = 1&lt;/script&gt;",
    "\u202e\u2066\u0007",
)
_LARGE = 10 * 1024 * 1024
_HUNG_UP = 0  # in the place of a status


def _bodies() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Yield each body with its name and headers."""
    yield "NUL", b'{"eventId": "%s", "name": "Lead", "a": "\\u0000"}', {}
    yield "a raw NUL", b'{"name": "Le\x00ad"}', {}
    yield "half a surrogate pair", b'{"eventId": "%s", "name": "Lead", "a": "\\ud800"}', {}
    yield "half a pair as a key", b'{"eventId": "%s", "name": "Lead", "\\udfff": 1}', {}
    yield "bad UTF-8", b'{"name": "\xff\xfe"}', {}
    yield "depth 1,000", b"[" * 1_000 + b"]" * 1_000, {}
    yield "depth 100,000", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}
    yield "1e400", b'{"eventId": "%s", "name": "Lead", "a": 1e400}', {}
    yield "-1e400", b'{"eventId": "%s", "name": "Lead", "a": -1e400}', {}
    yield "NaN", b'{"eventId": "%s", "name": "Lead", "a": NaN}', {}
    yield (
        "a number of 5,000 digits",
        b'{"eventId": "%s", "name": "Lead", "a": ' + b"9" * 5_000 + b"}",
        {},
    )
    yield "one key twice", b'{"eventId": "%s", "name": "Lead", "a": 1, "a": {"b": 2}}', {}
    yield "the id twice", b'{"eventId": "x", "eventId": "%s", "name": "Lead"}', {}
    yield "prototype", b'{"eventId": "%s", "name": "Lead", "__proto__": {"a": 1}}', {}
    yield "10 MiB of text", b'{"a": "' + b"a" * _LARGE + b'"}', {}
    yield "100,000 keys", json.dumps(dict.fromkeys(map(str, range(100_000)), 1)).encode(), {}
    bomb = gzip.compress(b'{"a": "' + b"a" * (100 * 1024 * 1024) + b'"}')
    yield "gzip bomb", bomb, {"content-encoding": "gzip"}
    yield "no gzip at all", b"{}", {"content-encoding": "gzip"}
    yield "gzip of gzip", gzip.compress(gzip.compress(b"{}")), {"content-encoding": "gzip, gzip"}
    yield "an endless list", b"[" + b"{}," * 300_000 + b"{}]", {}
    yield "nothing", b"", {}
    yield "a number", b"1", {}
    for number, script in enumerate(_SCRIPTS):
        event = {"eventId": "%s", "event": script, "name": script, "email": script, script: 1}
        yield f"markup {number}", json.dumps(event).encode(), {}
    yield "markup as id", json.dumps({"eventId": _SCRIPTS[0], "name": "Lead"}).encode(), {}


@scenario("F17", "hostile bodies", is_quick=True, loses_answers=False)
def post_hostile_bodies(scene: Scene) -> None:
    """Post them all, then open the log and every one of these events in a browser."""
    before = collector_tree(scene.product)
    answers: dict[str, int] = {}
    posted: list[str] = []
    for name, template, headers in _bodies():
        client_id = str(uuid.UUID(int=scene.chance.getrandbits(128), version=4))
        body = template.replace(b"%s", client_id.encode(), 1)
        answers[name] = _post(scene, client_id, body, headers)
        posted.append(client_id)
    worst = {name: status for name, status in answers.items() if not 200 <= status < 500}
    scene.claim("each is taken, or refused with 4xx", not worst, worst)
    after = collector_tree(scene.product)
    scene.claim("every process of the collector stands", after == before, before, after)
    # Nothing can be said of how they end but that they do: their content decides.
    anything = ("delivered", "not_sent", "rejected", "partly_delivered", "failed")
    scene.expect([*posted, _SCRIPTS[0]], *anything)
    _look_in_browser(scene, [*posted, _SCRIPTS[0]])


def _post(scene: Scene, client_id: str, body: bytes, headers: dict[str, str]) -> int:
    head = {"content-type": "application/json", **headers}
    try:
        answer = requests.post(scene.load.client.url, data=body, headers=head, timeout=30)
    except requests.ConnectionError:
        # Hung up amid a body that is too large, or for no reason that is good.
        return 413 if len(body) > BODY_BYTES else _HUNG_UP
    rows = answer.json()["events"] if answer.ok else []
    for row in rows:
        told = client_id if client_id.encode() in body else _SCRIPTS[0]
        scene.load.ledger.post({told: ""})
        if "id" in row:
            scene.load.ledger.accept({told: uuid.UUID(row["id"])})
    return answer.status_code


def _look_in_browser(scene: Scene, client_ids: list[str]) -> None:
    top = f"{scene.product.ui}/properties/{scene.place.property_id}/events/"
    strange: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(find_browser()), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.on(
            "dialog", lambda dialog: (strange.append(f"dialog {dialog.message}"), dialog.dismiss())
        )
        page.on("pageerror", lambda error: strange.append(f"error {error}"))
        page.on(
            "request",
            lambda r: strange.append(r.url) if "pwned" in r.url.partition("?")[0] else None,
        )
        page.goto(f"{scene.product.ui}/sign-in/")
        page.get_by_label("Email").fill(scene.product.email)
        page.locator("#id_password").fill(scene.product.password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Event Forwarding").wait_for()
        ids = scene.stored(client_ids)
        for address in [top, *(f"{top}{event_id.hex}/" for event_id in ids)]:
            page.goto(address)
            page.wait_for_load_state("networkidle")
            strange += _strange(page)
        scene.claim("pages were looked at", len(ids) >= len(_SCRIPTS), len(ids))
        browser.close()
    scene.claim("nothing of it runs in the log's pages", not strange, strange)


def _strange(page: Page) -> list[str]:
    found = []
    if page.evaluate("() => 'pwned' in window"):
        found.append(f"a script ran at {page.url}")
    made = page.evaluate(
        "() => document.querySelectorAll('main img[src=x], main svg[onload],"
        " [hx-get*=pwned], [onerror], main script:not([src])').length"
    )
    if made:
        found.append(f"{made} elements were made at {page.url}")
    return found
