"""Segment: events of its spec, as analytics.js or a webhook sends them.

The consent gate is filled, because Segment's consent wrappers write the visitor's choice into
every event. Where no wrapper runs there is none, and the gate has to be taken off.

Sources:
https://segment.com/docs/connections/spec/common/
https://segment.com/docs/connections/spec/ecommerce/v2/
https://segment.com/docs/privacy/consent-management/
"""

from __future__ import annotations

from extensions.contract import Preset, Settings
from extensions.meta.presets.mapping import by_event, elements

_DATA = "arc.event.data"
_CONTEXT = f"{_DATA}.context"
_TRAITS = f"{_CONTEXT}.traits"
_PROPERTIES = f"{_DATA}.properties"

_PATHS = {
    "Segment message id": f"{_DATA}.messageId",
    "Segment timestamp": f"{_DATA}.timestamp",
    "Segment page URL": f"{_CONTEXT}.page.url",
    "Segment page referrer": f"{_CONTEXT}.page.referrer",
    "Segment advertising consent": f"{_CONTEXT}.consent.categoryPreferences.Advertising",
    "Segment user id": f"{_DATA}.userId",
    "Segment anonymous id": f"{_DATA}.anonymousId",
    "Segment email": f"{_TRAITS}.email",
    "Segment event email": f"{_PROPERTIES}.email",
    "Segment phone": f"{_TRAITS}.phone",
    "Segment first name": f"{_TRAITS}.firstName",
    "Segment last name": f"{_TRAITS}.lastName",
    "Segment gender": f"{_TRAITS}.gender",
    "Segment birthday": f"{_TRAITS}.birthday",
    "Segment city": f"{_TRAITS}.address.city",
    "Segment state": f"{_TRAITS}.address.state",
    "Segment postal code": f"{_TRAITS}.address.postalCode",
    "Segment country": f"{_TRAITS}.address.country",
    "Segment IP": f"{_CONTEXT}.ip",
    "Segment user agent": f"{_CONTEXT}.userAgent",
    "Segment fbp": f"{_PROPERTIES}.fbp",
    "Segment fbc": f"{_PROPERTIES}.fbc",
    "Segment value": f"{_PROPERTIES}.value",
    "Segment revenue": f"{_PROPERTIES}.revenue",
    "Segment currency": f"{_PROPERTIES}.currency",
    "Segment order id": f"{_PROPERTIES}.order_id",
    "Segment products": f"{_PROPERTIES}.products",
    "Segment product id": f"{_PROPERTIES}.product_id",
    "Segment product name": f"{_PROPERTIES}.name",
    "Segment product category": f"{_PROPERTIES}.category",
    "Segment product price": f"{_PROPERTIES}.price",
    "Segment product quantity": f"{_PROPERTIES}.quantity",
    "Segment search query": f"{_PROPERTIES}.query",
}

# A server of Segment's may send the event, so nothing of the request need be the visitor's.
_GENERAL: Settings = {
    "actionSource": "website",
    "eventTime": "{{Segment timestamp}}",
    "eventId": "{{Segment message id}}",
    "eventSourceUrl": "{{Segment page URL}}",
    "referrerUrl": "{{Segment page referrer}}",
    "consent": "{{Segment advertising consent}}",
    "externalId": ["{{Segment user id}}", "{{Segment anonymous id}}"],
    "email": ["{{Segment email}}", "{{Segment event email}}"],
    "phone": "{{Segment phone}}",
    "firstName": "{{Segment first name}}",
    "lastName": "{{Segment last name}}",
    "gender": "{{Segment gender}}",
    "dob": "{{Segment birthday}}",
    "city": "{{Segment city}}",
    "state": "{{Segment state}}",
    "zip": "{{Segment postal code}}",
    "country": "{{Segment country}}",
    "clientIpAddress": "{{Segment IP}}",
    "clientUserAgent": "{{Segment user agent}}",
    "fbp": "{{Segment fbp}}",
    "fbc": "{{Segment fbc}}",
}

_PRODUCTS: Settings = {
    "list": "{{Segment products}}",
    "id": "product_id",
    "quantity": "quantity",
    "itemPrice": "price",
    "title": "name",
    "brand": "brand",
    "category": "category",
    "sendIds": True,
}

_OF_PRODUCT: Settings = {
    "customData": {
        "value": "{{Segment value}}",
        "currency": "{{Segment currency}}",
        "content_name": "{{Segment product name}}",
        "content_category": "{{Segment product category}}",
        "content_type": "product",
    },
    "contents": {
        "items": [
            {
                "id": "{{Segment product id}}",
                "quantity": "{{Segment product quantity}}",
                "item_price": "{{Segment product price}}",
            }
        ],
        "sendIds": True,
    },
}
_OF_CHECKOUT: Settings = {
    "customData": {
        "value": "{{Segment value}}",
        "currency": "{{Segment currency}}",
        "content_type": "product",
    },
    "contents": _PRODUCTS,
}
_OF_PURCHASE: Settings = {
    "customData": {
        "value": "{{Segment revenue}}",
        "currency": "{{Segment currency}}",
        "order_id": "{{Segment order id}}",
        "content_type": "product",
    },
    "contents": _PRODUCTS,
}
_OF_VALUE: Settings = {
    "customData": {"value": "{{Segment value}}", "currency": "{{Segment currency}}"}
}

SEGMENT = Preset(
    id="segment",
    name="Segment",
    description=(
        "Track calls of Segment's spec for ecommerce, such as Order Completed. Fills the consent "
        "gate with the category Advertising: take it off if your events carry no consent."
    ),
    elements=elements(_PATHS),
    fill=by_event(
        _GENERAL,
        {
            "Purchase": _OF_PURCHASE,
            "InitiateCheckout": _OF_CHECKOUT,
            "AddPaymentInfo": _OF_CHECKOUT,
            "AddToCart": _OF_PRODUCT,
            "AddToWishlist": _OF_PRODUCT,
            "ViewContent": _OF_PRODUCT,
            "Search": {"customData": {"search_string": "{{Segment search query}}"}},
            "Lead": _OF_VALUE,
        },
    ),
    docs_url="https://segment.com/docs/connections/spec/ecommerce/v2/",
)
