"""The engine on one core: events per second, and what a large build costs to make and to load.

A shop's build: each rule looks at the kind of event and the section of the shop, leaves out the
staff, and sends sixteen mapped fields to Meta, nine of them hashed; twenty data elements read
them from the event. Exactly one rule matches each event. An event counts when its payload is
written as delivery writes it.

Every event is of another person, as in `bench.payload`, and there are more of them than any cache
here remembers. Rates count seconds of the processor, so that other work on the machine weighs
little; where custom code runs they count the clock, as its process works too.

Usage: python -m bench.engine [--rounds 9] [--events 4000] [--large 2000]
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

import orjson
import structlog

from bench.payload import BROWSER, NOW
from bench.payload import events as people
from custom_code.sandbox import Sandbox
from extensions.contract import JSON, CodeRunner, Send
from rules.coding import Sandboxed
from rules.engine import Evaluation, Program, assemble, canonical, check_document, load_build
from rules.engine.rounds import Job, ManyRunner, evaluate_all

META = "facebook_conversions_api_extension"
COMPARISON = "core::conditions::value-comparison"
CODE = "core::conditions::custom-code"
LARGE_ELEMENTS = 500
_BATCH = 500  # as `delivery.evaluation` claims them
_CONFIGURATION = {"pixelId": "1234567890123456", "accessToken": "[[SE" + "0" * 32 + "]]"}

# Data elements, and where the event has their values.
ELEMENTS = {
    "Event Type": "xdm.eventType",
    "Section": "data.section",
    "Is staff": "data.isStaff",
    "Time": "data.time",
    "Page": "data.url",
    "E-mail": "data.customer.email",
    "Phone": "data.customer.phone",
    "First name": "data.customer.first_name",
    "Last name": "data.customer.last_name",
    "Born": "data.customer.born",
    "City": "data.customer.city",
    "State": "data.customer.state",
    "Postal code": "data.customer.zip",
    "Country": "data.customer.country",
    "Order": "data.order.id",
    "Total": "data.order.total",
    "Currency": "data.order.currency",
    "First product": "data.order.items[0].id",
    "Browser id": "data.fbp",
    "Customer": "data.customer.id",
}
MAPPED: dict[str, JSON] = {
    "actionSource": "website",
    "eventName": "Purchase",
    "eventTime": "{{Time}}",
    "eventId": "{{Order}}",
    "eventSourceUrl": "{{Page}}",
    "email": "{{E-mail}}",
    "phone": "{{Phone}}",
    "firstName": "{{First name}}",
    "lastName": "{{Last name}}",
    "dob": "{{Born}}",
    "city": "{{City}}",
    "state": "{{State}}",
    "zip": "{{Postal code}}",
    "country": "{{Country}}",
    "fbp": "{{Browser id}}",
    "customData": {
        "value": "{{Total}}",
        "currency": "{{Currency}}",
        "order_id": "{{Order}}",
    },
}
_SOURCE = """
const { order, customer } = arc.event.data;
return order.items.length > 0 && !customer.email.endsWith("@staff.example");
"""
_SECTIONS = ("books", "garden", "kitchen", "music", "toys")

Content = tuple[str, dict[str, JSON]]


def document(
    rules: int, elements: int = len(ELEMENTS), sections: int = 1, *, code: bool = False
) -> dict[str, Any]:
    """Return a build of that many rules, `sections` of them for each kind of event.

    With `code` each rule has one more condition, in JavaScript.
    """
    return assemble(
        "PR" + "0" * 32,
        "production",
        [
            *(_extension(package, settings) for package, settings in _INSTALLED.items()),
            *_elements(elements),
            *(_rule(number, sections, elements, code=code) for number in range(rules)),
        ],
    )


def events(count: int) -> list[dict[str, JSON]]:
    """Return that many events, each of which the first rule of a build takes."""
    return [
        {
            "xdm": {"eventType": _kind(0)},
            "data": {**person, "section": _SECTIONS[0], "isStaff": False},
        }
        for person in people(count)
    ]


def rate(program: Program, pool: Sequence[Mapping[str, JSON]]) -> float:
    """Return how many events per second the program takes, payloads written."""
    began = time.process_time()
    _take(program, pool)
    return len(pool) / (time.process_time() - began)


def code_rates(program: Program, pool: Sequence[Mapping[str, JSON]]) -> tuple[float, float]:
    """Return the rates of a program that runs code: in batches as delivery does, and one by one.

    By the clock: the two processes take turns, so that is the time of both. Starting the process
    for code is left out: it starts once in the life of a worker.
    """
    sandbox = Sandbox()
    code = Sandboxed(sandbox)
    try:
        _take(program, pool[:1], code)
        return (
            len(pool) / _clocked(lambda: _take_batches(program, pool, code)),
            len(pool) / _clocked(lambda: _take(program, pool, code)),
        )
    finally:
        sandbox.close()


def _clocked(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _take(
    program: Program, pool: Sequence[Mapping[str, JSON]], code: CodeRunner | None = None
) -> None:
    for number, event in enumerate(pool):
        evaluation = program.evaluate(
            event, _REQUEST, event_id=f"{number:032x}", received_at=NOW, now=NOW, code=code
        )
        _write(evaluation)


def _take_batches(program: Program, pool: Sequence[Mapping[str, JSON]], code: ManyRunner) -> None:
    for start in range(0, len(pool), _BATCH):
        jobs = [
            Job(event, _REQUEST, f"{number:032x}", NOW, NOW)
            for number, event in enumerate(pool[start : start + _BATCH], start)
        ]
        for evaluation in evaluate_all(program, jobs, code):
            _write(evaluation)


def _write(evaluation: Evaluation | BaseException) -> None:
    if isinstance(evaluation, BaseException):
        raise evaluation
    [action] = evaluation.actions
    if not isinstance(action.result, Send):
        raise TypeError(f"The event is not sent: {action.result}")
    orjson.dumps(action.result.payload)


def measure_large(rules: int) -> dict[str, float]:
    """Return what a build of that many rules and many data elements costs, in seconds and bytes."""
    content = document(rules, LARGE_ELEMENTS, len(_SECTIONS))
    checked = _seconds(lambda: check_document(content))
    compiled = _seconds(lambda: Program(content))
    written = canonical(content)
    loaded = _seconds(lambda: load_build(written))
    return {
        "check": checked,
        "compile": compiled,
        "compile_seconds": checked + compiled,
        "load_seconds": loaded,
        "build_bytes": len(written),
    }


def measure(rounds: int, count: int, large: int) -> dict[str, float]:
    """Return everything that is measured; rates are the median of the rounds."""
    pool = events(count)
    few, many = Program(document(5)), Program(document(200, sections=len(_SECTIONS)))
    coded = Program(document(5, code=True))
    rates = [(rate(few, pool), rate(many, pool), *code_rates(coded, pool)) for _ in range(rounds)]
    rules_5, rules_200, custom_code, code_alone = (
        median(column) for column in zip(*rates, strict=True)
    )
    return {
        "rules_5": rules_5,
        "rules_200": rules_200,
        "custom_code": custom_code,
        "code_alone": code_alone,
        **measure_large(large),
    }


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="The engine on one core.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--large", type=int, default=2000, help="rules of the large build")
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    result = measure(options.rounds, options.events, options.large)
    for line in _table(result, options.large):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{json.dumps({key: round(result[key], 6) for key in KEYS})}\n")
    return 0


def _seconds(do: Callable[[], object]) -> float:
    """Return the least of three, as whatever disturbs a short run makes it longer."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        do()
        taken.append(time.process_time() - began)
    return min(taken)


