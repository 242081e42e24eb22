"""Find the rules an event may meet, without a look at the others.

Most rules begin by asking whether a data element equals a constant. Those are found by the
element's value, which is resolved once; what is left of the others is nothing. Whatever is found
is then evaluated as it is written, so that a lookup may find too much, but never too little.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from extensions.contract import Resolver, Scope
from extensions.core.javascript import is_number, to_number
from extensions.core.texts import has_token
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.tokens import whole_token
from rules.engine.logic import Content, Group, logic_of

Places = tuple[int, ...]  # of rules in the build, in order


@dataclass(frozen=True, slots=True)
class Equality:
    """A condition that is met only where a data element equals a constant, loosely."""

    element: str
    wanted: str | int | float
    ignore_case: bool


def equality_of(part: Content) -> Equality | None:
    """Return the equality that a condition is; None for any other condition."""
    if part["delegate"] != VALUE_COMPARISON.id or part["negate"]:
        return None
    settings = part["settings"]
    comparison, wanted = settings["comparison"], settings.get("rightOperand", "")
    element = whole_token(settings["leftOperand"])
    is_constant = is_number(wanted) or (type(wanted) is str and not has_token(wanted))
    if comparison["operator"] != "equals" or element is None or not is_constant:
        return None
    return Equality(element, wanted, bool(comparison.get("caseInsensitive", False)))


class Lookup:
    """The rules of a build by what their first conditions ask."""

    def __init__(self, rules: Iterable[Content], element: Callable[[str], Resolver]) -> None:
        """Sort the rules; `element` gives a data element's resolver when it is first needed."""
        self._element = element
        self._tables: dict[str, _Table] = {}
        always: list[int] = []
        for place, rule in enumerate(rules):
            needed = _needed(logic_of(rule))
            if needed is None:
                always.append(place)
                continue
            for equality in needed:
                self._tables.setdefault(equality.element, _Table()).add(equality, place)
        self._always = tuple(always)

    def candidates(self, scope: Scope) -> Sequence[int]:
        """Return the places of all rules that may be met, or may fail, in order."""
        found = [self._always] if self._always else []
        for name, table in self._tables.items():
            try:
                value = self._element(name)(scope)
            except Exception:  # noqa: BLE001 - every rule that asks for it is to fail by itself
                found.append(table.everything())
            else:
                table.find(value, found)
        if len(found) > 1:
            return sorted(set().union(*found))
        return found[0] if found else ()


@dataclass(slots=True)
class _Table:
    """The rules that ask for one data element, by the value they want it to equal."""

    exact: dict[str, Places] = field(default_factory=dict)
    lowered: dict[str, Places] = field(default_factory=dict)
    numbers: dict[float, Places] = field(default_factory=dict)
    spelled: dict[float, Places] = field(default_factory=dict)  # texts, for a value that is none

    def add(self, equality: Equality, place: int) -> None:
        wanted = equality.wanted
        if not isinstance(wanted, str):
            _put(self.numbers, _double(wanted), place)
            return
        if equality.ignore_case:
            wanted = wanted.lower()
            _put(self.lowered, wanted, place)
        else:
            _put(self.exact, wanted, place)
        number = to_number(wanted)
        if not math.isnan(number):
            _put(self.spelled, number, place)

    def find(self, value: Any, found: list[Places]) -> None:
        """Add the rules that want a value which equals this one."""
        if isinstance(value, str):
            looked = [self.exact.get(value)]
            if self.lowered:
                looked.append(self.lowered.get(value.lower()))
            if self.numbers:
                looked.append(self.numbers.get(to_number(value)))
        elif isinstance(value, int | float):
            number = _double(value)
            looked = [self.numbers.get(number), self.spelled.get(number)]
        else:  # nothing, a list or an object: no text or number equals it
            return
        found += [places for places in looked if places]

    def everything(self) -> Places:
        tables: tuple[dict[Any, Places], ...] = (self.exact, self.lowered, self.numbers)
        # A rule that wants one of several values stands at each of them.
        return tuple(sorted({place for table in tables for row in table.values() for place in row}))


def _needed(member: Content | Group[Content]) -> list[Equality] | None:
    """Return equalities one of which must hold for a member to be met, and are evaluated first.

    None where there are no such.
    """
    if not isinstance(member, Group):
        equality = equality_of(member)
        return None if equality is None else [equality]
    if not member.members:
        return None
    if member.kind == "all":
        return _needed(member.members[0])
    needed: list[Equality] = []
    for inner in member.members:
        found = _needed(inner)
        if found is None:
            return None
        needed += found
    return needed


def _put(table: dict[Any, Places], key: str | float, place: int) -> None:
    places = table.get(key, ())
    if place not in places[-1:]:
        table[key] = (*places, place)


def _double(value: float) -> float:
    """Return the number as JavaScript has it."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
