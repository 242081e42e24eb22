"""Custom data and the products of an event, put together."""

from __future__ import annotations

from extensions.contract import JSON, Compiler, Notice, Resolver, Scope, Settings
from extensions.meta import custom_data
from extensions.meta.contents import compile_contents, ids_of, sends_ids
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import is_empty
from extensions.meta.json_values import parsed
from extensions.meta.objects import compile_object

_NOT_AN_OBJECT = Notice(
    "custom_data_not_an_object",
    "custom_data",
    "The custom data of this event is not a JSON object, so it was left out.",
)


def compile_custom_data(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that adds custom data. Also without any it is a step: a Purchase needs it.

    Products of the table of contents stand over those in the custom data.
    """
    resolve = compile_object(settings, "customData", compiler, "invalid_custom_data")
    contents = compile_contents(settings, compiler)
    with_ids = sends_ids(settings)

    def step(draft: Draft) -> None:
        value = None if resolve is None else _given(resolve, draft.scope)
        items = None if contents is None else contents(draft.scope, draft.notices)
        if items:
            value = _with_items(value, items, draft.notices, with_ids=with_ids)
        custom = custom_data.build(value, draft.event["event_name"], draft.notices)
        if custom:
            draft.event["custom_data"] = custom

    return step


def _given(resolve: Resolver, scope: Scope) -> JSON:
    value = resolve(scope)
    return None if isinstance(value, str) and not value.strip() else value


def _with_items(
    value: JSON, items: list[dict[str, JSON]], notices: list[Notice], *, with_ids: bool
) -> JSON:
    data = parsed(value) if isinstance(value, str) else value
    if value is not None and not isinstance(data, dict):
        notices.append(_NOT_AN_OBJECT)
        data = None
    merged = {**(data or {}), "contents": items}
    if with_ids and is_empty(merged.get("content_ids")):
        merged["content_ids"] = ids_of(items)
    return merged
