"""The fields of a request as tables: which keys exist, and what each may hold.

Keys that Meta only ignores are refused here, except in custom_data, where free keys are allowed.
"""

from __future__ import annotations

from typing import Final

from meta_sandbox.fields import (
    Rule,
    is_boolean,
    is_currency_shape,
    is_digest,
    is_external_id,
    is_extinfo,
    is_fbc,
    is_fbp,
    is_hash,
    is_integer,
    is_ip_address,
    is_lead_id,
    is_number,
    is_object,
    is_share,
    is_short_text,
    is_text,
    is_text_or_boolean,
    is_text_or_integer,
    list_of,
    one_of,
    one_of_numbers,
    one_or_many,
)
from meta_sandbox.problems import CONTENTS, CURRENCY_INVALID, EXTINFO, LEAD_ID, VALUE

TEXT: Final = Rule(is_text, "a non-empty string")
SHORT_TEXT: Final = Rule(is_short_text, "a string of 1 to 200 characters")
BOOLEAN: Final = Rule(is_boolean, "a boolean")
INTEGER: Final = Rule(is_integer, "an integer")
NUMBER: Final = Rule(is_number, "a number")
OBJECT: Final = Rule(is_object, "an object")
ID: Final = Rule(is_text_or_integer, "a string or an integer")
ZERO_OR_ONE: Final = one_of_numbers(0, 1)
HASH: Final = Rule(is_hash, "a lowercase hexadecimal SHA-256 of a value")
HASHES: Final = Rule(
    one_or_many(is_hash), "a lowercase hexadecimal SHA-256 of a value, or a list of them"
)

BODY_FIELDS: Final[dict[str, Rule]] = {
    "test_event_code": SHORT_TEXT,
    "partner_agent": SHORT_TEXT,
    "upload_tag": SHORT_TEXT,
    "upload_id": SHORT_TEXT,
    "upload_source": SHORT_TEXT,
    "namespace_id": SHORT_TEXT,
    "appsecret_proof": Rule(is_digest, "64 lowercase hexadecimal digits"),
}

ACTION_SOURCES: Final = (
    "email",
    "website",
    "app",
    "phone_call",
    "chat",
    "physical_store",
    "system_generated",
    "business_messaging",
    "other",
)

CUSTOMER_SEGMENT: Final = one_of(
    "new_customer_to_business",
    "new_customer_to_business_line",
    "new_customer_to_product_area",
    "new_customer_to_medium",
    "existing_customer_to_business",
    "existing_customer_to_business_line",
    "existing_customer_to_product_area",
    "existing_customer_to_medium",
    "customer_in_loyalty_program",
)

REQUIRED_FIELDS: Final = ("event_name", "event_time", "action_source", "user_data")

EVENT_FIELDS: Final[dict[str, Rule]] = {
    "event_name": TEXT,
    "event_time": Rule(is_integer, "an integer, Unix time in seconds"),
    "action_source": one_of(*ACTION_SOURCES),
    "user_data": OBJECT,
    "event_source_url": TEXT,
    "event_id": TEXT,
    "custom_data": OBJECT,
    "opt_out": BOOLEAN,
    "referrer_url": TEXT,
    "data_processing_options": Rule(
        list_of(lambda item: item == "LDU"), 'a list that is empty or holds "LDU"'
    ),
    "data_processing_options_country": ZERO_OR_ONE,
    "data_processing_options_state": INTEGER,
    "app_data": OBJECT,
    "original_event_data": OBJECT,
    "attribution_data": OBJECT,
    "store_data": OBJECT,
    "customer_segmentation": CUSTOMER_SEGMENT,
    "messaging_channel": TEXT,
    "advanced_measurement_table": TEXT,
}

ORIGINAL_EVENT_FIELDS: Final[dict[str, Rule]] = {
    "event_name": TEXT,
    "event_time": INTEGER,
    "order_id": TEXT,
    "event_id": TEXT,
}

# In beta, and known from Meta's library only, so further keys pass.
ATTRIBUTION_FIELDS: Final[dict[str, Rule]] = {
    "scope": TEXT,
    "visit_time": INTEGER,
    "ad_id": ID,
    "adset_id": ID,
    "campaign_id": ID,
    "attribution_share": Rule(is_share, "a number from 0 to 1"),
    "attribution_model": TEXT,
    "attribution_value": NUMBER,
    "attribution_source": TEXT,
    "touchpoint_type": TEXT,
    "touchpoint_ts": INTEGER,
    "attribution_method": TEXT,
    "attribution_setting": OBJECT,
    "total_credit": NUMBER,
}

HASHED_LISTS: Final = (
    "em",
    "ph",
    "fn",
    "ln",
    "db",
    "ge",
    "ct",
    "st",
    "zp",
    "country",
)

