"""Who sent an event: what the browser's connection says, or what a server wrote down for us.

Only what Meta's matching needs is kept. Other cookies and headers are never read.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from collector.http import Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_COOKIES = ("_fbp", "_fbc")
_COOKIE_LENGTH = 512
_TEXT_LENGTH = {"userAgent": 1024, "referer": 2048}
_HEADERS = {"userAgent": b"user-agent", "referer": b"referer"}
_FORWARDED_FOR = b"x-forwarded-for"


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


def observed(request: Request, proxies: Proxies) -> dict[str, Any]:
    """Return what the connection and the headers say of the client."""
    texts = {name: _text(request, header) for name, header in _HEADERS.items()}
    cookies = _cookies(request.headers.get(b"cookie", b"").decode("latin-1"))
    return _kept(proxies.client(request), texts, cookies)


def recorded(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a server recorded of its visitor; what has the wrong type is left out."""
    ip, cookies = said.get("ip"), said.get("cookies")
    return _kept(
        _address(ip) if isinstance(ip, str) else None,
        {name: said.get(name) for name in _TEXT_LENGTH},
        cookies if isinstance(cookies, dict) else {},
    )


def _kept(
    ip: Address | None, texts: Mapping[str, Any], cookies: Mapping[str, Any]
) -> dict[str, Any]:
    kept: dict[str, Any] = {} if ip is None else {"ip": str(ip)}
    for name, length in _TEXT_LENGTH.items():
        value = texts[name]
        if isinstance(value, str) and value:
            kept[name] = value[:length]
    kept["cookies"] = {
        name: value[:_COOKIE_LENGTH]
        for name in _COOKIES
        if isinstance(value := cookies.get(name), str) and value
    }
    return kept


def _text(request: Request, header: bytes) -> str:
    value = request.headers.get(header, b"")
    return value.decode("utf-8", "replace").replace("\0", "")


def _cookies(header: str) -> dict[str, str]:
    if "_fb" not in header:
        return {}
    pairs = (part.strip().partition("=") for part in header.replace("\0", "").split(";"))
    return {name: value for name, _, value in pairs if name in _COOKIES}


def _forwarded_for(request: Request) -> list[str]:
    values = [value for name, value in request.raw_headers if name == _FORWARDED_FOR]
    return b",".join(values).decode("latin-1").split(",") if values else []


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
