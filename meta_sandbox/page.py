"""The page for people: what came, and what became of it. Everything shown is hostile until escaped.

It works without JavaScript, and its policy forbids scripts and inline styles altogether.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from meta_sandbox.faults import Fault
from meta_sandbox.graph import NEWEST_VERSION
from meta_sandbox.judge import Terms
from meta_sandbox.memory import Filter, Memory, ReceivedEvent, RequestRecord, iso_time
from meta_sandbox.wire import Response

SHOWN_EVENTS: Final = 50
SHOWN_REQUESTS: Final = 30
SHOWN_CHARACTERS: Final = 20_000
SHOWN_NAME: Final = 120
# Indenting multiplies the size of deeply nested JSON, so larger events are shown as they are.
INDENTED_BYTES: Final = 16 * 1024

_STATIC: Final = Path(__file__).parent / "static"
STYLE: Final = Response(200, (_STATIC / "style.css").read_bytes(), "text/css; charset=utf-8")
ICON: Final = Response(200, (_STATIC / "icon.svg").read_bytes(), "image/svg+xml")

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
_PLAIN_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,100}")

_SPRITE: Final = """<svg class="sprite" aria-hidden="true">
<symbol id="accepted" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/>\
<path d="M8 12.5l2.7 2.7L16 9.5"/></symbol>
<symbol id="refused" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/>\
<path d="M9 9l6 6M15 9l-6 6"/></symbol>
<symbol id="fault" viewBox="0 0 24 24"><path d="M13 3L5 14h6l-1 7 8-11h-6z"/></symbol>
<symbol id="flask" viewBox="0 0 24 24"><path d="M9 3h6M10 3v6L5 19a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2\
L14 9V3M7.5 15h9"/></symbol>
<symbol id="refresh" viewBox="0 0 24 24"><path d="M20 11a8 8 0 1 0-.7 4.5M20 4v7h-7"/></symbol>
<symbol id="inbox" viewBox="0 0 24 24"><path d="M4 13l3-8h10l3 8v6H4zM4 13h5l1 2h4l1-2h5"/></symbol>
<symbol id="chevron" viewBox="0 0 24 24"><path d="M9 6l6 6-6 6"/></symbol>
</svg>"""

_WORDS: Final = {"accepted": "Accepted", "refused": "Refused", "fault": "Fault"}


def render(
    memory: Memory, faults: Sequence[Fault], terms: Terms, now: float, host: str
) -> Response:
    """The page. `now` is Unix seconds; `host` is the Host header, used in the example."""
    live, tests = (
        list(islice(memory.newest(Filter(is_test=is_test)), SHOWN_EVENTS))
        for is_test in (False, True)
    )
    requests = list(islice(memory.newest_requests(), SHOWN_REQUESTS))
    body = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Meta sandbox</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
</head>
<body>
{_SPRITE}
<div class="frame">
<header class="top">
<img src="/icon.svg" alt="" width="44" height="44">
<div>
<h1>Meta sandbox</h1>
<p>A strict local stand-in for Meta&rsquo;s events endpoint. Nothing sent here reaches Meta.</p>
</div>
<a class="button" href="/">{_icon("refresh")}Refresh</a>
</header>
<main>
{_numbers(memory)}
{_terms(terms)}
{_fault_notice(faults)}
<div class="columns">
<div class="stack">
{_tests_panel(tests, memory.test_count)}
{_events_panel(live, memory.received_count - memory.test_count, now, host)}
</div>
{_requests_panel(requests, memory.request_count)}
</div>
</main>
<footer class="foot">
<p>Times are UTC. Only the newest events and requests are kept, in memory.
<code>DELETE /received</code> clears them.</p>
</footer>
</div>
</body>
</html>
"""
    return Response(200, body.encode(), "text/html; charset=utf-8", dict(_HEADERS))


def _icon(name: str) -> str:
    return f'<svg class="icon" aria-hidden="true"><use href="#{name}"/></svg>'


def _outcome(outcome: str) -> str:
    return f'<span class="outcome {outcome}">{_icon(outcome)}{_WORDS[outcome]}</span>'


def _time(seconds: float) -> str:
    shown = datetime.fromtimestamp(seconds, UTC).strftime("%d %b, %H:%M:%S")
    return f'<time datetime="{iso_time(seconds)}">{shown}</time>'


def _short(text: str) -> str:
    """Hostile text, cut and escaped, and kept from turning its surroundings right to left."""
    cut = text if len(text) <= SHOWN_NAME else text[:SHOWN_NAME] + "…"
    return f"<bdi>{escape(cut)}</bdi>"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _numbers(memory: Memory) -> str:
    outcomes = Counter(record.outcome for record in memory.requests)
    numbers = {
        "Events received": memory.received_count,
        "Of them test events": memory.test_count,
        "Requests": memory.request_count,
        "Recently refused": outcomes["refused"],
        "Recent faults": outcomes["fault"],
    }
    items = (f"<div><dt>{name}</dt><dd>{n:,}</dd></div>" for name, n in numbers.items())
    return f'<dl class="numbers">{"".join(items)}</dl>'


def _terms(terms: Terms) -> str:
    secret = (
        "set: every request needs the <code>appsecret_proof</code> of its token"
        if terms.app_secret
        else "none: an <code>appsecret_proof</code> is checked for its form only"
    )
    warnings = "on" if terms.warns else "off"
    return f"""<dl class="terms">
<div><dt>App secret</dt><dd>{secret}</dd></div>
<div><dt>Warnings in answers</dt><dd>{warnings}</dd></div>
</dl>"""


