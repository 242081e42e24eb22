"""JSON that is passed on as it is: what cannot be carried and what is empty is taken out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import orjson

from extensions.contract import JSON, Notice
from extensions.meta.values import as_text, encodable

DEEPEST = 20  # far below where a serialiser or Python's stack would give up

_SAFE_INTEGER = 2**63
_LEAST = -_SAFE_INTEGER


def parsed(text: str) -> JSON:
    """Return the value written in JSON, None where it is none."""
    try:
        return orjson.loads(encodable(text))
    except orjson.JSONDecodeError:
        return None


def is_too_deep(value: JSON) -> bool:
    """Whether objects and lists stand in each other further than is sent."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _members(outer)]
        if not level:
            return False
    return True


def _members(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def is_safe(number: float) -> bool:
    """Whether every reader of JSON can carry it: no infinity, no NaN, nothing beyond 64 bits."""
    return _LEAST <= number < _SAFE_INTEGER


def pruned(value: JSON, depth: int, notices: list[Notice], too_deep: Notice) -> JSON:
    """Return the value without nulls, empty texts and what JSON cannot carry; None if all is.

    `depth` says in how many objects and lists it stands; what stands in too many is left out,
    and `too_deep` said once.
    """
    prune = _PRUNERS.get(type(value))
    if prune is not None:
        return prune(value)
    if not isinstance(value, dict | list):
        return None
    if depth >= DEEPEST:
        if too_deep not in notices:
            notices.append(too_deep)
        return None
    depth += 1
    if isinstance(value, list):
        return [v for i in value if (v := pruned(i, depth, notices, too_deep)) is not None] or None
    kept = {}
    for key, member in value.items():
        left = pruned(member, depth, notices, too_deep)
        if left is not None:
            kept[encodable(str(key))] = left
    return kept or None


_PRUNERS: dict[type, Callable[[JSON], JSON]] = {
    str: lambda text: encodable(text) or None,
    bool: lambda truth: truth,
    int: lambda number: number if is_safe(number) else as_text(number),
    float: lambda number: number if math.isfinite(number) else None,
}