def _table(result: Mapping[str, float], large: int) -> Iterator[str]:
    yield f"{'':44}{'events/s, one core':>20}{'µs each':>10}"
    for name, key in _RATES.items():
        yield f"{name:44}{result[key]:>20,.0f}{1e6 / result[key]:>10.1f}"
    yield f"{'200 rules, of the rate of five':44}{result['rules_200'] / result['rules_5']:>20.0%}"
    times = result["custom_code"] / result["code_alone"]
    yield f"{'code in batches, of the rate one by one':44}{times:>20.0%}"
    yield ""
    yield f"A build of {large} rules and {LARGE_ELEMENTS} data elements"
    for name, key in (("check", "check"), ("compile", "compile"), ("load", "load_seconds")):
        yield f"{name:44}{result[key] * 1000:>17,.0f} ms"
    yield f"{'size':44}{result['build_bytes'] / 1e6:>17.1f} MB"


KEYS = ("rules_5", "rules_200", "custom_code", "compile_seconds", "load_seconds", "build_bytes")
_RATES = {
    "five rules, one matches": "rules_5",
    "200 rules, one matches": "rules_200",
    "one condition in code, batches of 500": "custom_code",
    "one condition in code, one by one": "code_alone",
}
_REQUEST = {"ip": "203.0.113.7", "userAgent": BROWSER, "cookies": {}, "headers": {}}
_INSTALLED: dict[str, dict[str, JSON]] = {"core": {}, META: _CONFIGURATION}


def _extension(package: str, settings: Mapping[str, JSON]) -> Content:
    content = {"id": f"EX{package}", "name": package, "enabled": True, "package": package}
    return "extension", content | {"version": "1.0.0", "settings": settings}


def _elements(count: int) -> Iterator[Content]:
    paths = [*ELEMENTS.items()]
    more = [(f"Field {number}", f"data.fields.f{number}") for number in range(count - len(paths))]
    for number, (name, path) in enumerate(paths + more):
        yield (
            "data_element",
            {
                "id": f"DE{number:032x}",
                "name": name,
                "enabled": True,
                "delegate": "core::dataElements::path",
                "settings": {"path": path},
                "default": None,
                "lower": False,
                "clean": False,
            },
        )


def _rule(number: int, sections: int, elements: int, *, code: bool) -> Content:
    kind, section = divmod(number, sections)
    parts = [
        _condition("Event Type", "equals", _kind(kind)),
        _condition("Section", "equals", _SECTIONS[section]),
        _condition("Is staff", "isTrue") | {"negate": True},
        *([_component("condition", CODE, {"source": _SOURCE})] if code else []),
        _action(number, elements),
    ]
    components = [part | {"id": f"RC{number:030x}{place:02}"} for place, part in enumerate(parts)]
    content = {"id": f"RL{number:032x}", "name": f"Rule {number:04}", "enabled": True}
    return "rule", content | {"components": components}


def _kind(number: int) -> str:
    return f"commerce.kind{number}"


def _condition(element: str, operator: str, right: JSON = None) -> dict[str, JSON]:
    settings = {"leftOperand": f"{{{{{element}}}}}", "comparison": {"operator": operator}}
    return _component(
        "condition", COMPARISON, settings | ({"rightOperand": right} if right else {})
    )


def _action(number: int, elements: int) -> dict[str, JSON]:
    own = elements - len(ELEMENTS)
    custom = MAPPED["customData"] | (
        {"content_category": f"{{{{Field {number % own}}}}}"} if own else {}
    )
    return _component("action", f"{META}::actions::send_capi_data", MAPPED | {"customData": custom})


def _component(kind: str, delegate: str, settings: Mapping[str, JSON]) -> dict[str, JSON]:
    return {
        "kind": kind,
        "name": delegate.rsplit("::", 1)[-1],
        "delegate": delegate,
        "settings": settings,
        "negate": False,
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
