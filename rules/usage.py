"""Who uses what: so that nothing is deleted under somebody, and a rename reaches every token."""

from __future__ import annotations

from typing import Any

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


def rename_data_element(element: DataElement, old_name: str) -> None:
    """Write the element's new name into every token that held the old one, drafts included."""
    property_ = element.property
    heads: list[Extension | DataElement] = [
        *Extension.objects.filter(property=property_),
        *DataElement.objects.filter(property=property_),
    ]
    for head in heads:
        if _rename_in(head, old_name, element.name):
            head.lock_version += 1  # a form opened before now would bring the old name back
            head.save(update_fields=["settings", "lock_version"])
    for part in RuleComponent.objects.filter(rule__property=property_):
        if _rename_in(part, old_name, element.name):
            part.save(update_fields=["settings"])
    for draft in RuleDraft.objects.filter(property=property_):
        for kept in draft.content["components"]:
            kept["settings"] = _renamed(kept["settings"], old_name, element.name)
        draft.save(update_fields=["content"])


def _rename_in(holder: Extension | DataElement | RuleComponent, old: str, new: str) -> bool:
    if old not in names_in(holder.settings):
        return False
    holder.settings = _renamed(holder.settings, old, new)
    return True


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
