"""Data element: read a value from the event, the request or the rule's stash by its path.

A present ``0``, ``false`` or ``""`` is a value; only a missing path or a real null is none.

A path is made of these steps:

``name`` or ``.name``      a key that has no dot or bracket
``["any key"]``            any key, in single or double quotes
``[0]``, ``[-1]``          an item of a list; negative numbers count from its end
``[sku="A-1"]``            the first item of a list whose `sku` equals the value: text in quotes, a
                           number, true, false or null. The name may be dotted. Text and numbers
                           differ: ``"5"`` is not ``5``.
``[*]``                    every item of a list. The path then gives a list of what the rest of it
                           finds in each; items without it are left out, lists in lists are one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from extensions import needs
from extensions.contract import JSON, Compiler, Delegate, EventKeys, Problem, Resolver, Settings
from extensions.core.visitor import header, header_needs, header_problems

EVERY = slice(None)  # the step [*]
MAX_STEPS = 64


@dataclass(frozen=True, slots=True)
class Where:
    """The step to the first item in which `keys` lead to `value`."""

    keys: tuple[str, ...]
    value: JSON


Step = str | int | Where | slice
Steps = tuple[Step, ...]
Read = Callable[[Any], Any]

_STEP = re.compile(
    r"""(?:^|(?<=.)\.)(?P<key>[^.\[\]]+)      # name, or .name
      | \[(?P<index>-?[0-9]{1,9})\]           # [0] or [-1]
      | \[(?P<every>\*)\]                     # [*]
      | \[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]   # ["any key"]
      | \[(?P<where>[^.\[\]"'=*!<>?]+(?:\.[^.\[\]"'=*!<>?]+)*)=\s*(?:   # [sku="A-1"]
            (?P<mark>["'])(?P<text>.*?)(?P=mark)
          | (?P<bare>-?[0-9]{1,15}(?:\.[0-9]{1,15})?|true|false|null)
        )\]
    """,
    re.VERBOSE | re.DOTALL,
)


class BadPath(ValueError):
    """The path cannot be read."""


def parse(path: str) -> Steps:
    """Split ``arc.event.xdm.items[0]["sku.id"]`` into its steps, without ``arc``.

    A path that begins with ``xdm`` or ``data`` is read from the event.

    Raises:
        BadPath: it is empty, has an odd character, or begins elsewhere.
    """
    steps: list[Step] = []
    position = 0
    # At its place or not at all: looking for a step further on takes quadratic time.
    while match := _STEP.match(path, position):
        position = match.end()
        steps.append(_step(match))
    if not steps or position != len(path):
        raise BadPath(f"The path cannot be read from character {position + 1} on.")
    if len(steps) > MAX_STEPS:
        raise BadPath(f"A path may have at most {MAX_STEPS} steps.")
    return _rooted(steps)


def _step(match: re.Match[str]) -> Step:
    if match["index"]:
        return int(match["index"])
    if match["every"]:
        return EVERY
    if match["where"]:
        value = match["text"] if match["mark"] else json.loads(_plain(match["bare"]))
        return Where(tuple(key.strip() for key in match["where"].split(".")), value)
    return match["key"] or match["quoted"] or ""


def _plain(number: str) -> str:
    # JSON knows no 007, which a person may well write.
    return re.sub(r"^(-?)0+(?=[0-9])", r"\1", number)


def _rooted(steps: list[Step]) -> Steps:
    if steps[0] in ("xdm", "data"):
        return ("event", *steps)
    if steps[0] == "arc" and len(steps) > 1 and steps[1] in ("event", "request", "ruleStash"):
        return tuple(steps[1:])
    raise BadPath("A path begins with arc.event, arc.request, arc.ruleStash, xdm or data.")


def reader(steps: Steps) -> Read:
    """Return what follows the steps in a value, and gives None where one of them is missing.

    Text has no parts.
    """
    if all(isinstance(step, str) for step in steps):
        return _by_keys(steps)
    head, step, rest = _divided(steps)
    follow = reader(rest)
    come = _by_keys(head)
    if isinstance(step, slice):
        return lambda value: _each(come(value), follow)
    if isinstance(step, Where):
        find = _finder(step)
        return lambda value: follow(find(come(value)))
    return lambda value: follow(_item(come(value), step))


def _divided(steps: Steps) -> tuple[Steps, int | Where | slice, Steps]:
    """Split at the first step that is no key."""
    for place, step in enumerate(steps):
        if not isinstance(step, str):
            return steps[:place], step, steps[place + 1 :]
    raise AssertionError("there is such a step")


def _by_keys(keys: Steps) -> Read:
    def read(value: Any) -> Any:
        try:
            return reduce(getitem, keys, value)
        except (KeyError, TypeError):
            return None

    return read if keys else lambda value: value


def _item(value: Any, index: int) -> Any:
    if not isinstance(value, list) or not -len(value) <= index < len(value):
        return None
    return value[index]


def _finder(where: Where) -> Read:
    read, wanted = _by_keys(where.keys), where.value
    is_bool = isinstance(wanted, bool)  # in Python, True equals 1

    def find(value: Any) -> Any:
        if not isinstance(value, list):
            return None
        for item in value:
            if isinstance(item, dict):
                found = read(item)
                if found == wanted and isinstance(found, bool) is is_bool:
                    return item
        return None

    return find


def _each(value: Any, follow: Read) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    found: list[Any] = []
    for item in value:
        part = follow(item)
        if isinstance(part, list):
            found += part
        elif part is not None:
            found.append(part)
    return found


def compile_element(settings: Settings, _compiler: Compiler) -> Resolver:
    """Compile to a callable that walks a path known at build time."""
    root, *rest = parse(settings["path"])
    steps = tuple(rest)
    if root == "event":
        return _from_event(steps)
    if root == "ruleStash":
        read = reader(steps)
        return lambda scope: read(scope.read_stash())
    if len(steps) > 1 and steps[0] == "headers" and isinstance(steps[1], str):
        return _from_header(steps[1], steps[2:])
    read = reader(steps)
    return lambda scope: read(scope.request)


def _from_event(steps: Steps) -> Resolver:
    keys = tuple(step for step in steps if isinstance(step, str))
    if len(keys) == len(steps):  # as nearly every path is
        return EventKeys(keys)
    read = reader(steps)
    return lambda scope: read(scope.event)


def _from_header(name: str, steps: Steps) -> Resolver:
    """Headers are found whatever the case of their name."""
    read, lower = reader(steps), name.lower()
    return lambda scope: read(header(scope.request, lower))


def check(settings: Settings) -> Iterator[Problem]:
    """Find a path that cannot be read, or leads to what is never kept."""
    try:
        steps = parse(settings["path"])
    except BadPath as error:
        yield Problem("path", str(error))
        return
    name = _named(steps, "headers")
    if name is not None:
        yield from header_problems(name, "path")


def needs_of(settings: Settings) -> tuple[str, ...]:
    """Return the cookie or the header that the path leads to."""
    steps = parse(settings["path"])
    cookie, header_ = _named(steps, "cookies"), _named(steps, "headers")
    if cookie is not None:
        return (needs.cookie(cookie),)
    return () if header_ is None else header_needs(header_)


def _named(steps: Steps, place: str) -> str | None:
    """Return the name that a path asks for in a place of the request, if it does."""
    name = steps[2] if len(steps) > 2 and steps[:2] == ("request", place) else None
    return name if isinstance(name, str) else None


PATH = Delegate(
    id="core::dataElements::path",
    name="Path",
    description="Read a value from the event, the request or what earlier actions kept.",
    schema={
        "type": "object",
        "properties": {
            "path": {
                "type": "string",
                "minLength": 1,
                "title": "Path",
                "description": (
                    "Where the value stands: arc.event.xdm…, arc.event.data… or arc.request…. "
                    "Items of a list: [0] is the first, [-1] the last, [*] all of them, and "
                    '[sku="A-1"] the first whose sku is A-1. Odd keys in quotes, as in ["a.b"].'
                ),
                "ui": {
                    "picker": False,
                    "browse": "event-paths",
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
    needs=needs_of,
    mistakes=(
        {"path": "arc.event.data["},
        {"path": f"data{'.a' * MAX_STEPS}"},
        {"path": "arc.request.headers.authorization"},
    ),
)
