"""Google Analytics 4: what a site pushes to its dataLayer, sent as it is.

The standard has no id and no time of an event. An id has to be pushed, as `event_id`, to both the
dataLayer and the pixel; the time is that of the arrival.

Sources:
https://developers.google.com/analytics/devguides/collection/ga4/ecommerce
https://developers.google.com/analytics/devguides/collection/ga4/reference/events
https://support.google.com/google-ads/answer/13262500 (user-provided data)
"""

from __future__ import annotations

from extensions.contract import Preset, Settings
from extensions.meta.presets.mapping import by_event, elements

_DATA = "arc.event.data"
_USER = f"{_DATA}.user_data"
_ECOMMERCE = f"{_DATA}.ecommerce"

_PATHS = {
    "GA4 event id": f"{_DATA}.event_id",
    "GA4 page location": f"{_DATA}.page_location",
    "GA4 page referrer": f"{_DATA}.page_referrer",
    "GA4 user id": f"{_DATA}.user_id",
    "GA4 email": f"{_USER}.email",
    "GA4 hashed email": f"{_USER}.sha256_email_address",
    "GA4 phone number": f"{_USER}.phone_number",
    "GA4 hashed phone number": f"{_USER}.sha256_phone_number",
    "GA4 first name": f"{_USER}.address.first_name",
    "GA4 last name": f"{_USER}.address.last_name",
    "GA4 city": f"{_USER}.address.city",
    "GA4 region": f"{_USER}.address.region",
    "GA4 postal code": f"{_USER}.address.postal_code",
    "GA4 country": f"{_USER}.address.country",
    "GA4 value": f"{_ECOMMERCE}.value",
    "GA4 currency": f"{_ECOMMERCE}.currency",
    "GA4 transaction id": f"{_ECOMMERCE}.transaction_id",
    "GA4 items": f"{_ECOMMERCE}.items",
    "GA4 first item name": f"{_ECOMMERCE}.items[0].item_name",
    "GA4 lead value": f"{_DATA}.value",
    "GA4 lead currency": f"{_DATA}.currency",
    "GA4 sign-up method": f"{_DATA}.method",
    "GA4 search term": f"{_DATA}.search_term",
}

_GENERAL: Settings = {
    "actionSource": "website",
    "eventId": "{{GA4 event id}}",
    "eventSourceUrl": "{{GA4 page location}}",
    "referrerUrl": "{{GA4 page referrer}}",
    "externalId": "{{GA4 user id}}",
    "email": ["{{GA4 email}}", "{{GA4 hashed email}}"],
    "phone": ["{{GA4 phone number}}", "{{GA4 hashed phone number}}"],
    "firstName": "{{GA4 first name}}",
    "lastName": "{{GA4 last name}}",
    "city": "{{GA4 city}}",
    "state": "{{GA4 region}}",
    "zip": "{{GA4 postal code}}",
    "country": "{{GA4 country}}",
}

_ITEMS: Settings = {
    "list": "{{GA4 items}}",
    "id": "item_id",
    "quantity": "quantity",
    "itemPrice": "price",
    "title": "item_name",
    "brand": "item_brand",
    "category": "item_category",
    "sendIds": True,
}

_OF_ITEMS: Settings = {
    "customData": {
        "value": "{{GA4 value}}",
        "currency": "{{GA4 currency}}",
        "content_type": "product",
    },
    "contents": _ITEMS,
}
_OF_ITEM: Settings = {
    "customData": {
        "value": "{{GA4 value}}",
        "currency": "{{GA4 currency}}",
        "content_name": "{{GA4 first item name}}",
        "content_type": "product",
    },
    "contents": _ITEMS,
}
_OF_PURCHASE: Settings = {
    "customData": {
        "value": "{{GA4 value}}",
        "currency": "{{GA4 currency}}",
        "order_id": "{{GA4 transaction id}}",
        "content_type": "product",
    },
    "contents": _ITEMS,
}
_OF_LEAD: Settings = {
    "customData": {"value": "{{GA4 lead value}}", "currency": "{{GA4 lead currency}}"}
}

GA4 = Preset(
    id="ga4",
    name="GA4 / dataLayer",
    description=(
        "Pushes to the dataLayer in the form of Google Analytics 4, with ecommerce and "
        "user-provided data. Push event_id and page_location along: GA4 itself has no event id."
    ),
    elements=elements(_PATHS),
    fill=by_event(
        _GENERAL,
        {
            "Purchase": _OF_PURCHASE,
            "InitiateCheckout": _OF_ITEMS,
            "AddPaymentInfo": _OF_ITEMS,
            "AddToCart": _OF_ITEM,
            "AddToWishlist": _OF_ITEM,
            "ViewContent": _OF_ITEM,
            "Search": {"customData": {"search_string": "{{GA4 search term}}"}},
            "Lead": _OF_LEAD,
            "CompleteRegistration": {"customData": {"content_name": "{{GA4 sign-up method}}"}},
        },
    ),
    docs_url="https://developers.google.com/analytics/devguides/collection/ga4/ecommerce",
)
