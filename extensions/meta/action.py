"""The action Send Conversions API Event: its settings compiled into a recipe."""

from __future__ import annotations

from extensions.contract import Action, Compiler, Settings
from extensions.meta.address import compile_address
from extensions.meta.app_data import compile_app_data
from extensions.meta.commerce import compile_custom_data
from extensions.meta.consent import compile_gate
from extensions.meta.draft import Part
from extensions.meta.event_id import compile_event_id
from extensions.meta.event_time import compile_time
from extensions.meta.limited_data import compile_limited_data
from extensions.meta.messaging import compile_messaging
from extensions.meta.page import compile_referrer, compile_url
from extensions.meta.payload import Recipe
from extensions.meta.related import compile_attribution, compile_original_event, compile_store
from extensions.meta.server_event import (
    compile_measurement_table,
    compile_name,
    compile_opt_out,
    compile_segmentation,
    compile_source,
)
from extensions.meta.user_data import compile_user_data
from extensions.meta.values import as_text

# In the order of their steps: the source decides about all that follow, fbc is made from the
# time and the addresses, and Limited Data Use and messaging look at the customer information.
_PARTS: tuple[Part, ...] = (
    compile_name,
    compile_source,
    compile_time,
    compile_event_id,
    compile_url,
    compile_referrer,
    compile_opt_out,
    compile_segmentation,
    compile_measurement_table,
    compile_user_data,
    compile_limited_data,
    compile_messaging,
    compile_custom_data,
    compile_app_data,
    compile_store,
    compile_original_event,
    compile_attribution,
)


def compile_action(settings: Settings, compiler: Compiler) -> Action:
    """Return what makes the payload of one event. Decides now what no event can change."""
    steps = (part(settings, compiler) for part in _PARTS)
    return Recipe(
        gate=compile_gate(settings, compiler),
        address=compile_address(settings, compiler),
        steps=tuple(step for step in steps if step is not None),
    )


def summarise(settings: Settings) -> str:
    """Say in a few words what the action does."""
    name = as_text(settings.get("eventName")) or "an event"
    as_test = " as a test event" if settings.get("isTestEvent") else ""
    return f"send {name} to Meta{as_test}"
