"""Custom data and products."""

from __future__ import annotations

from extensions.contract import JSON
from extensions.meta import currencies
from extensions.meta import vocabulary as meta
from extensions.meta.contents import LINE_TOTAL, MEMBERS, Member
from extensions.meta.schema.parts import (
    Field,
    an_object,
    checkbox,
    group,
    key,
    text,
    when_event,
    when_source,
)

SECTION = "Custom Data"

SECTIONS: dict[str, JSON] = {
    SECTION: {"help_url": meta.DOCS_CUSTOM_DATA, "help_label": "Custom data parameters"}
}

_WITH_VALUE = when_event(
    meta.PURCHASE,
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    meta.APPEND_VALUE,
    "CompleteRegistration",
    "Donate",
    "InitiateCheckout",
    "Lead",
    "OrderCreated",
    "StartTrial",
    "Subscribe",
    "ViewContent",
)
_WITH_CONTENT = when_event(
    meta.PURCHASE, "AddToCart", "AddToWishlist", "InitiateCheckout", "Search", "ViewContent"
)
_IS_PURCHASE = when_event(meta.PURCHASE)
_IS_CRM = when_source(meta.SYSTEM_GENERATED)
_IS_STORE = when_source(meta.PHYSICAL_STORE)
_DELIVERY = [
    ["in_store", "In store"],
    ["curbside", "Curbside"],
    ["home_delivery", "Home delivery"],
]

_KEYS = (
    key("value", "Value", "number", matters_if=_WITH_VALUE, required_if=_IS_PURCHASE),
    key(
        "currency",
        "Currency",
        options=[[code, code] for code in sorted(currencies.CODES)],
        matters_if=_WITH_VALUE,
        required_if=_IS_PURCHASE,
    ),
    key("event_source", "Event Source", options=[["crm", "CRM"]], matters_if=_IS_CRM),
    key("lead_event_source", "Lead Event Source", matters_if=_IS_CRM),
    key("order_id", "Order ID", matters_if=_IS_PURCHASE),
    key("item_number", "Item Number", matters_if=_IS_STORE),
    key("content_ids", "Content IDs", "list", matters_if=_WITH_CONTENT),
    key(
        "content_type",
        "Content Type",
        options=[["product", "Product"], ["product_group", "Product group"]],
        matters_if=_WITH_CONTENT,
    ),
    key("num_items", "Number of Items", "number", matters_if=when_event("InitiateCheckout")),
    key("search_string", "Search String", matters_if=when_event("Search")),
    key("status", "Status", "boolean", matters_if=when_event("CompleteRegistration")),
    key(
        "predicted_ltv",
        "Predicted Lifetime Value",
        "number",
        matters_if=when_event("StartTrial", "Subscribe"),
    ),
    key("content_name", "Content Name", matters_if=when_event("ViewContent")),
    key("content_category", "Content Category", matters_if=when_event("ViewContent")),
    key("net_revenue", "Net Revenue", "number", matters_if=when_event(meta.APPEND_VALUE)),
    key("delivery_category", "Delivery Category", options=_DELIVERY, matters_if=when_event()),
    key("contents", "Contents", "list", matters_if=when_event()),
)

_COLUMNS = [
    {
        "key": member.key,
        "title": member.label,
        "type": "number" if member.is_number else "text",
        "required": member.key in ("id", "quantity"),
    }
    for member in MEMBERS
    if member.in_rows
]


def _name_of(member: Member) -> Field:
    words = (
        f"What the {member.label.lower()} is called in each item of the list. Empty means "
        f"{member.key}. Dots lead further inside, such as product.sku. {member.help}"
    )
    return text(
        f"{member.label} in the List",
        words.rstrip(),
        SECTION,
        picker=False,
        placeholder=member.key,
        further=True,
    )


FIELDS: dict[str, Field] = {
    "customData": an_object(
        "Data",
        "Keys and values, or one data element that gives an object. A Purchase needs the keys "
        '"currency" and "value".',
        SECTION,
        _KEYS,
        placeholder='{"currency": "EUR", "value": "{{Order Value}}"}',
        required_if=_IS_PURCHASE,
    ),
    "contents": group(
        "Contents",
        {
            "items": {
                "type": "array",
                "title": "Products",
                "description": "The products of the event, one in each row (contents).",
                "items": {
                    "type": "object",
                    "properties": {
                        column["key"]: {"type": ["string", "number"]} for column in _COLUMNS
                    },
                    "additionalProperties": False,
                },
                "ui": {
                    "widget": "rows",
                    "section": SECTION,
                    "columns": _COLUMNS,
                    "matters_if": _WITH_CONTENT,
                    "help_url": meta.DOCS_CUSTOM_DATA,
                    "help_label": "Contents",
                },
            },
            "list": text(
                "Products from a List",
                "A data element that gives the list of products, in place of the rows.",
                SECTION,
                placeholder="{{Products}}",
                matters_if=_WITH_CONTENT,
                help_url=meta.DOCS_CUSTOM_DATA,
                help_label="Contents",
            ),
            **{member.setting: _name_of(member) for member in MEMBERS},
            LINE_TOTAL: text(
                "Line Total in the List",
                "What the price of all pieces of an item is called. It is divided by the quantity "
                "where the item has no price of its own.",
                SECTION,
                picker=False,
                placeholder="priceTotal",
                further=True,
            ),
            "sendIds": checkbox(
                "Send Content IDs",
                "Sends the ids of the products as content_ids too.",
                SECTION,
                default=False,
                matters_if=_WITH_CONTENT,
            ),
        },
    ),
}
