"""Payloads per second on one core: our compiled action beside Meta's own Python SDK.

Both make a Purchase of the same person with ten customer fields and three contents, normalise and
hash it, and write it as JSON. They take turns in one process, and the median of the rounds counts,
in seconds of the processor, so that other work on the machine weighs little.

Every event is of another person: e-mail, phone, names, date of birth, city, postal code, external
id, order and products all differ, and there are more events than any cache here remembers. Only
the fifty states and the country repeat, as they do in life. What ours does besides is in its time
too: taking the event apart by data elements, checking what Meta would refuse, and advice.

Usage: python -m bench.payload [--rounds 15] [--events 6000]
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
from facebook_business.adobjects.serverside.user_data import UserData

from extensions.contract import JSON, Action, Resolver, Scope, Send
from extensions.meta.package import SEND_EVENT
from extensions.tokens import names_in
from rules.engine.templates import compile_template

NOW = 1_760_000_000
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

    def configuration(self) -> Mapping[str, JSON]:
        """The settings of the installed extension."""
        return {"pixelId": "1234567890123456", "accessToken": "[[SE0123]]"}


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
    customer, order = event["customer"], event["order"]
    made = Event(
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
    return json.dumps(made.normalize()).encode()


def measure(rounds: int, count: int) -> dict[str, float]:
    """Return the median rates of both, in events per second of one core, and their ratio."""
    pool, makers = events(count), (ours(), theirs)
    _check_that_both_do_the_same(pool[0], makers)
    rates: list[tuple[float, ...]] = [
        tuple(_rate(make, pool) for make in makers) for _ in range(rounds)
    ]
    mine, sdk = (median(rate) for rate in zip(*rates, strict=True))
    return {
        "events_per_second": round(mine, 1),
        "sdk_events_per_second": round(sdk, 1),
        "ratio": round(mine / sdk, 2),
    }


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Payloads per second on one core.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--events", type=int, default=6000)
    options = parser.parse_args(arguments)
    result = measure(options.rounds, options.events)
    for line in _table(result, options.rounds, options.events):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{json.dumps(result)}\n")
    return 0


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


def _rate(make: Maker, pool: Sequence[Mapping[str, JSON]]) -> float:
    began = time.process_time()
    for event in pool:
        make(event)
    return len(pool) / (time.process_time() - began)


def _table(result: Mapping[str, float], rounds: int, count: int) -> Iterator[str]:
    sdk = f"facebook-business {version('facebook-business')}"
    yield f"Purchase, ten customer fields, three contents; {count} people, {rounds} rounds, median"
    yield f"{'':32}{'events/s, one core':>20}{'µs each':>10}"
    for name, key in (("CAPI Admin", "events_per_second"), (sdk, "sdk_events_per_second")):
        yield f"{name:32}{result[key]:>20,.0f}{1e6 / result[key]:>10.1f}"
    yield f"{'ratio':32}{result['ratio']:>20.2f}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
