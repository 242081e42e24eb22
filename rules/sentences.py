"""Rules in words: the sentence of a rule, and the cards of its components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.templatetags.static import static

from extensions import registry
from rules.engine.document import delegate_of
from rules.engine.logic import Group, group_of, logic_of

Component = Mapping[str, Any]


def of_rule(content: Mapping[str, Any]) -> str:
    """Return the rule as one sentence: If … and (… or not …), then …."""
    parts = content["components"]
    conditions = logic_of(content).said(_condition)
    actions = [summary(part) for part in parts if part["kind"] == "action"]
    when = f"If {conditions}" if conditions else "On every event"
    then = f"then {', then '.join(actions)}" if actions else "do nothing yet"
    return f"{when}, {then}."


def summary(part: Component) -> str:
    """Return what a component tests or does, in the words of its type."""
    delegate = delegate_of(part)
    return delegate.summarise(part["settings"]) if delegate else f"{part['name']} (not available)"


def marks(parts: Iterable[Component]) -> list[str]:
    """Return the loud words of the components' settings, each once."""
    return list(dict.fromkeys(filter(None, map(_mark, parts))))


def cards(parts: Iterable[Component]) -> list[dict[str, Any]]:
    """Return the components as the rule editor's cards show them."""
    return [_card(part) for part in parts]


def members(top: Group[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return conditions and groups of them as the rule editor shows them."""
    shown = []
    number = 0
    for member in top.members:
        if isinstance(member, Group):
            number += 1
            inner = cards(member.leaves())
            shown.append({"id": member.id, "number": number, "kind": member.kind, "cards": inner})
        else:
            shown.append(_card(member))
    return shown


def _mark(part: Component) -> str:
    delegate = delegate_of(part)
    return delegate.mark(part["settings"]) if delegate else ""


def _condition(part: Component) -> str:
    return f"not ({summary(part)})" if part["negate"] else summary(part)


def _card(part: Component) -> dict[str, Any]:
    card = {
        "id": part["id"],
        "name": part["name"],
        "summary": summary(part),
        "is_exception": part["negate"],
        "mark": _mark(part),
        "group": group_of(part),
    }
    try:
        package = registry.package_of(part["delegate"])
    except registry.UnknownDelegate:
        return card | {"extension": "", "error": "The extension of this component is missing."}
    return card | {"extension": package.name, "icon_url": static(f"extensions/{package.icon}")}
