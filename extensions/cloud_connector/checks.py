"""What is wrong with the settings of a call, as far as it shows before any event."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from extensions.cloud_connector.address import (
    NOT_A_URL,
    SECRET_IN_URL,
    SECRET_TO_GIVEN_HOST,
    begins_with_origin,
    given_host,
    parsed,
)
from extensions.cloud_connector.body import BadJSON, is_json, template_of
from extensions.cloud_connector.headers import fault_of_name, fault_of_value
from extensions.contract import ComponentError, Problem, Settings
from extensions.core.secret import REFERENCE
from extensions.core.texts import has_token
from extensions.tokens import TOKEN

PORTS = frozenset({443, 8443})
# What the settings of the server allow, no package knows.
_UNLESS = "unless an administrator has allowed this address by the setting FETCH_ALLOWED."
PLAIN_HTTP = f"Calls go out by https:// alone, {_UNLESS}"
OTHER_PORT = f"Calls go to the ports 443 and 8443 alone, {_UNLESS}"
_STANDS_FOR_ANY = "x"  # a token that is empty in a host would be no URL


def check(settings: Settings) -> tuple[Problem, ...]:
    """Return everything wrong with the settings of a call."""
    return tuple(_problems(settings))


def _problems(settings: Settings) -> Iterator[Problem]:
    yield from _of_url(settings["url"])
    yield from _of_secrets(settings)
    for place, row in enumerate(settings.get("queryParams", ())):
        for column in ("key", "value"):
            if REFERENCE.search(row.get(column, "")):
                yield Problem(f"queryParams.{place}.{column}", SECRET_IN_URL)
    yield from _of_headers(settings)
    if is_json(settings):
        yield from _of_json(settings)
    if settings.get("saveResponse") and not str(settings.get("responseKey", "")).strip():
        yield Problem("responseKey", "Please specify a response key.")


def _of_url(url: str) -> Iterator[Problem]:
    if REFERENCE.search(url):
        yield Problem("url", SECRET_IN_URL)
        return
    url = url.strip()
    if begins_with_origin(url):  # the host is known with an event
        return
    scheme = url.partition("{{")[0].partition("://")[0]
    if has_token(url) and scheme.lower() not in {"http", "https"}:
        yield Problem("url", NOT_A_URL)
        return
    try:
        origin = parsed(TOKEN.sub(_STANDS_FOR_ANY, url)).origin
    except ComponentError as error:
        yield Problem("url", str(error))
        return
    parts = urlsplit(origin)
    if parts.scheme == "http":
        yield Problem("url", PLAIN_HTTP, "warning")
    elif (parts.port or 443) not in PORTS:
        yield Problem("url", OTHER_PORT, "warning")


def _of_secrets(settings: Settings) -> Iterator[Problem]:
    """Find references beside a host that an event names; the build looks for data elements."""
    if not given_host(settings["url"]):
        return
    for field in ("headers", "body", "bodyJson"):
        if REFERENCE.search(str(settings.get(field, ""))):
            yield Problem("url", SECRET_TO_GIVEN_HOST)
            return


def _of_headers(settings: Settings) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, row in enumerate(settings.get("headers", ())):
        name = row["key"].strip()
        if not has_token(name):
            fault = fault_of_name(name)
            if not fault and name.lower() in seen:
                fault = "Another header has this name, too."
            if fault:
                yield Problem(f"headers.{place}.key", fault)
            seen.add(name.lower())
        fault = fault_of_value(row.get("value", ""))
        if fault:
            yield Problem(f"headers.{place}.value", fault)


def _of_json(settings: Settings) -> Iterator[Problem]:
    if "bodyJson" not in settings:
        return
    try:
        template_of(settings["bodyJson"])
    except BadJSON as error:
        yield Problem("bodyJson", str(error))
