"""Adobe XDM: ExperienceEvents of the web SDK with the field groups for commerce.

Event time and event id are not mapped: left empty, they come from ``xdm.timestamp`` and
``xdm._id``, where the web SDK puts them. Neither is consent: the web SDK keeps it apart from the
events, so a gate would close on all of them.

Sources:
https://experienceleague.adobe.com/en/docs/experience-platform/xdm/field-groups/event/commerce-details
https://github.com/adobe/xdm (commerce, productlistitem, address, site search, identity map)
"""

from __future__ import annotations

from extensions.contract import Preset, Settings
from extensions.meta.presets.mapping import by_event, elements

_XDM = "arc.event.xdm"
_COMMERCE = f"{_XDM}.commerce"

_PATHS = {
    "XDM page URL": f"{_XDM}.web.webPageDetails.URL",
    "XDM referrer URL": f"{_XDM}.web.webReferrer.URL",
    "XDM ECID": f"{_XDM}.identityMap.ECID[0].id",
    "XDM email": f"{_XDM}.personalEmail.address",
    "XDM identity email": f"{_XDM}.identityMap.Email[0].id",
    "XDM mobile phone": f"{_XDM}.mobilePhone.number",
    "XDM identity phone": f"{_XDM}.identityMap.Phone[0].id",
    "XDM first name": f"{_XDM}.person.name.firstName",
    "XDM last name": f"{_XDM}.person.name.lastName",
    "XDM gender": f"{_XDM}.person.gender",
    "XDM date of birth": f"{_XDM}.person.birthDate",
    "XDM billing city": f"{_COMMERCE}.billing.address.city",
    "XDM billing state": f"{_COMMERCE}.billing.address.stateProvince",
    "XDM billing postal code": f"{_COMMERCE}.billing.address.postalCode",
    "XDM billing country": f"{_COMMERCE}.billing.address.countryCode",
    "XDM order total": f"{_COMMERCE}.order.priceTotal",
    "XDM order currency": f"{_COMMERCE}.order.currencyCode",
    "XDM purchase id": f"{_COMMERCE}.order.purchaseID",
    "XDM products": f"{_XDM}.productListItems",
    "XDM first product name": f"{_XDM}.productListItems[0].name",
    "XDM first product total": f"{_XDM}.productListItems[0].priceTotal",
    "XDM first product currency": f"{_XDM}.productListItems[0].currencyCode",
    "XDM search query": f"{_XDM}.siteSearch.query",
}

_GENERAL: Settings = {
    "actionSource": "website",
    "eventSourceUrl": "{{XDM page URL}}",
    "referrerUrl": "{{XDM referrer URL}}",
    "externalId": "{{XDM ECID}}",
    "email": ["{{XDM email}}", "{{XDM identity email}}"],
    "phone": ["{{XDM mobile phone}}", "{{XDM identity phone}}"],
    "firstName": "{{XDM first name}}",
    "lastName": "{{XDM last name}}",
    "gender": "{{XDM gender}}",
    "dob": "{{XDM date of birth}}",
    "city": "{{XDM billing city}}",
    "state": "{{XDM billing state}}",
    "zip": "{{XDM billing postal code}}",
    "country": "{{XDM billing country}}",
}

# The total of a line, which is why it is divided by the quantity.
_PRODUCTS: Settings = {
    "list": "{{XDM products}}",
    "id": "SKU",
    "quantity": "quantity",
    "lineTotal": "priceTotal",
    "title": "name",
    "sendIds": True,
}

_OF_PRODUCT: Settings = {
    "customData": {
        "value": "{{XDM first product total}}",
        "currency": "{{XDM first product currency}}",
        "content_name": "{{XDM first product name}}",
        "content_type": "product",
    },
    "contents": _PRODUCTS,
}
_OF_CHECKOUT: Settings = {
    "customData": {
        "value": "{{XDM order total}}",
        "currency": "{{XDM order currency}}",
        "content_type": "product",
    },
    "contents": _PRODUCTS,
}
_OF_PURCHASE: Settings = {
    "customData": {
        "value": "{{XDM order total}}",
        "currency": "{{XDM order currency}}",
        "order_id": "{{XDM purchase id}}",
        "content_type": "product",
    },
    "contents": _PRODUCTS,
}

ADOBE_XDM = Preset(
    id="adobe-xdm",
    name="Adobe XDM",
    description=(
        "Events of Adobe's web SDK with commerce details: order, products, person, identities. "
        "Time and id of the event are taken from it by themselves."
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
            "CustomizeProduct": _OF_PRODUCT,
            "ViewContent": _OF_PRODUCT,
            "Search": {"customData": {"search_string": "{{XDM search query}}"}},
        },
    ),
    docs_url=(
        "https://experienceleague.adobe.com/en/docs/experience-platform/xdm/field-groups/event/"
        "commerce-details"
    ),
)
