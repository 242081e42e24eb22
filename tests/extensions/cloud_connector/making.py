"""Calls compiled from settings, and made of the values a test gives to data elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from extensions.cloud_connector.package import MAKE_FETCH_CALL, PACKAGE
from extensions.contract import Answered, Request, Scope, Send
from extensions.core.secret import SecretRef, reference
from tests.extensions.core.making import ElementCompiler

URL = "https://api.example.com/orders"
KEY, OTHER_KEY = reference("SE" + "1" * 32), reference("SE" + "2" * 32)
NOW = 1_760_000_000


def called(
    elements: Mapping[str, Any] | None = None,
    answers: Mapping[str, Answered] | None = None,
    **settings: Any,
) -> Send:
    """What the action wants with these settings and values of data elements."""
    run = MAKE_FETCH_CALL.compile({"url": URL, **settings}, ElementCompiler(elements or {}))
    scope = Scope({"xdm": {}, "data": {}}, {}, "0" * 32, NOW, NOW, answers=answers or {})
    result = run(scope)
    assert isinstance(result, Send)
    return result


def requested(send: Send, **credentials: str) -> Request:
    """The request that goes out for it."""
    assert PACKAGE.destination is not None
    # Payloads are stored as JSON before they are sent.
    return PACKAGE.destination.request(
        plain(send.address), credentials, [orjson.dumps(dict(send.payload))]
    )


def plain(address: Mapping[str, str]) -> dict[str, str]:
    return {name: str(value) for name, value in address.items()}


def rows(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key.replace("_", "-"), "value": value} for key, value in pairs.items()]


def is_reference(value: Any) -> bool:
    return isinstance(value, SecretRef)
