"""Bodies made to break things (fault F17): refused, or stored in a form that is safe to show."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from delivery.models import Event, EventBody
from tests.collector.edge import Edge


def _event(value: str) -> bytes:
    return f'{{"event": {{"xdm": {{"eventType": "x"}}, "data": {{"v": {value}}}}}}}'.encode()


def _nested(levels: int) -> bytes:
    return _event("[" * levels + "]" * levels)


REFUSED = {
    "depth 33 of an event": _nested(31),
    "depth 1000": _nested(1_000),
    "depth 100,000": b"[" * 100_000,
    "closed depth 100,000": b"[" * 100_000 + b"]" * 100_000,
    "infinite number": _event("1e400"),
    "negative infinite number": _event("-1e400"),
    "very long number": _event("9" * 5_000),
    "NaN": _event("NaN"),
    "Infinity": _event("Infinity"),
    "raw NUL": _event('"a\0b"'),
    "raw surrogate": b'{"event": {"data": {"v": "\xed\xa0\x80"}}}',
    "UTF-16": '{"event": {"data": {}}}'.encode("utf-16"),
    "latin-1": b'{"event": {"data": {"v": "\xe9"}}}',
    "text of 10 MB": _event(f'"{"x" * 10_000_000}"'),
    "gzip": gzip.compress(_event("1")),
    "bomb": zlib.compress(b"0" * 50_000_000),
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "form": b"event=%7B%7D&a=1",
    "nothing": b"",
    "spaces": b" " * 1_000,
    "half a JSON": b'{"event": {"data": {"v": "',
    "two JSONs": _event("1") * 2,
    "10,000 keys": _event(json.dumps({f"k{n}": n for n in range(10_000)})),
    "long key": _event(json.dumps({"k" * 257: 1})),
    "escaped NUL outside a text": b'{"event": {"data": {}}}\\u0000',
    "a million lists": b'{"event": {"data": {"v": [' + b"[]," * 340_000 + b"[]]}}}",
}
ACCEPTED = {
    "escaped NUL": _event(r'"a\u0000b"'),
    "escaped NUL in a key": _event(r'{"a\u0000b": 1}'),
    "high half of a pair": _event(r'"cut \ud83d"'),
    "low half of a pair": _event(r'"\uDE00 cut"'),
    "halves the wrong way": _event(r'"\ude00\ud83d"'),
    "half in a key": _event(r'{"\ud800": 1}'),
    "NUL in the name": rb'{"event": {"xdm": {"eventType": "a\u0000b", "_id": "\ud800"}}}',
    "repeated keys": _event('{"a": 1, "a": 2}'),
    "whole number of 30 digits": _event("1" * 30),
    "HTML in texts": _event(json.dumps('"><img src=x onerror=alert(1) hx-get=/>')),
    "control characters": _event(r'"\u0001\u001b[31m\u202e\u2028"'),
    "proto": _event('{"__proto__": {"a": 1}, "constructor": 1}'),
    "long name": b'{"event": {"xdm": {"eventType": "' + b"n" * 5_000 + b'"}}}',
    "depth 32 of an event": _nested(30),
}


@pytest.mark.parametrize("protocol", ["collect", "native"])
def test_hostile_body_is_refused_with_a_problem(
    edge: Edge, protocol: str, request: pytest.FixtureRequest
) -> None:
    target = request.getfixturevalue(protocol)
    for name, body in REFUSED.items():
        response = edge.request("POST", target, body)
        assert 400 <= response.status < 500, name
        assert response.problem, name
    assert not Event.objects.exists()


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_odd_body_is_stored_in_a_safe_form(edge: Edge, collect: str, body: bytes) -> None:
    assert edge.request("POST", collect, body).status == 202
    for text in _texts(EventBody.objects.get().open()):
        assert "\0" not in text
        assert text.encode().decode() == text  # half a surrogate pair cannot be encoded


def test_what_cannot_be_stored_becomes_a_replacement_character(edge: Edge, collect: str) -> None:
    edge.request("POST", collect, _event(r'"a\u0000b \ud83d \\u0000 \ud83d\ude00"'))
    body = EventBody.objects.get().open()
    assert body["event"]["data"]["v"] == "a\ufffdb \ufffd \\u0000 \U0001f600"


def test_of_a_repeated_key_the_last_counts(edge: Edge, collect: str) -> None:
    edge.request("POST", collect, _event('{"a": 1, "a": 2}'))
    assert EventBody.objects.get().open()["event"]["data"]["v"] == {"a": 2}


def test_hostile_headers_are_stored_in_a_safe_form(edge: Edge, collect: str) -> None:
    hostile = "a\0b" + "x" * 10_000
    headers = dict.fromkeys(("user-agent", "referer"), hostile)
    headers["cookie"] = f"_fbp={hostile}; _fbc; ; =; _fbp"
    headers["x-forwarded-for"] = hostile
    assert edge.request("POST", collect, _event("1"), headers).status == 202
    texts = list(_texts(EventBody.objects.get().open()))
    assert not any("\0" in text for text in texts)
    assert max(map(len, texts)) <= 2_048


def test_hostile_recorded_request_is_left_out(edge: Edge, native: str) -> None:
    recorded = {"ip": "::1; DROP", "userAgent": 7, "referer": ["x"], "cookies": {"_fbp": {}}}
    edge.post(native, {"data": {"a": 1}, "request": recorded})
    kept = EventBody.objects.get().open()["request"]
    assert kept.keys() == {"cookies", "datastream", "requestId"}
    assert kept["cookies"] == {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
