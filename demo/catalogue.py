"""What the demo shop sells: six pieces of stoneware, as one table."""

from __future__ import annotations

from dataclasses import dataclass

CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `cents` is its price; `tint` names the ground its drawing stands on."""

    sku: str
    name: str
    cents: int
    promise: str
    text: str
    facts: tuple[tuple[str, str], ...]
    tint: str

    @property
    def price(self) -> str:
        """The price as the shop shows it."""
        return money(self.cents)

    @property
    def drawing(self) -> str:
        """The static file that shows it."""
        return f"demo/{self.sku}.svg"


def money(cents: int) -> str:
    """Return an amount as the shop shows it: ``€1,240.00``."""
    return f"€{cents / 100:,.2f}"


PRODUCTS: tuple[Product, ...] = (
    Product(
        "morning-mug",
        "Morning mug",
        2400,
        "Holds a proper coffee and stays warm in the hand.",
        "Thrown thick at the foot and thin at the lip, with a handle that takes three fingers. "
        "The glaze breaks to rust where it meets the bare clay.",
        (("Holds", "320 ml"), ("Height", "9 cm"), ("Care", "Dishwasher and microwave")),
        "sky",
    ),
    Product(
        "breakfast-bowl",
        "Breakfast bowl",
        2800,
        "Deep enough for porridge, calm enough for soup.",
        "A round, quiet bowl with a narrow foot. The inside is glazed in oat white, so that "
        "berries look their best.",
        (("Holds", "600 ml"), ("Width", "15 cm"), ("Care", "Dishwasher and microwave")),
        "sand",
    ),
    Product(
        "dinner-plate",
        "Dinner plate",
        3200,
        "A wide rim, and room for seconds.",
        "Pressed by hand over a plaster mould, so no two rims are alike. Six of them make a table.",
        (("Width", "27 cm"), ("Weight", "850 g"), ("Care", "Dishwasher and microwave")),
        "sage",
    ),
    Product(
        "bud-vase",
        "Bud vase",
        3800,
        "For the one stem you picked on the way home.",
        "A bottle no taller than a hand, with a neck made for a single stem. It does not mind "
        "standing empty.",
        (("Height", "18 cm"), ("Neck", "2 cm"), ("Care", "By hand")),
        "blush",
    ),
    Product(
        "teapot",
        "Teapot",
        6400,
        "Pours without dripping. We tried it often enough.",
        "Body, lid, spout and handle are thrown apart and joined when they are leather-hard. "
        "The strainer is pierced by hand, one hole after the other.",
        (("Holds", "900 ml"), ("Height", "14 cm"), ("Care", "By hand")),
        "moss",
    ),
    Product(
        "planter",
        "Planter",
        4200,
        "Bare clay that breathes, with a saucer to match.",
        "Unglazed outside, so that the roots get air and the pot gets character. It comes with "
        "a saucer; the plant is yours.",
        (("Width", "16 cm"), ("Height", "15 cm"), ("Care", "A wipe now and then")),
        "oat",
    ),
)

BY_SKU = {product.sku: product for product in PRODUCTS}
