"""What a build reads of a visitor's request, so that nothing else has to be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from extensions import needs
from rules.engine.document import delegate_of

Content = Mapping[str, Any]


def needs_in(document: Mapping[str, Any]) -> list[str]:
    """Return what everything that is enabled in a build's document needs, each entry once.

    What is never kept is left out. The document's settings have passed their checks.
    """
    entries = {entry for part in _parts(document) for entry in _needs(part)}
    cookies = map(needs.cookie, needs.cookies_in(entries))
    headers = map(needs.header, needs.headers_in(entries))
    return sorted({*cookies, *headers})


def _parts(document: Mapping[str, Any]) -> Iterator[Content]:
    yield from (content for content in document["data_elements"] if content["enabled"])
    for content in document["rules"]:
        if content["enabled"]:
            yield from content["components"]


def _needs(part: Content) -> Iterator[str]:
    delegate = delegate_of(part)
    if delegate is not None:
        yield from delegate.needs(part["settings"])
