"""The headers and cookies that the visitor's request came with, as far as they were kept.

Nothing in here raises, whatever a request holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from extensions import needs
from extensions.contract import JSON, Problem

# Headers that have a place of their own in a request, whether or not it holds others.
_OWN_PLACE = {"user-agent": "userAgent", "referer": "referer"}


def header(request: Mapping[str, JSON], name: str) -> JSON:
    """Return the header of that name, which is in lower case; None where there is none."""
    headers = request.get("headers")
    found = _whatever_case(headers, name) if isinstance(headers, dict) else None
    if found is None and name in _OWN_PLACE:
        return request.get(_OWN_PLACE[name])
    return found


def header_needs(name: str) -> tuple[str, ...]:
    """Return what has to be kept for the header, whatever the case of its name."""
    return () if name.lower() in _OWN_PLACE else (needs.header(name),)


def header_problems(name: str, field: str) -> Iterator[Problem]:
    """Find a header that is never kept; `field` is the setting that asks for it."""
    if name.lower() in needs.NEVER_KEPT:
        yield Problem(field, f"The header {name} is never kept. There will be no value.", "warning")


def _whatever_case(headers: Mapping[str, Any], name: str) -> Any:
    if name in headers:
        return headers[name]
    return next((value for key, value in headers.items() if key.lower() == name), None)


def cookie(request: Mapping[str, JSON], name: str) -> JSON:
    """Return the cookie of exactly that name; None where there is none."""
    cookies = request.get("cookies")
    return cookies.get(name) if isinstance(cookies, dict) else None