def _fault_notice(faults: Sequence[Fault]) -> str:
    if not faults:
        return ""
    labels = ", ".join(escape(fault.label) for fault in faults)
    return (
        f'<p class="notice" role="status">{_icon("fault")}<span>'
        f"{_counted(len(faults), 'active fault')}: {labels}. "
        "<code>DELETE /faults</code> ends this.</span></p>"
    )


def _events_panel(events: Sequence[ReceivedEvent], total: int, now: float, host: str) -> str:
    content = _event_rows(events) if events else _no_events(now, host)
    return f"""<section class="panel" aria-labelledby="events">
<header><h2 id="events">Live events</h2>
<p>{_shown(len(events), total)}</p><a href="/received?test=no">Live events as JSON</a></header>
{content}
</section>"""


def _tests_panel(events: Sequence[ReceivedEvent], total: int) -> str:
    if not events:
        return ""
    return f"""<section class="panel tests" aria-labelledby="tests">
<header><h2 id="tests">{_icon("flask")}Test events</h2>
<p>{_shown(len(events), total)}</p><a href="/received?test=yes">Test events as JSON</a>
<p class="loud">Meta counts these like any other. Switch the test code off when you are done.</p>
</header>
{_event_rows(events)}
</section>"""


def _event_rows(events: Sequence[ReceivedEvent]) -> str:
    rows = "\n".join(f"<li>{_event_row(event)}</li>" for event in events)
    return f'<ol class="rows">\n{rows}\n</ol>'


def _requests_panel(records: Sequence[RequestRecord], total: int) -> str:
    rows = "\n".join(f"<li>{_request_row(record)}</li>" for record in records)
    empty = f'<div class="empty">{_icon("inbox")}<strong>No requests yet</strong></div>'
    content = f'<ol class="rows">\n{rows}\n</ol>' if records else empty
    return f"""<section class="panel" aria-labelledby="requests">
<header><h2 id="requests">Requests</h2>
<p>{_shown(len(records), total)}</p><a href="/requests">Requests as JSON</a></header>
{content}
</section>"""


def _shown(shown: int, total: int) -> str:
    return f"{total:,} in all" if shown == total else f"newest {shown:,} of {total:,}"


def _event_row(received: ReceivedEvent) -> str:
    event = received.event
    parts = [f"pixel {received.pixel}", received.version]
    if event.id is not None:
        parts.append(f"id {_short(event.id)}")
    if received.partner_agent:
        parts.append(f"agent {_short(received.partner_agent)}")
    code = received.test_event_code
    test = f'<span class="tag test">Test {_short(code)}</span>' if code else ""
    return f"""<details>
<summary class="row">{_outcome("accepted")}
<span class="what"><strong>{_short(event.name)}</strong>{test}</span>
<span class="when">{_time(received.received_at)}{_chevron()}</span>
<span class="more">{" · ".join(parts)}</span></summary>
{_json(event.encoded)}
</details>"""


def _chevron() -> str:
    return '<svg class="icon chevron" aria-hidden="true"><use href="#chevron"/></svg>'


def _json(encoded: bytes) -> str:
    text = encoded.decode()
    if len(encoded) <= INDENTED_BYTES:
        text = orjson.dumps(orjson.loads(encoded), option=orjson.OPT_INDENT_2).decode()
    cut = ""
    if len(text) > SHOWN_CHARACTERS:
        cut = '<p class="note">The rest is left out here. <a href="/received">See it whole</a>.</p>'
    return f"<pre>{escape(text[:SHOWN_CHARACTERS])}</pre>{cut}"


def _request_row(record: RequestRecord) -> str:
    status = f"HTTP {record.status}" if record.status else "No answer"
    parts = [f"pixel {record.pixel}", _counted(record.events, "event"), record.fbtrace_id]
    if record.partner_agent:
        parts.append(f"agent {record.partner_agent}")
    details = " · ".join(f'<span class="part">{_short(part)}</span>' for part in parts)
    warned = "".join(f'<span class="more warned">{_short(text)}</span>' for text in record.messages)
    test = '<span class="tag test">Test</span>' if record.test_event_code else ""
    return f"""<div class="row">{_outcome(record.outcome)}
<span class="what"><strong>{status}</strong>{_code(record)}{test}</span>
<span class="when">{_time(record.at)}</span>
{f'<span class="more">{escape(record.reason)}</span>' if record.reason else ""}{warned}
<span class="more">{details}</span></div>"""


def _code(record: RequestRecord) -> str:
    if record.code is None:
        return ""
    subcode = f" / {record.subcode}" if record.subcode else ""
    return f'<span class="tag">code {record.code}{subcode}</span>'


def _no_events(now: float, host: str) -> str:
    address = host if _PLAIN_HOST.fullmatch(host) else "localhost:8002"
    example = escape(_example(now, address))
    return f"""<div class="empty">{_icon("inbox")}<strong>No events yet</strong>
Any token of eight characters will do. Send a first one:</div>
<pre>{example}</pre>"""


def _example(now: float, address: str) -> str:
    event: dict[str, Any] = {
        "event_name": "PageView",
        "event_time": int(now),
        "action_source": "website",
        "event_source_url": "https://shop.example/",
        "user_data": {
            "em": "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
        },
    }
    data = orjson.dumps({"data": [event]}, option=orjson.OPT_INDENT_2).decode()
    return (
        f"curl http://{address}/{NEWEST_VERSION}/1234567890/events \\\n"
        "  -H 'Authorization: Bearer demo-token' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{data}'"
    )
