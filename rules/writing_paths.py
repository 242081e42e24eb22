"""Write the path of a value in an event, as the Path data element reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from extensions.core.path import BadPath, parse, reader

JSON = Any

_PLAIN = re.compile(r"[^.\[\]\s](?:[^.\[\]]*[^.\[\]\s])?")
_MEMBER = re.compile(r"[A-Za-z0-9_@$:-]+")
# What tells an item of a list from the others, the best first.
_TELLING = ("sku", "SKU", "id", "productId", "product_id", "item_id", "key", "code", "name", "type")


def with_key(path: str, key: str) -> str:
    """Return the path of a member; empty where no path can say it."""
    if _PLAIN.fullmatch(key):
        return f"{path}.{key}"
    quoted = _quoted(key)
    return f"{path}[{quoted}]" if quoted else ""


def with_index(path: str, index: int) -> str:
    """Return the path of an item by its place."""
    return f"{path}[{index}]"


def of_every(path: str) -> str:
    """Return the path of all items of a list."""
    return f"{path}[*]"


def of_match(path: str, items: Sequence[JSON], index: int) -> str:
    """Return the path of an item by what tells it from the others; empty where nothing does."""
    item = items[index]
    if not isinstance(item, Mapping):
        return ""
    for name in _TELLING:
        said = _said(item.get(name))
        if said and _MEMBER.fullmatch(name) and _is_first(items, index, f"[{name}={said}]"):
            return f"{path}[{name}={said}]"
    return ""


def value_at(path: str, arc: Mapping[str, JSON]) -> JSON:
    """Return what a path gives on ``{"event", "request"}``; None for nothing."""
    try:
        return reader(parse(path))(arc)
    except BadPath:
        return None


def _quoted(text: str) -> str:
    for mark in ('"', "'"):
        if mark not in text:
            return f"{mark}{text}{mark}"
    return ""


def _said(value: JSON) -> str:
    if isinstance(value, str):
        return _quoted(value) if value else ""
    if type(value) is int and 0 <= value < 10**15:
        return str(value)
    return ""


def _is_first(items: Sequence[JSON], index: int, step: str) -> bool:
    found = value_at(f"arc.event.items{step}", {"event": {"items": list(items)}})
    return found is items[index]
