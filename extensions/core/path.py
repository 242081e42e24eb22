"""Data element: read a value from the event or the request by its path.

A present ``0``, ``false`` or ``""`` is a value; only a missing path or a real null is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from extensions.contract import Compiler, Delegate, Problem, Resolver, Scope, Settings

Step = str | int

_STEP = re.compile(
    r"""(?:^|(?<=.)\.)(?P<key>[^.\[\]]+)      # name, or .name
      | \[(?P<index>[0-9]{1,9})\]      # [0]
      | \[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]   # ["any key"]
    """,
    re.VERBOSE | re.DOTALL,
)


class BadPath(ValueError):
    """The path cannot be read."""


def parse(path: str) -> tuple[Step, ...]:
    """Split ``arc.event.xdm.items[0]["sku.id"]`` into its steps, without ``arc``.

    A path that begins with ``xdm`` or ``data`` is read from the event.

    Raises:
        BadPath: it is empty, has an odd character, or begins elsewhere.
    """
    steps: list[Step] = []
    position = 0
    for match in _STEP.finditer(path):
        if match.start() != position:
            break
        position = match.end()
        steps.append(_step(match))
    if not steps or position != len(path):
        raise BadPath(f"The path cannot be read from character {position + 1} on.")
    return _rooted(steps)


def _step(match: re.Match[str]) -> Step:
    if match["index"]:
        return int(match["index"])
    return match["key"] or match["quoted"] or ""


def _rooted(steps: list[Step]) -> tuple[Step, ...]:
    if steps[0] in {"xdm", "data"}:
        return ("event", *steps)
    if steps[0] == "arc" and len(steps) > 1 and steps[1] in {"event", "request"}:
        return tuple(steps[1:])
    raise BadPath("A path begins with arc.event, arc.request, xdm or data.")


def walk(value: Any, steps: tuple[Step, ...]) -> Any:
    """Follow the steps; None where one of them is missing. Text has no parts."""
    for step in steps:
        if isinstance(value, str):
            return None
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that walks a path known at build time."""
    root, *rest = parse(settings["path"])
    steps = tuple(rest)

    def from_event(scope: Scope) -> Any:
        return walk(scope.event, steps)

    def from_request(scope: Scope) -> Any:
        return walk(scope.request, steps)

    return from_event if root == "event" else from_request


def check(settings: Settings) -> Iterator[Problem]:
    """Find a path that cannot be read."""
    try:
        parse(settings["path"])
    except BadPath as error:
        yield Problem("path", str(error))


PATH = Delegate(
    id="core::dataElements::path",
    name="Path",
    description="Read a value from the event or the request.",
    schema={
        "type": "object",
        "properties": {
            "path": {
                "type": "string",
                "minLength": 1,
                "title": "Path",
                "description": (
                    "Where the value stands: arc.event.xdm…, arc.event.data… or arc.request…. "
                    'Lists are read by index, as in items[0]; odd keys in quotes, as in ["a.b"].'
                ),
                "ui": {
                    "picker": False,
                    "placeholder": "arc.event.xdm.commerce.order.priceTotal",
                    "error": "Please specify a path.",
                },
            }
        },
        "required": ["path"],
        "additionalProperties": False,
    },
    summarise=lambda settings: str(settings.get("path", "")),
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
)
