"""What the form refuses, and what it warns of, in words for a marketer."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.cloud_connector.package import MAKE_FETCH_CALL
from extensions.validation import problems_in
from tests.extensions.cloud_connector.making import URL, rows

REFERENCE = "[[SE" + "1" * 32 + "]]"
FINE: list[dict[str, Any]] = [
    {},
    {"method": "DELETE"},
    {"url": "{{Base}}/orders"},
    {"url": "https://{{Host}}/orders"},
    {"url": "https://{{Shop}}.example.com/{{Path}}"},
    {"url": "https://api.example.com:8443/"},
    {"url": "https://[2606:2800:220:1::1]/"},
    {"url": "https://bücher.example/"},
    {"queryParams": rows(a="{{A}}"), "headers": rows(X_A="{{A}}", X_B="")},
    {"headers": [{"key": "{{Name}}", "value": "1"}]},
    {"method": "POST", "bodyType": "json", "bodyJson": '{"a": "{{A}}"}'},
    {"method": "POST", "bodyType": "json", "bodyJson": "{{Body}}"},
    {"method": "POST", "bodyType": "raw", "bodyJson": "not json"},
    {"saveResponse": True, "responseKey": "order"},
    {"saveResponse": False},
]


def found(settings: dict[str, Any]) -> list[tuple[str, str, str]]:
    problems = problems_in(MAKE_FETCH_CALL, {"url": URL, **settings})
    return [(one.field, one.severity, one.message) for one in problems]


@pytest.mark.parametrize("settings", FINE)
def test_settings_that_can_be_called_are_fine(settings: dict[str, Any]) -> None:
    assert found(settings) == []


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"url": "api.example.com"}, "url", "error", "begins with https://"),
    ({"url": "api.example.com/{{A}}"}, "url", "error", "begins with https://"),
    ({"url": "{{A}}.shop.example/"}, "url", "error", "begins with https://"),
    ({"url": "{{A}}{{B}}"}, "url", "error", "begins with https://"),
    ({"url": "https://{{A}}/", "headers": rows(K=REFERENCE)}, "url", "error", "A secret goes to"),
    ({"url": "{{A}}/x", "method": "POST", "body": REFERENCE}, "url", "error", "A secret goes to"),
    ({"url": "https://"}, "url", "error", "begins with https://"),
    ({"url": "https://me:pw@api.example.com"}, "url", "error", "Use an Authorization header."),
    ({"url": "https://api.example.com/../x"}, "url", "error", "has a step"),
    ({"url": f"https://api.example.com/{REFERENCE}"}, "url", "error", "A secret may not stand"),
    ({"url": "http://api.example.com"}, "url", "warning", "https:// alone"),
    ({"url": "https://api.example.com:444"}, "url", "warning", "ports 443 and 8443 alone"),
    ({"queryParams": rows(a=REFERENCE)}, "queryParams.0.value", "error", "A secret may not"),
    ({"headers": rows(Host="x")}, "headers.0.key", "error", "set by the connection itself"),
    ({"headers": [{"key": "X A"}]}, "headers.0.key", "error", "letters, digits and hyphens"),
    ({"headers": rows(A="1", a="2")}, "headers.1.key", "error", "Another header has this name"),
    ({"headers": rows(A="1\n2")}, "headers.0.value", "error", "may not hold a line break"),
    ({"saveResponse": True}, "responseKey", "error", "Please specify a response key."),
    ({"saveResponse": True, "responseKey": " "}, "responseKey", "error", "Please specify"),
    (
        {"method": "POST", "bodyType": "json", "bodyJson": '{"a": {{A}}}'},
        "bodyJson",
        "error",
        "A data element stands in quotes",
    ),
    ({"method": "POST", "bodyType": "json", "bodyJson": "{"}, "bodyJson", "error", "line 1"),
]


@pytest.mark.parametrize(("settings", "field", "severity", "words"), WRONG)
def test_settings_that_cannot_are_found_at_their_field(
    settings: dict[str, Any], field: str, severity: str, words: str
) -> None:
    [(at, how, message)] = found(settings)
    assert (at, how) == (field, severity)
    assert words in message


NO_FORM: list[dict[str, Any]] = [
    {"url": ""},
    {"url": "  "},
    {"method": "TRACE"},
    {"method": "CONNECT"},
    {"bodyType": "xml"},
    {"headers": [{"value": "1"}]},
    {"headers": [{"key": " "}]},
    {"headers": rows(A="1") * 101},
    {"body": "x" * 65_537},
    {"responseKey": "x" * 101},
    {"redirect": "follow"},
]


@pytest.mark.parametrize("settings", NO_FORM)
def test_schema_refuses(settings: dict[str, Any]) -> None:
    assert found(settings)
