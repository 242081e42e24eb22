"""Decide while a build is compiled what no event can change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NoReturn, cast

from extensions.contract import JSON, Fixed, Resolver, Scope
from extensions.tokens import names_in

if TYPE_CHECKING:
    from rules.engine.compiled import CompiledElement


class _Looked(BaseException):
    """Something of the event was wanted. Nothing of the engine may swallow it."""


class _Nothing:
    """Stands where an event would, and is not to be looked at."""

    __slots__ = ()

    def __getattribute__(self, _name: str) -> NoReturn:
        raise _Looked

    def __setattr__(self, _name: str, _value: object) -> NoReturn:
        raise _Looked


_NOTHING = cast(Scope, _Nothing())


def decided(resolve: Resolver) -> Resolver:
    """Return what gives the same: `Fixed`, where that takes no look at the event.

    It is found by trying, so that no delegate has to know: what gives a value without the event
    gives it to every event. Where it fails, it is left to fail at each.
    """
    if isinstance(resolve, Fixed):
        return resolve
    try:
        return Fixed(resolve(_NOTHING))
    except (_Looked, Exception):  # noqa: BLE001 - a rule is to fail at an event, as others do
        return resolve


def decided_in(settings: Iterable[JSON], elements: Mapping[str, CompiledElement]) -> set[str]:
    """Return the names of the data elements that settings name and nobody had to ask for.

    Those that these are made of are among them.
    """
    found: set[str] = set()
    waiting = [*settings]
    while waiting:
        for name in names_in(waiting.pop()):
            element = elements.get(name)
            if name not in found and element and isinstance(element.value, Fixed):
                found.add(name)
                waiting.append(element.content["settings"])
    return found
