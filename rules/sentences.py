"""Rules in words: the sentence of a rule, and the cards of its components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.templatetags.static import static

from extensions import registry

Component = Mapping[str, Any]


def of_rule(content: Mapping[str, Any]) -> str:
    """Return the rule as one sentence: If … and not …, then …."""
    parts = content["components"]
    conditions = [_condition(part) for part in parts if part["kind"] == "condition"]
    actions = [summary(part) for part in parts if part["kind"] == "action"]
    when = f"If {' and '.join(conditions)}" if conditions else "On every event"
    then = f"then {', then '.join(actions)}" if actions else "do nothing yet"
    return f"{when}, {then}."


def summary(part: Component) -> str:
    """Return what a component tests or does, in the words of its type."""
    try:
        return registry.delegate(part["delegate"]).summarise(part["settings"])
    except registry.UnknownDelegate:
        return f"{part['name']} (not available)"


def cards(parts: Iterable[Component]) -> list[dict[str, Any]]:
    """Return the components as the rule editor's cards show them."""
    return [_card(part) for part in parts]


def _condition(part: Component) -> str:
    return f"not ({summary(part)})" if part["negate"] else summary(part)


def _card(part: Component) -> dict[str, Any]:
    card = {
        "id": part["id"],
        "name": part["name"],
        "summary": summary(part),
        "is_exception": part["negate"],
    }
    try:
        package = registry.package_of(part["delegate"])
    except registry.UnknownDelegate:
        return card | {"extension": "", "error": "The extension of this component is missing."}
    return card | {"extension": package.name, "icon_url": static(f"extensions/{package.icon}")}
