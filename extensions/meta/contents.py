"""The products of an event: rows that were typed in, or a list of the event read item by item.

What comes out has Meta's keys; types and completeness are judged with the other custom data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson

from extensions.contract import JSON, Compiler, Notice, Resolver, Scope, Settings
from extensions.meta.inputs import compile_input, is_empty, setting
from extensions.meta.values import as_text, encodable

FIELD = "custom_data.contents"
SECTION = "contents"  # the setting that holds all of these

_QUANTITY = "quantity"
# Shops and analytics leave a quantity out where there is one piece, as GA4's items may:
# https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
_ONE = 1
_DECIMALS = 4  # of a price that is divided; no currency has more


class Member(NamedTuple):
    """A member of an item: our setting, Meta's key, and how a form calls it.

    A row of the form has room for few of them; a list may have them all.
    """

    setting: str
    key: str
    label: str
    is_number: bool = False
    in_rows: bool = False
    help: str = ""  # of its name in a list


MEMBERS: tuple[Member, ...] = (
    Member("id", "id", "ID", in_rows=True),
    Member(
        "quantity",
        _QUANTITY,
        "Quantity",
        is_number=True,
        in_rows=True,
        help="An item without one counts as one piece.",
    ),
    Member("itemPrice", "item_price", "Item Price", is_number=True, in_rows=True),
    Member("deliveryCategory", "delivery_category", "Delivery Category", in_rows=True),
    Member("title", "title", "Title"),
    Member("description", "description", "Description"),
    Member("brand", "brand", "Brand"),
    Member("category", "category", "Category"),
)
LINE_TOTAL = "lineTotal"

NOT_A_LIST = Notice(
    "contents_not_a_list",
    FIELD,
    "The list of products is no list of objects, so it was left out.",
)

Contents = Callable[[Scope, list[Notice]], list[dict[str, JSON]] | None]


def compile_contents(settings: Settings, compiler: Compiler) -> Contents | None:
    """Return what gives the contents of an event; None where the setting was left empty."""
    rows = setting(settings, f"{SECTION}.items")
    if isinstance(rows, list) and rows:
        return _of_rows(compiler.value(rows))
    items = compile_input(settings, f"{SECTION}.list", compiler)
    return None if items is None else _of_list(items, _paths(settings), settings)


def sends_ids(settings: Settings) -> bool:
    """Whether the ids of the products are sent as `content_ids` too."""
    return setting(settings, f"{SECTION}.sendIds") is True


def ids_of(contents: list[dict[str, JSON]]) -> list[JSON]:
    """Return the ids of the products, each once, in order."""
    ids = [as_text(item.get("id")) for item in contents]
    return [text for text in dict.fromkeys(ids) if text]


def _of_rows(resolve: Resolver) -> Contents:
    def contents(scope: Scope, notices: list[Notice]) -> list[dict[str, JSON]] | None:
        items = resolve(scope)
        # A row whose every cell is empty on this event is no product.
        return [
            row for row in items if isinstance(row, dict) and not all(map(is_empty, row.values()))
        ]

    return contents


def _of_list(
    resolve: Resolver, paths: list[tuple[str, tuple[str, ...]]], settings: Settings
) -> Contents:
    total = _path(setting(settings, f"{SECTION}.{LINE_TOTAL}"))

    def contents(scope: Scope, notices: list[Notice]) -> list[dict[str, JSON]] | None:
        items = _items(resolve(scope))
        if items is None:
            notices.append(NOT_A_LIST)
            return None
        return [_item(item, paths, total) for item in items]

    return contents


def _paths(settings: Settings) -> list[tuple[str, tuple[str, ...]]]:
    """Return where each of Meta's keys stands in an item; where nothing is said, by Meta's name."""
    return [
        (member.key, _path(setting(settings, f"{SECTION}.{member.setting}")) or (member.key,))
        for member in MEMBERS
    ]


def _path(name: JSON) -> tuple[str, ...]:
    text = as_text(name) or ""
    return tuple(text.split(".")) if text else ()


def _items(value: JSON) -> list[Mapping[str, JSON]] | None:
    """Return the items of a list, of one object, or of JSON text; None for anything else."""
    if isinstance(value, str):
        try:
            value = orjson.loads(encodable(value))
        except orjson.JSONDecodeError:
            return None
    items = value if isinstance(value, list) else [value]
    if value is None:
        return []
    return items if all(isinstance(item, Mapping) for item in items) else None


def _item(
    item: Mapping[str, JSON], paths: list[tuple[str, tuple[str, ...]]], total: tuple[str, ...]
) -> dict[str, JSON]:
    made = {key: value for key, path in paths if (value := _member(item, path)) is not None}
    if made and _is_blank(made.get(_QUANTITY)):
        made[_QUANTITY] = _ONE
    if total and "item_price" not in made:
        price = _price(_member(item, total), made.get(_QUANTITY))
        if price is not None:
            made["item_price"] = price
    return made


def _is_blank(value: JSON) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _member(item: JSON, path: tuple[str, ...]) -> JSON:
    for key in path:
        if not isinstance(item, Mapping):
            return None
        item = item.get(key)
    return item


def _price(total: JSON, quantity: JSON) -> float | None:
    amount, count = _number(total), _number(quantity)
    if amount is None or not count:
        return None
    price = amount / count
    return round(price, _DECIMALS) if math.isfinite(price) else None


def _number(value: JSON) -> float | None:
    text = as_text(value) or ""
    try:
        number = math.nan if "_" in text else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
