"""How the conditions of a rule stand together: all of them or any, in groups nested one level.

A condition's content may name its `group`; without one it stands at the top. The rule's content
may say how they are joined: ``{"logic": {"top": "all" | "any", "groups": {id: "all" | "any"}}}``.
What is not said is "all". A group stands where its first condition stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Content = Mapping[str, Any]
Kind = Literal["all", "any"]
TOP = ""  # the id of the group that holds the others

Leaf = TypeVar("Leaf")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Group(Generic[Leaf]):
    """Conditions, and groups of them, of which all or any must be met."""

    id: str
    kind: Kind
    members: tuple[Leaf | Group[Leaf], ...]

    @property
    def decider(self) -> bool:
        """The verdict of one member that decides the group at once."""
        return self.kind == "any"

    def of(self, make: Callable[[Leaf], Made]) -> Group[Made]:
        """Return the same groups of what is made of each condition."""
        members = tuple(
            member.of(make) if isinstance(member, Group) else make(member)
            for member in self.members
        )
        return Group(self.id, self.kind, members)

    def leaves(self) -> Iterator[Leaf]:
        """Yield the conditions in the order of their evaluation."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.leaves()
            else:
                yield member

    def groups(self) -> Iterator[Group[Leaf]]:
        """Yield the groups inside."""
        return (member for member in self.members if isinstance(member, Group))

    def said(self, say: Callable[[Leaf], str]) -> str:
        """Read the conditions aloud, the groups in brackets."""
        between = " or " if self.kind == "any" else " and "
        return between.join(
            _in_brackets(member, say) if isinstance(member, Group) else say(member)
            for member in self.members
        )


def logic_of(rule: Content) -> Group[Content]:
    """Return the conditions of a rule's content, grouped."""
    logic = rule.get("logic") or {}
    inner: dict[str, list[Content]] = {}
    order: list[Content | str] = []
    for part in rule["components"]:
        if part["kind"] != "condition":
            continue
        name = group_of(part)
        if name == TOP:
            order.append(part)
        elif name in inner:
            inner[name].append(part)
        else:
            inner[name] = [part]
            order.append(name)
    groups = logic.get("groups") or {}
    members = tuple(
        Group(item, _kind(groups.get(item)), tuple(inner[item])) if isinstance(item, str) else item
        for item in order
    )
    # A rule without conditions fires on every event, whatever its logic says.
    return Group(TOP, _kind(logic.get("top")) if members else "all", members)


def group_of(part: Content) -> str:
    """Return the id of the group a condition stands in, as text; empty at the top."""
    name = part.get("group")
    return TOP if name is None else str(name)


def _kind(said: Any) -> Kind:
    return "any" if said == "any" else "all"


def _in_brackets(group: Group[Leaf], say: Callable[[Leaf], str]) -> str:
    words = group.said(say)
    return f"({words})" if len(group.members) > 1 else words
