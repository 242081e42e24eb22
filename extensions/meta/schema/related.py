"""Facts about the store, about an earlier event, and about the ad that earned it."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import vocabulary as meta
from extensions.meta.schema.parts import (
    Field,
    an_object,
    group,
    key,
    text,
    text_or_number,
    when_event,
    when_source,
)

STORE = "Store Data"
ORIGINAL = "Original Event and Attribution"

_IS_APPENDED = when_event(meta.APPEND_VALUE, meta.APPEND_ATTRIBUTION)
_IS_ATTRIBUTION = when_event(meta.APPEND_ATTRIBUTION)

SECTIONS: dict[str, JSON] = {
    STORE: {
        "help_url": meta.DOCS_STORE_EVENTS,
        "help_label": "Store events",
        "matters_if": when_source(meta.PHYSICAL_STORE),
    },
    ORIGINAL: {
        "help": "For events that add to an earlier one.",
        "help_url": meta.DOCS_ORIGINAL_EVENT,
        "help_label": "Original event data",
        "matters_if": _IS_APPENDED,
    },
}

_ATTRIBUTION_KEYS = (
    key("ad_id", "Ad ID", matters_if=_IS_ATTRIBUTION, required_if=_IS_ATTRIBUTION),
    key(
        "touchpoint_ts",
        "Time of the Touchpoint",
        "number",
        matters_if=_IS_ATTRIBUTION,
        required_if=_IS_ATTRIBUTION,
    ),
    key(
        "attribution_share",
        "Share, 0 to 1",
        "number",
        matters_if=_IS_ATTRIBUTION,
        required_if=_IS_ATTRIBUTION,
    ),
    key(
        "attribution_value",
        "Value",
        "number",
        matters_if=_IS_ATTRIBUTION,
        required_if=_IS_ATTRIBUTION,
    ),
    *(
        key(name, title, kind, matters_if=when_event())
        for name, title, kind in (
            ("adset_id", "Ad Set ID", "text"),
            ("campaign_id", "Campaign ID", "text"),
            ("scope", "Scope", "text"),
            ("visit_time", "Time of the Visit", "number"),
            ("attribution_model", "Attribution Model", "text"),
            ("attr_window", "Attribution Window", "number"),
            ("attribution_source", "Attribution Source", "text"),
            ("attribution_method", "Attribution Method", "text"),
            ("touchpoint_type", "Touchpoint Type", "text"),
            ("touchpoint_id", "Touchpoint ID", "text"),
            ("decline_reason", "Decline Reason", "text"),
            ("auditing_token", "Auditing Token", "text"),
            ("linkage_key", "Linkage Key", "text"),
            ("attribution_setting", "Attribution Setting", "object"),
            ("total_credit", "Total Credit", "number"),
            ("partner_client_id", "Partner Client ID", "text"),
        )
    ),
)

FIELDS: dict[str, Field] = {
    "storeData": an_object(
        "Store",
        "Facts about the store, passed on as they are.",
        STORE,
        (),
    ),
    "originalEventData": group(
        "Original Event",
        {
            "eventName": text("Original Event Name", "The name of the earlier event.", ORIGINAL),
            "eventTime": text_or_number(
                "Original Event Time",
                "The time of the earlier event: Unix seconds, or a date and time with its zone.",
                ORIGINAL,
            ),
            "orderId": text("Original Order ID", "The order id of the earlier event.", ORIGINAL),
            "eventId": text(
                "Original Event ID",
                "The id of the earlier event, exactly as it was sent.",
                ORIGINAL,
            ),
        },
    ),
    "attributionData": an_object(
        "Attribution",
        "Which ad earned the earlier event (beta at Meta), passed on as it is. Meta takes it "
        "within 48 hours of the earlier event.",
        ORIGINAL,
        _ATTRIBUTION_KEYS,
        help_url=meta.DOCS_ATTRIBUTION,
        help_label="Attribution data",
    ),
}
