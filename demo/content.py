"""Everything the demo is seeded with, as tables: how it is set up, and what has happened in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demo import tracking
from demo.cart import Line
from demo.catalogue import BY_SKU

ADMIN_EMAIL = "admin@example.com"
ADMIN_NAME = "Demo Admin"
PROPERTY = "Demo shop"
LIBRARY = "First release"
# Where the first visitors shopped: an address that belongs to nobody.
SHOP_URL = "https://loam.example/"

META = "facebook_conversions_api_extension"
SEND_EVENT = f"{META}::actions::send_capi_data"
SEND_EVENT_NAME = "Send Conversions API Event"
PATH = "core::dataElements::path"
SECRET = "core::dataElements::secret"  # noqa: S105  the id of a delegate, not a password
COMPARISON = "core::conditions::value-comparison"
CONDITION_NAME = "Event Type"

TOKEN_ELEMENT = "Meta access token"  # noqa: S105  the name of a data element
EXTENSION_SETTINGS = {"pixelId": "1234567890123456", "accessToken": f"{{{{{TOKEN_ELEMENT}}}}}"}

_XDM, _DATA = "arc.event.xdm", "arc.event.data"

# Data elements: where each value stands in what the shop's pages send.
ELEMENTS = {
    "City": f"{_DATA}.user.city",
    "Country": f"{_DATA}.user.country",
    "Currency": f"{_XDM}.productListItems[0].currencyCode",
    "Email": f"{_DATA}.user.email",
    "Event Type": f"{_XDM}.eventType",
    "fbc": f"{_DATA}.user.fbc",
    "fbp": f"{_DATA}.user.fbp",
    "First name": f"{_DATA}.user.firstName",
    "Item value": f"{_XDM}.productListItems[0].priceTotal",
    "Last name": f"{_DATA}.user.lastName",
    "Order ID": f"{_XDM}.commerce.order.purchaseID",
    "Order value": f"{_XDM}.commerce.order.priceTotal",
    "Page URL": f"{_XDM}.web.webPageDetails.URL",
    "Phone": f"{_DATA}.user.phone",
    "Postal code": f"{_DATA}.user.postalCode",
    "Products": f"{_XDM}.productListItems",
}

# What every rule sends, whatever happened. The event's time and id and the visitor's address and
# browser are filled by themselves. The cookies are not: the shop's pages put them into the event.
_COMMON = {
    "actionSource": "website",
    "eventSourceUrl": "{{Page URL}}",
    "email": "{{Email}}",
    "phone": "{{Phone}}",
    "firstName": "{{First name}}",
    "lastName": "{{Last name}}",
    "city": "{{City}}",
    "zip": "{{Postal code}}",
    "country": "{{Country}}",
    "fbp": "{{fbp}}",
}
_KEPT_CLICK = {"fbc": "{{fbc}}"}
# The products as XDM has them; the price of a line is divided by its quantity.
_PRODUCTS = {
    "contents": {
        "list": "{{Products}}",
        "id": "SKU",
        "quantity": "quantity",
        "title": "name",
        "lineTotal": "priceTotal",
        "sendIds": True,
    }
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule: IF the event is of this type THEN send it to Meta under this name.

    `further` are the settings of its action beside those that all rules share.
    """

    name: str
    event_type: str
    event_name: str
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def condition(self) -> dict[str, Any]:
        """Settings of its one condition."""
        return {
            "leftOperand": "{{Event Type}}",
            "comparison": {"operator": "equals"},
            "rightOperand": self.event_type,
        }

    @property
    def action(self) -> dict[str, Any]:
        """Settings of its one action."""
        return {**_COMMON, "eventName": self.event_name, **self.further}


