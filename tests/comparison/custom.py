"""Custom data and a whole event."""

from __future__ import annotations

from typing import Any

from extensions.meta.hashing import sha256
from tests.comparison.case import CUSTOM_DATA, CUSTOMER, LEFT_OUT, NOTHING, Case, Raises, Why

NUMBER = Why("The value is documented as a number. Text that spells one becomes one.", CUSTOM_DATA)
CURRENCY = Why(
    "ISO 4217 writes currencies in capital letters. Meta's examples show both and it takes both."
)
NO_CURRENCY = Why("This is no code of three letters.", CUSTOM_DATA)
IDS = Why("The ids are documented as a list.", CUSTOM_DATA)
ITEM = Why("An item of the contents needs an id and a quantity.", CUSTOM_DATA)
TEXT = Why("The field is documented as text.", CUSTOM_DATA)
EMPTY = Why("An empty text says nothing, so the key is left out. Meta's pages do not say.")
HASHED_ID = Why("Meta recommends to hash the external id. It can be switched off.", CUSTOMER)

CUSTOM: tuple[Case, ...] = (
    Case("value", 142.52, 142.52),
    Case("value", 0, 0),
    Case("value", "142.52", 142.52, Raises("TypeError"), NUMBER),
    Case("value", "12,50", NOTHING, Raises("TypeError"), LEFT_OUT),
    Case("currency", "usd", "USD", "usd", CURRENCY),
    Case("currency", "USD", "USD", "usd", CURRENCY),
    Case("currency", " eur ", "EUR", "eur", CURRENCY),
    Case("currency", "US$", NOTHING, Raises("TypeError"), LEFT_OUT),
    Case("currency", "E1UR", NOTHING, "eur", NO_CURRENCY),
    Case("content_ids", ["a", "b"], ["a", "b"]),
    Case("content_ids", "sku-1", ["sku-1"], "sku-1", IDS),
    Case("contents", [{"id": "a", "quantity": 2}], [{"id": "a", "quantity": 2}]),
    Case("contents", [{"id": "a"}], NOTHING, [{"id": "a"}], ITEM),
    Case("content_type", "product", "product"),
    Case("content_name", "", NOTHING, "", EMPTY),
    Case("order_id", "1007", "1007"),
    Case("order_id", 1007, "1007", 1007, TEXT),
    Case("num_items", 3, 3),
    Case("num_items", "3", 3, "3", NUMBER),
    Case("predicted_ltv", 2.5, 2.5),
    Case("net_revenue", 2.5, 2.5),
    Case("search_string", "red shoes", "red shoes"),
    Case("status", "registered", "registered"),
    Case("item_number", "7", "7"),
)

# Leaves of one whole event that come out differently. All others are equal.
EVENT: tuple[Case, ...] = (
    Case("user_data.external_id", "user-7", [sha256("user-7")], ["user-7"], HASHED_ID),
    Case("custom_data.currency", "EUR", "EUR", "eur", CURRENCY),
)

WHOLE: dict[str, Any] = {
    "event_name": "Purchase",
    "event_time": 1_760_000_000 - 60,
    "event_id": "order-1007",
    "event_source_url": "https://www.shop.example/thanks",
    "referrer_url": "https://www.shop.example/pay",
    "opt_out": False,
    "email": "Mary@Example.com",
    "phone": "+49 170 1234567",
    "first_name": "Mary",
    "last_name": "Smith",
    "date_of_birth": "19970216",
    "city": "São Paulo",
    "state": "sp",
    "zip_code": "01310",
    "country_code": "br",
    "external_id": "user-7",
    "client_ip_address": "2001:db8::7",
    "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "fbc": "fb.1.1759900000000.IwAR0AbCdEfGhIjKlMnOp",
    "fbp": "fb.1.1596403881668.1116446470",
    "value": 59.5,
    "currency": "EUR",
    "order_id": "1007",
    "content_type": "product",
    "contents": [
        {"id": "a", "quantity": 2, "item_price": 19.75, "title": "Light"},
        {"id": "b", "quantity": 1, "item_price": 20, "brand": "Acme", "category": "Cables"},
    ],
}
