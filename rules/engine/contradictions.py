"""Find rules that can never fire: conditions that exclude one another on every event.

Only what is certain is told. A condition that depends on two data elements, or on anything but
a constant, excludes nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from extensions.contract import ComponentError
from extensions.core.custom_code import CONDITION as CODE
from extensions.core.javascript import to_number
from extensions.core.operators import OPERATORS
from extensions.core.texts import has_token
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.tokens import whole_token
from rules.engine.logic import Content, Group, logic_of

_INEXACT = 2**53  # from here on, several whole numbers are one double
Elements = Mapping[str, Content]


class Contradiction(NamedTuple):
    """Two conditions that are never met on the same event; both are one where it is alone."""

    first: Content
    second: Content


def contradiction_in(rule: Content, elements: Elements) -> Contradiction | None:
    """Return what keeps a rule from ever firing, if that is certain."""
    return _of_group(logic_of(rule), elements)


def _of_group(group: Group[Content], elements: Elements) -> Contradiction | None:
    if group.kind == "all":
        return next(_among(_needed(group), elements), None)
    found = [
        _of_group(member, elements)
        if isinstance(member, Group)
        else next(_among([member], elements), None)
        for member in group.members
    ]
    return found[0] if found and all(found) else None


def _needed(group: Group[Content]) -> list[Content]:
    """Return the conditions that must all be met."""
    needed: list[Content] = []
    for member in group.members:
        if not isinstance(member, Group):
            needed.append(member)
        elif member.kind == "all" or len(member.members) == 1:
            needed += member.leaves()
    return needed


def _among(needed: list[Content], elements: Elements) -> Iterator[Contradiction]:
    for part in needed:
        # Counted, not judged: empty text, 0 and false are values too.
        if _is_exact(part) and not list(_given(part, elements)):
            yield Contradiction(part, part)
    for first, second in combinations(needed, 2):
        if _exclude(first, second, elements):
            yield Contradiction(first, second)


def _exclude(first: Content, second: Content, elements: Elements) -> bool:
    if first["delegate"] != second["delegate"]:
        return False
    if first["negate"] != second["negate"] and first["settings"] == second["settings"]:
        # The same code draws other random numbers in another component.
        return bool(first["delegate"] != CODE.id)
    if first["delegate"] != VALUE_COMPARISON.id or _left(first) != _left(second):
        return False
    if not (_is_constant(first) and _is_constant(second)):
        return False
    exact, other = (first, second) if _is_exact(first) else (second, first)
    if not _is_exact(exact):
        return False
    try:
        return not any(_meets(other, value) for value in _given(exact, elements))
    except ComponentError:
        return False  # a bad pattern is told elsewhere


def _is_exact(part: Content) -> bool:
    """Whether all values that meet a condition can be counted: it equals a text, letter by letter.

    A number equals every text that spells it, and letters may be large or small.
    """
    if part["delegate"] != VALUE_COMPARISON.id or part["negate"]:
        return False
    comparison, right = part["settings"]["comparison"], part["settings"].get("rightOperand", "")
    if comparison["operator"] != "equals" or comparison.get("caseInsensitive"):
        return False
    is_text = isinstance(right, str) and not abs(to_number(right)) >= _INEXACT
    return is_text and _is_constant(part)


def _is_constant(part: Content) -> bool:
    if part["delegate"] != VALUE_COMPARISON.id:
        return False
    settings = part["settings"]
    return whole_token(_left(part)) is not None and not has_token(settings.get("rightOperand"))


def _left(part: Content) -> str:
    return str(part["settings"]["leftOperand"]).strip()


def _given(exact: Content, elements: Elements) -> Iterator[Any]:
    """Yield every value that meets an exact equality and that its data element can give."""
    text = exact["settings"].get("rightOperand", "")
    element = elements.get(whole_token(_left(exact)) or "", {})
    if _can_give(element, text):
        yield text
    number = to_number(text)
    if not math.isnan(number):
        yield number
    yield from _booleans(number)


def _booleans(number: float) -> Iterable[bool]:
    return [value for value in (False, True) if value == number]


def _can_give(element: Content, text: str) -> bool:
    if element.get("lower") and text != text.lower():
        return False
    return not element.get("clean") or text == " ".join(text.split())


def _meets(part: Content, value: Any) -> bool:
    settings = part["settings"]
    comparison = settings["comparison"]
    operator = OPERATORS[comparison["operator"]]
    ignore_case = operator.has_case and comparison.get("caseInsensitive", False)
    met = operator.test(value, settings.get("rightOperand", ""), ignore_case)
    return met is not part["negate"]
