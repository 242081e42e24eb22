"""Who uses what: so that nothing is deleted under somebody, and a rename reaches every user.

A data element is used by its token, and in code by ``getDataElementValue("Name")``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from extensions.contract import Settings
from extensions.core.custom_code import elements_asked, is_code, with_new_name
from extensions.tokens import TOKEN, names_in
from rules.models import DataElement, Extension, Resource, Rule, RuleComponent, RuleDraft

_Holder = Extension | DataElement | RuleComponent


def of_data_element(element: DataElement) -> list[Resource]:
    """Return the extensions, data elements and rules whose settings ask for the element."""
    property_ = element.property
    holders: list[Extension | DataElement] = [
        *Extension.objects.filter(property=property_),
        *DataElement.objects.filter(property=property_).exclude(pk=element.pk),
    ]
    users: list[Resource] = [holder for holder in holders if element.name in _asked_by(holder)]
    rules = Rule.objects.filter(property=property_).prefetch_related("components")
    return users + [
        rule
        for rule in rules
        if any(element.name in _asked_by(part) for part in rule.components.all())
    ]


@transaction.atomic
def rename_data_element(element: DataElement, old_name: str) -> None:
    """Write the element's new name wherever the old one asked for it, drafts included.

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
    if not any(old in _asked(part["settings"], part["delegate"]) for part in parts):
        return
    for part in parts:
        part["settings"] = _with_new_name(part["settings"], part["delegate"], old, new)
    draft.save(update_fields=["content"])


def _rename_in(holder: _Holder, old: str, new: str) -> bool:
    if old not in _asked_by(holder):
        return False
    holder.settings = _with_new_name(holder.settings, _delegate_of(holder), old, new)
    return True


def _count(head: Resource, element: DataElement, *changed: str) -> None:
    """Save a head as a save of its own: a page opened before would bring the old name back."""
    head.lock_version += 1
    head.updated_by = element.updated_by
    head.save(update_fields=[*changed, "lock_version", "updated_by", "updated_at"])


def _asked_by(holder: _Holder) -> Iterator[str]:
    return _asked(holder.settings, _delegate_of(holder))


def _delegate_of(holder: _Holder) -> str:
    return "" if isinstance(holder, Extension) else holder.delegate


def _asked(settings: Settings, delegate: str) -> Iterator[str]:
    # Braces in code are no tokens.
    return elements_asked(settings) if is_code(delegate) else names_in(settings)


def _with_new_name(settings: Settings, delegate: str, old: str, new: str) -> Settings:
    if is_code(delegate):
        return with_new_name(settings, old, new)
    renamed: Settings = _renamed(settings, old, new)
    return renamed


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
