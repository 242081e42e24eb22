"""Objects that are passed through: what JSON cannot carry and what is empty is taken out."""

from __future__ import annotations

from extensions.contract import JSON, Compiler, Notice, Resolver, Scope, Settings
from extensions.meta import custom_data
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import is_empty, setting
from extensions.meta.json_values import parsed, pruned
from extensions.meta.refusals import Refusal
from extensions.tokens import whole_token


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
    written = custom_data.parse_text(template)
    return _refused(refusal) if written is None else compiler.value(written)


def passed_through(key: str, resolve: Resolver) -> Step:
    """Return the step that puts an object under a key of the event, as it is."""
    unusable = Notice("not_an_object", key, "The value is not a JSON object, so it was left out.")

    too_deep = Notice(
        "object_too_deep",
        key,
        "The object is nested too deeply; the innermost part was left out.",
    )

    def step(draft: Draft) -> None:
        value = resolve(draft.scope)
        data = parsed(value) if isinstance(value, str) and value else value
        if isinstance(data, dict):
            kept = pruned(data, 0, draft.notices, too_deep)
            if kept:
                draft.event[key] = kept
        elif value not in (None, ""):
            draft.notices.append(unusable)

    return step


def _refused(code: str) -> Resolver:
    def unreadable(scope: Scope) -> JSON:
        raise Refusal(code)

    return unreadable