RULES = (
    # Without a value for the click, that of the page's own address is taken: the one of an ad.
    RuleRow("Page view", tracking.PAGE_VIEW, "PageView"),
    RuleRow(
        "Add to cart",
        tracking.PRODUCT_LIST_ADD,
        "AddToCart",
        {
            **_KEPT_CLICK,
            **_PRODUCTS,
            "customData": {
                "value": "{{Item value}}",
                "currency": "{{Currency}}",
                "content_type": "product",
            },
        },
    ),
    RuleRow(
        "Purchase",
        tracking.PURCHASE,
        "Purchase",
        {
            **_KEPT_CLICK,
            **_PRODUCTS,
            "customData": {
                "value": "{{Order value}}",
                "currency": "{{Currency}}",
                "content_type": "product",
                "order_id": "{{Order ID}}",
            },
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came by. The addresses are those that RFC 5737 and RFC 3849 keep for examples."""

    ip: str
    user_agent: str
    fbp: str = ""
    fbclid: str = ""
    customer: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the first hour. `path` is the page's, below the shop's address."""

    seconds_ago: int
    visitor: Visitor
    path: str
    event: tracking.Event


_PHONE_BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)
_DESK_BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)

_ADA = Visitor(
    ip="203.0.113.24",
    user_agent=_PHONE_BROWSER,
    fbp="481516234",
    fbclid="IwAR2demoClickIdOfAda",
    customer={
        "name": "Ada Lovelace",
        "email": "Ada.Lovelace@example.com",
        "phone": "+44 20 7946 0018",
        "city": "London",
        "postcode": "W1J 7NF",
        "country": "GB",
    },
)
_EMIL = Visitor(
    ip="2001:db8:85a3::8a2e:370:7334",
    user_agent=_DESK_BROWSER,
    fbp="1123581321",
    customer={
        "name": "Emil Müller",
        "email": "emil@example.org",
        "phone": "030 901820",
        "city": "Berlin",
        "postcode": "10178",
        "country": "DE",
    },
)
_PASSER_BY = Visitor(ip="198.51.100.7", user_agent=_PHONE_BROWSER, fbp="2718281828")
# The till in the workshop: its own network, and nobody who gave a name.
_TILL = Visitor(ip="192.168.1.20", user_agent="LoamTill/2.1")


def _order(order_id: str, visitor: Visitor, **quantities: int) -> tracking.Event:
    lines = [_line(sku.replace("_", "-"), count) for sku, count in quantities.items()]
    user = tracking.user(visitor.customer) if visitor.customer else {}
    return tracking.purchase(tracking.Order(order_id, lines, user))


def _line(sku: str, quantity: int = 1) -> Line:
    return Line(BY_SKU[sku], quantity)


def happenings() -> tuple[Happening, ...]:
    """Return the first events, oldest first, with new ids each time."""
    page, add = tracking.page_view, tracking.product_list_add
    return (
        # An ad led here, as the address says.
        Happening(3480, _ADA, f"?fbclid={_ADA.fbclid}", page("Shop")),
        Happening(3390, _ADA, "products/teapot/", page("Teapot")),
        Happening(3340, _ADA, "cart/", add(_line("teapot"))),
        Happening(3220, _ADA, "thanks/", _order("LOAM-4F21C8", _ADA, teapot=1)),
        Happening(2510, _EMIL, "", page("Shop")),
        Happening(2460, _EMIL, "products/dinner-plate/", page("Dinner plate")),
        Happening(2430, _EMIL, "cart/", add(_line("dinner-plate", 6))),
        Happening(2100, _EMIL, "thanks/", _order("LOAM-9B07DE", _EMIL, dinner_plate=6, bud_vase=1)),
        Happening(1320, _PASSER_BY, "products/planter/", page("Planter")),
        # No rule waits for a click on a link: the log says so.
        Happening(1280, _PASSER_BY, "products/planter/", tracking.link_click("Care of bare clay")),
        # Nothing in it points at a person, so Meta would refuse it: the log says so.
        Happening(640, _TILL, "thanks/", _order("LOAM-TILL-118", _TILL, morning_mug=2)),
        Happening(180, _PASSER_BY, "cart/", add(_line("planter"))),
    )
