"""Join the conditions of a draft: all or any of them, in groups nested one level.

The draft holds them as the engine reads them (`rules.engine.logic`), and groups that have no
condition yet besides; those are dropped when the rule is saved.
"""

from __future__ import annotations

from itertools import count
from typing import Any, cast

from rules.engine.logic import TOP, Group, Kind, group_of, logic_of
from rules.models import RuleDraft

Component = dict[str, Any]
JOINTS: dict[Kind, str] = {"all": "All of", "any": "Any of"}
MAX_GROUPS = 50


def conditions(draft: RuleDraft) -> Group[Component]:
    """Return the draft's conditions, grouped; a group without any yet stands last."""
    filled = cast("Group[Component]", logic_of(draft.content))
    held = {group.id for group in filled.groups()}
    empty: list[Group[Component]] = [
        Group(name, kind, ()) for name, kind in _kinds(draft).items() if name not in held
    ]
    return Group(TOP, _kind(_logic(draft).get("top")), (*filled.members, *empty))


def names(draft: RuleDraft) -> list[str]:
    """Return the ids of the draft's groups, in order."""
    return [group.id for group in conditions(draft).groups()]


def join(draft: RuleDraft, group: str, kind: str | None) -> None:
    """Say whether all or any of a group's conditions must be met; anything else says nothing."""
    if kind not in JOINTS or (group != TOP and group not in names(draft)):
        return
    before = conditions(draft)
    logic = _logic(draft)
    if group == TOP:
        logic = logic | {"top": kind}
    else:
        logic = logic | {"groups": _kinds(draft) | {group: kind}}
    draft.content["logic"] = logic
    draft.is_changed |= conditions(draft) != before


def add(draft: RuleDraft) -> str:
    """Add a group without conditions; return its id."""
    taken = names(draft)
    if len(taken) >= MAX_GROUPS:
        return TOP
    name = next(name for name in (f"G{number}" for number in count(1)) if name not in taken)
    draft.content["logic"] = _logic(draft) | {"groups": _kinds(draft) | {name: "all"}}
    draft.is_changed = True
    return name


def dissolve(draft: RuleDraft, group: str) -> None:
    """Take a group away; its conditions stay, at the top."""
    for part in draft.content["components"]:
        if group_of(part) == group:
            part.pop("group")
    kinds = {name: kind for name, kind in _kinds(draft).items() if name != group}
    draft.content["logic"] = _logic(draft) | {"groups": kinds}
    draft.is_changed = True


def put(draft: RuleDraft, component_id: str, group: str) -> None:
    """Put a condition into a group, after the others in it, or at the top."""
    parts = draft.content["components"]
    found = next((part for part in parts if part["id"] == component_id), None)
    if found is None or found["kind"] != "condition" or group_of(found) == group:
        return
    if group != TOP and group not in names(draft):
        return
    kinds = _kinds(draft)  # before a group may lose its last condition
    found.pop("group", None)
    if group != TOP:
        _put_last(parts, found, group)
    draft.content["logic"] = _logic(draft) | {"groups": kinds}
    tidy(draft)
    draft.is_changed = True


def move(draft: RuleDraft, item: str, by: int) -> None:
    """Move a condition or a group one place up (-1) or down (1) among its neighbours."""
    top = conditions(draft)
    for group in (top, *top.groups()):
        places = [_id(member) for member in group.members]
        if item in places:
            here = places.index(item)
            there = max(0, min(len(places) - 1, here + by))
            members = list(group.members)
            members.insert(there, members.pop(here))
            moved = Group(group.id, group.kind, tuple(members))
            _write(draft, moved if group is top else _with(top, moved))


def tidy(draft: RuleDraft) -> None:
    """Let the conditions of a group follow each other."""
    _write(draft, conditions(draft))


def kept(draft: RuleDraft) -> dict[str, Any]:
    """Return what a saved rule says of its groups: nothing where all is as it is anyway."""
    top = cast("Group[Component]", logic_of(draft.content))
    said: dict[str, Any] = {} if top.kind == "all" else {"top": top.kind}
    groups = {group.id: group.kind for group in top.groups()}
    return said | ({"groups": groups} if groups else {})


def _put_last(parts: list[Component], found: Component, group: str) -> None:
    others = [part for part in parts if group_of(part) == group]
    found["group"] = group
    if others:
        parts.remove(found)
        parts.insert(parts.index(others[-1]) + 1, found)


def _write(draft: RuleDraft, top: Group[Component]) -> None:
    parts = draft.content["components"]
    others = [part for part in parts if part["kind"] != "condition"]
    before = [part["id"] for part in parts if part["kind"] == "condition"]
    leaves = list(top.leaves())
    draft.is_changed |= before != [leaf["id"] for leaf in leaves]
    draft.content["components"] = leaves + others


def _with(top: Group[Component], changed: Group[Component]) -> Group[Component]:
    members = tuple(changed if _id(member) == changed.id else member for member in top.members)
    return Group(top.id, top.kind, members)


def _id(member: Component | Group[Component]) -> str:
    return member.id if isinstance(member, Group) else str(member["id"])


def _logic(draft: RuleDraft) -> dict[str, Any]:
    return draft.content.get("logic") or {}


def _kinds(draft: RuleDraft) -> dict[str, Kind]:
    """Return how the conditions of each group are joined, by the group's id."""
    said = _logic(draft).get("groups") or {}
    standing = filter(None, map(group_of, draft.content["components"]))
    return {name: _kind(said.get(name)) for name in [*said, *standing]}


def _kind(said: Any) -> Kind:
    return "any" if said == "any" else "all"
