"""Shopify: orders as a webhook posts them, and the customer events of a web pixel.

Shopify's own product feed and pixel name products and not variants, so these do too.

Sources:
https://shopify.dev/docs/api/webhooks (topics orders/…)
https://shopify.dev/docs/api/web-pixels-api/standard-events
"""

from __future__ import annotations

from extensions.contract import Preset, Settings
from extensions.meta.presets.mapping import by_event, elements

_GROUP = "product_group"  # what an id of a product, as opposed to a variant, means to Meta

_ORDER = "arc.event.data"
_BILLING = f"{_ORDER}.billing_address"

_ORDER_PATHS = {
    "Shopify order id": f"{_ORDER}.id",
    "Shopify order name": f"{_ORDER}.name",
    "Shopify order time": f"{_ORDER}.created_at",
    "Shopify order email": f"{_ORDER}.email",
    "Shopify order phone": f"{_ORDER}.phone",
    "Shopify customer id": f"{_ORDER}.customer.id",
    "Shopify customer phone": f"{_ORDER}.customer.phone",
    "Shopify billing first name": f"{_BILLING}.first_name",
    "Shopify billing last name": f"{_BILLING}.last_name",
    "Shopify billing city": f"{_BILLING}.city",
    "Shopify billing province": f"{_BILLING}.province",
    "Shopify billing zip": f"{_BILLING}.zip",
    "Shopify billing country": f"{_BILLING}.country_code",
    "Shopify billing phone": f"{_BILLING}.phone",
    "Shopify browser IP": f"{_ORDER}.client_details.browser_ip",
    "Shopify browser user agent": f"{_ORDER}.client_details.user_agent",
    "Shopify fbp attribute": f'{_ORDER}.note_attributes[name="_fbp"].value',
    "Shopify fbc attribute": f'{_ORDER}.note_attributes[name="_fbc"].value',
    "Shopify order total": f"{_ORDER}.total_price",
    "Shopify order currency": f"{_ORDER}.currency",
    "Shopify order lines": f"{_ORDER}.line_items",
}

# Shopify's servers post the order, so nothing of the request is the visitor's. Event Source URL
# stays empty: order_status_url holds a key that opens the customer's order to whoever has it, and
# landing_site is mostly a path without its shop.
_ORDER_GENERAL: Settings = {
    "actionSource": "website",
    "eventTime": "{{Shopify order time}}",
    "eventId": "{{Shopify order id}}",
    "externalId": "{{Shopify customer id}}",
    "email": "{{Shopify order email}}",
    "phone": [
        "{{Shopify order phone}}",
        "{{Shopify customer phone}}",
        "{{Shopify billing phone}}",
    ],
    "firstName": "{{Shopify billing first name}}",
    "lastName": "{{Shopify billing last name}}",
    "city": "{{Shopify billing city}}",
    "state": "{{Shopify billing province}}",
    "zip": "{{Shopify billing zip}}",
    "country": "{{Shopify billing country}}",
    "clientIpAddress": "{{Shopify browser IP}}",
    "clientUserAgent": "{{Shopify browser user agent}}",
    "fbp": "{{Shopify fbp attribute}}",
    "fbc": "{{Shopify fbc attribute}}",
}
_ORDER_PURCHASE: Settings = {
    "customData": {
        "value": "{{Shopify order total}}",
        "currency": "{{Shopify order currency}}",
        "order_id": "{{Shopify order name}}",
        "content_type": _GROUP,
    },
    "contents": {
        "list": "{{Shopify order lines}}",
        "id": "product_id",
        "quantity": "quantity",
        "itemPrice": "price",
        "title": "title",
        "brand": "vendor",
        "sendIds": True,
    },
}

SHOPIFY_ORDER = Preset(
    id="shopify-order",
    name="Shopify order webhook",
    description=(
        "Orders as a Shopify webhook posts them. They hold no address of a page: put your shop's "
        "into Event Source URL. fbp and fbc come from note attributes _fbp and _fbc, if your "
        "theme keeps them with the cart."
    ),
    elements=elements(_ORDER_PATHS),
    fill=by_event(_ORDER_GENERAL, {"Purchase": _ORDER_PURCHASE}),
    docs_url="https://shopify.dev/docs/api/webhooks",
)

_PIXEL = "arc.event.data"  # holds the customer event, which has a `data` of its own
_PAGE = f"{_PIXEL}.context.document"
_CHECKOUT = f"{_PIXEL}.data.checkout"
_ADDRESS = f"{_CHECKOUT}.billingAddress"
_VARIANT = f"{_PIXEL}.data.productVariant"
_CART_LINE = f"{_PIXEL}.data.cartLine"

