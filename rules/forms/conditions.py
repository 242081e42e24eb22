"""Conditions between settings: when a field is shown, matters or is needed.

The form judges them when it is drawn; the browser judges the same ones again as soon as the
deciding control changes, from what `for_browser` writes into the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from extensions.contract import JSON
from extensions.tokens import names_in

Condition = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Lookup = Callable[[str], JSON]  # a setting by its dotted path; None where it is left out


def holds(condition: Condition, lookup: Lookup, *, if_token: bool = False) -> bool:
    """Whether every part of the condition holds; no condition always does.

    `if_token` is the answer for a setting that holds a data element, which may become any value.
    """
    return all(_part_holds(part, lookup, if_token) for part in parts(condition))


def parts(condition: Condition) -> list[Mapping[str, Any]]:
    """Return the parts of a condition as a list, whichever way it is written."""
    if condition is None:
        return []
    return [condition] if isinstance(condition, Mapping) else list(condition)


def for_browser(condition: Condition) -> str:
    """Return the condition as the page's script reads it; empty for none.

    A browser knows only text: true and false are those words, a setting left out is empty.
    """
    written = [
        {"field": part["field"], "in": [as_text(value) for value in part["in"]]}
        for part in parts(condition)
    ]
    return json.dumps(written) if written else ""


def as_text(value: JSON) -> str:
    """Return what a control posts for the value."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _part_holds(part: Mapping[str, Any], lookup: Lookup, if_token: bool) -> bool:
    found = list(_values(lookup(part["field"])))
    if any(next(names_in(value), None) is not None for value in found):
        return if_token
    wanted = {as_text(value) for value in part["in"]}
    return any(as_text(value) in wanted for value in found)


def _values(setting: JSON) -> Iterator[JSON]:
    """Yield what a condition compares: the values of a list one by one."""
    if isinstance(setting, list) and setting:
        yield from setting
    else:
        yield setting
