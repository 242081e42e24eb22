"""Find rules that can never fire: conditions that exclude one another on every event.

Only what is certain is told. A condition that depends on two data elements, or on anything but
a constant, excludes nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from extensions.contract import ComponentError
from extensions.core.constant import CONSTANT
from extensions.core.custom_code import CONDITION as CODE
from extensions.core.javascript import to_number
from extensions.core.operators import NEGATIONS, OPERATORS
from extensions.core.texts import has_token
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.core.value_exists import VALUE_EXISTS, exists
from extensions.tokens import whole_token
from rules.engine.elements import finished
from rules.engine.logic import Content, Group, logic_of
from rules.engine.meeting import ANY, INEXACT, MISSING, MISSING_OR_EMPTY, Values, values_of

# Asks for one value alone, of no other kind.
_BOOLEANS = {"isTrue": True, "isFalse": False}
_CONTRARY = NEGATIONS | {positive: negative for negative, positive in NEGATIONS.items()}
Elements = Mapping[str, Content]


class _Comparison(NamedTuple):
    """A comparison with a constant; `negate` is left where no operator says the contrary."""

    operator: str
    right: Any
    ignore_case: bool
    negate: bool


class Contradiction(NamedTuple):
    """Two conditions that are never met on the same event; both are one where it is alone."""

    first: Content
    second: Content


def contradiction_in(rule: Content, elements: Elements) -> Contradiction | None:
    """Return what keeps a rule from ever firing, if that is certain.

    Its settings have passed their checks.
    """
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
    looked = [(part, _element(part)) for part in needed]
    for part, element in looked:
        if element is not None and _is_hopeless(part, elements.get(element, {})):
            yield Contradiction(part, part)
    for (first, element), (second, other) in combinations(looked, 2):
        on_one = elements.get(element, {}) if element is not None and element == other else None
        if _is_same_and_contrary(first, second) or _exclude(first, second, on_one):
            yield Contradiction(first, second)


def _is_hopeless(part: Content, element: Content) -> bool:
    """Whether the data element never gives what meets a condition."""
    if element.get("delegate") == CONSTANT.id:
        try:
            return not _meets(part, finished(element, element["settings"]["value"]))
        except ComponentError:
            return False  # a bad pattern is told elsewhere
    # Counted, not judged: empty text, 0 and false are values too.
    return _is_exact(part) and not list(_given(part, element))


def _is_same_and_contrary(first: Content, second: Content) -> bool:
    if first["negate"] == second["negate"] or first["delegate"] != second["delegate"]:
        return False
    # The same code draws other random numbers in another component.
    return bool(first["settings"] == second["settings"] and first["delegate"] != CODE.id)


def _exclude(first: Content, second: Content, element: Content | None) -> bool:
    """Whether no value of a data element meets two conditions on it; None: they are on several."""
    if element is None:
        return False
    if _are_opposite(first, second) or not _values(first).has_common(_values(second)):
        return True
    exact, other = (first, second) if _is_exact(first) else (second, first)
    if not _is_exact(exact):
        return False
    try:
        return not any(_meets(other, value) for value in _given(exact, element))
    except ComponentError:
        return False  # a bad pattern is told elsewhere


def _element(part: Content) -> str | None:
    """Return the data element that a condition compares with a constant, if it does."""
    settings = part["settings"]
    if part["delegate"] == VALUE_EXISTS.id:
        return whole_token(settings["value"])
    if part["delegate"] != VALUE_COMPARISON.id or has_token(settings.get("rightOperand")):
        return None
    return whole_token(settings["leftOperand"])


def _are_opposite(first: Content, second: Content) -> bool:
    """Whether one is met where the other is not, by the operators alone."""
    if not first["delegate"] == second["delegate"] == VALUE_COMPARISON.id:
        return False
    (asked, is_contrary), (also_asked, is_contrary_too) = _side(first), _side(second)
    return asked == also_asked and is_contrary is not is_contrary_too


def _side(part: Content) -> tuple[tuple[Any, ...], bool]:
    """Return what a comparison asks, and whether it asks for the contrary."""
    key, right, ignore_case, negate = _comparison(part)
    positive = NEGATIONS.get(key, key)
    # By its type too: no text is the same as a number.
    wanted = None if OPERATORS[key].right == "none" else (type(right) is str, right)
    return (positive, wanted, ignore_case), (key != positive) is not negate


def _values(part: Content) -> Values:
    """Return all values that meet a condition, and perhaps some more."""
    if part["delegate"] == VALUE_EXISTS.id:
        if not part["negate"]:
            return ANY
        return MISSING_OR_EMPTY if part["settings"].get("notEmpty", False) else MISSING
    key, right, ignore_case, negate = _comparison(part)
    return ANY if negate else values_of(key, right, ignore_case=ignore_case)


def _is_exact(part: Content) -> bool:
    """Whether all values that meet a condition can be counted.

    It asks for a boolean, or equals a text, letter by letter: a number equals every text that
    spells it, and letters may be large or small.
    """
    if part["delegate"] != VALUE_COMPARISON.id:
        return False
    key, right, ignore_case, negate = _comparison(part)
    if negate:
        return False
    if key in _BOOLEANS:
        return True
    if key != "equals" or not isinstance(right, str):
        return False
    has_letters = not right.isascii() or right.lower() != right.upper()
    return not (ignore_case and has_letters) and not abs(to_number(right)) >= INEXACT


def _given(exact: Content, element: Content) -> Iterator[Any]:
    """Yield every value that meets an exact condition and that its data element can give."""
    key, text, *_ = _comparison(exact)
    if key in _BOOLEANS:
        yield _BOOLEANS[key]
        return
    if _can_give(element, text):
        yield text
    number = to_number(text)
    if not math.isnan(number):
        yield number
    yield from (value for value in (False, True) if value == number)


def _can_give(element: Content, text: str) -> bool:
    if element.get("lower") and text != text.lower():
        return False
    return not element.get("clean") or text == " ".join(text.split())


def _meets(part: Content, value: Any) -> bool:
    if part["delegate"] == VALUE_EXISTS.id:
        met = exists(value, not_empty=part["settings"].get("notEmpty", False))
        return met is not part["negate"]
    key, right, ignore_case, negate = _comparison(part)
    return OPERATORS[key].test(value, right, ignore_case) is not negate


def _comparison(part: Content) -> _Comparison:
    settings, negate = part["settings"], part["negate"]
    key = settings["comparison"]["operator"]
    ignore_case = OPERATORS[key].has_case and settings["comparison"].get("caseInsensitive", False)
    if negate and key in _CONTRARY:
        key, negate = _CONTRARY[key], False
    return _Comparison(key, settings.get("rightOperand", ""), ignore_case, negate)
