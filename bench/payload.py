"""Payloads per second on one core: our compiled action beside Meta's own Python SDK.

Both make a Purchase of the same person with ten customer fields and three contents, normalise and
hash it, and write it as JSON. They take turns in one process, and the median of the rounds counts,
in seconds of the processor, so that other work on the machine weighs little.

Every event is of another person: e-mail, phone, names, date of birth, city, postal code, external
id, order and products all differ, and there are more events than any cache here remembers. Only
the fifty states and the country repeat, as they do in life. What ours does besides is in its time
too: taking the event apart by data elements, checking what Meta would refuse, and advice.

The same is measured up to the body of the request, for a batch of a thousand: that is where the
SDK writes JSON a second time and encodes it as a form. Its own code runs to the end, with an
adapter in place of the network. The line of JSON holds the rates up to the body, as that is what
either has to make before anything can be sent; with ``--until payload`` those up to the payload.

Usage: python -m bench.payload [--rounds 15] [--events 6000] [--until request|payload]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from statistics import median
from typing import Any

import orjson
from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.content import Content
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.event_request import EventRequest
from facebook_business.adobjects.serverside.user_data import UserData
from facebook_business.api import FacebookAdsApi, FacebookSession
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter

from extensions.contract import JSON, Action, Resolver, Scope, Send
from extensions.meta.destination import MetaDestination
from extensions.meta.package import SEND_EVENT
from extensions.tokens import names_in
from rules.engine.templates import compile_template

NOW = 1_760_000_000
PIXEL = "1234567890123456"
# fmt: off
STATES = [
    "al", "ak", "az", "ar", "ca", "co", "ct", "de", "fl", "ga", "hi", "id", "il", "in", "ia", "ks",
    "ky", "la", "me", "md", "ma", "mi", "mn", "ms", "mo", "mt", "ne", "nv", "nh", "nj", "nm", "ny",
    "nc", "nd", "oh", "ok", "or", "pa", "ri", "sc", "sd", "tn", "tx", "ut", "vt", "va", "wa", "wv",
    "wi", "wy",
]
# fmt: on
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"

# Setting of the action, and where the event has it.
PERSON = {
    "email": "email",
    "phone": "phone",
    "firstName": "first_name",
    "lastName": "last_name",
    "dob": "born",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "country": "country",
    "externalId": "id",
}
SETTINGS: dict[str, JSON] = {
    "actionSource": "website",
    "eventName": "Purchase",
    "eventTime": "{{time}}",
    "eventId": "{{order.id}}",
    "eventSourceUrl": "{{url}}",
    **{setting: f"{{{{customer.{key}}}}}" for setting, key in PERSON.items()},
    "customData": {
        "value": "{{order.total}}",
        "currency": "{{order.currency}}",
        "order_id": "{{order.id}}",
        "contents": "{{order.items}}",
    },
}

Maker = Callable[[Mapping[str, JSON]], bytes]
Sender = Callable[[Sequence[Mapping[str, JSON]]], bytes]
Work = Callable[[Sequence[Mapping[str, JSON]]], object]

BATCH = 1000  # as many events as Meta takes in one request


class MemberCompiler:
    """Compiles settings whose tokens name a member of the event, read as theirs is below.

    How the engine reads events by paths is another matter, which `bench.engine` measures.
    """

    stage = "production"
    build = name = ""

    def value(self, template: JSON) -> Resolver:
        """Compile as the engine does."""
        return compile_template(template, _member)

    def constant(self, template: JSON) -> bool:
        """Whether the setting holds no token."""
        return next(names_in(template), None) is None

    def folded(self, template: JSON) -> JSON:
        """Nothing here is the same for every event."""
        return template

    def configuration(self) -> Mapping[str, JSON]:
        """The settings of the installed extension."""
        return {"pixelId": PIXEL, "accessToken": "[[SE0123]]"}


def events(count: int) -> list[dict[str, JSON]]:
    """Return that many Purchases of different people, the same ones in every run."""
    return [_event(number) for number in range(count)]


def ours() -> Maker:
    """Return what makes the payload by our compiled action."""
    action: Action = SEND_EVENT.compile(SETTINGS, MemberCompiler())

    def make(event: Mapping[str, JSON]) -> bytes:
        request = {"ip": event["ip"], "userAgent": BROWSER, "cookies": {"_fbp": event["fbp"]}}
        send = action(Scope(event, request, event["order"]["id"], NOW, NOW))
        if not isinstance(send, Send):
            raise TypeError(f"The event is not sent: {send}")
        return orjson.dumps(send.payload)

    return make


def theirs(event: Mapping[str, JSON]) -> bytes:
    """Make the payload by Meta's SDK, which writes JSON by the standard library too."""
    return json.dumps(_sdk_event(event).normalize()).encode()


