"""Names and numbers that Meta fixed: versions, sources, events, limits, pages of its docs.

Plain data, kept in one place so that a change at Meta is one edit here.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class ApiVersion(NamedTuple):
    """A version of the Graph API. `ends` is None where Meta has not named the day yet."""

    name: str
    released: date
    ends: date | None


# https://developers.facebook.com/docs/graph-api/changelog/versions/, the table of the Graph API
# (the Conversions API follows it, and not that of the Marketing API). Newest first.
API_VERSIONS: tuple[ApiVersion, ...] = (
    ApiVersion("v26.0", date(2026, 7, 29), None),
    ApiVersion("v25.0", date(2026, 2, 18), date(2028, 7, 29)),
    ApiVersion("v24.0", date(2025, 10, 8), date(2028, 2, 18)),
    ApiVersion("v23.0", date(2025, 5, 29), date(2027, 10, 8)),
    ApiVersion("v22.0", date(2025, 1, 21), date(2027, 5, 20)),
    ApiVersion("v21.0", date(2024, 10, 2), date(2027, 1, 21)),
    ApiVersion("v20.0", date(2024, 5, 21), date(2026, 9, 24)),
)
DEFAULT_API_VERSION = "v26.0"
API_VERSION_PATTERN = r"^v[0-9]{1,3}\.[0-9]{1,2}$"
VERSION_LASTS_YEARS = 2  # at least, by Meta's promise for the Conversions API
VERSION_NOTICE_DAYS = 90

# Meta asks platforms to name themselves as name_major_minor; the name may hold no underscore.
PARTNER_AGENT = "capiadmin_1_0"
PARTNER_AGENT_PATTERN = r"^[A-Za-z0-9.-]{1,40}_[0-9]{1,4}_[0-9]{1,4}$"

WEBSITE = "website"
APP = "app"
PHYSICAL_STORE = "physical_store"
SYSTEM_GENERATED = "system_generated"
BUSINESS_MESSAGING = "business_messaging"

ACTION_SOURCES: tuple[tuple[str, str], ...] = (
    (WEBSITE, "Website"),
    ("email", "Email"),
    (APP, "App"),
    ("phone_call", "Phone Call"),
    ("chat", "Chat"),
    (PHYSICAL_STORE, "Physical Store"),
    (SYSTEM_GENERATED, "System Generated"),
    (BUSINESS_MESSAGING, "Business Messaging"),
    ("other", "Other"),
)

PURCHASE = "Purchase"

STANDARD_EVENTS: tuple[str, ...] = (
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    "CompleteRegistration",
    "Contact",
    "CustomizeProduct",
    "Donate",
    "FindLocation",
    "InitiateCheckout",
    "Lead",
    "PageView",
    PURCHASE,
    "Schedule",
    "Search",
    "StartTrial",
    "SubmitApplication",
    "Subscribe",
    "ViewContent",
)

# Meta gives these names a meaning too, each for one purpose.
APPEND_VALUE = "AppendValue"
APPEND_ATTRIBUTION = "AppendAttribution"
SPECIAL_EVENTS: tuple[tuple[str, str], ...] = (
    (APPEND_ATTRIBUTION, "credits an earlier event to an ad"),
    (APPEND_VALUE, "adds a value to an earlier event"),
    ("MobileAppInstall", "for apps"),
)

# https://developers.facebook.com/documentation/ads-commerce/conversions-api/business-messaging
MESSAGING_EVENTS: tuple[str, ...] = (
    "AddToCart",
    "CartAbandoned",
    "InitiateCheckout",
    "LeadSubmitted",
    "OrderCanceled",
    "OrderCreated",
    "OrderDelivered",
    "OrderReturned",
    "OrderShipped",
    PURCHASE,
    "QualifiedLead",
    "RatingProvided",
    "ReviewProvided",
    "ViewContent",
)

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_AGE_SECONDS = 7 * DAY
MAX_AGE_SECONDS_PHYSICAL_STORE = 62 * DAY
CLICK_LIFE_SECONDS = 90 * DAY  # of the _fbc cookie

# https://developers.facebook.com/docs/marketing-apis/data-processing-options
LIMITED_DATA_USE = "LDU"
LDU_COUNTRIES: tuple[tuple[int, str], ...] = (
    (0, "Let Meta find the country"),
    (1, "United States"),
)
LDU_STATES: tuple[tuple[int, str, str], ...] = (
    (0, "", "Let Meta find the state"),
    (1000, "CA", "California"),
    (1001, "CO", "Colorado"),
    (1002, "CT", "Connecticut"),
    (1003, "FL", "Florida"),
    (1004, "OR", "Oregon"),
    (1005, "TX", "Texas"),
    (1006, "MT", "Montana"),
    (1007, "DE", "Delaware"),
    (1008, "NE", "Nebraska"),
    (1009, "NH", "New Hampshire"),
    (1010, "NJ", "New Jersey"),
    (1011, "MN", "Minnesota"),
    (1012, "MD", "Maryland"),
    (1013, "RI", "Rhode Island"),
)

CUSTOMER_SEGMENTS: tuple[str, ...] = (
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

WHATSAPP = "whatsapp"
MESSENGER = "messenger"
INSTAGRAM = "instagram"
MESSAGING_CHANNELS: tuple[tuple[str, str], ...] = (
    (WHATSAPP, "WhatsApp"),
    (MESSENGER, "Messenger"),
    (INSTAGRAM, "Instagram"),
)

EXTINFO_ENTRIES = 16

_SITE = "https://developers.facebook.com"
_DOCS = f"{_SITE}/docs"
_CAPI = f"{_SITE}/documentation/ads-commerce/conversions-api"

DOCS_OVERVIEW = _CAPI
DOCS_ACCESS_TOKEN = f"{_CAPI}/get-started#access-token"
DOCS_PIXEL_ID = f"{_CAPI}/get-started"
DOCS_USING_THE_API = f"{_CAPI}/using-the-api"
DOCS_TEST_EVENTS = f"{_CAPI}/using-the-api#testEvents"
DOCS_BEST_PRACTICES = f"{_CAPI}/best-practices"
DOCS_SERVER_EVENT = f"{_CAPI}/parameters/server-event"
DOCS_CUSTOMER_INFORMATION = f"{_CAPI}/parameters/customer-information-parameters"
DOCS_CLICK_AND_BROWSER_ID = f"{_CAPI}/parameters/fbp-and-fbc"
DOCS_CUSTOM_DATA = f"{_CAPI}/parameters/custom-data"
DOCS_APP_DATA = f"{_CAPI}/parameters/app-data"
DOCS_ORIGINAL_EVENT = f"{_CAPI}/parameters/original-event-data"
DOCS_DEDUPLICATION = f"{_CAPI}/deduplicate-pixel-and-server-events"
DOCS_APP_EVENTS = f"{_CAPI}/app-events"
DOCS_STORE_EVENTS = f"{_CAPI}/offline-events"
DOCS_MESSAGING = f"{_CAPI}/business-messaging"
DOCS_LEADS = f"{_CAPI}/conversion-leads-integration/payload-specification"
DOCS_ATTRIBUTION = f"{_CAPI}/guides/append-attribution/reference"
DOCS_PLATFORM = f"{_CAPI}/set-up-conversions-api-as-a-platform"
DOCS_LIMITED_DATA_USE = f"{_DOCS}/marketing-apis/data-processing-options"
DOCS_STANDARD_EVENTS = f"{_DOCS}/meta-pixel/reference#standard-events"
DOCS_ERRORS = f"{_DOCS}/graph-api/guides/error-handling"
DOCS_APP_SECRET = f"{_DOCS}/graph-api/guides/secure-requests#appsecret_proof"
DOCS_RATE_LIMITS = f"{_DOCS}/graph-api/overview/rate-limiting"
DOCS_VERSIONS = f"{_DOCS}/graph-api/changelog/versions"
