"""What the shop tells the collector: XDM as Adobe's Web SDK sends it, and our own `data` beside.

The page adds what only the browser knows (time, address, viewport, cookies) before it posts.
The seeded events are made by the same functions, so they look as if the shop had sent them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demo.cart import Line
from demo.catalogue import CURRENCY

Event = dict[str, Any]

PAGE_VIEW = "web.webpagedetails.pageViews"
PRODUCT_LIST_ADD = "commerce.productListAdds"
PURCHASE = "commerce.purchases"
LINK_CLICK = "web.webinteraction.linkClicks"

_ONCE = {"value": 1}


@dataclass(frozen=True, slots=True)
class Order:
    """What was bought. `user` is what is known of the customer, under the names of `data.user`."""

    id: str
    lines: Sequence[Line]
    user: Mapping[str, str]

    @property
    def cents(self) -> int:
        """What it costs."""
        return sum(line.cents for line in self.lines)


def page_view(name: str) -> Event:
    """A page was opened; `name` is its title."""
    return _event(PAGE_VIEW, {"web": {"webPageDetails": {"name": name, "pageViews": _ONCE}}})


def product_list_add(line: Line) -> Event:
    """A product was put into the cart."""
    return _with_products(PRODUCT_LIST_ADD, [line], {"productListAdds": _ONCE})


def purchase(order: Order) -> Event:
    """An order was placed."""
    commerce = {
        "purchases": _ONCE,
        "order": {
            "purchaseID": order.id,
            "priceTotal": order.cents / 100,
            "currencyCode": CURRENCY,
        },
    }
    event = _with_products(PURCHASE, order.lines, commerce)
    event["data"]["user"] = dict(order.user)
    return event


def link_click(name: str) -> Event:
    """A link was followed. No rule of the demo waits for it."""
    return _event(LINK_CLICK, {"web": {"webInteraction": {"name": name, "linkClicks": _ONCE}}})


def user(form: Mapping[str, str]) -> dict[str, str]:
    """Return `data.user` for what the checkout form asks for."""
    first, _, last = form["name"].rpartition(" ")
    found = {
        "email": form["email"],
        "phone": form["phone"],
        "firstName": first or last,
        "lastName": last if first else "",
        "city": form["city"],
        "postalCode": form["postcode"],
        "country": form["country"],
    }
    return {key: value for key, value in found.items() if value}


def _event(event_type: str, xdm: Event) -> Event:
    # Made here, because browsers make such ids only on secure origins, and a shop tried out on
    # a local network has none.
    return {"xdm": {"_id": str(uuid.uuid4()), "eventType": event_type, **xdm}, "data": {}}


def _with_products(event_type: str, lines: Sequence[Line], commerce: Event) -> Event:
    items = [_item(line) for line in lines]
    return _event(event_type, {"commerce": commerce, "productListItems": items})


def _item(line: Line) -> Event:
    """A product in the words of XDM."""
    return {
        "SKU": line.product.sku,
        "name": line.product.name,
        "quantity": line.quantity,
        "priceTotal": line.cents / 100,
        "currencyCode": CURRENCY,
    }
