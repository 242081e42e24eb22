"""Custom data: types that Meta insists on, empty values out, everything unknown passed through.

Source: Conversions API, custom data parameters. Catalogues of travel, cars and homes have further
keys, and advertisers have keys of their own, so no key is refused for its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import orjson

from extensions.contract import JSON, Notice
from extensions.meta import currencies
from extensions.meta import vocabulary as meta
from extensions.meta.json_values import DEEPEST, is_safe, is_too_deep, parsed, pruned
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text, encodable

_FIELD = "custom_data"
_SAFE_INTEGER = 2**63
_LEAST = -_SAFE_INTEGER
_EXACT_INTEGER = 2**53
_LONGEST_NUMBER = 40
_CURRENCY_LETTERS = 3
_DELIVERY_CATEGORIES = ("in_store", "curbside", "home_delivery")

_TOO_DEEP = Notice(
    "custom_data_too_deep",
    _FIELD,
    "The custom data is nested too deeply; the innermost part was left out.",
)

Shaper = Callable[[JSON, str, list[Notice]], JSON]


class Shape(NamedTuple):
    """How a known key is made right; values of the types `right` are so already."""

    make: Shaper
    path: str
    right: frozenset[type]


def parse_text(text: str) -> dict[str, JSON] | None:
    """Return the JSON object written in a setting; None when it is none, or is nested too deeply.

    `fault_of` says which. What is deeper could not be compiled: that walks down by recursion.
    """
    value = parsed(text)
    return value if isinstance(value, dict) and not is_too_deep(value) else None


def fault_of(template: JSON) -> str:
    """Say what is wrong with custom data as a setting; empty for nothing."""
    value = parsed(template) if isinstance(template, str) else template
    if not isinstance(value, dict):
        return "Please enter a valid JSON payload."
    if is_too_deep(value):
        return f"Please nest objects and lists at most {DEEPEST} levels deep."
    return ""


def build(value: JSON, name: str, notices: list[Notice]) -> dict[str, JSON]:
    """Return the custom data of one event, perhaps empty.

    Raises:
        Refusal: a Purchase lacks value or currency, or `contents` is no list of objects.
    """
    data = _shaped(_as_object(value, notices), _SHAPES, 1, notices)
    _check_money(data, name, notices)
    return data


def _shaped(
    data: dict[str, JSON], shapes: Mapping[str, Shape], depth: int, notices: list[Notice]
) -> dict[str, JSON]:
    """Return the object with its known keys as Meta wants them, and the others as they are."""
    shaped = {}
    for key, value in data.items():
        shape = shapes.get(key)
        if shape is None:
            if (kept := pruned(value, depth, notices, _TOO_DEEP)) is not None:
                shaped[encodable(str(key))] = kept
        elif type(value) in shape.right and _LEAST <= value < _SAFE_INTEGER:
            shaped[key] = value
        elif not _is_empty(value) and (made := shape.make(value, shape.path, notices)) is not None:
            shaped[key] = made
    return shaped


def _is_empty(value: JSON) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _check_money(data: dict[str, JSON], name: str, notices: list[Notice]) -> None:
    has_value, has_currency = "value" in data, "currency" in data
    if name == meta.PURCHASE:
        if not has_value:
            raise Refusal("purchase_without_value")
        if not has_currency:
            raise Refusal("purchase_without_currency")
    if has_value and not has_currency:
        _note(notices, "value_without_currency", "currency", "There is a value without currency.")


def _as_object(value: JSON, notices: list[Notice]) -> dict[str, JSON]:
    data = parsed(value) if isinstance(value, str) else value
    if isinstance(data, dict):
        return data
    if value is not None:
        message = "The custom data of this event is not a JSON object, so it was left out."
        notices.append(Notice("custom_data_not_an_object", _FIELD, message))
    return {}


def _number(value: JSON, key: str, notices: list[Notice]) -> JSON:
    if isinstance(value, int | float) and not isinstance(value, bool) and is_safe(value):
        return value
    number = _read_number(value) if isinstance(value, str) else None
    if number is None or not is_safe(number):
        _note(notices, "not_a_number", key, "The value is not a number, so it was left out.")
        return None
    _note(notices, "number_from_text", key, "The number came as text and was sent as a number.")
    return number


def _whole(value: JSON, key: str, notices: list[Notice]) -> JSON:
    number = _number(value, key, notices)
    if number is None or number == int(number):
        return None if number is None else int(number)
    _note(notices, "not_whole", key, "The value is not a whole number, so it was left out.")
    return None


def _read_number(text: str) -> int | float | None:
    text = text.strip()
    if not text.isascii() or len(text) > _LONGEST_NUMBER or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    is_whole = text.lstrip("+-").isdigit() and abs(number) < _SAFE_INTEGER
    return int(text) if is_whole else number


def _currency(value: JSON, key: str, notices: list[Notice]) -> JSON:
    if isinstance(value, str) and value in currencies.CODES:
        return value
    code = value.strip().upper() if isinstance(value, str) else ""
    if len(code) != _CURRENCY_LETTERS or not (code.isascii() and code.isalpha()):
        _note(notices, "invalid_currency", key, "The currency is no three-letter code.")
        return None
    if code not in currencies.CODES:
        # Meta's own list is not published and differs from the standard, so this is advice.
        _note(notices, "unknown_currency", key, "The currency is not in use under ISO 4217.")
    return code


def _text(value: JSON, key: str, notices: list[Notice]) -> JSON:
    text = as_text(value)
    if text is None:
        _note(notices, "not_text", key, "The value is not text, so it was left out.")
    return text or None


def _text_or_bool(value: JSON, key: str, notices: list[Notice]) -> JSON:
    return value if isinstance(value, bool) else _text(value, key, notices)


def _delivery_category(value: JSON, key: str, notices: list[Notice]) -> JSON:
    if isinstance(value, str) and value in _DELIVERY_CATEGORIES:
        return value
    message = "The value must be in_store, curbside or home_delivery, so it was left out."
    _note(notices, "invalid_delivery_category", key, message)
    return None


def _id(value: JSON, key: str, notices: list[Notice]) -> JSON:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    # Larger ones would lose their last digits where numbers are read as JavaScript does.
    is_exact = is_integer and -_EXACT_INTEGER < value < _EXACT_INTEGER
    return value if is_exact else _text(value, key, notices)


def _ids(value: JSON, key: str, notices: list[Notice]) -> JSON:
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = pruned(parsed(value), 1, notices, _TOO_DEEP) or value
    items = pruned(_listed(value, key, notices), 1, notices, _TOO_DEEP) or []
    return [made for item in items if (made := _id(item, key, notices)) is not None] or None


def _listed(value: JSON, key: str, notices: list[Notice]) -> list[JSON]:
    """Return the list; anything else is its only item, and most often a mistake."""
    if isinstance(value, list):
        return value
    message = "The value is not a list, so it was sent as the only item of one."
    _note(notices, "not_a_list", key, message)
    return [value]


def _contents(value: JSON, key: str, notices: list[Notice]) -> JSON:
    value = _read_contents(value, notices)
    listed = [] if _is_empty(value) else _listed(value, key, notices)
    items = [item for item in listed if not _is_empty(item)]
    if not all(isinstance(item, dict) for item in items):
        raise Refusal("invalid_contents")
    shaped = [_shaped(item, _CONTENT_SHAPES, 3, notices) for item in items]
    complete = [item for item in shaped if "id" in item and "quantity" in item]
    if len(complete) < len(items):
        message = "Each item needs an id and a quantity. Items without them were left out."
        _note(notices, "contents_incomplete", key, message)
    return complete or None


def _read_contents(value: JSON, notices: list[Notice]) -> JSON:
    if not isinstance(value, str):
        return value
    try:
        return pruned(orjson.loads(encodable(value)), 1, notices, _TOO_DEEP)
    except orjson.JSONDecodeError:
        raise Refusal("invalid_contents") from None


def _note(notices: list[Notice], code: str, key: str, message: str) -> None:
    notice = Notice(code, f"{_FIELD}.{key}", message)
    if notice not in notices:  # three items with one mistake need one remark
        notices.append(notice)


_SHAPERS: Mapping[str, Shaper] = {
    "value": _number,
    "currency": _currency,
    "content_ids": _ids,
    "contents": _contents,
    "content_type": _text,
    "content_name": _text,
    "content_category": _text,
    "num_items": _whole,
    "order_id": _text,
    "predicted_ltv": _number,
    "net_revenue": _number,
    "search_string": _text,
    "status": _text_or_bool,
    "delivery_category": _delivery_category,
    "item_number": _text,
}

_CONTENT_SHAPERS: Mapping[str, Shaper] = {
    "id": _text,  # as Meta documents it; content_ids may be numbers too
    "quantity": _number,
    "item_price": _number,
    "delivery_category": _delivery_category,
    "title": _text,
    "description": _text,
    "brand": _text,
    "category": _text,
}

_NUMBERS = frozenset({int, float})
_RIGHT: Mapping[Shaper, frozenset[type]] = {_number: _NUMBERS, _whole: frozenset({int})}


def _shapes(shapers: Mapping[str, Shaper], prefix: str = "") -> dict[str, Shape]:
    nothing: frozenset[type] = frozenset()
    return {
        key: Shape(make, prefix + key, _RIGHT.get(make, nothing)) for key, make in shapers.items()
    }


_SHAPES = _shapes(_SHAPERS)
_CONTENT_SHAPES = _shapes(_CONTENT_SHAPERS, "contents.")
