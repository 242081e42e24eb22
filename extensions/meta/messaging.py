"""Messaging events: their channel, the ids each channel needs, and the names Meta lists.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/business-messaging
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from extensions.contract import JSON, Compiler, Notice, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.draft import Draft, Step
from extensions.meta.fields import BY_KEY
from extensions.meta.inputs import compile_input
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text

FIELD = "messaging_channel"

_NAMES = frozenset(meta.MESSAGING_EVENTS)
_LABELS = dict(meta.MESSAGING_CHANNELS)
_CHANNELS = {
    spelling: channel
    for channel, label in meta.MESSAGING_CHANNELS
    for spelling in (channel, label.lower())
} | {"instagram_direct": meta.INSTAGRAM}

# For each channel the ids it needs; of those that stand together one is enough. Meta's guide and
# its parameter list disagree about the account of Instagram, so either is taken.
IDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    meta.WHATSAPP: (("ctwa_clid",), ("whatsapp_business_account_id", "page_id")),
    meta.MESSENGER: (("page_id",), ("page_scoped_user_id",)),
    meta.INSTAGRAM: (("ig_sid",), ("instagram_business_account_id", "ig_account_id")),
}

UNLISTED_NAME = Notice(
    "messaging_event_name",
    "event_name",
    "Meta does not list this event name for messaging and may refuse the event.",
)
LEFT_OUT = Notice(
    "messaging_channel_left_out",
    FIELD,
    "The messaging channel belongs to messaging events, so it was left out of this event.",
)


def compile_messaging(settings: Settings, compiler: Compiler) -> Step:
    """Compile the step that gives a messaging event its channel and looks for the ids."""
    resolve = compile_input(settings, "messagingChannel", compiler)

    def step(draft: Draft) -> None:
        value = None if resolve is None else resolve(draft.scope)
        if draft.source != meta.BUSINESS_MESSAGING:
            if value is not None:
                draft.notices.append(LEFT_OUT)
            return
        draft.event[FIELD] = channel = channel_of(value)
        missing = next(missing_ids(channel, draft.event["user_data"]), None)
        if missing:
            raise Refusal("missing_messaging_id", f"{_LABELS[channel]} needs {missing}.")
        if not is_listed(draft.event["event_name"]):
            draft.notices.append(UNLISTED_NAME)

    return step


def channel_of(value: JSON) -> str:
    """Return the channel by its id or its label.

    Raises:
        Refusal: there is none, or Meta does not know it.
    """
    text = as_text(value)
    if not text:
        raise Refusal("missing_messaging_channel")
    channel = _CHANNELS.get(text.lower())
    if channel is None:
        raise Refusal("invalid_messaging_channel")
    return channel


def is_listed(name: str) -> bool:
    """Whether Meta lists the event name for messaging."""
    return name in _NAMES


def missing_ids(channel: str, given: Mapping[str, JSON]) -> Iterator[str]:
    """Yield in words what the channel needs and the keys of `given` do not hold."""
    for keys in IDS[channel]:
        if not any(key in given for key in keys):
            yield " or ".join(f"the {BY_KEY[key].label}" for key in keys)