def our_requests() -> Sender:
    """Return what makes the body of our request for a batch."""
    make, destination = ours(), MetaDestination()
    address = {"dataset": PIXEL, "api_version": "v26.0", "partner_agent": "capiadmin_1_0"}

    def send(batch: Sequence[Mapping[str, JSON]]) -> bytes:
        payloads = [make(event) for event in batch]
        return destination.request(address, {"credential": "token"}, payloads).body

    return send


def their_requests() -> Sender:
    """Return what lets the SDK send a batch, and gives the body of its request."""
    session = FacebookSession(access_token="token")  # noqa: S106 - it goes nowhere
    nowhere = Nowhere()
    session.requests.mount("https://", nowhere)
    FacebookAdsApi.set_default_api(FacebookAdsApi(session))

    def send(batch: Sequence[Mapping[str, JSON]]) -> bytes:
        EventRequest(pixel_id=PIXEL, events=[_sdk_event(event) for event in batch]).execute()
        return nowhere.body

    return send


class Nowhere(BaseAdapter):
    """Takes the SDK's requests in place of the network, and keeps the body of the last one."""

    body = b""

    def send(self, request: PreparedRequest, *_args: object, **_options: object) -> Response:
        """Answer as Meta does."""
        body = request.body or b""
        self.body = body.encode() if isinstance(body, str) else body
        answer = Response()
        answer.status_code = 200
        answer._content = b'{"events_received": 1, "messages": [], "fbtrace_id": "A"}'
        return answer

    def close(self) -> None:
        """There is nothing to close."""


def _sdk_event(event: Mapping[str, JSON]) -> Event:
    customer, order = event["customer"], event["order"]
    return Event(
        event_name="Purchase",
        event_time=event["time"],
        event_id=order["id"],
        event_source_url=event["url"],
        action_source=ActionSource.WEBSITE,
        user_data=UserData(
            email=customer["email"],
            phone=customer["phone"],
            first_name=customer["first_name"],
            last_name=customer["last_name"],
            date_of_birth=customer["born"],
            city=customer["city"],
            state=customer["state"],
            zip_code=customer["zip"],
            country_code=customer["country"],
            external_id=customer["id"],
            client_ip_address=event["ip"],
            client_user_agent=BROWSER,
            fbp=event["fbp"],
        ),
        custom_data=CustomData(
            value=order["total"],
            currency=order["currency"],
            order_id=order["id"],
            contents=[
                Content(item["id"], quantity=item["quantity"], item_price=item["item_price"])
                for item in order["items"]
            ],
        ),
    )


def measure(rounds: int, count: int) -> dict[str, dict[str, float]]:
    """Return, up to payload and request, the median rates of both and their ratio."""
    pool, makers = events(count), (ours(), theirs)
    _check_that_both_do_the_same(pool[0], makers)
    works: list[Work] = [_each(make) for make in makers]
    works += [our_requests(), their_requests()]
    rates = [[_rate(work, pool) for work in works] for _ in range(rounds)]
    payload, sdk_payload, request, sdk_request = (median(rate) for rate in zip(*rates, strict=True))
    return {"payload": _result(payload, sdk_payload), "request": _result(request, sdk_request)}


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Payloads per second on one core.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--events", type=int, default=6000)
    parser.add_argument("--until", choices=("payload", "request"), default="request")
    options = parser.parse_args(arguments)
    results = measure(options.rounds, options.events)
    for line in _table(results, options.rounds, options.events):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{json.dumps(results[options.until])}\n")
    return 0


