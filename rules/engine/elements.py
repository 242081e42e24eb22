"""A data element's way from its delegate's value to the one that rules see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import reduce
from operator import getitem
from typing import Any

from extensions.contract import ComponentError, EventKeys, Fixed, Resolver, Scope

Finish = Callable[[Any], Any]

_SPACES = re.compile(r"\s+")


class ElementError(ComponentError):
    """A data element could not be resolved. The message names it."""


def pipeline(content: Mapping[str, Any], raw: Resolver) -> Resolver:
    """Return the resolver of a data element: default → clean text → lower case.

    It runs once per event, whether it fails or not, except where it has read the rule's stash;
    and not at all where it has been decided.
    """
    name = content["name"]
    finish = _finisher(content)
    if isinstance(raw, Fixed):
        return raw if finish is None else Fixed(finish(raw.value))
    if isinstance(raw, EventKeys):
        return _of_event(name, raw.keys, finish)

    def resolve(scope: Scope) -> Any:
        elements = scope.elements
        if name in elements:
            return elements[name]
        if scope.failed and name in scope.failed:
            raise ElementError(scope.failed[name])
        # What others read of the stash before is no reason to forget what this one gives.
        was_read = scope.stash_was_read
        if was_read:
            scope.stash_was_read = False
        try:
            value = raw(scope)
        except Exception as error:  # noqa: BLE001 - an event may hold anything
            failure = _failed(scope, name, error)
            scope.stash_was_read |= was_read
            raise failure from None
        if finish is not None:
            value = finish(value)
        if not scope.stash_was_read:
            elements[name] = value
            if was_read:
                scope.stash_was_read = True
        elif scope.stashes is not None:
            _note_stash(scope, name)
        return value

    return resolve


def _of_event(name: str, keys: tuple[str, ...], finish: Finish | None) -> Resolver:
    """Return the resolver of what most data elements are: it cannot fail, and reads no stash."""

    def resolve(scope: Scope) -> Any:
        elements = scope.elements
        if name in elements:
            return elements[name]
        value: Any = scope.event
        try:
            value = reduce(getitem, keys, value)
        except (KeyError, TypeError):
            value = None
        if finish is not None:
            value = finish(value)
        elements[name] = value
        return value

    return resolve


def finished(content: Mapping[str, Any], value: Any) -> Any:
    """Return what a data element gives where its delegate gives the value."""
    finish = _finisher(content)
    return value if finish is None else finish(value)


def failure_message(error: Exception) -> str:
    """Say why a component failed: its own words, or the kind of an error nobody foresaw.

    An unforeseen error's text is left out: it may quote the event.
    """
    if isinstance(error, ComponentError):
        return str(error)
    return f"The component could not work with this event ({type(error).__name__})."


def _failed(scope: Scope, name: str, error: Exception) -> ElementError:
    if isinstance(error, ElementError):  # one that this element asks for
        message = str(error)
    elif isinstance(error, ComponentError):
        message = f"The data element {name} failed. {error}"
    else:
        message = (
            f"The data element {name} could not work with this event ({type(error).__name__})."
        )
    if not scope.stash_was_read:
        scope.failed[name] = message
    elif scope.stashes is not None:
        _note_stash(scope, name)
    return ElementError(message)


def _note_stash(scope: Scope, name: str) -> None:
    """Note what an element read, for whoever tells of it; an empty stash tells the least."""
    assert scope.stashes is not None  # noqa: S101 - for the types
    if scope.stash or name not in scope.stashes:
        scope.stashes[name] = scope.stash


def _finisher(content: Mapping[str, Any]) -> Finish | None:
    """Return what is done to a value; None where nothing is, which is the most common."""
    default, clean, lower = content["default"], content["clean"], content["lower"]
    if default is None and not clean and not lower:
        return None

    def finish(value: Any) -> Any:
        if value is None:
            value = default
        if type(value) is str:  # a secret's reference is no text to clean
            if clean:
                value = _SPACES.sub(" ", value).strip()
            if lower:
                value = value.lower()
        return value

    return finish
