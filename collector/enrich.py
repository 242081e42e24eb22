"""Who sent an event: what the browser's connection says, or what a server wrote down for us.

Only what Meta's matching needs is kept, and the cookies and headers that the live build reads.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

from collector.http import Request
from extensions import needs

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Always kept, up to so many characters.
_COOKIES = {"_fbp": 512, "_fbc": 512}
_TEXTS = {"userAgent": 1024, "referer": 2048}
_HEADERS = {"userAgent": "user-agent", "referer": "referer"}
_RAW_HEADERS = {name: header.encode() for name, header in _HEADERS.items()}
_NEEDED_LENGTH = 4096  # of one cookie or header that a build reads
_ROOM = 8192  # characters of all cookies, and of all headers, of a request
_FORWARDED_FOR = b"x-forwarded-for"
_COOKIE = b"cookie"


class Proxies:
    """The proxies of this deployment: the only ones whose word on the client is taken."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Take networks as CIDR.

        Raises:
            ImproperlyConfigured: one is not a network.
        """
        try:
            self._networks: list[Network] = [
                ipaddress.ip_network(network, strict=False) for network in networks
            ]
        except ValueError as error:
            raise ImproperlyConfigured(f"TRUSTED_PROXIES: {error}") from None

    def client(self, request: Request) -> Address | None:
        """Return the client's address: the last one that is no proxy of ours."""
        address = _address(request.peer)
        if not self._networks:
            return address
        for hop in reversed(_forwarded_for(request)):
            if address is None or not self._trusts(address):
                break
            # What stands before an unreadable entry cannot be believed either.
            address = _address(hop)
        return address

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


class Bounds(NamedTuple):
    """The cookies and headers that are kept, and how many characters of each."""

    cookies: Mapping[str, int]
    headers: Mapping[str, int]


def bounds_for(needed: Iterable[str]) -> Bounds:
    """Return what is kept for a build that needs these entries, as `extensions.needs` has them."""
    entries = list(needed)
    cookies = dict.fromkeys(needs.cookies_in(entries), _NEEDED_LENGTH)
    headers = dict.fromkeys(needs.headers_in(entries), _NEEDED_LENGTH)
    # The usual ones come first, so that there is always room for them.
    return Bounds({**_COOKIES, **cookies, **_COOKIES}, headers)


def observed(request: Request, proxies: Proxies, bounds: Bounds) -> dict[str, Any]:
    """Return what the connection and the headers say of the client."""
    headers = request.headers
    return _visitor(
        proxies.client(request),
        {
            name: _decoded(headers[header])
            for name, header in _RAW_HEADERS.items()
            if header in headers
        },
        _cookies(request, bounds),
        {name: _text(request, name) for name in bounds.headers},
        bounds,
    )


def recorded(said: Mapping[str, Any], bounds: Bounds) -> dict[str, Any]:
    """Return what a server recorded of its visitor; what has the wrong type is left out."""
    ip = said.get("ip")
    headers = {name.lower(): value for name, value in _object(said, "headers").items()}
    return _visitor(
        _address(ip) if isinstance(ip, str) else None,
        {name: said.get(name) or headers.get(header) for name, header in _HEADERS.items()},
        _object(said, "cookies"),
        headers,
        bounds,
    )


def _visitor(
    ip: Address | None,
    texts: Mapping[str, Any],
    cookies: Mapping[str, Any],
    headers: Mapping[str, Any],
    bounds: Bounds,
) -> dict[str, Any]:
    visitor: dict[str, Any] = {} if ip is None else {"ip": _shown(ip)}
    visitor |= _within(_TEXTS, texts)
    visitor["cookies"] = _within(bounds.cookies, cookies)
    if bounds.headers:
        visitor["headers"] = _within(bounds.headers, headers)
    return visitor


def _within(bounds: Mapping[str, int], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of these names, each cut to its bound, as long as there is room."""
    found: dict[str, str] = {}
    if not values:
        return found
    room = _ROOM
    for name, length in bounds.items():
        value = values.get(name)
        if isinstance(value, str) and 0 < (size := min(len(value), length)) <= room:
            found[name] = value[:size]
            room -= size
    return found


def _text(request: Request, header: str) -> str:
    return _decoded(request.headers.get(header.encode("utf-8", "replace"), b""))


def _decoded(value: bytes) -> str:
    text = value.decode("utf-8", "replace")
    return text.replace("\0", "") if "\0" in text else text


def _object(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def _cookies(request: Request, bounds: Bounds) -> dict[str, str]:
    if _COOKIE not in request.headers:
        return {}
    header = _decoded(b";".join(_all(request, _COOKIE)))  # HTTP/2 may have one for each cookie
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs if name in bounds.cookies}


def _forwarded_for(request: Request) -> list[str]:
    values = _all(request, _FORWARDED_FOR)
    return b",".join(values).decode("latin-1").split(",") if values else []


def _all(request: Request, header: bytes) -> list[bytes]:
    return [value for name, value in request.raw_headers if name == header]


@lru_cache(maxsize=4096)
def _shown(address: Address) -> str:
    return str(address)


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """Read an address, also with a port or in brackets; an IPv4 one mapped to IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return address if mapped is None else mapped
