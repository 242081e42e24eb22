"""Made-up events and payloads in the shapes that are common in the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from vault.dictionaries.maker import Maker

_REFERRERS = (
    "https://www.google.com/",
    "https://www.facebook.com/",
    "https://l.instagram.com/",
    "https://www.bing.com/",
    "https://t.co/",
    "",
)
_CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "JPY", "BRL", "INR", "CHF", "SEK")
_NAMES = (
    "PageView", "ViewContent", "AddToCart", "AddToWishlist", "InitiateCheckout", "AddPaymentInfo",
    "Purchase", "Lead", "CompleteRegistration", "Search", "Subscribe", "StartTrial", "Contact",
    "Schedule", "Donate", "SubmitApplication", "FindLocation", "CustomizeProduct",
)  # fmt: skip
_XDM_TYPES = (
    "web.webpagedetails.pageViews", "web.webinteraction.linkClicks", "commerce.productViews",
    "commerce.productListAdds", "commerce.productListRemovals", "commerce.productListViews",
    "commerce.checkouts", "commerce.purchases", "commerce.saveForLaters", "web.formFilledOut",
)  # fmt: skip
_GA_NAMES = (
    "page_view", "view_item", "view_item_list", "select_item", "add_to_cart", "remove_from_cart",
    "begin_checkout", "add_payment_info", "add_shipping_info", "purchase", "refund", "sign_up",
    "generate_lead", "login", "search",
)  # fmt: skip
_LANGUAGES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "pt-BR", "ja-JP", "nl-NL")
_COUNTRIES = ("us", "gb", "de", "fr", "es", "br", "jp", "nl", "ca", "au")


def _request(make: Maker) -> dict[str, Any]:
    seen: dict[str, Any] = {"ip": make.ip(), "userAgent": make.browser()}
    if make.perhaps(0.8):
        seen["referer"] = make.url()
    cookies = make.some({"_fbp": make.fbp(), "_fbc": make.fbc()}, 0.5)
    return {
        **seen,
        "cookies": cookies,
        "datastream": f"DS{make.hexadecimal(32)}",
        "requestId": make.uuid(),
    }


def _xdm(make: Maker) -> dict[str, Any]:
    kind = make.one_of(_XDM_TYPES)
    xdm: dict[str, Any] = {
        "_id": make.uuid(),
        "eventType": kind,
        "timestamp": make.time(),
        "web": {
            "webPageDetails": {
                "URL": make.url(),
                "name": make.word(),
                "siteSection": make.word(),
                "server": "www.example.com",
                "pageViews": {"value": 1},
            },
            "webReferrer": {"URL": make.one_of(_REFERRERS)},
        },
        "device": {
            "screenHeight": make.one_of((1080, 844, 900, 1440, 768)),
            "screenWidth": make.one_of((1920, 390, 1440, 2560, 1366)),
            "screenOrientation": make.one_of(("landscape", "portrait")),
        },
        "environment": {
            "type": "browser",
            "browserDetails": {
                "viewportWidth": make.number(300, 1900),
                "viewportHeight": make.number(300, 1000),
                "userAgent": make.browser(),
                "acceptLanguage": make.one_of(_LANGUAGES),
            },
        },
        "placeContext": {
            "localTime": make.time(),
            "localTimezoneOffset": make.number(-12, 12) * 60,
        },
        "implementationDetails": {
            "name": "https://ns.adobe.com/experience/alloy",
            "version": f"2.{make.number(10, 30)}.0",
            "environment": "browser",
        },
        "identityMap": {
            "ECID": [
                {
                    "id": str(make.number(10**37, 10**38 - 1)),
                    "authenticatedState": "ambiguous",
                    "primary": True,
                }
            ],
            "Email_LC_SHA256": [{"id": make.hashed(), "authenticatedState": "authenticated"}],
        },
    }
    if kind.startswith("commerce."):
        currency = make.one_of(_CURRENCIES)
        xdm["commerce"] = {
            kind.removeprefix("commerce."): {"value": 1},
            "order": {
                "purchaseID": make.word().upper() + str(make.number(1000, 99_999)),
                "purchaseOrderNumber": str(make.number(1000, 99_999)),
                "priceTotal": make.price(),
                "currencyCode": currency,
                "payments": [{"paymentAmount": make.price(), "currencyCode": currency}],
            },
        }
        xdm["productListItems"] = [
            {
                "SKU": f"SKU-{make.number(100, 99_999)}",
                "name": f"{make.word().title()} {make.word()}",
                "quantity": make.number(1, 4),
                "priceTotal": make.price(),
                "currencyCode": currency,
                "productCategories": [{"categoryID": make.word(), "categoryName": make.word()}],
            }
            for _ in range(make.number(1, 3))
        ]
    return {"xdm": make.some(xdm, 0.75), "data": {}}


def _customer(make: Maker) -> dict[str, Any]:
    first, last = make.word().title(), make.word().title()
    email = f"{first}.{last}@{make.one_of(('gmail.com', 'example.com', 'outlook.com'))}".lower()
    phone = f"+{make.number(1, 99)} {make.number(100, 999)} {make.number(10**6, 10**7)}"
    style = make.number(0, 2)
    if style == 0:
        return {
            "id": str(make.number(1, 10**6)), "email": email, "phone": phone, "first_name": first,
            "last_name": last, "gender": make.one_of("mf"), "date_of_birth": "1980-01-31",
            "city": make.word().title(), "state": make.word(2, 2), "zip": "10001",
            "postal_code": "10115", "country": make.one_of(_COUNTRIES),
        }  # fmt: skip
    if style == 1:
        return {
            "userId": make.uuid(), "email": email, "phoneNumber": phone, "firstName": first,
            "lastName": last, "birthday": "19800131", "gender": "female",
            "address": {
                "street": f"{make.number(1, 200)} {make.word().title()} St",
                "city": make.word().title(), "region": make.word(2, 2).upper(),
                "postalCode": "94107", "country": make.one_of(_COUNTRIES).upper(),
            },
        }  # fmt: skip
    return {
        "em": make.hashed(), "ph": make.hashed(), "fn": make.hashed(), "ln": make.hashed(),
        "external_id": make.uuid(), "ct": make.hashed(), "st": make.hashed(), "zp": make.hashed(),
        "country": make.hashed(), "db": make.hashed(), "ge": make.hashed(),
    }  # fmt: skip


def _items(make: Maker) -> list[dict[str, Any]]:
    return [
        make.some(
            {
                "item_id": f"SKU_{make.number(100, 99_999)}", "item_name": make.word().title(),
                "item_brand": make.word().title(), "item_category": make.word().title(),
                "item_variant": make.word(), "index": number, "price": make.price(),
                "quantity": make.number(1, 4), "discount": make.price(), "coupon": "SUMMER",
            },
            0.8,
        )
        for number in range(make.number(1, 3))
    ]  # fmt: skip


def _layer(make: Maker) -> dict[str, Any]:
    """An event as a data layer holds it."""
    name = make.one_of(_GA_NAMES if make.perhaps() else _NAMES)
    data = {
        "event": name,
        "event_name": name,
        "event_id": make.uuid(),
        "event_time": make.seconds(),
        "timestamp": make.time(),
        "page_location": make.url(),
        "page_title": f"{make.word().title()} | {make.word().title()}",
        "page_referrer": make.one_of(_REFERRERS),
        "url": make.url(),
        "language": make.one_of(_LANGUAGES),
        "client_id": f"{make.number(10**8, 10**9)}.{make.seconds()}",
        "session_id": make.seconds(),
        "user_id": make.uuid(),
        "fbp": make.fbp(),
        "fbc": make.fbc(),
        "ip": make.ip(),
        "user_agent": make.browser(),
        "value": make.price(),
        "currency": make.one_of(_CURRENCIES),
        "order_id": str(make.number(1000, 99_999)),
        "transaction_id": f"T_{make.number(1000, 99_999)}",
        "ecommerce": {
            "transaction_id": str(make.number(1000, 99_999)), "value": make.price(),
            "tax": make.price(), "shipping": make.price(), "coupon": "",
            "currency": make.one_of(_CURRENCIES), "items": _items(make),
        },
        "content_ids": [f"SKU-{make.number(100, 99_999)}"],
        "content_type": "product",
        "contents": [
            {"id": f"SKU-{make.number(100, 9999)}", "quantity": 1, "item_price": make.price()}
        ],
        "consent": {
            "ad_storage": "granted", "analytics_storage": "granted", "ad_user_data": "granted",
            "ad_personalization": "denied", "marketing": True, "advertising": True,
        },
        make.one_of(("customer", "user", "user_data", "userData")): _customer(make),
    }  # fmt: skip
    identity = {"_id": make.uuid(), "eventType": make.one_of(_XDM_TYPES)} if make.perhaps() else {}
    return {"xdm": identity, "data": make.some(data, 0.5)}


def _tracked(make: Maker) -> dict[str, Any]:
    """An event as the libraries of customer data platforms send it."""
    data = {
        "type": make.one_of(("track", "page", "screen")),
        "event": make.one_of(
            ("Order Completed", "Product Viewed", "Product Added", "Checkout Started", "Signed Up")
        ),
        "messageId": f"ajs-next-{make.seconds()}-{make.uuid()}",
        "anonymousId": make.uuid(),
        "userId": make.uuid(),
        "originalTimestamp": make.time(),
        "sentAt": make.time(),
        "context": {
            "ip": make.ip(), "userAgent": make.browser(), "locale": make.one_of(_LANGUAGES),
            "timezone": "Europe/Berlin",
            "library": {"name": "analytics.js", "version": f"2.{make.number(1, 20)}.0"},
            "page": {
                "url": make.url(), "path": f"/{make.word()}/", "title": make.word().title(),
                "referrer": make.one_of(_REFERRERS), "search": "",
            },
            "campaign": {"source": make.source(), "medium": "cpc", "name": make.word()},
            "traits": _customer(make),
        },
        "properties": {
            "order_id": str(make.number(1000, 99_999)), "total": make.price(),
            "revenue": make.price(), "currency": make.one_of(_CURRENCIES),
            "products": [
                {
                    "product_id": make.hexadecimal(24), "sku": f"G-{make.number(10, 99)}",
                    "name": make.word().title(), "price": make.price(), "quantity": 1,
                    "category": make.word().title(),
                }
            ],
        },
        "integrations": {},
    }  # fmt: skip
    return {"xdm": {}, "data": make.some(data, 0.75)}


def _body(kind: Callable[[Maker], dict[str, Any]]) -> Callable[[Maker], dict[str, Any]]:
    return lambda make: {"event": kind(make), "request": _request(make)}


def _payload(make: Maker) -> dict[str, Any]:
    """An event as Meta takes it."""
    name = make.one_of(_NAMES)
    user = make.some(
        {key: [make.hashed()] for key in ("em", "ph", "fn", "ln", "ct", "st", "zp", "country")}
        | {key: [make.hashed()] for key in ("external_id", "db", "ge")},
        0.7,
    )
    browser = make.some({"fbp": make.fbp(), "fbc": make.fbc(), "lead_id": make.number(1, 10**15)})
    whole: dict[str, Any] = {
        "event_name": name,
        "event_time": make.seconds(),
        "event_id": make.uuid(),
        "action_source": make.one_of(
            ("website", "website", "app", "physical_store", "system_generated")
        ),
        "event_source_url": make.url(),
        "referrer_url": make.one_of(_REFERRERS),
        "user_data": {
            **user,
            "client_ip_address": make.ip(),
            "client_user_agent": make.browser(),
            **browser,
        },
        "opt_out": False,
        "data_processing_options": make.one_of(([], ["LDU"])),
        "data_processing_options_country": make.number(0, 1),
        "data_processing_options_state": make.one_of((0, 1000)),
    }
    if make.perhaps(0.8):
        whole["custom_data"] = make.some(
            {
                "currency": make.one_of(_CURRENCIES), "value": make.price(),
                "content_ids": [f"SKU-{make.number(100, 9999)}" for _ in range(make.number(1, 3))],
                "contents": [
                    {
                        "id": f"SKU-{make.number(100, 9999)}", "quantity": make.number(1, 4),
                        "item_price": make.price(), "title": make.word(), "brand": make.word(),
                        "category": make.word(), "delivery_category": "home_delivery",
                    }
                    for _ in range(make.number(1, 3))
                ],
                "content_type": make.one_of(("product", "product_group")),
                "content_name": make.word().title(), "content_category": make.word().title(),
                "num_items": make.number(1, 5), "order_id": str(make.number(1000, 99_999)),
                "predicted_ltv": make.price(), "search_string": make.word(), "status": True,
                "delivery_category": "in_store",
            },
            0.7,
        )  # fmt: skip
    kept = ("event_name", "event_time", "user_data", "event_id", "action_source", "custom_data")
    return {key: value for key, value in whole.items() if key in kept or make.perhaps(0.6)}


def _answer(make: Maker) -> dict[str, Any]:
    if make.perhaps(0.8):
        trace = f"A{make.word(10, 22)}"
        return {"events_received": make.number(1, 1000), "messages": [], "fbtrace_id": trace}
    return {
        "error": {
            "message": "Invalid parameter", "type": "OAuthException", "code": 100,
            "error_subcode": 2_804_000 + make.number(1, 99), "is_transient": False,
            "error_user_title": "Missing Event Name for Event",
            "error_user_msg": "Your event is missing a required parameter.",
            "fbtrace_id": f"A{make.word(10, 22)}",
        }
    }  # fmt: skip


# Each kind, and how many of a hundred texts are of it.
_KINDS: dict[Callable[[Maker], dict[str, Any]], int] = {
    _body(_xdm): 20,
    _body(_layer): 28,
    _body(_tracked): 8,
    _payload: 40,
    _answer: 4,
}


def samples(hundreds: int, seed: int = 1) -> Iterator[bytes]:
    """Yield so many hundred texts, as they are compressed; the same ones for the same seed."""
    make = Maker(seed)
    for _ in range(hundreds):
        for kind, count in _KINDS.items():
            for _ in range(count):
                yield orjson.dumps(kind(make))
