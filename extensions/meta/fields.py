"""The customer information parameters: one table that the form, the payload and the docs share.

Order is the order of the form. `setting` is the original's key, `key` is Meta's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from extensions.meta import birth_date, client_ip, normalise, phone
from extensions.meta import vocabulary as meta
from extensions.meta.hashing import hashed
from extensions.meta.values import Normaliser

_REMEMBERED = 4096  # results per field; enough for the cities of a country's shop


@dataclass(frozen=True, slots=True)
class UserField:
    """One key of `user_data`.

    `prepare` gives what is sent, hashed where Meta wants a hash. `many` says that Meta takes a
    list. `verbatim` values are compared character by character and not even trimmed.
    `automatic` is the place in the visitor's request that fills an empty setting of a website
    event: ``ip``, ``userAgent``, or a cookie by its name.
    """

    setting: str
    key: str
    label: str
    prepare: Normaliser
    help: str
    is_hashed: bool = False
    needs_context: bool = False
    many: bool = False
    verbatim: bool = False
    automatic: str = ""
    placeholder: str = ""
    help_url: str = meta.DOCS_CUSTOMER_INFORMATION


def _personal(
    setting: str,
    key: str,
    label: str,
    rule: Normaliser,
    help_text: str,
    *,
    few_values: bool = False,
    needs_context: bool = False,
    md5_is_an_id: bool = False,
) -> UserField:
    """A field that Meta takes only as SHA-256, as a list.

    Few values means that many people share one, so the hash is worth remembering and no
    person's own data stays in memory.
    """
    prepare = hashed(rule, md5_is_an_id=md5_is_an_id)
    return UserField(
        setting,
        key,
        label,
        lru_cache(_REMEMBERED)(prepare) if few_values else prepare,
        help_text,
        is_hashed=True,
        needs_context=needs_context,
        many=True,
    )


USER_FIELDS: tuple[UserField, ...] = (
    _personal(
        "email", "em", "Email", normalise.email, "Trimmed, put into lower case and hashed for you."
    ),
    _personal(
        "phone",
        "ph",
        "Phone",
        phone.normalise,
        "With + and the country code, such as +49 170 1234567. A number without one is completed "
        "with the event's country or the default country of the extension.",
        needs_context=True,
    ),
    _personal(
        "gender",
        "ge",
        "Gender",
        normalise.gender,
        "Female or male, also as f or m.",
        few_values=True,
    ),
    _personal(
        "dob",
        "db",
        "Date of Birth",
        birth_date.normalise,
        "Best as YYYYMMDD. 1997-02-16, 2/16/1997 and 16.02.1997 are understood too.",
        needs_context=True,
    ),
    _personal("lastName", "ln", "Last Name", normalise.name, "In any script."),
    _personal("firstName", "fn", "First Name", normalise.name, "In any script."),
    _personal("city", "ct", "City", normalise.city, "In any script.", few_values=True),
    _personal(
        "state",
        "st",
        "State",
        normalise.state,
        "States of the US and Canada as a name or two letters; elsewhere the name of the region.",
        few_values=True,
        needs_context=True,
    ),
    _personal(
        "zip",
        "zp",
        "Zip",
        normalise.postal_code,
        "The postal code. Give the country too, as the rules differ.",
        needs_context=True,
    ),
    _personal(
        "country",
        "country",
        "Country",
        normalise.country,
        "A two-letter code such as US, or the English name. Meta asks to send it always.",
        few_values=True,
    ),
    _personal(
        "externalId",
        "external_id",
        "External ID",
        normalise.unchanged,
        "Your own id of the person, exactly as the pixel sends it. It is hashed for you.",
        md5_is_an_id=True,
    ),
    UserField(
        "clientIpAddress",
        "client_ip_address",
        "Client IP Address",
        client_ip.normalise,
        "The visitor's own address, never hashed. Left empty, a website event takes it from the "
        "visitor's request.",
        automatic="ip",
    ),
    UserField(
        "clientUserAgent",
        "client_user_agent",
        "Client User Agent",
        normalise.unchanged,
        "The visitor's browser as it names itself, never hashed. Left empty, a website event "
        "takes it from the visitor's request.",
        verbatim=True,
        automatic="userAgent",
    ),
    UserField(
        "fbc",
        "fbc",
        "Click ID",
        normalise.fb_id,
        "The value of the _fbc cookie, never hashed. Left empty, a website event takes it from "
        "the cookie.",
        verbatim=True,
        automatic="_fbc",
        placeholder="fb.1.1554763741205.AbCdEfGhIjKlMnOpQrStUvWxYz1234567890",
        help_url=meta.DOCS_CLICK_AND_BROWSER_ID,
    ),
    UserField(
        "fbp",
        "fbp",
        "Browser ID",
        normalise.fb_id,
        "The value of the _fbp cookie, never hashed. Left empty, a website event takes it from "
        "the cookie.",
        verbatim=True,
        automatic="_fbp",
        placeholder="fb.1.1596403881668.1116446470",
        help_url=meta.DOCS_CLICK_AND_BROWSER_ID,
    ),
    UserField(
        "subscriptionId",
        "subscription_id",
        "Subscription ID",
        normalise.unchanged,
        "The id of the person's subscription, never hashed.",
    ),
    UserField(
        "fbLoginId",
        "fb_login_id",
        "Meta Login ID",
        normalise.integer,
        "The id that Meta gives when a person first logs in to your app. A number.",
    ),
    UserField(
        "leadId",
        "lead_id",
        "Lead ID",
        normalise.lead_id,
        "The id of a lead from Meta's lead ads. A number of 15 or 16 digits.",
    ),
    UserField(
        "partnerName",
        "partner_name",
        "Partner Name (alpha)",
        normalise.unchanged,
        "Only for partners of Meta. Give both partner fields or neither.",
    ),
    UserField(
        "partnerId",
        "partner_id",
        "Partner ID (alpha)",
        normalise.unchanged,
        "Only for partners of Meta. Give both partner fields or neither.",
    ),
)

BY_KEY: dict[str, UserField] = {field.key: field for field in USER_FIELDS}
