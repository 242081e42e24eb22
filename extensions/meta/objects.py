"""Objects that are passed through: what JSON cannot carry and what is empty is taken out."""

from __future__ import annotations

import math

from extensions.contract import JSON, Compiler, Notice, Resolver, Scope, Settings
from extensions.meta import custom_data
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import is_empty, setting
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text, encodable
from extensions.tokens import whole_token

_DEEPEST = 20
_SAFE_INTEGER = 2**63


def compile_object(
    settings: Settings, path: str, compiler: Compiler, refusal: str = "invalid_object"
) -> Resolver | None:
    """Return what gives an object setting: rows, JSON as text, or one data element.

    JSON is parsed before its data elements are filled in, so a visitor's value can never add
    keys of its own.
    """
    template = setting(settings, path)
    if is_empty(template):
        return None
    if not isinstance(template, str) or whole_token(template):
        return compiler.value(template)
    parsed = custom_data.parse_text(template)
    return _refused(refusal) if parsed is None else compiler.value(parsed)


def passed_through(key: str, resolve: Resolver) -> Step:
    """Return the step that puts an object under a key of the event, as it is."""
    unusable = Notice("not_an_object", key, "The value is not a JSON object, so it was left out.")

    def step(draft: Draft) -> None:
        value = resolve(draft.scope)
        data = custom_data.parse_text(value) if isinstance(value, str) and value else value
        if isinstance(data, dict):
            kept = kept_of(data)
            if kept:
                draft.event[key] = kept
        elif value not in (None, ""):
            draft.notices.append(unusable)

    return step


def kept_of(value: JSON, depth: int = 0) -> JSON:
    """Return the value without nulls, empty texts and what JSON cannot carry; None if all is."""
    if isinstance(value, str):
        return encodable(value) or None
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_SAFE_INTEGER <= value < _SAFE_INTEGER else as_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth > _DEEPEST:
        return None
    if isinstance(value, list):
        return [kept for item in value if (kept := kept_of(item, depth + 1)) is not None] or None
    if isinstance(value, dict):
        members = ((str(key), kept_of(member, depth + 1)) for key, member in value.items())
        return {encodable(key): kept for key, kept in members if kept is not None} or None
    return None


def _refused(code: str) -> Resolver:
    def unreadable(scope: Scope) -> JSON:
        raise Refusal(code)

    return unreadable
