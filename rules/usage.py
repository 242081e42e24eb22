"""Who uses what: so that nothing is deleted under somebody, and a rename reaches every token."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from extensions.tokens import TOKEN, names_in
from rules.models import DataElement, Extension, Resource, Rule, RuleComponent, RuleDraft


def of_data_element(element: DataElement) -> list[Resource]:
    """Return the extensions, data elements and rules whose settings hold the element's token."""
    property_ = element.property
    holders: list[Resource] = [
        *Extension.objects.filter(property=property_),
        *DataElement.objects.filter(property=property_).exclude(pk=element.pk),
    ]
    users = [
        holder for holder in holders if element.name in names_in(getattr(holder, "settings", {}))
    ]
    rules = Rule.objects.filter(property=property_).prefetch_related("components")
    return users + [
        rule
        for rule in rules
        if any(element.name in names_in(part.settings) for part in rule.components.all())
    ]


@transaction.atomic
def rename_data_element(element: DataElement, old_name: str) -> None:
    """Write the element's new name into every token that held the old one, drafts included.

    Who saves the new name holds `revising.lock_heads` since before.
    """
    # Locked before they are read: nothing that somebody saves meanwhile is lost.
    heads: list[Extension | DataElement] = [
        *Extension.objects.select_for_update().filter(property=element.property).order_by("name"),
        *DataElement.objects.select_for_update().filter(property=element.property).order_by("name"),
    ]
    for head in heads:
        if _rename_in(head, old_name, element.name):
            _count(head, element, "settings")
    rules = Rule.objects.select_for_update().filter(property=element.property).order_by("name")
    for rule in rules.prefetch_related("components"):
        _rename_in_rule(rule, element, old_name)
    for draft in RuleDraft.objects.select_for_update().filter(property=element.property):
        _rename_in_draft(draft, old_name, element.name)


def _rename_in_rule(rule: Rule, element: DataElement, old_name: str) -> None:
    changed = [part for part in rule.components.all() if _rename_in(part, old_name, element.name)]
    if not changed:
        return
    RuleComponent.objects.bulk_update(changed, ["settings"])
    drafts = RuleDraft.objects.filter(rule=rule, base_version=rule.lock_version)
    _count(rule, element)
    drafts.update(base_version=rule.lock_version)  # they get the new name too: none is overtaken


def _rename_in_draft(draft: RuleDraft, old: str, new: str) -> None:
    parts = draft.content["components"]
    if not any(old in names_in(part["settings"]) for part in parts):
        return
    for part in parts:
        part["settings"] = _renamed(part["settings"], old, new)
    draft.save(update_fields=["content"])


def _rename_in(holder: Extension | DataElement | RuleComponent, old: str, new: str) -> bool:
    if old not in names_in(holder.settings):
        return False
    holder.settings = _renamed(holder.settings, old, new)
    return True


def _count(head: Resource, element: DataElement, *changed: str) -> None:
    """Save a head as a save of its own: a page opened before would bring the old name back."""
    head.lock_version += 1
    head.updated_by = element.updated_by
    head.save(update_fields=[*changed, "lock_version", "updated_by", "updated_at"])


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return TOKEN.sub(
            lambda match: f"{{{{{new}}}}}" if match[1].strip() == old else match[0], value
        )
    if isinstance(value, dict):
        return {key: _renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, old, new) for item in value]
    return value
