"""The cookies and headers of a visitor's request that somebody reads; no others are kept.

Each is written as ``cookie:name``, where upper and lower case matter, or as ``header:name`` in
lower case.
"""

from __future__ import annotations

from collections.abc import Iterable

# What lets somebody in is no data about a visitor. `cookie` is every cookie at once.
NEVER_KEPT = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})

_COOKIE, _HEADER = "cookie:", "header:"


def cookie(name: str) -> str:
    """Return the entry of a cookie."""
    return _COOKIE + name


def header(name: str) -> str:
    """Return the entry of a header, whatever the case of its name."""
    return _HEADER + name.lower()


def cookies_in(entries: Iterable[str]) -> list[str]:
    """Return the names of the cookies among entries."""
    return _names(entries, _COOKIE)


def headers_in(entries: Iterable[str]) -> list[str]:
    """Return the names of the headers among entries, without those that are never kept."""
    return [name for name in _names(entries, _HEADER) if name not in NEVER_KEPT]


def _names(entries: Iterable[str], kind: str) -> list[str]:
    return [entry.removeprefix(kind) for entry in entries if entry.startswith(kind)]
