"""The customer information parameters: one table that the form, the payload and the docs share.

Order is the order of the form. `setting` is the original's key, `key` is Meta's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

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
    `best` picks from several values where Meta takes one.
    `automatic` is the place in the visitor's request that fills an empty setting of a website
    event: ``ip``, ``userAgent``, or a cookie by its name. `sources` are the action sources the
    field matters for; empty for all. `of_web` says that no messaging event may have it.
    `channels` are the messaging channels that need it, alone or as one of several.
    `is_foreign_elsewhere` says that Meta's list gives the key to events of `sources` alone.
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
    best: Callable[[list[str | int]], str | int] = itemgetter(0)
    automatic: str = ""
    placeholder: str = ""
    help_url: str = meta.DOCS_CUSTOMER_INFORMATION
    sources: tuple[str, ...] = ()
    of_web: bool = False
    channels: tuple[str, ...] = ()
    is_rare: bool = False  # stands among the further fields, whatever the source
    is_foreign_elsewhere: bool = False


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
    many: bool = True,
    sources: tuple[str, ...] = (),
    is_rare: bool = False,
) -> UserField:
    """A field that Meta takes only as SHA-256, mostly as a list.

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
        many=many,
        sources=sources,
        is_rare=is_rare,
    )


def _messaging(
    setting: str, key: str, label: str, help_text: str, *channels: str, help_url: str = ""
) -> UserField:
    """An id of a messaging channel, sent as it is."""
    return UserField(
        setting,
        key,
        label,
        normalise.unchanged,
        help_text,
        help_url=help_url or meta.DOCS_MESSAGING,
        sources=(meta.BUSINESS_MESSAGING,),
        channels=channels,
        is_foreign_elsewhere=True,
    )


def _part(setting: str, key: str, label: str, rule: Normaliser, help_text: str) -> UserField:
    """A part of a name or a date that Meta's own library knows and no page of Meta describes."""
    return _personal(
        setting,
        key,
        label,
        rule,
        f"{help_text} Hashed for you. Meta's library knows it, its documentation does not.",
        needs_context=True,
        many=False,
        is_rare=True,
    )


# Everything but messages, whose people Meta finds by the ids of the channel.
_PEOPLE = tuple(source for source, _ in meta.ACTION_SOURCES if source != meta.BUSINESS_MESSAGING)
# Where people leave an address. Elsewhere it is rarely known.
_ADDRESSES = (
    meta.WEBSITE,
    meta.PHYSICAL_STORE,
    meta.SYSTEM_GENERATED,
    "phone_call",
    "email",
    "other",
)
_WEB = (meta.WEBSITE,)

