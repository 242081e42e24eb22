"""Tell at a glance that a value keeps to a schema: nearly all settings of a large build do.

Knows the keywords that our schemas are made of. Whatever it does not accept at once is left to
`extensions.validation`, which can also say what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sized
from typing import Any

from extensions.contract import JSON, Settings

Accepts = Callable[[JSON], bool]

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_ANNOTATIONS = {"$schema", "default", "description", "title", "ui"}


def acceptor(schema: Settings) -> Accepts:
    """Return what says whether a value surely keeps to the schema."""
    if not schema.keys() <= _ANNOTATIONS | _MAKERS.keys() | {"additionalProperties"}:
        return lambda _value: False
    tests = tuple(_tests(schema))
    return lambda value: all(test(value) for test in tests)


def _tests(schema: Settings) -> Iterator[Accepts]:
    for keyword, make in _MAKERS.items():
        if keyword in schema:
            yield make(schema[keyword])
    if schema.get("additionalProperties", True) is not True:
        yield _members(schema.get("properties", {}), schema["additionalProperties"])


def _type(names: str | list[str]) -> Accepts:
    wanted = [names] if isinstance(names, str) else names
    # By the exact type: a boolean is an int to Python, and no number to JSON.
    types = frozenset(kind for name in wanted for kind in _TYPES[name])
    return lambda value: type(value) in types


def _properties(properties: Mapping[str, Settings]) -> Accepts:
    known = {name: acceptor(schema) for name, schema in properties.items()}

    def accepts(value: JSON) -> bool:
        if type(value) is not dict:
            return True
        return all(known[name](inner) for name, inner in value.items() if name in known)

    return accepts


def _members(properties: Mapping[str, Settings], others: Any) -> Accepts:
    known = properties.keys()
    test = acceptor(others) if isinstance(others, Mapping) else lambda _inner: False

    def accepts(value: JSON) -> bool:
        if type(value) is not dict or value.keys() <= known:
            return True
        return all(test(inner) for name, inner in value.items() if name not in known)

    return accepts


def _required(names: list[str]) -> Accepts:
    needed = frozenset(names)
    return lambda value: type(value) is not dict or needed <= value.keys()


def _enum(values: list[JSON]) -> Accepts:
    allowed = [(type(value), value) for value in values]
    return lambda value: (type(value), value) in allowed


def _items(schema: Settings) -> Accepts:
    test = acceptor(schema)
    return lambda value: type(value) is not list or all(map(test, value))


def _pattern(pattern: str) -> Accepts:
    search = re.compile(pattern).search
    return lambda value: type(value) is not str or search(value) is not None


def _least(kind: type[Sized]) -> Callable[[int], Accepts]:
    return lambda least: lambda value: type(value) is not kind or len(value) >= least


def _most(kind: type[Sized]) -> Callable[[int], Accepts]:
    return lambda most: lambda value: type(value) is not kind or len(value) <= most


_MAKERS: dict[str, Callable[[Any], Accepts]] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "items": _items,
    "enum": _enum,
    "minLength": _least(str),
    "maxLength": _most(str),
    "minItems": _least(list),
    "maxItems": _most(list),
    "pattern": _pattern,
}
