"""Data element: the visitor's address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from extensions.contract import JSON, Compiler, Delegate, Resolver, Scope, Settings
from extensions.core.path import reader

# The event goes first, as in the original: a server's request comes from the server's address.
_IN_EVENT = (
    reader(("xdm", "environment", "ipV4")),
    reader(("xdm", "environment", "ipV6")),
)
_ANY, _V4, _V6 = "any", "4", "6"
_KEPT_BITS = {4: 24, 6: 48}  # of a shortened address


def compile_element(settings: Settings, _compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the first address that is one."""
    wanted = {_V4: (4,), _V6: (6,)}.get(settings.get("version", _ANY), (4, 6))
    shorten = settings.get("shorten", False)

    def resolve(scope: Scope) -> str | None:
        for value in (*(read(scope.event) for read in _IN_EVENT), scope.request.get("ip")):
            address = _address(value)
            if address is not None and address.version in wanted:
                return _shortened(address) if shorten else str(address)
        return None

    return resolve


def _address(value: JSON) -> IPv4Address | IPv6Address | None:
    """Read an address; an IPv4 one mapped to IPv6 is IPv4."""
    if not isinstance(value, str) or "%" in value:  # a zone means a local network
        return None
    try:
        address = ip_address(value.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _shortened(address: IPv4Address | IPv6Address) -> str:
    bits = _KEPT_BITS[address.version]
    return str(ip_network((address, bits), strict=False).network_address)


IP = Delegate(
    id="core::dataElements::ip",
    name="IP",
    description=(
        "The visitor's address: xdm.environment.ipV4 or ipV6 of the event, else the address the "
        "request came from."
    ),
    schema={
        "type": "object",
        "properties": {
            "version": {
                "type": "string",
                "title": "Version",
                "enum": [_ANY, _V4, _V6],
                "default": _ANY,
                "ui": {
                    "widget": "select",
                    "options": [[_ANY, "IPv4 or IPv6"], [_V4, "IPv4 only"], [_V6, "IPv6 only"]],
                },
            },
            "shorten": {
                "type": "boolean",
                "title": "Shorten",
                "description": (
                    "Puts zeros in place of the last part: of the last 8 bits of IPv4, of the "
                    "last 80 of IPv6."
                ),
                "ui": {"widget": "checkbox"},
            },
        },
        "additionalProperties": False,
    },
    summarise=lambda settings: (
        "the visitor's address, shortened" if settings.get("shorten") else "the visitor's address"
    ),
    compile=compile_element,
)
