"""Which servers a call may reach whose address comes from a rule or out of an event.

An editor, or a visitor whose event fills an address, must not get at what stands inside the
network: other services of this host, and what hands out keys to whoever asks from within. So a
name is looked up once, every address it has is to be a public one, and the connection is made to
an address that was looked at. What an administrator allows by name is let through.

Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6; RFC 6052 (NAT64),
RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PORTS = frozenset({443, 8443})

ONLY_TLS = "Calls go out by https alone."
OTHER_PORT = "Calls go to the ports 443 and 8443 alone."
NOT_PUBLIC = "The host has an address that is not a public one."
UNCALLABLE = "The call cannot be made as it is written."

# At a time; a name server that hangs holds one each. The names of rules have few of their own, so
# that slow ones keep nobody from the hosts of the deployment.
_MOST_LOOK_UPS = 32
_MOST_GUARDED_LOOK_UPS = 16
_ALLOWED = re.compile(
    r"(?P<scheme>https?://)?(?P<host>\[[0-9a-f:.]+\]|[^\s/:@\[\]]+):(?P<port>\d+)/?"
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# As `socket.getaddrinfo` gives it: family, kind, protocol, canonical name, address.
Found = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class Blocked(Exception):
    """A call may not be made. The message says why, without naming an address."""


class Allowed(NamedTuple):
    """A server that an administrator lets calls reach, wherever it stands."""

    scheme: str
    host: str
    port: int


_NETWORKS_4 = (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by the customers of a carrier
    "127.0.0.0/8",
    "168.63.129.16/32",  # what a cloud tells its machines, at an address like any other
    "169.254.0.0/16",  # link-local, and what clouds tell their machines
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",  # documentation, as the two below
    "192.88.99.0/24",  # relays of 6to4
    "192.168.0.0/16",
    "198.18.0.0/15",  # measurements
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",
)
_NETWORKS_6 = (
    "2001::/23",  # protocols, Teredo among them
    "2001:db8::/32",  # documentation, as the one below
    "3fff::/20",
)
_NOT_PUBLIC_4 = tuple(map(ipaddress.IPv4Network, _NETWORKS_4))
_NOT_PUBLIC_6 = tuple(map(ipaddress.IPv6Network, _NETWORKS_6))
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")  # all that is given out
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the internet, and to nothing nearer."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if address in _MAPPED or address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _6TO4:
        return ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    return None


def check(scheme: str, host: str, port: int, found: Iterable[Found]) -> None:
    """Let a call through to the addresses that were found for its host.

    Raises:
        Blocked: it may not be made.
    """
    if Allowed(scheme, _bare(host), port) in allowed(tuple(settings.FETCH_ALLOWED)):
        return
    if scheme != "https":
        raise Blocked(ONLY_TLS)
    if port not in PORTS:
        raise Blocked(OTHER_PORT)
    for *_, address in found:
        # A link-local address may name its interface behind a percent sign.
        if not is_public(ipaddress.ip_address(str(address[0]).partition("%")[0])):
            raise Blocked(NOT_PUBLIC)


class _LookUps:
    """Looks names up in threads, so many at a time, and refuses what would have to wait."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="look-up")

    def look_up(self, host: str, port: int, seconds: float) -> Sequence[Found]:
        if not self._free.acquire(blocking=False):
            raise OSError("Too many names are looked up.")
        looking = self._pool.submit(self._found, host, port)
        try:
            return looking.result(max(seconds, 0))
        finally:
            if looking.cancel():  # no thread has taken it up yet, and none ever does
                self._free.release()

    def _found(self, host: str, port: int) -> Sequence[Found]:
        try:
            return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        finally:
            self._free.release()


def look_up(host: str, port: int, seconds: float, *, is_guarded: bool) -> Sequence[Found]:
    """Return the addresses of a host.

    Raises:
        OSError: it has none, which is told as `socket.gaierror`, the time ran out, which is told
            as `TimeoutError`, or too many are looked up already. The look-up itself cannot be
            stopped and ends when it ends.
    """
    try:
        return _look_ups(is_guarded).look_up(_bare(host), port, seconds)
    except UnicodeError:  # a label that is too long for any name
        raise socket.gaierror(socket.EAI_NONAME, "No such name.") from None


@lru_cache(maxsize=8)
def allowed(words: tuple[str, ...]) -> frozenset[Allowed]:
    """Read the setting FETCH_ALLOWED: ``host:port``, or ``http://host:port`` for plain http.

    Raises:
        ImproperlyConfigured: a word is neither.
    """
    return frozenset(map(_allowed, words))


def _allowed(word: str) -> Allowed:
    match = _ALLOWED.fullmatch(word.strip().lower())
    if match is None:
        raise ImproperlyConfigured(
            f"FETCH_ALLOWED takes host:port, or http://host:port, not {word!r}."
        )
    scheme = (match["scheme"] or "https://").removesuffix("://")
    return Allowed(scheme, _bare(match["host"]), int(match["port"]))


def _bare(host: str) -> str:
    """Return a host as it is compared and looked up: in small letters, without brackets."""
    return host.lower().strip("[]")


@cache
def _look_ups(is_guarded: bool) -> _LookUps:
    # Made in the process that uses it, since threads do not survive a fork.
    return _LookUps(_MOST_GUARDED_LOOK_UPS if is_guarded else _MOST_LOOK_UPS)