# Known from Meta's library only, which takes one value of each.
HASHED_PARTS: Final = (
    "f5first",
    "f5last",
    "fi",
    "dobd",
    "dobm",
    "doby",
)

HASHED_KEYS: Final = (*HASHED_LISTS, *HASHED_PARTS)

PLAIN_KEYS: Final = (
    "client_user_agent",
    "subscription_id",
    "anon_id",
    "madid",
    "page_id",
    "page_scoped_user_id",
    "ctwa_clid",
    "ig_account_id",
    "ig_sid",
    "whatsapp_business_account_id",
    "instagram_business_account_id",
    "partner_id",
    "partner_name",
)

USER_FIELDS: Final[dict[str, Rule]] = {
    **dict.fromkeys(HASHED_LISTS, HASHES),
    **dict.fromkeys(HASHED_PARTS, HASH),
    **dict.fromkeys(PLAIN_KEYS, TEXT),
    "external_id": Rule(one_or_many(is_external_id), "a non-empty string, or a list of them"),
    "client_ip_address": Rule(is_ip_address, "an IPv4 or IPv6 address"),
    "fbc": Rule(is_fbc, "of the form fb.1.<milliseconds>.<click id>"),
    "fbp": Rule(is_fbp, "of the form fb.1.<milliseconds>.<random number>"),
    "fb_login_id": INTEGER,
    "lead_id": Rule(is_lead_id, "an integer of 15 or 16 digits", LEAD_ID),
}

# An event is too broad to match when its keys are a subset of any one of these.
BROAD_KEYS: Final = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)

DELIVERY_CATEGORY: Final = one_of("in_store", "curbside", "home_delivery")

CUSTOM_FIELDS: Final[dict[str, Rule]] = {
    "value": NUMBER,
    "currency": Rule(is_currency_shape, "three letters", CURRENCY_INVALID),
    "content_ids": Rule(list_of(is_text_or_integer), "a list of strings or integers"),
    "contents": Rule(list_of(is_object), "a list of objects", CONTENTS),
    "content_type": TEXT,
    "content_name": TEXT,
    "content_category": TEXT,
    "num_items": INTEGER,
    "order_id": TEXT,
    "predicted_ltv": NUMBER,
    "net_revenue": NUMBER,
    "search_string": TEXT,
    "status": Rule(is_text_or_boolean, "a boolean or a string"),
    "delivery_category": DELIVERY_CATEGORY,
    "item_number": TEXT,
    # Meta's parameter list has it beside custom_data, the example in the same docs inside.
    "customer_segmentation": CUSTOMER_SEGMENT,
}

PURCHASE_FIELDS: Final[dict[str, Rule]] = {"value": Rule(is_number, "a number", VALUE)}

CONTENT_REQUIRED: Final = ("id", "quantity")

CONTENT_FIELDS: Final[dict[str, Rule]] = {
    "id": ID,
    "quantity": NUMBER,
    "item_price": NUMBER,
    "delivery_category": DELIVERY_CATEGORY,
    "title": TEXT,
    "description": TEXT,
    "brand": TEXT,
    "category": TEXT,
}

# Only Meta's library knows them, and no page says of what type they are.
APP_UNDOCUMENTED: Final = (
    "consider_views",
    "include_dwell_data",
    "include_video_data",
    "receipt_data",
)

APP_FIELDS: Final[dict[str, Rule]] = {
    "advertiser_tracking_enabled": ZERO_OR_ONE,
    "application_tracking_enabled": ZERO_OR_ONE,
    "extinfo": Rule(is_extinfo, "16 strings, index 0 a2 or i2, index 4 not empty", EXTINFO),
    "campaign_ids": TEXT,
    "install_referrer": TEXT,
    "installer_package": TEXT,
    "vendor_id": TEXT,
    "windows_attribution_id": TEXT,
    "url_schemes": Rule(list_of(is_text), "a list of strings"),
    **dict.fromkeys(APP_UNDOCUMENTED, Rule(lambda value: value is not None, "a value")),
}

MESSAGING_CHANNELS: Final = ("whatsapp", "messenger", "instagram")

MESSAGING_EVENT_NAMES: Final = frozenset(
    {
        "Purchase",
        "LeadSubmitted",
        "InitiateCheckout",
        "AddToCart",
        "ViewContent",
        "OrderCreated",
        "OrderShipped",
        "OrderDelivered",
        "OrderCanceled",
        "OrderReturned",
        "CartAbandoned",
        "QualifiedLead",
        "RatingProvided",
        "ReviewProvided",
    }
)

# ISO 4217, codes in use, with those replaced so recently that shops still send them.
CURRENCIES: Final = frozenset(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS
    UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - as words the codes can be read and compared; quoted they cannot
)
