"""Edit a rule without touching it: the draft takes every change, Save writes the rule.

The components of a draft are plain JSON in the form of `RuleComponent.content`; the functions
here change that list in place and leave saving to the caller.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from rules import grouping, ids
from rules.models import Property, Rule, RuleComponent, RuleDraft

Component = dict[str, Any]
KINDS = ("condition", "action")
OVERTAKEN = 0  # a base version no rule has: Save tells that somebody saved the rule meanwhile


class Overtaken(Exception):
    """Somebody saved the rule since the draft was opened. The message names them."""


class NameTaken(Exception):
    """Another rule of the property has this name."""


def blank_draft(property_: Property, user: User) -> RuleDraft:
    """Return an unsaved draft of a rule that does not exist yet."""
    content = {"id": ids.rule_id(), "name": "", "enabled": True, "components": []}
    return RuleDraft(property=property_, user=user, content=content)


def draft_of(rule: Rule, user: User, *, lock: bool = False) -> RuleDraft:
    """Return the person's draft of the rule; an unsaved, unchanged one when there is none.

    Who changes it locks it, and the rule before it, as whoever changes both does: what somebody
    else writes meanwhile, such as the new name of a data element, stays.
    """
    drafts = RuleDraft.objects.filter(rule=rule, user=user)
    existing = (drafts.select_for_update() if lock else drafts).first()
    if existing is not None:
        return existing
    return RuleDraft(
        property=rule.property,
        user=user,
        rule=rule,
        base_version=rule.lock_version,
        content=rule.content(),
    )


def begun_draft(property_: Property, user: User, draft_id: UUID, *, lock: bool) -> RuleDraft | None:
    """Return a draft of the person's own, None if it is gone; for `lock` see `draft_of`."""
    drafts = RuleDraft.objects.filter(property=property_, user=user, pk=draft_id)
    if lock:
        list(Rule.objects.filter(drafts__in=drafts).select_for_update(of=("self",)))
        drafts = drafts.select_for_update()
    return drafts.first()


def components(draft: RuleDraft, kind: str) -> list[Component]:
    """Return the draft's conditions or actions, in order."""
    return [part for part in draft.content["components"] if part["kind"] == kind]


def component(draft: RuleDraft, component_id: str) -> Component | None:
    """Return one component of the draft."""
    parts = draft.content["components"]
    return next((part for part in parts if part["id"] == component_id), None)


def keep(draft: RuleDraft, changed: Component) -> None:
    """Put a component into the draft: in its place if it is there, else at the end."""
    parts = draft.content["components"]
    for position, part in enumerate(parts):
        if part["id"] == changed["id"]:
            parts[position] = changed
            break
    else:
        parts.append(changed)
    draft.is_changed = True


def remove(draft: RuleDraft, component_id: str) -> None:
    """Take a component out of the draft."""
    parts = draft.content["components"]
    draft.content["components"] = [part for part in parts if part["id"] != component_id]
    draft.is_changed = True


def arrange(draft: RuleDraft, kind: str, order: list[str]) -> None:
    """Put the components of a kind into the given order of ids; others keep to the end."""
    rank = {component_id: position for position, component_id in enumerate(order)}
    before = components(draft, kind)
    arranged = sorted(before, key=lambda part: rank.get(part["id"], len(rank)))
    if arranged == before:
        return
    others = [part for part in draft.content["components"] if part["kind"] != kind]
    draft.content["components"] = others + arranged
    if kind == "condition":
        grouping.tidy(draft)
    draft.is_changed = True


def move(draft: RuleDraft, item: str, by: int) -> None:
    """Move an action, a condition or a group one place up (-1) or down (1) in its list."""
    order = [part["id"] for part in components(draft, "action")]
    if item not in order:
        grouping.move(draft, item, by)
        return
    here = order.index(item)
    there = max(0, min(len(order) - 1, here + by))
    order.insert(there, order.pop(here))
    arrange(draft, "action", order)


@transaction.atomic
def save(draft: RuleDraft, user: User) -> Rule:
    """Write the draft to its rule and forget the draft.

    Raises:
        Overtaken: the rule was saved by somebody else meanwhile. The draft then counts from
            that save, so saving once more puts it in its place.
        NameTaken: another rule of the property has the name.
    """
    name = draft.content["name"]
    twins = Rule.objects.filter(property=draft.property, name=name)
    if twins.exclude(public_id=draft.content["id"]).exists():
        raise NameTaken("Another rule of this property has this name.")
    rule = _rule_for(draft)
    rule.name = name
    rule.enabled = draft.content["enabled"]
    rule.logic = grouping.kept(draft)
    rule.updated_by = user
    is_new = rule.pk is None
    rule.lock_version += 0 if is_new else 1
    rule.save()
    _write_components(rule, draft.content["components"])
    if draft.pk and not draft._state.adding:
        draft.delete()
    audit.record(
        user, f"rule.{'created' if is_new else 'updated'}",
        property_id=draft.property.public_id, object_id=rule.public_id, name=rule.name,
    )  # fmt: skip
    return rule


def _rule_for(draft: RuleDraft) -> Rule:
    if draft.rule_id is None:
        return Rule(property=draft.property, public_id=draft.content["id"])
    # Not joined with who saved it last: after a wait, a join still has the person from before.
    rule = Rule.objects.select_for_update().get(pk=draft.rule_id)
    if rule.lock_version != draft.base_version:
        draft.base_version = rule.lock_version
        raise Overtaken(
            f"{rule.updated_by or 'Somebody'} saved this rule while you were editing it. "
            "Save again to put your version in its place, or discard your changes to see theirs."
        )
    return rule


def _write_components(rule: Rule, parts: list[Component]) -> None:
    rule.components.all().delete()
    counts = dict.fromkeys(KINDS, 0)
    rows = []
    for part in parts:
        kind = part["kind"]
        rows.append(
            RuleComponent(
                rule=rule,
                public_id=part["id"],
                kind=kind,
                order=counts[kind],
                name=part["name"],
                delegate=part["delegate"],
                settings=part["settings"],
                negate=part["negate"],
                group=part.get("group") or "",
            )
        )
        counts[kind] += 1
    RuleComponent.objects.bulk_create(rows)
