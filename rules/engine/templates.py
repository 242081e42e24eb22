"""Compile settings that hold ``{{Data Element}}`` tokens into callables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extensions.contract import ComponentError, Fixed, Resolver, Scope
from extensions.core.javascript import is_number, to_text
from extensions.tokens import TOKEN, names_in, whole_token
from rules.engine.deciding import decided

_MOST_CHARACTERS = 1_000_000  # as an event may have; what any destination takes is far less
TOO_LONG = "The text with its data elements would be longer than 1,000,000 characters."

FindElement = Callable[[str], Resolver]


def compile_template(template: Any, element: FindElement) -> Resolver:
    """Return a callable that gives the setting's value on an event.

    `element` gives the resolver of a data element by its name. Text that is one whole token
    keeps the element's type; embedded tokens are joined as text, a missing value as nothing.
    Lists and objects are resolved inside. What is the same for every event is put in now.
    """
    if next(names_in(template), None) is None:
        return Fixed(template)
    name = whole_token(template)
    if name is not None:
        return element(name)
    if isinstance(template, str):
        return _joined(template, element)
    if isinstance(template, dict):
        items = [(key, compile_template(value, element)) for key, value in template.items()]
        return decided(lambda scope: {key: resolve(scope) for key, resolve in items})
    parts = [compile_template(value, element) for value in template]
    return decided(lambda scope: [resolve(scope) for resolve in parts])


def _joined(template: str, element: FindElement) -> Resolver:
    # split() with one group gives text, name, text, name, …, text
    first, *rest = TOKEN.split(template)
    literals, resolvers, known = [first], [], 0
    for name, literal in zip(rest[::2], rest[1::2], strict=True):
        resolve = element(name.strip())
        if isinstance(resolve, Fixed):
            text = as_text(resolve.value)
            known += len(text)
            literals[-1] += text + literal
        else:
            resolvers.append(resolve)
            literals.append(literal)
    first, *others = literals

    def run(scope: Scope) -> str:
        values = [as_text(resolve(scope)) for resolve in resolvers]
        # Elements made of elements made of elements can ask for more than there is memory.
        if sum(map(len, values), known) > _MOST_CHARACTERS:
            raise ComponentError(TOO_LONG)
        return first + "".join(
            value + literal for value, literal in zip(values, others, strict=True)
        )

    return decided(run)


def as_text(value: Any) -> str:
    """Write a value into surrounding text; null is nothing, lists and objects are too."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return to_text(value) if is_number(value) else ""
