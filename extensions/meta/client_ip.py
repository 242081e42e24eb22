"""The visitor's address in the form Meta takes: IPv4 or IPv6, reachable, without decoration."""

from __future__ import annotations

from bisect import bisect_right
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from extensions.meta.values import Context, Fault, Outcome

_IPV4_PARTS = 4

# Addresses that no visitor on the internet has. Those kept for examples (such as 203.0.113.0/24)
# are let through: they harm nobody, and they are what people try things out with.
_UNREACHABLE_4 = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
_UNREACHABLE_6 = ("::/127", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")


def _ranges(networks: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Return the first and the last addresses of the networks, each in order."""
    ordered = [ip_network(network) for network in networks]
    return [int(net[0]) for net in ordered], [int(net[-1]) for net in ordered]


# Most visitors: plain IPv4 whose first number alone says whether it can be reached.
_OCTETS = frozenset(map(str, range(256)))
_CLOSED = frozenset({"0", "10", "127"})
_OPEN = frozenset(map(str, range(1, 224))) - {"10", "100", "127", "169", "172", "192"}

_RANGES_4 = _ranges(_UNREACHABLE_4)
_RANGES_6 = _ranges(_UNREACHABLE_6)

NOT_AN_ADDRESS = Fault(
    "invalid_ip", "The client IP address is no valid IPv4 or IPv6 address, so it was left out."
)
NOT_PUBLIC = Fault(
    "private_ip",
    "The client IP address belongs to a private or local network, so it was left out.",
)


def normalise(text: str, context: Context) -> Outcome:
    """Return the address without port and brackets, or the reason why it is of no use."""
    parts = text.split(".")
    if len(parts) == _IPV4_PARTS and _OCTETS.issuperset(parts):
        if parts[0] in _OPEN:
            return text, None
        if parts[0] in _CLOSED:
            return None, NOT_PUBLIC
    try:
        address = ip_address(_bare(text))
    except ValueError:
        return None, NOT_AN_ADDRESS
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return (None, NOT_PUBLIC) if _is_unreachable(address) else (str(address), None)


def best(addresses: list[str | int]) -> str | int:
    """Return the first IPv6 address, which Meta prefers, else the first of all."""
    return next((each for each in addresses if ":" in str(each)), addresses[0])


def _bare(text: str) -> str:
    if text.startswith("["):
        return text[1:].partition("]")[0]
    host, colon, _ = text.partition(":")
    return host if colon and host.count(".") == _IPV4_PARTS - 1 else text


def _is_unreachable(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and address.scope_id:
        return True
    starts, ends = _RANGES_4 if isinstance(address, IPv4Address) else _RANGES_6
    number = int(address)
    nearest = bisect_right(starts, number) - 1
    return nearest >= 0 and number <= ends[nearest]
