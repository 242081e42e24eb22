"""Server event parameters."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.schema.parts import (
    MESSAGING,
    Field,
    combo,
    switch,
    text,
    text_or_number,
    when_source,
)

SECTION = "Server Event Parameters"

SECTIONS: dict[str, JSON] = {
    SECTION: {"help_url": meta.DOCS_SERVER_EVENT, "help_label": "Server event parameters"}
}

_STANDARD = set(meta.STANDARD_EVENTS)
_NAMES = (
    *((name, name) for name in meta.STANDARD_EVENTS),
    *((name, f"{name} ({words})") for name, words in meta.SPECIAL_EVENTS),
    *((name, f"{name} (messaging)") for name in meta.MESSAGING_EVENTS if name not in _STANDARD),
)

FIELDS: dict[str, Field] = {
    "actionSource": combo(
        "Action Source",
        "Where the conversion happened. It decides which fields below matter.",
        SECTION,
        meta.ACTION_SOURCES,
        required=True,
        help_url=f"{meta.DOCS_SERVER_EVENT}#action-source",
        help_label="Action sources",
    ),
    "eventName": combo(
        "Event Name",
        "A standard event, or any name of your own. Upper and lower case matter.",
        SECTION,
        _NAMES,
        required=True,
        help_url=meta.DOCS_STANDARD_EVENTS,
        help_label="Standard events",
    ),
    "messagingChannel": combo(
        "Messaging Channel",
        "Where the conversation took place. It decides which ids Meta requires.",
        SECTION,
        meta.MESSAGING_CHANNELS,
        show_if=MESSAGING,
        required_if=MESSAGING,
        help_url=meta.DOCS_MESSAGING,
        help_label="Messaging events",
    ),
    "eventTime": text_or_number(
        "Event Time",
        "Unix seconds, or a date and time with its zone. Empty means the time the event carries, "
        "or else when it was received. Meta takes events of the last 7 days, store events of the "
        "last 62.",
        SECTION,
        widget="text",
        required_if={"field": "automatic.eventTime", "in": [False]},
        help_url=f"{meta.DOCS_SERVER_EVENT}#event-time",
        help_label="Event time",
    ),
    "eventSourceUrl": text(
        "Event Source URL",
        "The address of the page. Required for website events.",
        SECTION,
        placeholder="https://www.example.com/checkout",
        required_if=when_source(meta.WEBSITE),
        matters_if=when_source(meta.WEBSITE),
        help_url=f"{meta.DOCS_SERVER_EVENT}#event-source-url",
        help_label="Event source URL",
    ),
    "eventId": text(
        "Event ID",
        "The same id that the pixel sends with this event. Meta then counts the two as one, if "
        "both arrive within 48 hours. Empty means the id the event carries, or else ours.",
        SECTION,
        help_url=meta.DOCS_DEDUPLICATION,
        help_label="How Meta finds duplicates",
    ),
    "referrerUrl": text(
        "Referrer URL",
        "The address of the page before, as the browser named it.",
        SECTION,
        placeholder="https://www.example.com/",
        matters_if=when_source(meta.WEBSITE),
        help_url=f"{meta.DOCS_SERVER_EVENT}#referrer-url",
        help_label="Referrer URL",
    ),
    "optOut": switch(
        "Opt Out",
        "On: Meta uses the event for attribution only, not to improve delivery.",
        SECTION,
        help_url=f"{meta.DOCS_SERVER_EVENT}#opt-out",
        help_label="Opt out",
    ),
    "customerSegmentation": combo(
        "Customer Segmentation",
        "Whether the customer is new to you, or known.",
        SECTION,
        tuple(
            (segment, segment.replace("_", " ").capitalize()) for segment in meta.CUSTOMER_SEGMENTS
        ),
        further=True,
        help_url=meta.DOCS_SERVER_EVENT,
        help_label="Customer segmentation",
    ),
    "advancedMeasurementTable": text(
        "Advanced Measurement Table",
        "Only where Meta asked you for it. Meta's library knows it, its documentation does not.",
        SECTION,
        further=True,
    ),
}
