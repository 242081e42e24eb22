"""Several values in one field."""

from __future__ import annotations

from extensions.meta.hashing import sha256
from tests.comparison.case import Case, Why

NAMES = ("carol", "ann", "bob", "dave", "eve", "frank", "ann")
ADDRESSES = [f"{name}@shop.example" for name in NAMES]
IN_ORDER = [sha256(address) for address in dict.fromkeys(ADDRESSES)]

ORDER = Why(
    "Values keep their order, so that a repeated request has the same bytes. The library goes "
    "through a set, whose order changes from run to run. Meta's pages do not say."
)

LISTS: tuple[Case, ...] = (
    Case("em", "several, one of them twice", "each once, in order", "each once, shuffled", ORDER),
)