def _result(mine: float, sdk: float) -> dict[str, float]:
    return {
        "events_per_second": round(mine, 1),
        "sdk_events_per_second": round(sdk, 1),
        "ratio": round(mine / sdk, 2),
    }


def _member(name: str) -> Resolver:
    outer, _, inner = name.rpartition(".")
    if outer:
        return lambda scope: scope.event[outer][inner]
    return lambda scope: scope.event[inner]


def _event(number: int) -> dict[str, JSON]:
    first, last, city = _word(number), _word(number * 7 + 3), _word(number * 11 + 5)
    born = f"{1940 + number % 60}{number % 12 + 1:02}{number % 28 + 1:02}"
    items = [
        {"id": f"sku-{number}-{row}", "quantity": row + 1, "item_price": 5 + (number + row) % 90}
        for row in range(3)
    ]
    return {
        "time": NOW - number % 600,
        "url": f"https://shop.example/thanks?order={number}&utm_source=news",
        "ip": f"203.0.{number // 250 % 250}.{number % 250}",
        "fbp": f"fb.1.{1_700_000_000_000 + number}.{10_000_000 + number}",
        "customer": {
            "id": f"customer-{number}",
            "email": f" {first.title()}.{last}{number}@Shop.Example ",
            "phone": f"+1 (650) {200 + number // 10_000:03}-{number % 10_000:04}",
            "first_name": first.title(),
            "last_name": last.title(),
            "born": born,
            "city": f"Saint {city.title()}",
            "state": STATES[number % len(STATES)],
            "zip": f"{10_000 + number}",
            "country": "us",
        },
        "order": {"id": f"order-{number}", "total": 10.5, "currency": "USD", "items": items},
    }


def _word(number: int) -> str:
    """Write the number in letters: different numbers, different words."""
    letters = "q"
    while number:
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
    return letters + "son"


def _check_that_both_do_the_same(event: Mapping[str, JSON], makers: Sequence[Maker]) -> None:
    hashed = [{key: _hashes(json.loads(make(event)), key) for key in _HASHED} for make in makers]
    if hashed[0] != hashed[1]:
        raise AssertionError("The two make different hashes of one person: compare nothing.")


_HASHED = ("em", "ph", "fn", "ln", "db", "ct", "st", "zp", "country")


def _hashes(payload: dict[str, Any], key: str) -> list[str]:
    found: list[str] = payload["user_data"][key]
    return found


def _each(make: Maker) -> Work:
    return lambda batch: [make(event) for event in batch]


def _rate(work: Work, pool: Sequence[Mapping[str, JSON]]) -> float:
    began = time.process_time()
    for start in range(0, len(pool), BATCH):
        work(pool[start : start + BATCH])
    return len(pool) / (time.process_time() - began)


def _table(results: Mapping[str, Mapping[str, float]], rounds: int, count: int) -> Iterator[str]:
    sdk = f"facebook-business {version('facebook-business')}"
    rows = (("CAPI Admin", "events_per_second"), (sdk, "sdk_events_per_second"))
    yield f"Purchase, ten customer fields, three contents; {count} people, {rounds} rounds, median"
    for until, words in (("payload", "Up to the payload"), ("request", "Up to the request's body")):
        result = results[until]
        yield f"{words:32}{'events/s, one core':>20}{'µs each':>10}"
        for name, key in rows:
            yield f"  {name:30}{result[key]:>20,.0f}{1e6 / result[key]:>10.1f}"
        yield f"  {'ratio':30}{result['ratio']:>20.2f}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
