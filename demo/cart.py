"""The cart: how many of what, kept in the visitor's session."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from demo.catalogue import BY_SKU, Product, money

MOST_OF_ONE = 9
_KEY = "demo_cart"


@dataclass(frozen=True, slots=True)
class Line:
    """One product, so many times."""

    product: Product
    quantity: int

    @property
    def cents(self) -> int:
        """What the line costs."""
        return self.product.cents * self.quantity

    @property
    def price(self) -> str:
        """The same, as the shop shows it."""
        return money(self.cents)


class Cart:
    """Reads and writes the session; a product that has left the catalogue is not in it."""

    def __init__(self, session: MutableMapping[str, Any]) -> None:
        self._session = session

    @property
    def lines(self) -> list[Line]:
        """What is in it, in the order it was put in."""
        return list(self._lines())

    @property
    def count(self) -> int:
        """How many pieces are in it."""
        return sum(line.quantity for line in self._lines())

    @property
    def cents(self) -> int:
        """What it all costs."""
        return sum(line.cents for line in self._lines())

    @property
    def price(self) -> str:
        """The same, as the shop shows it."""
        return money(self.cents)

    def add(self, product: Product, quantity: int) -> None:
        """Put more of a product in, up to `MOST_OF_ONE`."""
        self.put(product, self._quantities().get(product.sku, 0) + quantity)

    def put(self, product: Product, quantity: int) -> None:
        """Have so many of a product; none, or fewer, takes it out."""
        quantities = self._quantities()
        if quantity > 0:
            quantities[product.sku] = min(quantity, MOST_OF_ONE)
        else:
            quantities.pop(product.sku, None)
        self._session[_KEY] = quantities

    def empty(self) -> None:
        """Take everything out."""
        self._session[_KEY] = {}

    def _lines(self) -> Iterator[Line]:
        for sku, quantity in self._quantities().items():
            if sku in BY_SKU:
                yield Line(BY_SKU[sku], quantity)

    def _quantities(self) -> dict[str, int]:
        return dict(self._session.get(_KEY, {}))
