"""What an event says about an earlier one, about the ad that earned it, and about the store.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/original-event-data
and the guides to AppendValue and AppendAttribution.
"""

from __future__ import annotations

from collections.abc import Callable

from extensions.contract import JSON, Compiler, Notice, Settings
from extensions.meta import event_time
from extensions.meta.draft import Draft, Step
from extensions.meta.inputs import compile_input
from extensions.meta.objects import compile_object, passed_through
from extensions.meta.values import as_sent, as_text

ORIGINAL_EVENT = "original_event_data"
ATTRIBUTION = "attribution_data"
STORE = "store_data"

Reader = Callable[[JSON], JSON]


def _seconds(value: JSON) -> JSON:
    return event_time.to_seconds(value, [])


# Setting, Meta's key, and how the value is read; each may be left out.
_ORIGINAL: tuple[tuple[str, str, Reader], ...] = (
    ("eventName", "event_name", as_text),
    ("eventTime", "event_time", _seconds),
    ("orderId", "order_id", as_text),
    ("eventId", "event_id", as_sent),
)


def compile_original_event(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that names the earlier event."""
    inputs = [
        (key, resolve, read)
        for name, key, read in _ORIGINAL
        if (resolve := compile_input(settings, f"originalEventData.{name}", compiler)) is not None
    ]
    if not inputs:
        return None

    def step(draft: Draft) -> None:
        original = {}
        for key, resolve, read in inputs:
            value = resolve(draft.scope)
            made = read(value)
            if made:
                original[key] = made
            elif value is not None:
                draft.notices.append(_unusable(key))
        if original:
            draft.event[ORIGINAL_EVENT] = original

    return step


def compile_attribution(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that passes on which ad earned the earlier event (beta at Meta)."""
    resolve = compile_object(settings, "attributionData", compiler)
    return None if resolve is None else passed_through(ATTRIBUTION, resolve)


def compile_store(settings: Settings, compiler: Compiler) -> Step | None:
    """Compile the step that passes on facts about the store."""
    resolve = compile_object(settings, "storeData", compiler)
    return None if resolve is None else passed_through(STORE, resolve)


def _unusable(key: str) -> Notice:
    return Notice(
        "invalid_original_event",
        f"{ORIGINAL_EVENT}.{key}",
        "The value cannot be read, so it was left out of the original event's data.",
    )