_PIXEL_PATHS = {
    "Shopify event id": f"{_PIXEL}.id",
    "Shopify event time": f"{_PIXEL}.timestamp",
    "Shopify client id": f"{_PIXEL}.clientId",
    "Shopify page URL": f"{_PAGE}.location.href",
    "Shopify referrer": f"{_PAGE}.referrer",
    "Shopify navigator user agent": f"{_PIXEL}.context.navigator.userAgent",
    "Shopify checkout email": f"{_CHECKOUT}.email",
    "Shopify checkout phone": f"{_CHECKOUT}.phone",
    "Shopify checkout first name": f"{_ADDRESS}.firstName",
    "Shopify checkout last name": f"{_ADDRESS}.lastName",
    "Shopify checkout city": f"{_ADDRESS}.city",
    "Shopify checkout province": f"{_ADDRESS}.province",
    "Shopify checkout zip": f"{_ADDRESS}.zip",
    "Shopify checkout country": f"{_ADDRESS}.countryCode",
    "Shopify checkout total": f"{_CHECKOUT}.totalPrice.amount",
    "Shopify checkout currency": f"{_CHECKOUT}.currencyCode",
    "Shopify checkout order id": f"{_CHECKOUT}.order.id",
    "Shopify checkout lines": f"{_CHECKOUT}.lineItems",
    "Shopify viewed product id": f"{_VARIANT}.product.id",
    "Shopify viewed product title": f"{_VARIANT}.product.title",
    "Shopify viewed product price": f"{_VARIANT}.price.amount",
    "Shopify viewed product currency": f"{_VARIANT}.price.currencyCode",
    "Shopify added product id": f"{_CART_LINE}.merchandise.product.id",
    "Shopify added product title": f"{_CART_LINE}.merchandise.product.title",
    "Shopify added quantity": f"{_CART_LINE}.quantity",
    "Shopify added product price": f"{_CART_LINE}.merchandise.price.amount",
    "Shopify added total": f"{_CART_LINE}.cost.totalAmount.amount",
    "Shopify added currency": f"{_CART_LINE}.cost.totalAmount.currencyCode",
    "Shopify search query": f"{_PIXEL}.data.searchResult.query",
}

_PIXEL_GENERAL: Settings = {
    "actionSource": "website",
    "eventTime": "{{Shopify event time}}",
    "eventId": "{{Shopify event id}}",
    "eventSourceUrl": "{{Shopify page URL}}",
    "referrerUrl": "{{Shopify referrer}}",
    "externalId": "{{Shopify client id}}",
    "clientUserAgent": "{{Shopify navigator user agent}}",
}
_PIXEL_CUSTOMER: Settings = {
    "email": "{{Shopify checkout email}}",
    "phone": "{{Shopify checkout phone}}",
    "firstName": "{{Shopify checkout first name}}",
    "lastName": "{{Shopify checkout last name}}",
    "city": "{{Shopify checkout city}}",
    "state": "{{Shopify checkout province}}",
    "zip": "{{Shopify checkout zip}}",
    "country": "{{Shopify checkout country}}",
}
_CHECKOUT_LINES: Settings = {
    "list": "{{Shopify checkout lines}}",
    "id": "variant.product.id",
    "quantity": "quantity",
    "itemPrice": "variant.price.amount",
    "title": "title",
    "brand": "variant.product.vendor",
    "sendIds": True,
}
_CHECKOUT_DATA: Settings = {
    "value": "{{Shopify checkout total}}",
    "currency": "{{Shopify checkout currency}}",
    "content_type": _GROUP,
}
_PIXEL_CHECKOUT: Settings = {
    **_PIXEL_CUSTOMER,
    "customData": _CHECKOUT_DATA,
    "contents": _CHECKOUT_LINES,
}
_PIXEL_PURCHASE: Settings = {
    **_PIXEL_CUSTOMER,
    "customData": {**_CHECKOUT_DATA, "order_id": "{{Shopify checkout order id}}"},
    "contents": _CHECKOUT_LINES,
}
_PIXEL_VIEW: Settings = {
    "customData": {
        "value": "{{Shopify viewed product price}}",
        "currency": "{{Shopify viewed product currency}}",
        "content_name": "{{Shopify viewed product title}}",
        "content_type": _GROUP,
    },
    "contents": {
        "items": [
            {
                "id": "{{Shopify viewed product id}}",
                "quantity": 1,
                "item_price": "{{Shopify viewed product price}}",
            }
        ],
        "sendIds": True,
    },
}
_PIXEL_ADD: Settings = {
    "customData": {
        "value": "{{Shopify added total}}",
        "currency": "{{Shopify added currency}}",
        "content_name": "{{Shopify added product title}}",
        "content_type": _GROUP,
    },
    "contents": {
        "items": [
            {
                "id": "{{Shopify added product id}}",
                "quantity": "{{Shopify added quantity}}",
                "item_price": "{{Shopify added product price}}",
            }
        ],
        "sendIds": True,
    },
}

SHOPIFY_PIXEL = Preset(
    id="shopify-pixel",
    name="Shopify web pixel",
    description=(
        "Customer events of a Shopify web pixel, such as checkout_completed, product_viewed and "
        "product_added_to_cart, posted as Shopify hands them over."
    ),
    elements=elements(_PIXEL_PATHS),
    fill=by_event(
        _PIXEL_GENERAL,
        {
            "Purchase": _PIXEL_PURCHASE,
            "InitiateCheckout": _PIXEL_CHECKOUT,
            "AddPaymentInfo": _PIXEL_CHECKOUT,
            "AddToCart": _PIXEL_ADD,
            "ViewContent": _PIXEL_VIEW,
            "Search": {"customData": {"search_string": "{{Shopify search query}}"}},
        },
    ),
    docs_url="https://shopify.dev/docs/api/web-pixels-api/standard-events",
)