USER_FIELDS: tuple[UserField, ...] = (
    _personal(
        "email",
        "em",
        "Email",
        normalise.email,
        "Trimmed, put into lower case and hashed for you.",
        sources=_PEOPLE,
    ),
    _personal(
        "phone",
        "ph",
        "Phone",
        phone.normalise,
        "With + and the country code, such as +49 170 1234567. A number without one is completed "
        "with the event's country or the default country of the extension.",
        needs_context=True,
        sources=_PEOPLE,
    ),
    _personal(
        "gender",
        "ge",
        "Gender",
        normalise.gender,
        "Female or male, also as f or m.",
        few_values=True,
        sources=_ADDRESSES,
    ),
    _personal(
        "dob",
        "db",
        "Date of Birth",
        birth_date.normalise,
        "Best as YYYYMMDD. 1997-02-16, 2/16/1997 and 16.02.1997 are understood too.",
        needs_context=True,
        sources=_ADDRESSES,
    ),
    _personal("lastName", "ln", "Last Name", normalise.name, "In any script.", sources=_PEOPLE),
    _personal("firstName", "fn", "First Name", normalise.name, "In any script.", sources=_PEOPLE),
    _personal(
        "city",
        "ct",
        "City",
        normalise.city,
        "In any script.",
        few_values=True,
        sources=_ADDRESSES,
    ),
    _personal(
        "state",
        "st",
        "State",
        normalise.state,
        "States of the US and Canada as a name or two letters; elsewhere the name of the region.",
        few_values=True,
        needs_context=True,
        sources=_ADDRESSES,
    ),
    _personal(
        "zip",
        "zp",
        "Zip",
        normalise.postal_code,
        "The postal code. Give the country too, as the rules differ.",
        needs_context=True,
        sources=_ADDRESSES,
    ),
    _personal(
        "country",
        "country",
        "Country",
        normalise.country,
        "A two-letter code such as US, or the English name. Meta asks to send it always.",
        few_values=True,
        sources=_PEOPLE,
    ),
    _personal(
        "externalId",
        "external_id",
        "External ID",
        normalise.unchanged,
        "Your own id of the person, exactly as the pixel sends it. It is hashed for you.",
        md5_is_an_id=True,
        sources=_PEOPLE,
    ),
    UserField(
        "clientIpAddress",
        "client_ip_address",
        "Client IP Address",
        client_ip.normalise,
        "The visitor's own address, never hashed. Left empty, a website event takes it from the "
        "visitor's request.",
        best=client_ip.best,
        automatic="ip",
        sources=(meta.WEBSITE, meta.APP),
        of_web=True,
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
        sources=_WEB,
        of_web=True,
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
        sources=_WEB,
        of_web=True,
        placeholder="fb.1.1554763741205.AbCdEfGhIjKlMnOpQrStUvWxYz1234567890",
        help_url=meta.DOCS_CLICK_AND_BROWSER_ID,
    ),
    UserField(
        "fbp",
        "fbp",
        "Browser ID",
        normalise.browser_id,
        "The value of the _fbp cookie, never hashed. Left empty, a website event takes it from "
        "the cookie.",
        verbatim=True,
        automatic="_fbp",
        sources=_WEB,
        of_web=True,
        placeholder="fb.1.1596403881668.1116446470",
        help_url=meta.DOCS_CLICK_AND_BROWSER_ID,
    ),
    UserField(
        "subscriptionId",
        "subscription_id",
        "Subscription ID",
        normalise.unchanged,
        "The id of the person's subscription, never hashed.",
        sources=(meta.WEBSITE, meta.APP, meta.SYSTEM_GENERATED),
    ),
    UserField(
        "fbLoginId",
        "fb_login_id",
        "Meta Login ID",
        normalise.integer,
        "The id that Meta gives when a person first logs in to your app. A number.",
        sources=(meta.APP,),
    ),
    UserField(
        "leadId",
        "lead_id",
        "Lead ID",
        normalise.lead_id,
        "The id of a lead from Meta's lead ads. A number of 15 or 16 digits. For the events of a "
        "CRM it is the best field of all.",
        help_url=meta.DOCS_LEADS,
        sources=(meta.SYSTEM_GENERATED,),
    ),
    UserField(
        "anonId",
        "anon_id",
        "Install ID",
        normalise.unchanged,
        "The id of this installation of the app, never hashed. Only for app events.",
        help_url=meta.DOCS_APP_EVENTS,
        sources=(meta.APP,),
        is_foreign_elsewhere=True,
    ),
    UserField(
        "madid",
        "madid",
        "Mobile Advertiser ID",
        normalise.unchanged,
        "The advertising id of the device: Google's on Android, the IDFA on iOS. Never hashed.",
        help_url=meta.DOCS_APP_EVENTS,
        sources=(meta.APP, meta.PHYSICAL_STORE),
        is_foreign_elsewhere=True,
    ),
    _messaging(
        "ctwaClid",
        "ctwa_clid",
        "WhatsApp Click ID",
        "The click id (ctwa_clid) that came with the first message after an ad, exactly as it "
        "came.",
        meta.WHATSAPP,
    ),
    _messaging(
        "whatsappBusinessAccountId",
        "whatsapp_business_account_id",
        "WhatsApp Business Account ID",
        "WhatsApp needs this id or the Page ID.",
        meta.WHATSAPP,
    ),
    _messaging(
        "pageId",
        "page_id",
        "Page ID",
        "The Facebook page that the conversation belongs to.",
        meta.WHATSAPP,
        meta.MESSENGER,
    ),
    _messaging(
        "pageScopedUserId",
        "page_scoped_user_id",
        "Page-scoped User ID",
        "The person's id in conversations with the page.",
        meta.MESSENGER,
    ),
    _messaging(
        "igSid",
        "ig_sid",
        "Instagram-scoped ID",
        "The person's id in conversations with the Instagram account.",
        meta.INSTAGRAM,
    ),
    _messaging(
        "instagramBusinessAccountId",
        "instagram_business_account_id",
        "Instagram Business Account ID",
        "Instagram needs this id or the Instagram Account ID. Meta's guide names this one.",
        meta.INSTAGRAM,
    ),
    _messaging(
        "igAccountId",
        "ig_account_id",
        "Instagram Account ID",
        "Instagram needs this id or the Instagram Business Account ID. Meta's parameter list "
        "names this one.",
        meta.INSTAGRAM,
        help_url=meta.DOCS_CUSTOMER_INFORMATION,
    ),
    _part(
        "f5first",
        "f5first",
        "First 5 Letters of First Name",
        normalise.first_five,
        "A whole name is cut.",
    ),
    _part(
        "f5last",
        "f5last",
        "First 5 Letters of Last Name",
        normalise.first_five,
        "A whole name is cut.",
    ),
    _part("firstInitial", "fi", "First Initial", normalise.initial, "A whole name is cut."),
    _part("birthDay", "dobd", "Day of Birth", birth_date.day, "A number from 1 to 31."),
    _part(
        "birthMonth",
        "dobm",
        "Month of Birth",
        birth_date.month,
        "A number from 1 to 12, or the English name.",
    ),
    _part("birthYear", "doby", "Year of Birth", birth_date.year, "Four digits."),
    UserField(
        "partnerName",
        "partner_name",
        "Partner Name (alpha)",
        normalise.unchanged,
        "Only for partners of Meta. Give both partner fields or neither.",
        is_rare=True,
    ),
    UserField(
        "partnerId",
        "partner_id",
        "Partner ID (alpha)",
        normalise.unchanged,
        "Only for partners of Meta. Give both partner fields or neither.",
        is_rare=True,
    ),
)

BY_KEY: dict[str, UserField] = {field.key: field for field in USER_FIELDS}

EXTERNAL_ID = BY_KEY["external_id"]

# It must equal what the pixel sends, so the extension's settings say how it is sent.
_EXTERNAL_IDS: dict[str, UserField] = {
    "hash": EXTERNAL_ID,
    "lowercase": replace(EXTERNAL_ID, prepare=hashed(normalise.lowercase, md5_is_an_id=True)),
    "as-is": replace(EXTERNAL_ID, prepare=normalise.unchanged, is_hashed=False, verbatim=True),
}
EXTERNAL_ID_MODES: tuple[tuple[str, str], ...] = (
    ("hash", "Hash it"),
    ("lowercase", "Put it into lower case, then hash it"),
    ("as-is", "Send it as it is"),
)


def external_id(mode: str | None) -> UserField:
    """Return the field for external ids in that mode; hashed in any that is not known."""
    return _EXTERNAL_IDS.get(mode or "", EXTERNAL_ID)
